"""A gateway with a game server of its own, as a GFLBans plugin sees it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from nats.aio.client import Client
from services.gateway.tests.conftest import Reply, Running, Start, until
from services.gateway.tests.gflbans.domain import PluginInfractions

from banstream_gateway.endpoints import Gateway

KEY = "bskServerKey"


@dataclass
class Plugin:
    """One game server's plugin, and the gateway that it talks to."""

    running: Running
    server_id: str
    key: str = KEY

    async def call(self, method: str, path: str, json: Any = None, **options: Any) -> Reply:
        """A request with the server's credentials, unless `auth` says otherwise (None: a guest)."""
        auth = options.pop("auth", f"SERVER {self.server_id} {self.key}")
        headers = {**({"Authorization": auth} if auth else {}), **options.pop("headers", {})}
        options.setdefault("allow_redirects", False)
        return await self.running.call(method, path, json, secret=None, headers=headers, **options)


@pytest.fixture
async def infractions(client: Client, gateways: list[Gateway]) -> AsyncIterator[PluginInfractions]:
    infractions = PluginInfractions(client, gateways=gateways)
    await infractions.start()
    yield infractions
    await infractions.end()


@pytest.fixture
async def plugin(start: Start, infractions: PluginInfractions) -> Plugin:
    """A server that may check, report and punish, and a token `all`."""
    await infractions.admit("all", "check", "report", "punish", "admin")
    server = await infractions.admit(KEY, "check", "report", "punish", kind="server")
    running = await start()
    await until(running.is_ready)
    return Plugin(running, server.id)
