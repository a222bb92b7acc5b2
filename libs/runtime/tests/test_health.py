"""What probes are answered, from outside."""

import aiohttp
import pytest

from banstream_runtime.health import serve_health
from banstream_testing.servers import free_port


@pytest.mark.parametrize(
    ("missing", "status", "said"),
    [({}, 200, "ready"), ({"nats": "not connected"}, 503, "unready")],
    ids=["ready", "unready"],
)
async def test_who_misses_something_lives_and_is_not_ready(missing: dict[str, str], status: int, said: str) -> None:
    async def readiness() -> dict[str, str]:
        return missing

    port = free_port()
    async with serve_health("127.0.0.1", port, readiness), aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        async with session.get("/readyz") as ready:
            assert (ready.status, await ready.json()) == (status, {"status": said, "missing": missing})
        async with session.get("/healthz") as healthy:
            assert healthy.status == 200
        async with session.get("/metrics") as metrics:
            assert "# TYPE" in await metrics.text()


async def test_what_cannot_be_told_is_not_ready() -> None:
    async def readiness() -> dict[str, str]:
        raise ConnectionError

    port = free_port()
    async with (
        serve_health("127.0.0.1", port, readiness),
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/readyz") as ready,
    ):
        assert ready.status == 500
