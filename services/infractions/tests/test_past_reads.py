"""What was in force at a moment, read from a real log."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import asyncpg
import pytest
from services.infractions.tests.ban_list_commands import ADDRESS, OTHER_ADDRESS, sealed
from services.infractions.tests.scenes import (
    IDS,
    OTHER,
    OURS,
    PLAYER,
    START,
    THEIRS,
    about,
    amend,
    issue,
    lift,
    lift_all,
    online,
    reinstate,
    serve,
)
from services.infractions.tests.test_importing import take
from services.infractions.tests.test_long_streams import deciding, one

from banstream_contracts.erasure import ErasePlayer
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Infraction, Lifetime, Punishment, Scope
from banstream_contracts.players import Player
from banstream_contracts.queries.past import GetPast, ListPast, PastFound
from banstream_decider.ports import Received
from banstream_infractions.operations import SCHEMA
from banstream_infractions.postgres import PostgresStore
from banstream_infractions.queries import past_reads
from banstream_infractions.queries.past_reads import PastReads
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
HERE, THERE = sealed(ADDRESS), sealed(OTHER_ADDRESS)


async def decide(database: Database, commands: Iterable[AnyCommand], now: datetime = START) -> None:
    """Each applied and recorded at a time; what has run out by then is not noticed."""
    async with connected(database.service_url, SCHEMA) as connection:
        received = [Received(each.model_copy(update={"issued_at": now})) for each in commands]
        results = await deciding(PostgresStore(connection), now).execute(received)
    assert {each.status for each in results} <= {"applied"}, results


async def past(pool: Pool, at: datetime | None = START, player: Player | None = PLAYER, **asked: Any) -> PastFound:
    return await PastReads(pool).past(GetPast(player=player, at=at, **asked))


def restricting(found: PastFound) -> list[list[str]]:
    """The ids, of the player and of each address."""
    return [[each.infraction_id for each in standing.restrictions] for standing in found.standings]


async def test_what_was_amended_and_lifted_is_as_it_was(database: Database, pool: Pool) -> None:
    await decide(database, [issue(reason="first")])
    await decide(database, [amend(reason="second", duration_seconds=3600)], START + MINUTE)
    await decide(database, [lift()], START + 2 * MINUTE)
    await decide(database, [reinstate()], START + 3 * MINUTE)
    told = []
    for minute in range(-1, 5):
        found = await past(pool, START + minute * MINUTE)
        told.append((found.position, restricting(found), [(each.reason, each.status.value) for each in found.items]))
    assert told == [
        (0, [[]], []),
        (1, [[IDS[0]]], [("first", "active")]),
        (2, [[IDS[0]]], [("second", "active")]),
        (3, [[]], [("second", "lifted")]),
        (4, [[IDS[0]]], [("second", "active")]),
        (4, [[IDS[0]]], [("second", "active")]),
    ]


async def test_what_was_lifted_in_part_was_in_force_still(database: Database, pool: Pool) -> None:
    await decide(database, [issue(punishments=(Punishment.BAN, Punishment.VOICE_BLOCK))])
    await decide(database, [lift_all(punishments=(Punishment.VOICE_BLOCK,))], START + MINUTE)
    [standing] = (await past(pool, START + MINUTE)).standings
    assert [each.punishments for each in standing.restrictions] == [(Punishment.BAN,)]


async def test_time_ends_noticed_or_not(database: Database, pool: Pool) -> None:
    await decide(database, [issue(duration_seconds=60, lifetime=Lifetime.TIMED)])
    for at, is_in_force in ((START + MINUTE - timedelta(microseconds=1), True), (START + MINUTE, False)):
        page = await PastReads(pool).in_force(ListPast(at=at))
        assert [each.id for each in page.items] == ([IDS[0]] if is_in_force else [])


async def test_time_connected_is_what_was_served_by_then(database: Database, pool: Pool) -> None:
    await decide(database, [online(seconds=600, punishments=(Punishment.VOICE_BLOCK,))])
    for minute in range(1, 6):
        await decide(database, [serve(seconds=100)], START + minute * MINUTE)
    left = [(await past(pool, START + minute * MINUTE)).items[0].time_left_seconds for minute in range(6)]
    assert left == [600, 500, 400, 300, 200, 100]


async def test_what_was_imported_counts_from_its_import_on(database: Database, pool: Pool) -> None:
    await decide(database, [take(began_at=START - 99 * DAY)], START + DAY)
    assert (await past(pool, START + DAY - MINUTE)).total == 0
    found = await past(pool, START + DAY)
    assert (found.total, restricting(found)) == (1, [[found.items[0].id]])


async def test_an_address_is_asked_for_with_the_player_and_alone(database: Database, pool: Pool) -> None:
    mine, theirs, alone = (
        issue(IDS[0], address=HERE),
        issue(IDS[1], player=OTHER, address=HERE),
        issue(IDS[2], player=None, address=THERE),
    )
    await decide(database, [mine, theirs, alone])
    found = await past(pool, address_hash=HERE.hash, other_address_hashes=(THERE.hash,))
    assert restricting(found) == [[IDS[0]], [IDS[0], IDS[1]], [IDS[2]]]
    assert {each.id for each in found.items} == set(IDS[:3])
    found = await past(pool, player=None, address_hash=HERE.hash)
    assert (restricting(found), found.total) == ([[IDS[0], IDS[1]]], 2)
    assert (await past(pool, START - MINUTE, address_hash=HERE.hash)).total == 0


async def test_a_server_is_told_of_others_from_the_address_what_concerns_it(database: Database, pool: Pool) -> None:
    scoped: dict[str, Any] = {"player": OTHER, "address": HERE, "scope": Scope.SERVER}
    mine = issue(IDS[0], scope=Scope.SERVER, server_id=THEIRS)
    here, there = issue(IDS[1], **scoped), issue(IDS[2], **scoped, server_id=THEIRS)
    await decide(database, [mine, here, there])
    found = await past(pool, address_hash=HERE.hash, server_id=OURS)
    assert ({each.id for each in found.items}, found.total) == ({IDS[0], IDS[1]}, 2)
    assert (await past(pool, address_hash=HERE.hash)).total == 3


async def test_a_moment_is_a_position_or_both(database: Database, pool: Pool) -> None:
    await decide(database, [issue(duration_seconds=60, lifetime=Lifetime.TIMED)])
    await decide(database, [lift()], START + DAY)
    found = await past(pool, None, position=1)
    assert (found.position, found.at, found.items[0].status) == (1, START, "active")
    found = await past(pool, START + 9 * DAY, position=1)
    assert (found.position, found.at, found.items[0].status) == (1, START + 9 * DAY, "active")
    assert not found.items[0].is_in_force(found.at)
    assert (await past(pool, None, position=7)).position == 2


async def test_before_the_log_and_in_an_empty_one_nothing_was_known(database: Database, pool: Pool) -> None:
    found = await past(pool)
    assert (found.position, found.begins_at, found.total) == (0, None, 0)
    await decide(database, [issue(), issue(IDS[1])])
    found = await past(pool, START - DAY)
    assert (found.position, found.begins_at, restricting(found)) == (0, START, [[]])
    page = await PastReads(pool).in_force(ListPast(at=START - DAY, limit=1))
    assert (page.position, page.begins_at, page.items, page.next) == (0, START, (), None)
    assert (await past(pool, datetime.min.replace(tzinfo=START.tzinfo))).position == 0
    assert (await past(pool, datetime.max.replace(tzinfo=START.tzinfo))).position == 2


async def test_who_was_erased_is_said_to_be_and_nothing_personal_comes_back(database: Database, pool: Pool) -> None:
    await decide(database, [issue(player_name="Trillian", note="private", evidence="demo")])
    await decide(database, [ErasePlayer(**about(player=PLAYER, reason="asked", lift=True))], START + DAY)
    found = await past(pool)
    assert found.erased_at == START + DAY
    assert restricting(found) == [[IDS[0]]]
    assert [(each.player_name, each.note, each.evidence) for each in found.items] == [(None, None, None)]
    assert (await past(pool, player=OTHER)).erased_at is None


@pytest.mark.parametrize("limit", [1, 2, 3, 500])
@pytest.mark.parametrize("at_once", [1, 500])
async def test_pages_of_any_size_hold_each_infraction_once(
    database: Database, pool: Pool, monkeypatch: pytest.MonkeyPatch, limit: int, at_once: int
) -> None:
    monkeypatch.setattr(past_reads, "_AT_ONCE", at_once)
    await decide(database, [issue(one(number)) for number in range(1, 8)])
    await decide(database, [amend(one(2), reason="x"), amend(one(5), duration_seconds=3600)])
    await decide(database, [lift(one(number)) for number in (2, 4, 6)], START + MINUTE)
    found, cursor = list[Infraction](), None
    while True:
        page = await past(pool, START + DAY, cursor=cursor, limit=limit)
        assert (page.total, [len(each) for each in restricting(page)]) == (7, [4])
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    assert [each.id for each in found] == [one(number) for number in (7, 3, 1, 6, 5, 4, 2)]
    assert [each.reason for each in found][-1] == "x"
    nowhere = await past(pool, START + DAY, cursor=one(99), limit=limit)
    assert (nowhere.items, nowhere.next, nowhere.total) == ((), None, 7)


async def test_everybody_is_told_page_by_page(database: Database, pool: Pool) -> None:
    players = [Player(service="roblox", id=str(number)) for number in range(1, 10)]
    await decide(
        database,
        [issue(one(number), player=player, punishments=(Punishment.BAN,)) for number, player in enumerate(players, 1)],
    )
    muted = issue(one(20), player=OTHER, punishments=(Punishment.VOICE_BLOCK,))
    await decide(database, [lift(one(2)), muted], START + MINUTE)
    await decide(database, [issue(one(21), player=OTHER), lift(one(3))], START + DAY)
    pages, cursor = list[list[str]](), None
    while True:
        query = ListPast(at=START + MINUTE, punishment=Punishment.BAN, cursor=cursor, limit=3)
        page = await PastReads(pool).in_force(query)
        pages.append([each.id for each in page.items])
        cursor = page.next
        if cursor is None:
            break
    assert pages == [[one(9)], [one(8), one(7), one(6)], [one(5), one(4), one(3)], [one(1)]]
    assert OURS in {each.server_id for each in page.items}
