"""What NDP's clients send, in a line each."""

from typing import Any

from services.gateway.tests.conftest import ALL, Reply, Running

BAN = {"verification": ALL, "action": "ban", "username": "Griefer", "ip": "203.0.113.7", "cause": "grief"}


async def add_ban(gateway: Running, prefix: str = "", **changes: Any) -> Reply:
    """`POST /add_ban` with the token in the body; a value of None leaves a field out."""
    body = {name: value for name, value in {**BAN, **changes}.items() if value is not None}
    return await gateway.call("POST", f"{prefix}/add_ban", body, secret=None)


async def pardon(gateway: Running, username: str = "Griefer", **changes: Any) -> Reply:
    """The same for `remove`, as NDP-MCDR sends it: without an address."""
    return await add_ban(gateway, action="remove", username=username, **{"ip": "", "cause": "appeal", **changes})


async def check(gateway: Running, **query: str) -> Any:
    """The answer of `GET /check_ban`."""
    reply = await gateway.call("GET", "/check_ban", params=query)
    assert reply.status == 200, reply.body
    return reply.json


async def listed(gateway: Running, path: str = "/bans", **options: Any) -> Any:
    """The answer of `GET /bans`."""
    reply = await gateway.call("GET", path, **options)
    assert reply.status == 200, reply.body
    return reply.json
