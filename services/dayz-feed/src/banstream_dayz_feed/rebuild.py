"""The read model of the feed, made anew from the log. How far reading is and what it found is not in it, and stays."""

from collections.abc import Sequence

import asyncpg

from banstream_contracts.log_source_events import LOG_SOURCE_EVENT
from banstream_dayz_feed import projection
from banstream_dayz_feed.record import evolve
from banstream_decider import rebuilding
from banstream_decider.events import event_of
from banstream_decider.rebuilding import Progress, rebuilt
from banstream_event_log.events import OpenedEvent


async def rebuild(dsn: str, schema: str, role: str, progress: Progress) -> int:
    """Rebuild as an administrator; returns the position reached."""

    async def apply(connection: "asyncpg.Connection[asyncpg.Record]", page: Sequence[OpenedEvent]) -> None:
        """One page: fetch what it changes, change it in memory, put it back."""
        events = [event_of(logged, LOG_SOURCE_EVENT) for logged in page]
        table = rebuilt(projection.LOG_SOURCES)
        records = await projection.find(connection, {event.source_id for event in events}, table)
        for event in events:
            records[event.source_id] = evolve(records.get(event.source_id), event)
        await projection.put(connection, records, table)

    return await rebuilding.rebuild(dsn, schema, role, (projection.LOG_SOURCES,), apply, progress)
