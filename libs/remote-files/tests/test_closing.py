"""A connection is closed: a data one when its last byte has gone, any however its task is ended."""

import asyncio

import aioftp
import pytest

from banstream_remote_files.ftp_connecting import hung_up
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


async def test_a_goodbye_that_is_cancelled_closes_the_connection() -> None:
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def says_nothing_more(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 at your service\r\n")
        heard.set_result(await reader.readline())
        await reader.read()
        writer.close()

    async with await asyncio.start_server(says_nothing_more, "127.0.0.1", 0) as server:
        client = aioftp.Client(socket_timeout=60)
        await client.connect(*server.sockets[0].getsockname())
        saying = asyncio.create_task(hung_up(client))
        assert await heard == b"QUIT\r\n"
        saying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await saying
        assert client.stream.writer.transport.is_closing()
