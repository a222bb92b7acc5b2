"""What was told to whom, on the one connection that holds the lock of telling: lost together, or not at all."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from banstream_decider.document_table import Present
from banstream_event_log.postgres import TRANSIENT
from banstream_notifier.envelope import Envelope
from banstream_notifier.projection import TARGETS
from banstream_notifier.record import Record

_BEGIN = """
    insert into deliveries (target_id, event_id, event_type, infraction_id, sequence, status, tries, first_at, last_at)
    select $1, event_id, event_type, infraction_id, sequence, 'begun', 1, $6, $6
    from unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[]) as new (event_id, event_type, infraction_id, sequence)
    on conflict (target_id, event_id) do update set status = 'begun', tries = deliveries.tries + 1, last_at = $6
"""
_SETTLE = """
    update deliveries set status = $3, message_id = coalesce($4, message_id), last_at = $5
    where target_id = $1 and event_id = any($2)
"""
_AS_BEGUN = """
    select count(*) from deliveries where target_id = $1 and event_id = any($2) and status = 'begun' and last_at = $3
"""
_PROGRESS = """
    insert into progress
        (target_id, stream, sequence, read_stream, read_sequence, delivered, delivered_at, last_error)
    values ($1, $2, least($3, (select min(sequence) - 1 from deferred where target_id = $1)), $2, $3, $4, $5, $6)
    on conflict (target_id) do update set stream = excluded.stream, sequence = case
            when progress.stream = excluded.stream then greatest(progress.sequence, excluded.sequence)
            else excluded.sequence end,
        read_stream = excluded.read_stream, read_sequence = case
            when progress.read_stream = excluded.read_stream
            then greatest(progress.read_sequence, excluded.read_sequence)
            else excluded.read_sequence end,
        delivered = progress.delivered + $4, delivered_at = coalesce($5, progress.delivered_at),
        failing_since = case when $5::timestamptz is null then progress.failing_since end,
        last_error = case when $5::timestamptz is null then coalesce($6, progress.last_error) end
"""
_PLACE = """
    select stream, case when read_stream = stream then greatest(sequence, read_sequence) else sequence end as sequence
    from progress where target_id = $1
"""
_FAILED = """
    insert into progress (target_id, stream, sequence, failing_since, last_error) values ($1, $2, $3, $4, $5)
    on conflict (target_id) do update
        set failing_since = coalesce(progress.failing_since, $4), last_error = $5
    returning failing_since
"""
_FIRST_FAILURE = "select min(at) from attempts where target_id = $1 and event_id = $2 and error is not null"
_KNOWN = """
    select infraction_id from deliveries where target_id = $1 and infraction_id = any($2) and status = 'done'
    union select infraction_id from embeds where target_id = $1 and infraction_id = any($2)
