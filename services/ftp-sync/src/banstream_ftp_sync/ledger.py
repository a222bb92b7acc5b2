"""How the files stand, on the one connection that holds the lock of writing: lost together, or not at all."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from banstream_contracts.ban_files import BanFileStatus
from banstream_contracts.players import Player
from banstream_contracts.queries.ban_files import ReceiptStatus
from banstream_decider.document_table import Present
from banstream_decider.unreadable import UnreadableDocument
from banstream_ftp_sync import bans
from banstream_ftp_sync.applying.receipts import Outcome, Remembered
from banstream_ftp_sync.bans import Ban, Loaded
from banstream_ftp_sync.projection import BAN_FILES
from banstream_ftp_sync.record import Record, Trouble
from banstream_ftp_sync.settling import Standing, is_good

_NOTE = """
    insert into states (ban_file_id, stream, sequence, pending_since) values ($1, $2, $3, $4)
    on conflict (ban_file_id) do update set stream = $2, sequence = $3,
        pending_since = least(states.pending_since, $4)
"""
_NOT_HEARD = """
    insert into states (ban_file_id, pending_since) values ($1, $2)
    on conflict (ban_file_id) do update set pending_since = least(states.pending_since, $2)
"""
_REMEMBER = """
    insert into states (ban_file_id, place, remembered) values ($1, $2, $3)
    on conflict (ban_file_id) do update set place = $2, remembered = $3
"""
_SETTLE = """
    insert into states (ban_file_id, place, remembered, used_version, outcome, reason, tried_at, good_at, written_at,
        failing_since, pending_since, lines, others)
    values ($1, case when $3::jsonb is not null then $2 end, $3, $4, $5::text, $6, $7::timestamptz,
        case when $8::boolean then $7 end, case when $5 = 'applied' then $7 end,
        case when not $8 then $7 end, null, $9, $10)
    on conflict (ban_file_id) do update set place = case when $3::jsonb is null then states.place else $2 end,
        remembered = coalesce($3, states.remembered),
        used_version = case when $8 then $4 else states.used_version end,
        outcome = $5, reason = $6, tried_at = $7,
        good_at = case when $8 then $7 else states.good_at end,
        written_at = case when $5 = 'applied' then $7 else states.written_at end,
        failing_since = case when not $8 then coalesce(states.failing_since, $7) end,
        pending_since = case when not $8 or states.sequence is distinct from $11 then states.pending_since end,
        lines = case when $8 then $9 else states.lines end,
        others = case when $8 then $10 else states.others end
"""
_WAITING = """
    select ban_file_id, least(pending_since, case when ban_file_id = any($1) then failing_since end) as since
    from states where pending_since is not null or (ban_file_id = any($1) and failing_since is not null)
"""
_RECEIPTS = """
    insert into receipts (ban_file_id, infraction_id, is_banned, status, error, at)
    select $1, infraction_id, is_banned, status, error, $6
    from unnest($2::text[], $3::boolean[], $4::text[], $5::text[]) as new (infraction_id, is_banned, status, error)
    on conflict (ban_file_id, infraction_id) do update set is_banned = excluded.is_banned, status = excluded.status,
        error = excluded.error, at = excluded.at, place = nextval('receipt_places')
