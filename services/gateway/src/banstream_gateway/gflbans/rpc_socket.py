"""RPC events by WebSocket: again until the bare event id comes back (facts gflbans 2.7, 7.6)."""

import asyncio
from time import monotonic

from aiohttp import WSCloseCode, WSMsgType, web

from banstream_gateway.endpoints import CHECK, Call
from banstream_gateway.game_servers.rpc_place import RpcEvent
from banstream_gateway.gflbans.auth import admit_server
from banstream_gateway.gflbans.rpc import ONLY_SERVERS
from banstream_gateway.problems import Unavailable
from banstream_gateway.sending import heard, sent, socket_of

_HELLO = b'{"api_version":1}'


async def web_socket(call: Call) -> web.StreamResponse:
    """All that waits, what comes, and again after a while what was not acknowledged."""
    credential = admit_server(call, CHECK, ONLY_SERVERS)
    feed = call.gateway.push
    socket = socket_of(call)
    with feed.seats.seat("ws", credential.id):
        await socket.prepare(call.request)
        talk = _Talk(call, socket, credential.id)
        async with asyncio.TaskGroup() as tasks:
            speaking = tasks.create_task(talk.speak())
            noting = tasks.create_task(talk.note())
            await talk.listen()
            speaking.cancel()
            noting.cancel()
        await talk.finish()
    return socket


class _Talk:
    """One connection: what was sent and when, and what was acknowledged."""

    def __init__(self, call: Call, socket: web.WebSocketResponse, server_id: str) -> None:
        self._call = call
        self._socket = socket
        self._server_id = server_id
        self._rpc = call.gateway.game_servers.rpc
        self._events = call.gateway.game_servers.rpc_events
        self._resend_seconds = call.gateway.game_servers.resend_seconds
        self._sent_at: dict[str, float] = {}
        self._acknowledged: set[str] = set()
        self._news = asyncio.Event()

    async def listen(self) -> None:
        """Until the client goes. A text that is no id of an event that was sent means nothing."""
        async for message in heard(self._call, self._socket):
            if message.type == WSMsgType.TEXT and message.data in self._sent_at:
                self._acknowledged.add(message.data)
                self._news.set()

    async def note(self) -> None:
        """Write down what was acknowledged, as much at a time as has come."""
        while True:
            await self._news.wait()
            self._news.clear()
            await self.finish()

    async def finish(self) -> None:
        """Write down what is left."""
        event_ids = frozenset(self._acknowledged)
        if not event_ids:
            return
        try:
            await self._rpc.acknowledge(self._server_id, event_ids)
        except Unavailable:
            await asyncio.sleep(0)
            return
        self._acknowledged -= event_ids

    async def speak(self) -> None:
        """Send until nobody listens, the credential ends or the process does."""
        feed, credentials = self._call.gateway.push, self._call.gateway.credentials
        if not await self._send(_HELLO):
            return
        while not feed.is_closing and credentials.holds(self._call.credential):
            for event in self._due():
                if not await self._send(self._events.written(event, self._server_id)):
                    return
                self._sent_at[event.id] = monotonic()
            await feed.wait(self._server_id, self._resend_seconds)
        await self._socket.close(code=WSCloseCode.GOING_AWAY if feed.is_closing else WSCloseCode.POLICY_VIOLATION)

    def _due(self) -> list[RpcEvent]:
        """What waits and was not sent lately; nothing while the feed is being loaded."""
        try:
            waiting = [each for each in self._rpc.waiting(self._server_id) if each.id not in self._acknowledged]
        except Unavailable:
            return []
        self._sent_at = {each.id: self._sent_at.get(each.id, 0.0) for each in waiting}
        until = monotonic() - self._resend_seconds
        return [each for each in waiting if self._sent_at[each.id] <= until]

    async def _send(self, frame: bytes) -> bool:
        return await sent(self._call, self._socket.send_frame(frame, WSMsgType.TEXT))
