"""What waits at Discord while new messages go before it, on the connection that holds the lock of telling."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from prometheus_client import Gauge

from banstream_contracts import streams
from banstream_decider import event_consumers
from banstream_notifier.envelope import Envelope
from banstream_notifier.erasing import ERASURE
from banstream_notifier.ledger import Ledger

DEFERRED = Gauge(
    "banstream_notifier_deferred_events",
    "Events that were read and wait while new messages go first, by the target's consumer",
    ["consumer"],
)
_MOST = 200
_LAST = 2**63 - 1
_ADD = """
    insert into deferred (target_id, sequence, event_id, event_type, message_key)
    select $1, * from unnest($2::bigint[], $3::uuid[], $4::text[], $5::text[])
    on conflict (target_id, event_id) do update set sequence = excluded.sequence
"""
_TIDY = """
    delete from deferred using progress
    where deferred.target_id = $1 and progress.target_id = $1
        and (read_stream <> $2 or (stream = $2 and deferred.sequence <= progress.sequence))
"""
_ERASURES = """
    select sequence, event_id, message_key from deferred
    where target_id = $1 and message_key is null and event_type = $2 order by sequence
"""
_FIRST = "select sequence, event_id, message_key from deferred where target_id = $1 order by sequence limit 1"
_FIRST_OF_YOUNG = """
    select sequence, event_id, message_key from deferred
    where target_id = $1 and sequence < $2 and message_key in (
        select infraction_id from embeds where target_id = $1 and sent_at > $3 and infraction_id is not null
    ) order by sequence limit 1
"""
_OF_ITS_MESSAGE = """
    select sequence, event_id, message_key from deferred
    where target_id = $1 and sequence < $2 and (message_key = $3 or message_key in (
        select infraction_id from embeds where target_id = $1 and message_id = (
            select message_id from embeds where target_id = $1 and infraction_id = $3
            order by sent_at desc, message_id desc limit 1
        )
    )) order by sequence limit $4
"""


@dataclass(frozen=True, slots=True)
class Deferral:
    """An event by its place on EVENTS; `message_key` as its envelope has it."""

    sequence: int
    event_id: UUID
    message_key: str | None


class Deferred:
    """Of one target. Whatever is settled is deferred no more: the ledger sees to that."""

    def __init__(self, ledger: Ledger, target_id: str) -> None:
        self._ledger = ledger
        self._target_id = target_id

    async def tidy(self, made: str) -> None:
        """Take out what stood on another EVENTS, and what a release that defers nothing has settled meanwhile."""
        async with self._ledger.using() as connection:
            await connection.execute(_TIDY, self._target_id, made)

    async def add(self, events: Sequence[Envelope]) -> None:
        """Events that wait; the same again changes nothing."""
        async with self._ledger.using() as connection:
            await connection.execute(
                _ADD,
                self._target_id,
                [each.sequence for each in events],
                [each.event_id for each in events],
                [each.type for each in events],
                [each.message_key for each in events],
            )

    async def drop(self, deferrals: Collection[Deferral]) -> None:
        """Those that are not to be told any more."""
        async with self._ledger.using() as connection:
            await connection.execute(
                "delete from deferred where target_id = $1 and event_id = any($2)",
                self._target_id,
                [each.event_id for each in deferrals],
            )

    async def keys(self, among: Collection[str]) -> frozenset[str]:
        """Those infractions and calls of which something waits."""
        async with self._ledger.using() as connection:
            rows = await connection.fetch(
                "select distinct message_key from deferred where target_id = $1 and message_key = any($2)",
                self._target_id,
                list(among),
            )
        return frozenset(row["message_key"] for row in rows)

    async def erasures(self) -> list[Deferral]:
        """Those that wait, in their order."""
        async with self._ledger.using() as connection:
            rows = await connection.fetch(_ERASURES, self._target_id, ERASURE)
        return [Deferral(*row) for row in rows]

    async def first(self, sent_after: datetime | None = None) -> list[Deferral]:
        """The first that waits and what waits for the same message; where a time is given, for one sent after that.

        Nothing goes before an erasure, and an erasure is by itself.
        """
        erasures = await self.erasures()
        before = erasures[0].sequence if erasures else _LAST
        async with self._ledger.using() as connection:
            if sent_after is None:
                row = await connection.fetchrow(_FIRST, self._target_id)
            else:
                row = await connection.fetchrow(_FIRST_OF_YOUNG, self._target_id, before, sent_after)
            if row is None or row["message_key"] is None:
                return [Deferral(*row)] if row else []
            key = row["message_key"]
            rows = await connection.fetch(_OF_ITS_MESSAGE, self._target_id, before, key, _MOST)
        return [Deferral(*each) for each in rows]


async def count(ledger: Ledger) -> None:
    """How many wait, for the metric."""
    async with ledger.using() as connection:
        rows = await connection.fetch("select target_id, count(*) from deferred group by target_id")
    DEFERRED.clear()
    for target_id, waiting in rows:
        DEFERRED.labels(event_consumers.spec_of(streams.NOTIFIER, target_id).name).set(waiting)