"""
_TELLS_OF_NONE = "infraction_id is null or event_type = 'infraction.served'"
_PRUNE = f"delete from deliveries where status <> 'begun' and last_at < $1 and (last_at < $2 or {_TELLS_OF_NONE})"
_NOT_DEFERRED = "delete from deferred where target_id = $1 and event_id = any($2)"
_ATTEMPT = "insert into attempts (target_id, event_id, at, seconds, answer, error) values ($1, $2, $3, $4, $5, $6)"
_EMBED = """
    insert into embeds (target_id, message_id, place, infraction_id, card, embed, sent_at, players)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    on conflict (target_id, message_id, place) do update set card = excluded.card, embed = excluded.embed
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Everything up to `sequence` of an EVENTS that was made at `stream` is settled, or deferred."""

    stream: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Shown:
    """One embed of a message at Discord; `card` is JSON of what it shows of an infraction or a call.

    `infraction_id` is the id of either: the columns are older than calls. `players` are those that it tells of.
    """

    place: int
    infraction_id: str | None
    card: dict[str, Any] | None
    embed: dict[str, Any]
    players: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Try:
    """One request: when, how long, what came of it."""

    at: datetime
    seconds: float
    answer: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """Events that need no further try, what was sent for them, and how far the target is with it."""

    target_id: str
    told: Sequence[Envelope]
    status: Literal["done", "dead"]
    reached: Place
    tried: Try
    message_id: str | None = None
    shown: Sequence[Shown] = ()


class Ledger:
    """What has arrived is written down before anything else is sent.

    What cannot be written, because Postgres is away in that very moment, is `owed`: kept in memory and written
    before telling goes on, so that it is not sent twice.
    """

    def __init__(self) -> None:
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._lock = asyncio.Lock()
        self._owed: list[Settlement] = []

    @asynccontextmanager
    async def on(self, connection: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[None]:
        """Use a connection; begins with what is owed, unless another process has meanwhile told it once more."""
        self._connection = connection
        try:
            self._owed = [each for each in self._owed if await _is_as_begun(connection, each)]
            async with self.using():
                pass
            yield
        finally:
            self._connection = None

    async def targets(self) -> Present[Record]:
        """Those that there are."""
        async with self.using() as connection:
            return await TARGETS.present(connection)

    async def version(self, target_id: str) -> int | None:
        """The version since which a target is told as it is."""
        async with self.using() as connection:
            found: int | None = await connection.fetchval(
                "select (document -> 'since_version')::integer from targets where target_id = $1", target_id
            )
        return found

    async def place(self, target_id: str) -> Place | None:
        """How far a target is; None of one that was told nothing yet."""
        async with self.using() as connection:
            row = await connection.fetchrow(_PLACE, target_id)
        return Place(row["stream"], row["sequence"]) if row else None

    async def settled(self, target_id: str, event_ids: Sequence[UUID]) -> frozenset[UUID]:
        """Those events that need no further try."""
        async with self.using() as connection:
            rows = await connection.fetch(
                "select event_id from deliveries where target_id = $1 and event_id = any($2) and status <> 'begun'",
                target_id,
                list(event_ids),
            )
        return frozenset(row["event_id"] for row in rows)

    async def known(self, target_id: str, infraction_ids: Sequence[str]) -> frozenset[str]:
        """Those infractions of which the target was told before."""
        async with self.using() as connection:
            rows = await connection.fetch(_KNOWN, target_id, list(infraction_ids))
        return frozenset(row["infraction_id"] for row in rows)

    async def begin(self, target_id: str, told: Sequence[Envelope], now: datetime) -> None:
        """Write down that events are about to be sent. Raises when the lock, and with it the right to send, is lost."""
        async with self.using() as connection:
            await connection.execute(
                _BEGIN,
                target_id,
                [each.event_id for each in told],
                [each.type for each in told],
                [each.message_key for each in told],
                [each.sequence for each in told],
                now,
            )

    async def settle(self, settlement: Settlement) -> None:
        """Write down what arrived, or was put aside."""
        self._owed.append(settlement)
        async with self.using():
            pass

    async def fail(self, target_id: str, told: Sequence[Envelope], reached: Place, tried: Try) -> datetime:
        """Write down a try that failed; returns since when there was none that succeeded, or none of the first event.

        What goes before an event may arrive while that one does not.
        """
        async with self.using() as connection, connection.transaction():
            await _keep_tries(connection, target_id, told, tried)
            since: datetime = await connection.fetchval(
                _FAILED, target_id, reached.stream, reached.sequence, tried.at, tried.error
            )
            first: datetime | None = await connection.fetchval(_FIRST_FAILURE, target_id, told[0].event_id)
        return min(since, first or since)

    async def move(self, target_id: str, reached: Place) -> None:
        """Nothing up to there is left to tell, but for what is deferred."""
        async with self.using() as connection:
            await connection.execute(_PROGRESS, target_id, reached.stream, reached.sequence, 0, None, None)

    async def forget(self, target_id: str) -> None:
        """Of a target that was removed."""
        async with self.using() as connection, connection.transaction():
            for table in ("progress", "deliveries", "attempts", "embeds", "stalls", "deferred"):
                await connection.execute(f"delete from {table} where target_id = $1", target_id)

    async def prune(self, log_before: datetime, messages_before: datetime) -> None:
        """Remove what is old. An infraction that was told is known for as long as messages are."""
        async with self.using() as connection:
            await connection.execute("delete from attempts where at < $1", log_before)
            await connection.execute(_PRUNE, log_before, messages_before)
            await connection.execute("delete from embeds where sent_at < $1", messages_before)

    @asynccontextmanager
    async def using(self) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
        """The connection, one after the other, with everything written that is owed."""
        async with self._lock:
            if self._connection is None:
                raise asyncpg.InterfaceError("the lock of telling is lost")
            while self._owed:
                try:
                    await _write(self._connection, self._owed[0])
                except TRANSIENT:
                    raise
                except Exception:
                    del self._owed[0]  # it will never be written, and every target would wait for it
                    raise
                del self._owed[0]
            yield self._connection


async def keep_shown(
    connection: "asyncpg.Connection[asyncpg.Record]",
    target_id: str,
    message_id: str,
    shown: Sequence[Shown],
    now: datetime,
) -> None:
    """Write down what a message shows now."""
    rows = [
        (target_id, message_id, each.place, each.infraction_id, each.card, each.embed, now, list(each.players))
        for each in shown
    ]
    await connection.executemany(_EMBED, rows)


async def _write(connection: "asyncpg.Connection[asyncpg.Record]", settled: Settlement) -> None:
    ids = [each.event_id for each in settled.told]
    now = settled.tried.at
    async with connection.transaction():
        await connection.execute(_SETTLE, settled.target_id, ids, settled.status, settled.message_id, now)
        await connection.execute(_NOT_DEFERRED, settled.target_id, ids)
        await _keep_tries(connection, settled.target_id, settled.told, settled.tried)
        delivered, arrived = (len(ids), now) if settled.status == "done" else (0, None)
        at = (settled.target_id, settled.reached.stream, settled.reached.sequence)
        await connection.execute(_PROGRESS, *at, delivered, arrived, settled.tried.error)
        if settled.message_id:
            await keep_shown(connection, settled.target_id, settled.message_id, settled.shown, now)


async def _is_as_begun(connection: "asyncpg.Connection[asyncpg.Record]", settled: Settlement) -> bool:
    """Else what is there is newer: of the message, and of what was told."""
    ids = [each.event_id for each in settled.told]
    begun: int = await connection.fetchval(_AS_BEGUN, settled.target_id, ids, settled.tried.at)
    return begun == len(ids)


async def _keep_tries(
    connection: "asyncpg.Connection[asyncpg.Record]", target_id: str, told: Sequence[Envelope], tried: Try
) -> None:
    rows = [(target_id, each.event_id, tried.at, tried.seconds, tried.answer, tried.error) for each in told]
    await connection.executemany(_ATTEMPT, rows)
