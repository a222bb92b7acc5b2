"""A real NATS server, a stand-in for the infractions service, and gateways on real sockets."""

import asyncio
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import nats
import orjson
import pytest
from multidict import CIMultiDictProxy
from nats.aio.client import Client
from services.gateway.tests.stand_in import Infractions
from services.gateway.tests.stand_in_tracker import Tracker

from banstream_gateway.app import GATEWAY, create_app
from banstream_gateway.endpoints import Gateway
from banstream_gateway.game_servers import shared_bucket
from banstream_gateway.server import serving
from banstream_gateway.settings import Settings
from banstream_privacy.transit import sealing_public_key
from banstream_runtime.streams import StreamsNotApplied, apply_streams
from banstream_testing.folders import folder_in_memory
from banstream_testing.servers import free_port
from banstream_testing.streams import fresh_streams, nothing_happened

ADDRESS_KEY = bytes(range(32))
ALL = "all"
"""The secret of a token with every scope."""

MASTER_KEY = bytes(range(1, 33))

_PATIENT = {
    "command_timeout_seconds": 10,
    "query_timeout_seconds": 10,
    "position_timeout_seconds": 10,
    "vpn_provider_timeout_seconds": 10,
}
"""A machine that stands still for two seconds makes no other answer."""


@pytest.fixture(autouse=True)
def patient_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A beat that NATS does not take within this is counted with a later one."""
    monkeypatch.setattr(shared_bucket, "ASK_SECONDS", 10.0)


async def until(holds: Callable[[], Awaitable[object] | object], seconds: float = 60) -> Any:
    """Poll for a condition; its value."""
    async with asyncio.timeout(seconds):
        while True:
            value = holds()
            value = await value if isinstance(value, Awaitable) else value
            if value:
                return value
            await asyncio.sleep(0.01)


async def made_anew(client: Client) -> None:
    """The streams that are missing; one that was just deleted may have to wait until its files are gone."""

    async def applied() -> bool:
        with suppress(StreamsNotApplied):
            await apply_streams(client)
            return True
        return False

    await until(applied)


class NatsServer:
    """nats-server on a port and a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        self._folder = folder
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        binary = str(Path(sys.executable).with_name("nats-server"))
        with (self._folder / "log").open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603 - our own binary
                [binary, "-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", str(self._folder)], stderr=log
            )
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return

    async def restart(self, client: Client) -> None:
        """Stop and start; returns when `client` has noticed both."""
        before = client.stats["reconnects"]
        self.stop()
        self.start()
        await until(lambda: client.stats["reconnects"] > before and client.is_connected)

    def stop(self) -> None:
        if self._child is not None:
            self._child.terminate()
            self._child.wait()
            self._child = None


@pytest.fixture(scope="module")
def server() -> Iterator[NatsServer]:
    with tempfile.TemporaryDirectory(
        prefix="banstream-nats-", dir=folder_in_memory(), ignore_cleanup_errors=True
    ) as folder:
        server = NatsServer(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture
async def client(server: NatsServer) -> AsyncIterator[Client]:
    """A connection to a server that holds nothing but empty streams, as infractions leaves them of an empty log."""

    async def quiet(_error: Exception) -> None:
        return

    client = await nats.connect(server.url, reconnect_time_wait=0.1, max_reconnect_attempts=-1, error_cb=quiet)
    await fresh_streams(client)
    await nothing_happened(client)
    yield client
    await client.close()


@pytest.fixture
def gateways() -> list[Gateway]:
    """Those that a test has started."""
    return []


@pytest.fixture
async def infractions(client: Client, gateways: list[Gateway]) -> AsyncIterator[Infractions]:
    infractions = Infractions(client, gateways=gateways)
    await infractions.start()
    yield infractions
    await infractions.end()


@pytest.fixture
async def tracker(client: Client) -> AsyncIterator[Tracker]:
    tracker = Tracker(client)
    await tracker.start()
    yield tracker
    await tracker.end()


@dataclass
class Running:
    """One gateway, and a way to talk to it as somebody."""

    url: str
    port: int
    gateway: Gateway
    session: aiohttp.ClientSession
    stop: Callable[[], Coroutine[Any, Any, None]]

    async def call(self, method: str, path: str, json: Any = None, secret: str | None = ALL, **options: Any) -> "Reply":
        sent = {**({"Authorization": f"Bearer {secret}"} if secret else {}), **options.pop("headers", {})}
        if json is not None:
            options["json"] = json
        async with self.session.request(method, self.url + path, headers=sent, **options) as response:
            return Reply(response.status, response.headers, await response.read())

    async def readiness(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.call("GET", "/readyz")).json
        return found

    async def is_ready(self) -> bool:
        return bool((await self.readiness())["status"] == "ready")


@dataclass
class Reply:
    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


Start = Callable[..., Awaitable[Running]]


@pytest.fixture
async def start(server: NatsServer, gateways: list[Gateway]) -> AsyncIterator[Start]:
    """Start a gateway with other settings than usual, without waiting for it."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())

        async def start(**changes: Any) -> Running:
            usual = {
                "nats_url": server.url,
                "address_key": ADDRESS_KEY.hex(),
                "sealing_public_key": sealing_public_key(MASTER_KEY).hex(),
                **_PATIENT,
            }
            settings = Settings(**{**usual, **changes})
            app = create_app(settings)
            own = await stack.enter_async_context(AsyncExitStack())
            port = await own.enter_async_context(serving(app, "127.0.0.1", 0, settings.request_timeout_seconds))
            gateways.append(app[GATEWAY])
            return Running(f"http://127.0.0.1:{port}", port, app[GATEWAY], session, own.aclose)

        yield start


@pytest.fixture
async def gateway(start: Start, infractions: Infractions, tracker: Tracker) -> Running:  # noqa: ARG001 - has to run
    """A ready gateway that knows a token `all` with every scope."""
    await infractions.admit("all", "check", "report", "punish", "admin")
    running = await start()
    await until(running.is_ready)
    return running
