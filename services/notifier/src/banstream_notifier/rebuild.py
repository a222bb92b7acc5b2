"""The read model of the notifier, made anew from the log. What was delivered is not in the log, and stays."""

from collections.abc import Sequence

import asyncpg

from banstream_contracts.notifier_events import TARGET_EVENT
from banstream_decider import rebuilding
from banstream_decider.events import event_of
from banstream_decider.rebuilding import Progress, rebuilt
from banstream_event_log.events import OpenedEvent
from banstream_notifier import projection
from banstream_notifier.record import evolve


async def rebuild(dsn: str, schema: str, role: str, progress: Progress) -> int:
    """Rebuild as an administrator; returns the position reached."""

    async def apply(connection: "asyncpg.Connection[asyncpg.Record]", page: Sequence[OpenedEvent]) -> None:
        """One page: fetch what it changes, change it in memory, put it back."""
        events = [event_of(logged, TARGET_EVENT) for logged in page]
        table = rebuilt(projection.TARGETS)
        records = await projection.find(connection, {event.target_id for event in events}, table)
        for event in events:
            records[event.target_id] = evolve(records.get(event.target_id), event)
        await projection.put(connection, records, table)

    return await rebuilding.rebuild(dsn, schema, role, (projection.TARGETS,), apply, progress)
