"""What was just committed reaches the relay without the log: the same events, and none that might be missing."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta, timezone

import asyncpg
import pytest
from msgspec.structs import replace

from banstream_event_log.chain import GENESIS, link
from banstream_event_log.events import LoggedEvent, NewEvent
from banstream_event_log.fresh import Fresh
from banstream_event_log.log import read_opened
from banstream_event_log.relay import Relay
from banstream_event_log.writing import LogWriter
from banstream_testing.event_logs import NOW, append_all, appended, connected, event
from banstream_testing.fixtures import Database
from banstream_testing.waiting import eventually

PLAYER = {"service": "roblox", "id": "1"}
NEW = event()


def logged(*positions: int) -> list[LoggedEvent]:
    return [link(NEW, position, NOW, GENESIS) for position in positions]


def holding(*positions: int, most: int = 100) -> Fresh:
    fresh = Fresh(most)
    for each in logged(*positions):
        fresh.put([each], [NEW])
    return fresh


def positions(events: Sequence[LoggedEvent]) -> list[int]:
    return [each.position for each in events]


def test_what_follows_a_position_comes_in_order_and_no_more_than_was_asked_for() -> None:
    fresh = holding(4, 5, 6)
    assert positions(fresh.after(3, 2)) == [4, 5]
    assert positions(fresh.after(3, 2)) == [4, 5]
    assert positions(fresh.after(5, 2)) == [6]
    assert fresh.after(6, 2) == []


def test_nothing_is_told_where_an_event_may_be_missing() -> None:
    assert holding(4, 5).after(2, 9) == []
    assert holding(4, 6).after(3, 9) == []
    assert positions(holding(4, 6).after(5, 9)) == [6]
    assert holding(4, 5, 6, most=2).after(3, 9) == []
    assert positions(holding(4, 5, 6, most=2).after(4, 9)) == [5, 6]


def test_a_new_term_knows_nothing() -> None:
    fresh = holding(4, 5)
    fresh.clear()
    assert fresh.after(3, 9) == []


async def test_it_is_what_the_log_gives(database: Database) -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=2)))
    named = event(player=PLAYER, player_name="Zaphod", note="é", occurred=1.5)
    new = [replace(named, occurred_at=elsewhere), event("player:roblox:2")]
    fresh = Fresh()
    async with connected(database.service_url) as connection:
        kept = await appended(connection, *new)
        fresh.put(kept, new)
        read = await read_opened(connection, 0, 9)
    assert fresh.after(0, 9) == read
    assert read[0].data["player_name"] == "Zaphod"
    assert [each.occurred_at.utcoffset() for each in fresh.after(0, 9)] == [timedelta(0)] * 2


_REFUSE_TO_COMMIT = """
    create function refuse_to_commit() returns trigger language plpgsql as $$ begin raise 'the disk is full'; end $$;
    create constraint trigger refused after insert on event_log deferrable initially deferred
        for each row execute function refuse_to_commit();
"""


async def test_what_could_not_be_committed_is_told_to_nobody(database: Database) -> None:
    fresh = Fresh()
    async with connected(database.admin_url) as connection:
        await connection.execute(_REFUSE_TO_COMMIT)
        with pytest.raises(asyncpg.RaiseError):
            await _append(LogWriter(connection, fresh))
        assert fresh.after(0, 9) == []
        await connection.execute("drop trigger refused on event_log")
        await _append(LogWriter(connection, fresh))
        assert positions(fresh.after(0, 9)) == [1]


async def _append(writer: LogWriter) -> None:
    async with writer.transaction():
        await writer.append([event()], NOW)


class Collecting:
    """A sink."""

    def __init__(self) -> None:
        self.got: list[LoggedEvent] = []

    async def resume(self) -> int:
        return 0

    async def deliver(self, events: Sequence[LoggedEvent]) -> None:
        self.got += events

    async def has(self, count: int) -> bool:
        return len(self.got) >= count


async def test_a_relay_reads_what_is_not_fresh_and_takes_each_event_once(database: Database) -> None:
    sink, fresh, new = Collecting(), Fresh(), [event(version=number) for number in range(1, 5)]
    await append_all(database.service_url, *new)

    async def relayed(_position: int) -> None:
        """Nobody asks."""

    async with connected(database.service_url) as connection:
        kept = await read_opened(connection, 0, 9)
        fresh.put(kept[2:], _marked(new[2:]))
        relay = asyncio.create_task(Relay(connection, [sink], asyncio.Event(), relayed, fresh).run())
        await eventually(lambda: sink.has(4))
        fresh.put(*_next(kept[-1]))
        await eventually(lambda: sink.has(5))
        relay.cancel()
        with suppress(asyncio.CancelledError):
            await relay
    assert positions(sink.got) == [1, 2, 3, 4, 5]
    assert sink.got[-1].data == {"fresh": True}


def _marked(events: Sequence[NewEvent]) -> list[NewEvent]:
    return [replace(each, data={"fresh": True}) for each in events]


def _next(last: LoggedEvent) -> tuple[list[LoggedEvent], list[NewEvent]]:
    """An event behind the last, which the log does not have: only whoever asks `fresh` gets it."""
    return logged(last.position + 1), _marked([NEW])
