"""The routes of what game servers say of themselves and hear: heartbeats, RPC, calls for an admin."""

from banstream_gateway.gflbans import beats, calls, rpc, rpc_socket
from banstream_gateway.gflbans.routing import route

GAME_SERVERS = [
    *route("POST", "/gs/heartbeat", beats.heartbeat, "Take a heartbeat."),
    *route("POST", "/gs/calladmin", calls.call_admin, "Call an admin."),
    *route("POST", "/gs/calladmin/claim", calls.claim, "Take the open call."),
    *route("GET", "/gs/calladmin/connect", calls.connect, "Send a browser to the game."),
    *route("GET", "/rpc/poll", rpc.poll, "The events that wait."),
    *route("POST", "/rpc/kick", rpc.kick, "Put a player off a server."),
    *route("GET", "/rpc/ws", rpc_socket.web_socket, "The events as they come."),
]
