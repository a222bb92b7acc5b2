"""The read model of ftp-sync, made anew from the log. What the files hold is not in the log, and stays."""

from collections.abc import Sequence

import asyncpg

from banstream_contracts.ban_file_events import BAN_FILE_EVENT
from banstream_decider import rebuilding
from banstream_decider.events import event_of
from banstream_decider.rebuilding import Progress, rebuilt
from banstream_event_log.events import OpenedEvent
from banstream_ftp_sync import projection
from banstream_ftp_sync.record import evolve


async def rebuild(dsn: str, schema: str, role: str, progress: Progress) -> int:
    """Rebuild as an administrator; returns the position reached."""

    async def apply(connection: "asyncpg.Connection[asyncpg.Record]", page: Sequence[OpenedEvent]) -> None:
        """One page: fetch what it changes, change it in memory, put it back."""
        events = [event_of(logged, BAN_FILE_EVENT) for logged in page]
        table = rebuilt(projection.BAN_FILES)
        records = await projection.find(connection, {event.ban_file_id for event in events}, table)
        for event in events:
            records[event.ban_file_id] = evolve(records.get(event.ban_file_id), event)
        await projection.put(connection, records, table)

    return await rebuilding.rebuild(dsn, schema, role, (projection.BAN_FILES,), apply, progress)
