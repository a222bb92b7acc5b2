"""Data connections of FTP, on top of aioftp's control connection.

aioftp's own streams leave the data connection open when the server refuses the command, and raise a broken
connection where the server has said why on the control connection. So they are opened and closed here.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aioftp

_CHUNK = 64 * 1024

GONE = (AttributeError, RuntimeError)
"""What is raised for a write to a connection that is gone already: by asyncio with TLS (Python 3.11), by uvloop."""


async def fetched(
    client: aioftp.Client, command: str, timeout_seconds: float, offset: int, limit: int
) -> tuple[bytes, bool]:
    """At most `limit` bytes of what the server sends after `command`, and whether it began at `offset`.

    One that cannot sends what is before it as well, which is dropped. A transfer that is stopped early is let go.
    """
    async with _opened(client, command, timeout_seconds, offset) as (reader, _, skipped):
        await _drop(reader, timeout_seconds, skipped)
        content = await _read(reader, timeout_seconds, limit)
    await client.command(None, "2xx" if len(content) < limit else ("2xx", "4xx", "5xx"), "1xx")
    return content, not skipped


async def stored(client: aioftp.Client, command: str, timeout_seconds: float, content: bytes) -> None:
    """Send `content` after `command`; the server's last word counts, also when the data connection broke."""
    failure: OSError | None = None
    async with _opened(client, command, timeout_seconds, 0) as (_, writer, _):
        try:
            await _write(writer, timeout_seconds, content)
        except OSError as error:
            failure = error
        except GONE:
            failure = ConnectionResetError()
    await client.command(None, "2xx", "1xx")
    if failure:
        raise failure


@asynccontextmanager
async def _opened(
    client: aioftp.Client, command: str, timeout_seconds: float, offset: int
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter, int]]:
    """The data connection, and how many bytes come before `offset`."""
    reader, writer = await client.get_passive_connection("I")
    try:
        skipped = await _restarted(client, offset) if offset else 0
        await client.command(command, "1xx")
        yield reader, writer, skipped
    finally:
        await closed(writer, timeout_seconds)


async def _restarted(client: aioftp.Client, offset: int) -> int:
    code, _ = await client.command(f"REST {offset}", ("350", "5xx"))
    return 0 if str(code) == "350" else offset


async def _drop(reader: asyncio.StreamReader, timeout_seconds: float, count: int) -> None:
    while count:
        async with asyncio.timeout(timeout_seconds):
            chunk = await reader.read(min(_CHUNK, count))
        if not chunk:
            return
        count -= len(chunk)


async def _read(reader: asyncio.StreamReader, timeout_seconds: float, limit: int) -> bytes:
    content = bytearray()
    while len(content) < limit:
        async with asyncio.timeout(timeout_seconds):
            chunk = await reader.read(min(_CHUNK, limit - len(content)))
        if not chunk:
            break
        content += chunk
    return bytes(content)


async def _write(writer: asyncio.StreamWriter, timeout_seconds: float, content: bytes) -> None:
    for start in range(0, len(content), _CHUNK):
        writer.write(content[start : start + _CHUNK])
        async with asyncio.timeout(timeout_seconds):
            await writer.drain()


async def closed(writer: asyncio.StreamWriter, timeout_seconds: float) -> None:
    """Close what was sent to its end; what a broken connection still has to say about it is of no interest."""
    writer.close()
    try:
        with suppress(OSError):
            async with asyncio.timeout(timeout_seconds):
                await writer.wait_closed()
    finally:
        with suppress(*GONE):  # asyncio's transport forgets its loop once its last byte has gone (Python 3.11)
            writer.transport.abort()
