"""Events found by what they are, who did them and whom they are about; by their indexes, however rare they are."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import asyncpg
import pytest
from msgspec import structs

from banstream_event_log import searching
from banstream_event_log.events import NewEvent
from banstream_event_log.searching import Search, search
from banstream_testing.event_logs import NOW, appended, connected, event
from banstream_testing.fixtures import Database

PLAYER: dict[str, Any] = {"player": {"service": "roblox", "id": "7"}}
EAST, WEST = (timezone(timedelta(hours=hours)) for hours in (14, -12))
REQUEST = f"request:{'0' * 24}"


ALYX, BARNEY = ("steam", "8"), ("steam", "9")


def made(
    number: int, stream: str, kind: str, actor: str = "server", admin: tuple[str, str] | None = None, **data: Any
) -> NewEvent:
    """An event of a stream of its own, or of one that is named."""
    common = event(stream, number, **data)
    named = {"admin": {"service": admin[0], "id": admin[1]}} if admin else {}
    return structs.replace(common, type=kind, actor={"kind": "server", "id": actor, **named})


def served(number: int) -> NewEvent:
    """One of many."""
    return made(number, "player:roblox:7", "infraction.served", admin=ALYX, **PLAYER)


LOG = (
    made(1, "player:roblox:7", "infraction.issued", admin=ALYX, policy_id="flying", **PLAYER),
    made(1, "player:roblox:8", "infraction.issued", "token", ALYX, player={"service": "roblox", "id": "8"}),
    made(1, REQUEST, "request.opened", "token", **PLAYER),
    made(1, "credential:1", "credential.created", "person"),
    made(2, "player:roblox:7", "infraction.lifted", "token", BARNEY, **PLAYER),
    made(2, REQUEST, "request.rejected", "person", **PLAYER),
)


@pytest.fixture
async def log(database: Database) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Six events, recorded an hour apart."""
    async with connected(database.service_url) as connection:
        for hour, each in enumerate(LOG):
            await appended(connection, each, at=NOW + timedelta(hours=hour))
        yield connection


WANTED: tuple[tuple[Search, list[int]], ...] = (
    (Search(), [6, 5, 4, 3, 2, 1]),
    (Search(before=3), [2, 1]),
    (Search(types=["infraction.issued", "credential.created"]), [4, 2, 1]),
    (Search(types=[]), []),
    (Search(actor="token"), [5, 3, 2]),
    (Search(actor="token", types=["infraction.issued"]), [2]),
    (Search(actor="nobody"), []),
    (Search(admin=ALYX), [2, 1]),
    (Search(admin=BARNEY), [5]),
    (Search(admin=("roblox", "8")), []),
    (Search(admin=ALYX, actor="token"), [2]),
    (Search(admin=ALYX, types=["infraction.lifted"]), []),
    (Search(admin=ALYX, player=("roblox", "7")), [1]),
    (Search(admin=ALYX, before=2), [1]),
    (Search(admin=ALYX, since=NOW + timedelta(hours=1)), [2]),
    (Search(admin=BARNEY, until=NOW + timedelta(hours=4)), []),
    (Search(actor="server", policy_id="flying"), [1]),
    (Search(actor="token", policy_id="flying"), []),
    (Search(player=("roblox", "7")), [6, 5, 3, 1]),
    (Search(player=("roblox", "7"), actor="token"), [5, 3]),
    (Search(player=("roblox", "7"), types=["request.opened"], before=6), [3]),
    (Search(player=("steam", "7")), []),
    (Search(since=NOW + timedelta(hours=2)), [6, 5, 4, 3]),
    (Search(until=NOW + timedelta(hours=2)), [2, 1]),
    (Search(since=NOW + timedelta(hours=1), until=NOW + timedelta(hours=5), actor="token"), [5, 3, 2]),
    (Search(since=NOW + timedelta(days=1)), []),
    (Search(since=datetime.min.replace(tzinfo=EAST), until=datetime.max.replace(tzinfo=WEST)), [6, 5, 4, 3, 2, 1]),
)


async def test_what_is_wanted_is_found_newest_first_on_one_page(log: "asyncpg.Connection[asyncpg.Record]") -> None:
    for wanted, positions in WANTED:
        whole = await search(log, wanted, 50)
        assert ([each.position for each in whole.events], whole.next) == (positions, None), wanted


async def test_what_is_wanted_is_found_once_on_many_pages(log: "asyncpg.Connection[asyncpg.Record]") -> None:
    for wanted, positions in WANTED:
        page = await search(log, wanted, 1)
        found = [each.position for each in page.events]
        while page.next is not None:
            page = await search(log, replace(wanted, before=page.next), 1)
            found += [each.position for each in page.events]
        assert found == positions, wanted


