"""The control of the check benchmarks: a bare aiohttp handler that does the same JSON work, and nothing else.

`python -m bench.bare PORT`: parses the same request, builds an answer of the same shape and sends it; the same
aiohttp, uvloop, orjson and access-log setting as the gateway.
"""

import asyncio
import sys
from datetime import UTC, datetime

import orjson
import uvloop
from aiohttp import web


async def restrictions(request: web.Request) -> web.Response:
    """As GET /v1/players/{service}/{id}/restrictions: a query to parse, an object to write."""
    _player = (request.match_info["service"], request.match_info["id"], request.query.get("ip"))
    return _json({"restrictions": {}, "position": 123456})


async def check(request: web.Request) -> web.Response:
    """As POST /v1/check: parse the players, answer for each."""
    body = orjson.loads(await request.read())
    results = [{"player": player, "restrictions": {}} for player in body["players"]]
    return _json({"results": results, "position": 123456})


async def check_ban(request: web.Request) -> web.Response:
    """As the Flask Anti-Cheat route."""
    _player = str(orjson.loads(await request.read())["user_id"])
    return _json({"status": "not banned"})


async def gflbans_check(request: web.Request) -> web.Response:
    """As GFLBans' check: a query to parse, an object to write."""
    query = request.query
    _player = (query["gs_service"], query["gs_id"], query["ip"], query["include_other_servers"])
    return _json({})


async def heartbeat(request: web.Request) -> web.Response:
    """As GFLBans' heartbeat: parse the players, answer for each."""
    body = orjson.loads(await request.read())
    players = ({"gs_service": each["gs_service"], "gs_id": each["gs_id"]} for each in body["players"])
    return _json([{"player": player, "check": {}} for player in players])


async def ndp_check(request: web.Request) -> web.Response:
    """As NDP's check: two parameters to read, an object with the time to write."""
    _asked = (request.query["username"], request.query["ip"])
    return _json({"action": "allowed", "status": "clean", "timestamp": datetime.now(UTC).isoformat()})


def _json(value: object) -> web.Response:
    return web.Response(body=orjson.dumps(value), headers={"Content-Type": "application/json; charset=utf-8"})


async def serve(port: int) -> None:
    """Until killed."""
    app = web.Application()
    app.router.add_get("/v1/players/{service}/{id}/restrictions", restrictions)
    app.router.add_post("/v1/check", check)
    app.router.add_post("/check_ban", check_ban)
    app.router.add_get("/check_ban", ndp_check)
    app.router.add_get("/api/v1/infractions/check", gflbans_check)
    app.router.add_post("/api/v1/gs/heartbeat", heartbeat)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
