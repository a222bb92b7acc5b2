"""The incidents of the log, read back for a simulation: as an administrator, and nothing is written."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from banstream_abuse_tracker import projection
from banstream_abuse_tracker.domain.counting import Grade
from banstream_abuse_tracker.domain.policies import Policies
from banstream_abuse_tracker.domain.simulation import Happened
from banstream_contracts.abuse import Mode
from banstream_contracts.infractions import Severity
from banstream_event_log.clock import first_position
from banstream_event_log.connections import Connection
from banstream_event_log.log import head

_PAGE = 5000
_CLOCKS_APART = timedelta(days=1)
_DISMISSED = """
    select incident_id from (
        select distinct on (incident_id) incident_id::uuid, type
        from event_log, jsonb_array_elements_text(data -> 'incident_ids') as incident_id
        where position >= $1 and type in ('abuse.dismissed', 'abuse.restored')
        order by incident_id, position desc
    ) as last where type = 'abuse.dismissed'
"""
_INCIDENTS = """
    select position, stream, data ->> 'reason' as reason, occurred_at, data ->> 'server_id' as server_id,
        data ->> 'severity' as severity, data ->> 'mode' as mode,
        coalesce((data ->> 'under_review')::boolean, false) as under_review
    from event_log
    where position >= $1 and type = 'abuse.detected' and occurred_at >= $2 and occurred_at < $3
        and command_id <> all($4::uuid[])
        and ($5::text[] is null or data ->> 'server_id' = any($5))
    order by position
"""
_STREAM = len("player:")

Progress = Callable[[int, int], None]
"""Gets the position reached and the head of the log."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a simulation needs besides incidents, as it is now: every policy, and who is protected (`SERVICE:ID`)."""

    policies: Policies
    protected: frozenset[str]


@asynccontextmanager
async def reading(connection: Connection) -> AsyncIterator[Known]:
    """One state of the database for the whole block, which can change nothing in it."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        rows = await connection.fetch(
            "select document #>> '{player,service}' as service, document #>> '{player,id}' as id from protected_players"
        )
        protected = frozenset(f"{row['service']}:{row['id']}" for row in rows)
        yield Known(await projection.all_policies(connection), protected)


async def incidents(
    connection: Connection,
    since: datetime,
    until: datetime,
    servers: Sequence[str] | None,
    progress: Progress,
) -> AsyncIterator[list[Happened]]:
    """Those that happened in a time and are not dismissed, in the order of the log; of some servers, or of all.

    Within `reading`. They come in pages by a cursor of the database, so that memory is that of one page.
    """
    last = await head(connection)
    begin = await first_position(connection, since - _CLOCKS_APART)
    dismissed = [row["incident_id"] for row in await connection.fetch(_DISMISSED, begin)]
    named = None if servers is None else list(servers)
    cursor = await connection.cursor(_INCIDENTS, begin, since, until, dismissed, named)
    while rows := await cursor.fetch(_PAGE):
        yield [_happened(row) for row in rows]
        progress(rows[-1]["position"], last)
    progress(last, last)


def _happened(row: asyncpg.Record) -> Happened:
    _, stream, reason, at, server_id, severity, mode, under_review = row
    if severity is None and mode is None and not under_review:
        return Happened(stream[_STREAM:], reason, at, server_id)
    known = Severity(severity) if severity else None, Mode(mode) if mode else None
    grade = Grade(*known, under_review=under_review)
    return Happened(stream[_STREAM:], reason, at, server_id, grade)
