"""What a server of ours logs of those who speak no HTTP."""

import asyncio

import pytest
import structlog
from structlog.testing import capture_logs

from banstream_runtime import server_log
from banstream_runtime.health import serve_health
from banstream_testing.servers import free_port


async def test_what_cannot_be_read_is_logged_without_its_words_and_its_sender(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server_log, "logger", structlog.get_logger())  # one that was used keeps its processors
    port = free_port()

    async def nothing_missing() -> dict[str, str]:
        return {}

    with capture_logs() as logs:
        async with serve_health("127.0.0.1", port, nothing_missing):
            await _is_refused(port)
    assert [each["event"] for each in logs] == ["unreadable_request"]
    told = f"{logs}{caplog.text}"
    assert not {word for word in ("SECRET", "127.0.0.1") if word in told}


async def _is_refused(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /x HTTP/1.1\nHost: x\nCookie: session=SECRET\n\n")
    assert (await reader.readline()).split()[1] == b"400"
    writer.close()
    await writer.wait_closed()
