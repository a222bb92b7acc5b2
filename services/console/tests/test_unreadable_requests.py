"""What the console's process logs of those who speak no HTTP, at its pages and at its own port."""

import asyncio
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from banstream_testing.processes import LOOPBACK, METRICS, console_process
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

UNREADABLE = b"GET /console HTTP/1.1\nHost: x\nCookie: session=SECRET\n\n"


@pytest.mark.parametrize("at", ["pages", "metrics"])
async def test_what_cannot_be_read_is_logged_without_its_words_and_its_sender(
    nats: NatsServer, tmp_path: Path, at: str
) -> None:
    console = console_process(nats, METRICS, tmp_path)
    port = urlsplit(console.url if at == "pages" else console.service.metrics_url).port
    assert port is not None
    console.service.start()
    try:
        await eventually(partial(_is_refused, port))

        async def is_told() -> bool:
            return "unreadable_request" in console.service.output

        await eventually(is_told)
    finally:
        console.service.kill()
    [line] = [each for each in console.service.output.splitlines() if "unreadable_request" in each]
    assert not {word for word in ("SECRET", LOOPBACK) if word in line}
    assert "SECRET" not in console.service.output


async def _is_refused(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
    except ConnectionRefusedError:
        return False
    writer.write(UNREADABLE)
    assert (await reader.readline()).split()[1] == b"400"
    writer.close()
    await writer.wait_closed()
    return True
