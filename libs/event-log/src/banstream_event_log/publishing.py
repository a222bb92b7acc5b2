"""Publishing to a stream that has one writer, in order and without waiting for each acknowledgement."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from nats.js import JetStreamContext
from nats.js.api import PubAck
from nats.js.errors import NotFoundError

from banstream_contracts import headers

_WINDOW = 256
_ACK_SECONDS = 10.0


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

    def __init__(self, jetstream: JetStreamContext, stream: str) -> None:
        self.jetstream = jetstream
        self.stream = stream
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
                await _all(acknowledgements)
                acknowledgements.clear()
        await _all(acknowledgements)


async def _all(acknowledgements: "list[asyncio.Future[PubAck]]") -> None:
    if not acknowledgements:
        return
    done, waiting = await asyncio.wait(acknowledgements, timeout=_ACK_SECONDS)
    if waiting:
        raise TimeoutError(f"{len(waiting)} messages were not acknowledged")
    if refusals := [error for each in done if (error := each.exception())]:
        raise refusals[0]
