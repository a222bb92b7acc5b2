"""Gateways that keep copies, and starts while NATS is away."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client
from services.gateway.tests.conftest import NatsServer, Running, Start, until

from banstream_gateway.copies import keeping, restoring

Again = Callable[..., Awaitable[Running]]
Away = Callable[[], AbstractAsyncContextManager[None]]


@pytest.fixture(autouse=True)
def quick_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds are for disks."""
    monkeypatch.setattr(keeping, "_LOOK_SECONDS", 0.02)
    monkeypatch.setattr(restoring, "_LOOK_SECONDS", 0.02)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "copies"


@pytest.fixture
def again(start: Start, folder: Path) -> Again:
    """Start a gateway that keeps copies in the folder, and reads those that are there at once."""

    async def again(**changes: Any) -> Running:
        quick = {"copy_after_seconds": 0, "publish_timeout_seconds": 0.3, "query_timeout_seconds": 0.3}
        return await start(**{"copy_dir": folder, **quick, **changes})

    return again


@pytest.fixture
def away(server: NatsServer, client: Client) -> Away:
    """Without NATS while the block runs; its end is when everybody else has noticed too."""

    @asynccontextmanager
    async def away() -> AsyncIterator[None]:
        before = client.stats["reconnects"]
        server.stop()
        try:
            yield
        finally:
            server.start()
            await until(lambda: client.stats["reconnects"] > before and client.is_connected)

    return away


async def answers(gateway: Running) -> bool:
    return (await gateway.call("GET", "/readyz")).status == 200


async def stopped(gateway: Running) -> None:
    """In order, once its copies are there."""
    await until(gateway.is_ready)
    await until(lambda: are_written(gateway))
    await gateway.stop()


async def are_written(gateway: Running) -> bool:
    """Whether there is a copy of every bucket. The one of restrictions is the last."""
    text = (await gateway.call("GET", "/metrics")).body.decode()
    return "banstream_copies_kept 4.0" in text
