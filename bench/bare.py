"""The control of the check benchmarks: a bare aiohttp handler that does the same JSON work, and nothing else.

`python -m bench.bare PORT`: parses the same request, builds an answer of the same shape and sends it; the same
aiohttp, uvloop, orjson and access-log setting as the gateway.
"""

import asyncio
import sys

import orjson
import uvloop
from aiohttp import web


async def restrictions(request: web.Request) -> web.Response:
    """As GET /v1/players/{service}/{id}/restrictions: no body to parse, an object to write."""
    _player = (request.match_info["service"], request.match_info["id"])
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


def _json(value: object) -> web.Response:
    return web.Response(body=orjson.dumps(value), headers={"Content-Type": "application/json; charset=utf-8"})


async def serve(port: int) -> None:
    """Until killed."""
    app = web.Application()
    app.router.add_get("/v1/players/{service}/{id}/restrictions", restrictions)
    app.router.add_post("/v1/check", check)
    app.router.add_post("/check_ban", check_ban)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
