"""The proxy breaks connections as a network does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from banstream_testing.tcp_proxy import TcpProxy, tcp_proxy

LOOPBACK = "127.0.0.1"


@asynccontextmanager
async def echo() -> AsyncIterator[TcpProxy]:
    """A proxy to a server that sends back what it gets."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65_536):
            writer.write(chunk)
        writer.close()

    server = await asyncio.start_server(answer, LOOPBACK, 0)
    async with server, tcp_proxy(LOOPBACK, server.sockets[0].getsockname()[1]) as proxy:
        yield proxy


async def connected(proxy: TcpProxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(LOOPBACK, proxy.port)


async def test_everything_goes_through_and_the_end_too() -> None:
    async with echo() as proxy:
        reader, writer = await connected(proxy)
        sent = bytes(range(256)) * 4000
        writer.write(sent)
        writer.write_eof()
        assert await reader.read() == sent
        writer.close()


async def test_a_cut_breaks_what_is_open_and_what_is_opened_until_it_is_mended() -> None:
    async with echo() as proxy:
        reader, writer = await connected(proxy)
        writer.write(b"1")
        assert await reader.readexactly(1) == b"1"
        proxy.cut()
        with pytest.raises(ConnectionError):
            await reader.readexactly(1)
        later, later_writer = await connected(proxy)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await later.readexactly(1)
        proxy.mend()
        again, again_writer = await connected(proxy)
        again_writer.write(b"2")
        assert await again.readexactly(1) == b"2"
        for each in (writer, later_writer, again_writer):
            each.close()


async def test_what_goes_into_a_black_hole_comes_out_once_it_is_over() -> None:
    async with echo() as proxy:
        reader, writer = await connected(proxy)
        writer.write(b"1")
        assert await reader.readexactly(1) == b"1"
        proxy.black_hole()
        writer.write(b"2")
        later, later_writer = await connected(proxy)
        later_writer.write(b"3")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.readexactly(1), 0.2)
        assert proxy.connections == 2
        proxy.mend()
        assert await reader.readexactly(1) == b"2"
        assert await later.readexactly(1) == b"3"
        for each in (writer, later_writer):
            each.close()


async def test_a_delay_holds_back_and_keeps_the_order() -> None:
    async with echo() as proxy:
        reader, writer = await connected(proxy)
        proxy.delay_seconds = 0.1
        now = asyncio.get_running_loop().time
        began = now()
        for number in range(10):
            writer.write(bytes([number]))
            await writer.drain()
        assert await reader.readexactly(10) == bytes(range(10))
        assert now() - began >= 0.2
        writer.close()
