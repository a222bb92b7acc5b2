"""A data connection is closed when its last byte has gone, however much was still to be sent."""

import asyncio

from banstream_remote_files.ftp_transfer import closed

_BYTES = 32 * 1024 * 1024


async def test_what_is_still_to_be_sent_is_sent_and_closing_is_no_fault() -> None:
    received: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.set_result(len(await reader.read()))
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"x" * _BYTES)
        assert writer.transport.get_write_buffer_size() > 0
        await closed(writer, 30)
        assert await received == _BYTES
