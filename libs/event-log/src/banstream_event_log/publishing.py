"""Publishing to a stream that has one writer, in order and without waiting for each acknowledgement."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from nats.js import JetStreamContext
from nats.js.api import PubAck
from nats.js.errors import NotFoundError

from banstream_contracts import headers

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

    def __init__(self, jetstream: JetStreamContext, stream: str, silence_seconds: float = _SILENCE_SECONDS) -> None:
        self.jetstream = jetstream
        self.stream = stream
        self._silence_seconds = silence_seconds
        self._sequence = 0

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
        """Publish in order and wait until all are stored; raises when one is refused or not acknowledged."""
        acknowledgements = []
        for message in messages:
            acknowledgements.append(
                await self.jetstream.publish_async(
                    message.subject,
                    message.payload,
                    headers={**message.headers, headers.EXPECTED_LAST_SEQUENCE: str(self._sequence)},
                )
            )
            self._sequence += 1
            if len(acknowledgements) == _WINDOW:
                await _all(acknowledgements, self._silence_seconds)
                acknowledgements.clear()
        await _all(acknowledgements, self._silence_seconds)


async def _all(acknowledgements: "list[asyncio.Future[PubAck]]", silence_seconds: float) -> None:
    """They come in order: a slow disk is waited for as long as one follows the other."""
    try:
        for number, each in enumerate(acknowledgements):
            done, _ = await asyncio.wait([each], timeout=silence_seconds)
            if not done:
                raise TimeoutError(f"{len(acknowledgements) - number} messages were not acknowledged")
            each.result()
    finally:
        for each in acknowledgements:
            each.add_done_callback(_heard)


def _heard(acknowledgement: "asyncio.Future[PubAck]") -> None:
    """Take note of a failure behind the first one, which was raised."""
    if not acknowledgement.cancelled():
        acknowledgement.exception()
