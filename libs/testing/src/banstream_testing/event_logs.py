"""Events and connections for tests of the log."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg

from banstream_event_log.connections import Connection
from banstream_event_log.events import LoggedEvent, NewEvent
from banstream_event_log.postgres import connect
from banstream_event_log.writing import LogWriter
from banstream_runtime.identifiers import new_id

NOW = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)


def event(stream: str = "player:roblox:1", version: int = 1, **data: object) -> NewEvent:
    """An event of its own command."""
    command_id = new_id()
    return NewEvent(
        stream=stream,
        version=version,
        event_id=new_id(),
        type="infraction.issued",
        schema_version=1,
        data={"type": "infraction.issued", "reason": "aimbot é 日", **data},
        command_id=command_id,
        ordinal=0,
        correlation_id=command_id,
        causation_id=command_id,
        actor={"kind": "system", "id": "test"},
        traceparent=None,
        occurred_at=NOW,
    )


@asynccontextmanager
async def connected(url: str, schema: str = "infractions") -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection whose search path is the schema, for the administrator too."""
    connection = await connect(url, search_path=schema)
    try:
        yield connection
    finally:
        await connection.close()


async def append_all(url: str, *events: NewEvent) -> None:
    """Append in one transaction."""
    async with connected(url) as connection:
        await appended(connection, *events)


async def appended(connection: Connection, *events: NewEvent, at: datetime = NOW) -> list[LoggedEvent]:
    """The same on a connection."""
    writer = LogWriter(connection)
    async with writer.transaction():
        return await writer.append(events, at)
