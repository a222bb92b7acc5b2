"""Publishing to a stream that has one writer, in order and without waiting for each acknowledgement."""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from banstream_contracts import headers
from banstream_event_log.sending import Sends, sender_of

_WINDOW = 256
_SILENCE_SECONDS = 4.0
"""After so long without an acknowledgement the node that should have sent it is taken for dead."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to publish."""

    subject: str
    payload: bytes
    headers: dict[str, str]


class OnlyWriter:
    """The one writer of a stream.

    Every message names the sequence it must follow. A writer that was replaced while it slept is refused by
    the server, so that two can never interleave, and a message that fails lets none behind it in.
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
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def open(self) -> None:
        """Find the end of the stream."""
        info = await self.jetstream.stream_info(self.stream)
        self._sequence = info.state.last_seq

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
        for message in messages:
            following = {**message.headers, headers.EXPECTED_LAST_SEQUENCE: str(self._sequence)}
            stored = await self._sender.send(message.subject, message.payload, following)
            stored.add_done_callback(_heard)
            self._waiting.append(stored)
            self._sequence += 1
            if len(self._waiting) == _WINDOW:
                await self._wait(_WINDOW // 2)

    async def finish(self) -> None:
        """Wait until all that was begun is stored. Raises as `publish` does."""
        await self._wait(0)

    async def _wait(self, left: int) -> None:
        """They come in order, many at once: a slow disk is waited for as long as one follows the other."""
        while len(self._waiting) > left:
            first = self._waiting[0]
            if not first.done():
                done, _ = await asyncio.wait([first], timeout=self._silence_seconds)
                if not done:
                    raise TimeoutError(f"{len(self._waiting)} messages were not acknowledged")
            self._waiting.popleft().result()


def _heard(acknowledgement: "asyncio.Future[None]") -> None:
    """Take note of a failure behind the first one, which was raised."""
    if not acknowledgement.cancelled():
        acknowledgement.exception()