async def test_a_page_that_looked_at_as_much_as_it_may_says_where_to_go_on(
    log: "asyncpg.Connection[asyncpg.Record]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "WINDOW", 1)
    wanted = Search(actor="token", types=["infraction.issued"])
    first = await search(log, wanted, 50)
    assert (first.events, first.next) == ([], 5)
    second = await search(log, replace(wanted, before=5), 50)
    assert (second.events, second.next) == ([], 3)
    third = await search(log, replace(wanted, before=3), 50)
    assert [each.position for each in third.events] == [2]


EACH_WAY = (
    Search(),
    Search(types=["infraction.served"]),
    Search(actor="server"),
    Search(admin=ALYX),
    Search(player=("roblox", "7")),
)


@pytest.mark.parametrize("hours", [1, 20, 10_000, -25])
async def test_what_was_recorded_at_a_time_is_found_though_the_clock_was_set_back(
    database: Database, hours: int
) -> None:
    """A minute apart, but for some that were recorded while the clock was wrong."""
    recorded = {
        number: NOW + timedelta(minutes=number, hours=hours if number in range(40, 61) else 0)
        for number in range(1, 101)
    }
    begins = {*range(-60, 180, 20), *range(hours * 60, hours * 60 + 120, 20)}
    async with connected(database.service_url) as connection:
        for number, at in recorded.items():
            await appended(connection, served(number), at=at)
        for minute in begins:
            since, until = NOW + timedelta(minutes=minute), NOW + timedelta(minutes=minute + 30)
            expected = [number for number, at in reversed(recorded.items()) if since <= at < until]
            for wanted in EACH_WAY:
                assert await pages(connection, replace(wanted, since=since, until=until), 10) == expected, wanted


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 50])
async def test_every_page_goes_on_where_the_one_before_it_ended_however_often_the_clock_was_set_back(
    database: Database, limit: int
) -> None:
    async with connected(database.service_url) as connection:
        for number in range(1, 10):
            at = NOW + timedelta(days=number % 3 * 30)
            await appended(connection, served(number), at=at)
        for wanted in EACH_WAY:
            assert await pages(connection, wanted, limit) == [9, 8, 7, 6, 5, 4, 3, 2, 1]
            assert await pages(connection, replace(wanted, since=NOW + timedelta(days=60)), limit) == [8, 5, 2]
            assert await pages(connection, replace(wanted, until=NOW + timedelta(days=30)), limit) == [9, 6, 3]


async def pages(connection: "asyncpg.Connection[asyncpg.Record]", wanted: Search, limit: int) -> list[int]:
    """The positions of all pages."""
    page = await search(connection, wanted, limit)
    found = [each.position for each in page.events]
    while page.next is not None:
        assert page.events
        page = await search(connection, replace(wanted, before=page.next), limit)
        found += [each.position for each in page.events]
    return found


@pytest.mark.parametrize("window", [1, 2, 3])
@pytest.mark.parametrize("types", [None, ["infraction.served"]], ids=["of all types", "of one type"])
async def test_nothing_is_left_out_where_a_player_has_more_events_than_are_looked_at(
    database: Database, monkeypatch: pytest.MonkeyPatch, window: int, types: list[str] | None
) -> None:
    monkeypatch.setattr(searching, "WINDOW", window)
    events = [served(number) for number in range(1, 6)]
    async with connected(database.service_url) as connection:
        await appended(connection, made(1, REQUEST, "request.opened", **PLAYER), *events)
        wanted = Search(player=("roblox", "7"), types=types)
        page = await search(connection, wanted, 50)
        found = [each.position for each in page.events]
        while page.next is not None:
            page = await search(connection, replace(wanted, before=page.next), 50)
            found += [each.position for each in page.events]
    assert found == [6, 5, 4, 3, 2, *([] if types else [1])]


async def test_a_rare_type_and_a_rare_actor_are_found_by_their_index(database: Database) -> None:
    """However much of the log there is: the plan is for one of few types, as the database sees it."""
    async with connected(database.admin_url) as connection:
        await connection.execute("alter table event_log disable trigger user")
        await connection.execute(
            "insert into event_log select n, 'player:roblox:' || n, 1, gen_random_uuid(), 'abuse.detected', 1, '{}',"
            ' gen_random_uuid(), 0, gen_random_uuid(), gen_random_uuid(), \'{"id": "server"}\', null, now(), now(),'
            " '\\x00', '\\x00' from generate_series(1, 5000) as n"
        )
        await connection.execute("analyze event_log")
        bounds = (1, 2**62, NOW, NOW + timedelta(days=1))
        by_type = searching._OF_TYPES  # noqa: SLF001 - the plan is what is tested
        assert "event_log_by_type" in await _plan(connection, by_type, *bounds, 50, ["credential.revoked"])
        by_actor = searching._OF_ACTOR.format(what="*")  # noqa: SLF001 - as above
        assert "event_log_by_actor" in await _plan(connection, by_actor, *bounds, 50, "somebody")
        by_admin = searching._OF_ADMIN.format(what="*")  # noqa: SLF001 - as above
        assert "event_log_by_admin" in await _plan(connection, by_admin, *bounds, 50, *ALYX)
        by_player = searching._OF_PLAYER.format(what="*")  # noqa: SLF001 - as above
        plan = await _plan(connection, by_player, *bounds, 50, "player:roblox:7", "roblox", "7")
        assert {"event_log_by_player", "event_log_stream_version_key"} <= set(plan.replace(" ", "\n").split())


async def _plan(connection: "asyncpg.Connection[asyncpg.Record]", sql: str, *values: object) -> str:
    rows = await connection.fetch(f"explain {sql}", *values)
    return "\n".join(row[0] for row in rows)
