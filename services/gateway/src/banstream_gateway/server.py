"""The listening socket: several processes may share one port, and slow senders are cut off."""

from asyncio import get_running_loop
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from aiohttp import EMPTY_PAYLOAD, StreamReader, web
from aiohttp.http import HttpProcessingError, RawRequestMessage
from aiohttp.http_exceptions import LineTooLong

from banstream_gateway.answers import problem_answer
from banstream_gateway.problems import Malformed
from banstream_gateway.standing_back import stand_back
from banstream_runtime.impatient import Impatient, ImpatientRunner
from banstream_runtime.telemetry import correlation_id

Answer = Callable[[RawRequestMessage, bytes], bytes | None]
"""What answers a request at once, given its whole body; None where it has to take the long way."""

AT_ONCE: web.AppKey[Answer] = web.AppKey("at_once", Callable)  # type: ignore[arg-type] # a callable has no class

_LINGER_SECONDS = 1.0
_IDLE_SECONDS = 75.0


class _Connection(Impatient):
    """What can be answered at once never becomes a request of aiohttp."""

    __slots__ = ("_answered", "_passed_on")

    def __init__(self, manager: web.Server, *, at_once: "_AtOnce | None", **settings: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(manager, **settings)
        self._passed_on = self._answered = 0
        if at_once is not None:
            self._parser = _Shortcut(self._parser, self, at_once)  # type: ignore[assignment] # what it does not name is the parser's

    @property
    def is_idle(self) -> bool:
        """Whether every request that went to aiohttp has its whole answer, and the client takes what it is sent."""
        return self._passed_on == self._answered and not self._paused

    def pass_on(self, count: int) -> None:
        """So many requests go to aiohttp."""
        self._passed_on += count

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """As aiohttp does, which comes here once for each request."""
        finished = await super().finish_response(request, resp, start_time)
        self._answered += 1
        return finished

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What cannot be read gets a problem as everything else does; the connection ends with it."""
        response = super().handle_error(request, status, exc, message)
        if isinstance(exc, HttpProcessingError):
            detail = "A line of it is too long." if isinstance(exc, LineTooLong) else "It is no HTTP."
            response = problem_answer(Malformed(detail), correlation_id().hex)
            response.force_close()
        return response

    def stay_open(self) -> None:
        """A request was answered that aiohttp does not hear of; the connection stays open as after any other."""
        self._request_count += 1
        self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout


class _Shortcut:
    """aiohttp's parser of one connection, which keeps to itself the requests that were answered at once."""

    def __init__(self, parser: Any, connection: _Connection, at_once: "_AtOnce") -> None:  # noqa: ANN401 - its type has no name outside
        self._parser = parser
        self._connection = connection
        self._at_once = at_once

    def feed_data(self, received: bytes) -> tuple[Sequence[tuple[Any, StreamReader]], bool, bytes]:
        """What is left for aiohttp of the requests that have come. Only one that came whole and alone is answered."""
        try:
            messages, is_upgraded, tail = self._parser.feed_data(received)
        except Exception:
            self._connection.pass_on(1)  # aiohttp answers what it cannot read as a request of its own
            raise
        if len(messages) == 1 and not is_upgraded and self._connection.is_idle:
            message, body = messages[0]
            content = _content(body)
            answer = self._at_once.answer(message, content) if content is not None else None
            if answer is not None:
                self._parser.message_consumed()
                self._connection.stay_open()
                self._at_once.send(self._connection, answer)
                return (), is_upgraded, tail
        self._connection.pass_on(len(messages))
        return messages, is_upgraded, tail

    def message_consumed(self) -> None:
        """As the parser's own, which is asked so for every other request."""
        self._parser.message_consumed()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the parser's
        return getattr(self._parser, name)


class _AtOnce:
    """What all connections share: how to answer, and the answers of this turn of the event loop.

    They are sent together at its end. Each by itself would wake a client that waits for all of them, which takes
    longer than all the rest of an answer.
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self._unsent: list[tuple[_Connection, bytes]] = []

    def send(self, connection: _Connection, answer: bytes) -> None:
        """Send an answer before anything that this connection has yet to say."""
        if not self._unsent:
            get_running_loop().call_soon(self._send_all)
        self._unsent.append((connection, answer))

    def _send_all(self) -> None:
        unsent, self._unsent = self._unsent, []
        for connection, answer in unsent:
            if connection.transport is not None:
                connection.transport.write(answer)


def _content(body: StreamReader) -> bytes | None:
    """A body that has come whole, in one piece; it stays where it is, for whoever reads it."""
    if body is EMPTY_PAYLOAD:
        return b""
    pieces = body._buffer  # noqa: SLF001 - reading it would take it out
    return pieces[0] if body.is_eof() and len(pieces) == 1 else None


@asynccontextmanager
async def serving(
    app: web.Application,
    host: str,
    port: int,
    head_seconds: float,
    own: tuple[str, int] | None = None,
    may_answer: Callable[[], bool] = lambda: True,
) -> AsyncIterator[int]:
    """Serve while the block runs; yields the port, which is chosen by the system where `port` is 0.

    `own` is a host and port that no other process shares, for probes and scrapes of this one. Where others answer at
    the port, this one does not listen before it may answer.
    """
    answer = app.get(AT_ONCE)
    connect = partial(_Connection, head_seconds=head_seconds, at_once=_AtOnce(answer) if answer else None)
    runner = ImpatientRunner(
        app,
        connect,
        auto_decompress=False,
        handler_cancellation=False,
        keepalive_timeout=_IDLE_SECONDS,
        lingering_time=_LINGER_SECONDS,
    )
    await runner.setup()
    try:
        if own is not None:
            await web.TCPSite(runner, *own).start()
        await stand_back(host, port, may_answer)
        await web.TCPSite(runner, host, port, reuse_port=True, backlog=1024).start()
        yield port or runner.addresses[-1][1]
    finally:
        await runner.cleanup()
