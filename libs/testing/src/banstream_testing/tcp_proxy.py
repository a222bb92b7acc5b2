"""A TCP proxy between a client and a server, with the faults of a network, for any protocol."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

_LOOPBACK = "127.0.0.1"
_CHUNK = 65_536
_FAULTS = (OSError, asyncio.IncompleteReadError)
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, of no seconds: closing tells the other side that the connection is broken."""


class TcpProxy:
    """Carries bytes to `host`:`port`, as long as nothing is wrong. `port` is where it listens itself.

    `delay_seconds` holds every chunk back for so long, in order. In a black hole nothing arrives in either
    direction, neither data nor an end, and new connections are taken and go nowhere; what was sent meanwhile arrives
    once it is over, as with a network that loses packets for a while.
    """

    def __init__(self, host: str, port: int) -> None:
        self.delay_seconds = 0.0
        self.connections = 0
        """How many have been made."""
        self.port = 0
        self._target = host, port
        self._is_refusing = False
        self._clear = asyncio.Event()
        self._clear.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen on a free port of loopback."""
        self._server = await asyncio.start_server(self._begin, _LOOPBACK, 0)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Listen no more and close what is open."""
        if self._server is not None:
            self._server.close()
        self._close_all()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Break every connection, and each new one, until `mend`."""
        self._is_refusing = True
        self._close_all()

    def black_hole(self) -> None:
        """Swallow everything until `mend`."""
        self._clear.clear()

    def mend(self) -> None:
        """Carry everything at once again."""
        self.delay_seconds = 0.0
        self._is_refusing = False
        self._clear.set()

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """No coroutine: asyncio itself would complain about each that is cancelled."""
        self.connections += 1
        self._writers.add(writer)
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._clear.wait()
            if self._is_refusing:
                return
            with suppress(*_FAULTS):
                there, back = await asyncio.open_connection(*self._target)
                self._writers.add(back)
                try:
                    await asyncio.gather(self._carry(reader, back), self._carry(there, writer))
                finally:
                    self._forget(back)
        finally:
            self._forget(writer)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One direction: one task reads and notes when each chunk is due, the other writes it then."""
        loop = asyncio.get_running_loop()
        chunks: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=64)

        async def read() -> None:
            chunk = b"-"
            while chunk:
                try:
                    chunk = await reader.read(_CHUNK)
                except _FAULTS:
                    chunk = b""
                await chunks.put((loop.time() + self.delay_seconds, chunk))

        async def write() -> None:
            while True:
                due, chunk = await chunks.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                await self._clear.wait()
                if not chunk:
                    break
                writer.write(chunk)
                await writer.drain()
            writer.write_eof()

        reading = asyncio.create_task(read())
        try:
            with suppress(*_FAULTS):
                await write()
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    def _close_all(self) -> None:
        for writer in list(self._writers):
            self._forget(writer)

    def _forget(self, writer: asyncio.StreamWriter) -> None:
        self._writers.discard(writer)
        connection = writer.get_extra_info("socket")
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        writer.transport.abort()


@asynccontextmanager
async def tcp_proxy(host: str, port: int) -> AsyncIterator[TcpProxy]:
    """A proxy to a server until the end."""
    proxy = TcpProxy(host, port)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.stop()


@asynccontextmanager
async def way_to(url: str) -> AsyncIterator[tuple[TcpProxy, str]]:
    """A proxy to the server of a URL, and the URL by it."""
    server = urlsplit(url)
    async with tcp_proxy(server.hostname or "", server.port or 0) as proxy:
        login, at, _ = server.netloc.rpartition("@")
        yield proxy, server._replace(netloc=f"{login}{at}127.0.0.1:{proxy.port}").geturl()
