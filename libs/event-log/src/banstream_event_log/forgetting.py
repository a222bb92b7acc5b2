"""The sink that takes what erased players left out of the service's stream and of EVENTS.

What was published before the erasure goes where it may hold a name; what happened since, and the erasure, stays.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import asyncpg
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from banstream_contracts import headers, streams, subjects
from banstream_contracts.players import Player
from banstream_event_log.copies import purge_copy
from banstream_event_log.events import LoggedEvent
from banstream_event_log.log import head
from banstream_event_log.relay import remember_position, remembered_position

_TAKEN_OVER_SECONDS = 10.0
_LOOK_SECONDS = 0.05

Left = tuple[str, str]
"""The type and the token of events that may hold something of an erased player."""
LeftBy = Callable[[LoggedEvent], Awaitable[Sequence[Left]]]
"""What is to be taken out after an erasure."""


class Forgetting:
    """Comes after the stream that publishes: the erasure itself is what is gone up to."""

    def __init__(
        self,
        jetstream: JetStreamContext,
        connection: "asyncpg.Connection[asyncpg.Record]",
        *,
        stream: str,
        erasure: str,
        left_by: LeftBy,
    ) -> None:
        self._jetstream = jetstream
        self._connection = connection
        self._stream = stream
        self._erasure = erasure
        self._left_by = left_by
        self._name = f"forgetting {stream}"

    async def resume(self) -> int:
        """Before the first erasure that may not be done; the end of the log where there is none."""
        done = await remembered_position(self._connection, self._name)
        first = await self._connection.fetchval(
            "select min(position) from event_log where type = $1 and position > $2", self._erasure, done
        )
        return first - 1 if first else await head(self._connection)

    async def deliver(self, events: Sequence[LoggedEvent]) -> None:
        """Take out what each erasure among them is about. Raises TimeoutError where EVENTS does not take over."""
        for event in events:
            if event.type == self._erasure:
                await self._forget(event)
                await remember_position(self._connection, self._name, event.position)

    async def _forget(self, event: LoggedEvent) -> None:
        token = Player.model_validate(event.data["player"]).token
        own = await self._erased_at(self._stream, subjects.relayed_event(event.type, token), event.position)
        if own is None:  # it has aged out, and all before it
            return
        taken_over = await self._taken_over(subjects.event(event.type, token), event.position)
        left = await self._left_by(event)
        for kind, whom in left:
            await self._jetstream.purge_stream(self._stream, seq=own, subject=subjects.relayed_event(kind, whom))
            await self._jetstream.purge_stream(streams.EVENTS, seq=taken_over, subject=subjects.event(kind, whom))
        await purge_copy(self._jetstream, [subjects.event(kind, whom) for kind, whom in left], taken_over)

    async def _taken_over(self, subject: str, position: int) -> int:
        """Where EVENTS has the erasure: all that came before it is there then."""
        async with asyncio.timeout(_TAKEN_OVER_SECONDS):
            while (sequence := await self._erased_at(streams.EVENTS, subject, position)) is None:  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_SECONDS)  # another server's stream: it tells nobody
        return sequence

    async def _erased_at(self, stream: str, subject: str, position: int) -> int | None:
        """The sequence of the last erasure of a player, if that is this one or a later one."""
        try:
            last = await self._jetstream.get_last_msg(stream, subject)
        except NotFoundError:
            return None
        return last.seq if int((last.headers or {}).get(headers.EVENT_POSITION, 0)) >= position else None