"""


@dataclass(frozen=True, slots=True)
class State:
    """How a file stands. `remembered` is of the file at `place`; the rest as in the table."""

    stream: str | None = None
    sequence: int | None = None
    place: str | None = None
    remembered: Remembered | None = None
    used_version: int = 0
    outcome: Outcome | None = None
    reason: str | None = None
    tried_at: datetime | None = None
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempted:
    """What an attempt came to.

    `remembered` None leaves what was remembered. `noted` is the sequence of EVENTS up to which changes were known when
    it began: later ones still wait.
    """

    outcome: Outcome
    reason: str
    remembered: Remembered | None
    used_version: int
    standings: Mapping[str, Standing]
    noted: int | None = None


class Ledger:
    """One statement after the other; raises asyncpg's errors once the lock is lost."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection
        self._lock = asyncio.Lock()

    async def ban_files(self) -> Present[Record]:
        """Those that there are."""
        async with self._using() as connection:
            return await BAN_FILES.present(connection)

    async def version(self, ban_file_id: str) -> int | None:
        """The version since which a file is kept as it is; None of one that is paused, gone or cannot be read."""
        record = await self._record(ban_file_id)
        is_kept = record and not record.is_removed and record.ban_file.status is BanFileStatus.ACTIVE
        return record.since_version if record and is_kept else None

    async def trouble(self, ban_file_id: str) -> Trouble | None:
        """What was told last of a file that is not as it should be; None where nothing was, or it cannot be read."""
        record = await self._record(ban_file_id)
        return record.trouble if record else None

    async def load(self, loaded: Loaded, at: datetime) -> int:
        """Take a whole load; how many rows it has changed."""
        async with self._using() as connection, connection.transaction():
            changed = await bans.put(connection, loaded.bans, loaded.unreadable, resealed=loaded.resealed)
            changed += await bans.drop_all_but(connection, [ban.infraction_id for ban in loaded.bans])
            changed += await bans.set_protected(connection, loaded.protected)
            await bans.reach(connection, loaded.position, at)
        return changed

    async def update(
        self, changed: Sequence[Ban], over: Collection[str], position: int, unreadable: Collection[str] = ()
    ) -> None:
        """What has become of some bans."""
        async with self._using() as connection, connection.transaction():
            await bans.put(connection, changed, unreadable)
            await bans.drop(connection, over)
            await bans.reach(connection, position, None)

    async def protect(self, players: Sequence[Player]) -> None:
        """The whole list of protected players."""
        async with self._using() as connection, connection.transaction():
            await bans.set_protected(connection, players)

    async def furthest(self) -> int:
        """The furthest position of infractions' log that was seen."""
        async with self._using() as connection:
            return await bans.furthest(connection)

    async def bans(self) -> tuple[list[Ban], frozenset[str]]:
        """Every ban in force and the tokens of protected players, of the same moment."""
        async with self._using() as connection, connection.transaction(isolation="repeatable_read"):
            return await bans.every(connection), await bans.protected(connection)

    async def state(self, ban_file_id: str) -> State:
        """How a file stands; an empty one of a file that was never tried."""
        async with self._using() as connection:
            row = await connection.fetchrow("select * from states where ban_file_id = $1", ban_file_id)
        return state_of(row) if row else State()

    async def note(self, ban_file_id: str, stream: str, sequence: int, since: datetime) -> None:
        """Something has happened that may concern a file; it is not lost any more."""
        async with self._using() as connection:
            await connection.execute(_NOTE, ban_file_id, stream, sequence, since)

    async def not_heard(self, ban_file_id: str, since: datetime) -> None:
        """Something may have happened that concerns a file, and is not told before it is looked at."""
        async with self._using() as connection:
            await connection.execute(_NOT_HEARD, ban_file_id, since)

    async def standings(self, ban_file_id: str) -> dict[str, Standing]:
        """What is known of each infraction in a file."""
        async with self._using() as connection:
            return await standings_of(connection, ban_file_id)

    async def put_standings(self, ban_file_id: str, standings: Mapping[str, Standing], at: datetime) -> None:
        """Write receipts."""
        async with self._using() as connection:
            await _put_standings(connection, ban_file_id, standings, at)

    async def remember(self, ban_file_id: str, place: str, remembered: Remembered) -> None:
        """Before a write begins. Raises when the lock, and with it the right to write, is lost."""
        async with self._using() as connection:
            await connection.execute(_REMEMBER, ban_file_id, place, _document(remembered))

    async def settle(self, ban_file_id: str, place: str, attempted: Attempted, at: datetime) -> None:
        """Write down what an attempt came to."""
        remembered = attempted.remembered
        async with self._using() as connection, connection.transaction():
            await connection.execute(
                _SETTLE,
                ban_file_id,
                place,
                _document(remembered) if remembered else None,
                attempted.used_version,
                attempted.outcome.value,
                attempted.reason,
                at,
                is_good(attempted.outcome),
                len(remembered.own) if remembered else 0,
                remembered.foreign if remembered else 0,
                attempted.noted,
            )
            await _put_standings(connection, ban_file_id, attempted.standings, at)

    async def waiting(self, failing: Collection[str]) -> dict[str, datetime]:
        """Since when the oldest change waits, of each file that one waits for.

        Of those in `failing` also since when attempts fail: nobody knows what of the bans is in such a file.
        """
        async with self._using() as connection:
            rows = await connection.fetch(_WAITING, list(failing))
        return {row["ban_file_id"]: row["since"] for row in rows}

    async def forget(self, ban_file_id: str) -> None:
        """Of a file that was removed."""
        async with self._using() as connection, connection.transaction():
            await connection.execute("delete from states where ban_file_id = $1", ban_file_id)
            await connection.execute("delete from receipts where ban_file_id = $1", ban_file_id)

    async def prune(self, before: datetime) -> None:
        """Remove receipts of bans that are long over."""
        async with self._using() as connection:
            await connection.execute(
                "delete from receipts where not is_banned and status = 'applied' and at < $1", before
            )

    async def _record(self, ban_file_id: str) -> Record | None:
        try:
            async with self._using() as connection:
                return (await BAN_FILES.find(connection, [ban_file_id])).get(ban_file_id)
        except UnreadableDocument:
            return None

    @asynccontextmanager
    async def _using(self) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
        async with self._lock:
            yield self._connection


def state_of(row: asyncpg.Record) -> State:
    """A row of `states`."""
    values = row["remembered"]
    return State(
        row["stream"],
        row["sequence"],
        row["place"],
        Remembered(values["sha256"], values["size"], values["foreign"], values["own"]) if values else None,
        row["used_version"],
        Outcome(row["outcome"]) if row["outcome"] else None,
        row["reason"],
        row["tried_at"],
        row["failing_since"],
    )


async def standings_of(
    connection: "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]",
    ban_file_id: str,
) -> dict[str, Standing]:
    """What is known of each infraction in a file."""
    rows = await connection.fetch(
        "select infraction_id, is_banned, status, error from receipts where ban_file_id = $1", ban_file_id
    )
    return {
        row["infraction_id"]: Standing(row["is_banned"], ReceiptStatus(row["status"]), row["error"]) for row in rows
    }


async def _put_standings(
    connection: "asyncpg.Connection[asyncpg.Record]", ban_file_id: str, standings: Mapping[str, Standing], at: datetime
) -> None:
    if not standings:
        return
    values = list(standings.values())
    await connection.execute(
        _RECEIPTS,
        ban_file_id,
        list(standings),
        [each.is_banned for each in values],
        [each.status.value for each in values],
        [each.error for each in values],
        at,
    )


def _document(remembered: Remembered) -> dict[str, Any]:
    return {
        "sha256": remembered.sha256,
        "size": remembered.size,
        "foreign": remembered.foreign,
        "own": dict(remembered.own),
    }
