"""Publishing to a stream that has one writer, in order and without waiting for each acknowledgement."""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from nats.js import JetStreamContext
from nats.js.errors import Error, NotFoundError

from banstream_contracts import headers
from banstream_event_log.sending import Sends, sender_of

_WINDOW = 256
_ASKED = 16
"""Of so many messages one is acknowledged, and with it those before it: it could not follow what is not there."""
_SILENCE_SECONDS = 4.0
"""After so long without an acknowledgement the node that should have sent it is taken for dead."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to publish."""

    subject: str
    payload: bytes
    headers: dict[str, str]


class Misplaced(Error):
    """A message was stored, but not behind those that it was to follow: one of them is not there."""


class OnlyWriter:
    """The one writer of a stream.

    Every message names the sequence it must follow. A writer that was replaced while it slept is refused by
    the server, so that two can never interleave, and a message that fails lets none behind it in.
    So the acknowledgement of one, at its place, tells that all before it are stored; only some are asked for, the
    first since `open` among them: when a refusal makes its writer start anew, that one says why.
    """

    def __init__(
        self,
        jetstream: JetStreamContext,
        stream: str,
        silence_seconds: float = _SILENCE_SECONDS,
        sender: Sends | None = None,
    ) -> None:
        self.jetstream = jetstream
        self.stream = stream
        self._silence_seconds = silence_seconds
        self._sender = sender or sender_of(jetstream)
        self._sequence = 0
        self._asked = 0
        self._stored = 0
        self._waiting: deque[tuple[int, asyncio.Future[int]]] = deque()

    async def open(self) -> None:
        """Find the end of the stream."""
        info = await self.jetstream.stream_info(self.stream)
        self._sequence = self._stored = info.state.last_seq
        self._asked = -_ASKED

    @property
    def sequence(self) -> int:
        """Where the last message is, or will be once it is stored."""
        return self._sequence

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever published here."""
        return self._sequence == 0

    async def last_header(self, name: str) -> str | None:
        """A header of the last message, or None where that has aged out."""
        try:
            last = await self.jetstream.get_msg(self.stream, self._sequence)
        except NotFoundError:
            return None
        return (last.headers or {}).get(name)

    async def publish(self, messages: Iterable[Outgoing]) -> None:
        """Publish in order and wait until all are stored; raises when one is refused or not acknowledged.

        While a full window waits the server has half of it left to store, so that it never stands still.
        """
        await self.begin(messages)
        await self.finish()

    async def begin(self, messages: Iterable[Outgoing]) -> None:
        """The same, but what fits into the window is waited for by `finish`."""
        held: Outgoing | None = None
        for message in messages:
            if held:
                await self._send(held)
            held = message
        if held:
            await self._send(held, is_last=True)

    async def finish(self) -> None:
        """Wait until all that was begun is stored. Raises as `publish` does."""
        await self._wait(self._sequence)

    async def _send(self, message: Outgoing, *, is_last: bool = False) -> None:
        following = {**message.headers, headers.EXPECTED_LAST_SEQUENCE: str(self._sequence)}
        self._sequence += 1
        if not is_last and self._sequence - self._asked < _ASKED:
            await self._sender.post(message.subject, message.payload, following)
            return
        stored = await self._sender.send(message.subject, message.payload, following)
        stored.add_done_callback(_heard)
        self._asked = self._sequence
        self._waiting.append((self._sequence, stored))
        if self._sequence - self._stored >= _WINDOW:
            await self._wait(self._sequence - _WINDOW // 2)

    async def _wait(self, until: int) -> None:
        """They come in order, many at once: a slow disk is waited for as long as one follows the other."""
        while self._waiting and self._stored < until:
            sequence, first = self._waiting[0]
            if not first.done():
                done, _ = await asyncio.wait([first], timeout=self._silence_seconds)
                if not done:
                    raise TimeoutError(f"{self._sequence - self._stored} messages were not acknowledged")
            self._waiting.popleft()
            if (place := first.result()) != sequence:
                raise Misplaced(f"stored as {place} where {sequence} was to follow")
            self._stored = sequence


def _heard(acknowledgement: "asyncio.Future[int]") -> None:
    """Take note of a failure behind the first one, which was raised."""
    if not acknowledgement.cancelled():
        acknowledgement.exception()
