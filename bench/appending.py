"""Appending to the log, in this process, against asyncpg inserting the same columns."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median

import asyncpg

from banstream_contracts.events.infractions import InfractionIssued
from banstream_contracts.infractions import Actor, Lifetime, Punishment, Scope
from banstream_contracts.players import Player
from banstream_decider.events import Cause, new_event
from banstream_event_log import postgres
from banstream_event_log.events import LoggedEvent, NewEvent
from banstream_event_log.writing import LogWriter
from banstream_infractions import operations
from banstream_runtime.identifiers import new_id, new_short_id
from banstream_testing.servers import postgres_server
from bench.report import Figure
from bench.sizes import sized

BATCH, ROUNDS = 100, 5
_COLUMNS = LoggedEvent.__struct_fields__
_INSERT = (
    f"insert into raw_event_log ({', '.join(_COLUMNS)})"
    f" values ({', '.join(f'${number}' for number in range(1, len(_COLUMNS) + 1))})"
)


async def measure() -> list[Figure]:
    """Alternating rounds: append events, then insert the very rows that came of them into a table of the same shape."""
    batches = sized(3, 60, 60)
    with postgres_server() as server:
        await operations.migrate(server.url, "only-for-benchmarks")
        connection = await postgres.connect(server.url, search_path=operations.SCHEMA)
        try:
            await connection.execute("create table raw_event_log (like event_log including all)")
            await _round(connection, 0, 2)
            rounds = [await _round(connection, number, batches) for number in range(1, ROUNDS + 1)]
        finally:
            await connection.close()
    ours, theirs = (median(rates) for rates in zip(*rounds, strict=True))
    note = (
        f"{BATCH} events a transaction, of {BATCH} players without personal fields; median of {ROUNDS} rounds;"
        " the control has keys and indexes, but neither lock nor chain"
    )
    return [Figure("append to the log", "/s", ours, theirs, goal=0.7, note=note)]


async def _round(connection: "asyncpg.Connection[asyncpg.Record]", number: int, batches: int) -> tuple[float, float]:
    """Events a second by the log and by asyncpg."""
    offered = [_events(number * 1_000_000 + batch * BATCH) for batch in range(batches)]
    began = time.perf_counter()
    logged = [await _appended(connection, events) for events in offered]
    ours = time.perf_counter() - began
    rows = [[tuple(getattr(event, column) for column in _COLUMNS) for event in batch] for batch in logged]
    began = time.perf_counter()
    for batch in rows:
        async with connection.transaction():
            await connection.executemany(_INSERT, batch)
    theirs = time.perf_counter() - began
    return batches * BATCH / ours, batches * BATCH / theirs


async def _appended(connection: "asyncpg.Connection[asyncpg.Record]", events: Sequence[NewEvent]) -> list[LoggedEvent]:
    writer = LogWriter(connection)
    async with writer.transaction():
        return await writer.append(events, datetime.now(UTC))


def _events(first: int) -> list[NewEvent]:
    """A ban of each of some players whom the log does not know."""
    now = datetime.now(UTC)
    return [
        new_event(
            InfractionIssued(
                infraction_id=new_short_id(),
                player=Player(service="roblox", id=str(1 + first + place)),
                punishments=(Punishment.BAN,),
                lifetime=Lifetime.PERMANENT,
                reason="aimbot",
                scope=Scope.GLOBAL,
                category="aimbot",
                actor=Actor(kind="token", id="0" * 24, name="moderator"),
                occurred_at=now,
            ),
            new_id(),
            1,
            Cause(new_id(), new_id()),
            0,
        )
        for place in range(BATCH)
    ]
