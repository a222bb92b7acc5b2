"""Who else is known at the addresses of a player, read from a real log and its read models."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import asyncpg
from services.infractions.tests.ban_list_commands import ADDRESS, OTHER_ADDRESS, sealed
from services.infractions.tests.scenes import ADMIN, OTHER, PLAYER, about, issue, lift
from services.infractions.tests.test_exempting import exempt
from services.infractions.tests.test_importing import take
from services.infractions.tests.test_long_streams import one
from services.infractions.tests.test_past_reads import decide

from banstream_contracts.commands.infractions import IssueInfraction
from banstream_contracts.erasure import ErasePlayer
from banstream_contracts.infractions import LiftedBefore, Punishment
from banstream_contracts.players import Player
from banstream_contracts.queries.linked import GetLinked, LinkedFound
from banstream_infractions.queries.linked_reads import LinkedReads
from banstream_testing.fixtures import Database

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
THIRD = Player(service="minecraft", id="a.b c")
HERE, THERE = sealed(ADDRESS), sealed(OTHER_ADDRESS)


def ban(number: int, player: Player | None = PLAYER, **changes: Any) -> IssueInfraction:
    return issue(one(number), player=player, **{"address": HERE, "punishments": (Punishment.BAN,), **changes})


def ago(length: timedelta) -> datetime:
    return datetime.now(UTC) - length


def erase(player: Player = PLAYER) -> ErasePlayer:
    return ErasePlayer(**about(player=player, reason="asked", lift=True))


async def linked(pool: Pool, player: Player = PLAYER) -> LinkedFound:
    return await LinkedReads(pool).linked(GetLinked(player=player))


def told(found: LinkedFound) -> list[tuple[Player, str, tuple[str, ...]]]:
    return [(each.player, each.strength, each.why) for each in found.items]


async def test_a_link_is_the_same_from_both_sides_with_what_it_is_known_from(database: Database, pool: Pool) -> None:
    first, second, third = ago(3 * HOUR), ago(2 * HOUR), ago(HOUR)
    await decide(database, [ban(1)], first)
    await decide(database, [ban(2, OTHER, player_name="Trillian")], second)
    await decide(database, [ban(3, OTHER, player_name="Tricia"), ban(4, OTHER, address=THERE)], third)
    await decide(database, [ban(5, ADMIN, address=None), ban(6, None)], third)
    found = await linked(pool)
    assert told(found) == [(OTHER, "strong", ("together",))]
    assert (found.total, found.addresses, found.addresses_total) == (1, 1, 1)
    [link] = found.items
    [at] = link.addresses
    assert (link.player_name, at.address_hash, at.players, at.binds, at.exempt_from) == (
        "Tricia",
        HERE.hash,
        2,
        True,
        (),
    )
    assert at.own is not None
    assert at.theirs is not None
    assert (at.own.infraction_ids, at.own.first_at, at.own.last_at) == ((one(1),), first, first)
    assert (at.theirs.count, at.theirs.infraction_ids) == (2, (one(3), one(2)))
    assert (at.theirs.first_at, at.theirs.last_at) == (second, third)
    [back] = (await linked(pool, OTHER)).items
    [from_there] = back.addresses
    assert (back.player, back.strength, from_there.own, from_there.theirs) == (PLAYER, "strong", at.theirs, at.own)
    assert told(await linked(pool, ADMIN)) == []


async def test_an_address_binds_as_long_as_something_in_force_does(database: Database, pool: Pool) -> None:
    await decide(database, [ban(1), ban(2, OTHER)], ago(HOUR))
    assert (await linked(pool)).items[0].addresses[0].binds
    await decide(database, [lift(one(1)), lift(one(2))], ago(HOUR))
    assert not (await linked(pool)).items[0].addresses[0].binds
    await decide(database, [ban(3, address_duration_seconds=60)], ago(HOUR))
    assert not (await linked(pool)).items[0].addresses[0].binds
    await decide(database, [ban(4, punishments=())], ago(HOUR))
    assert not (await linked(pool)).items[0].addresses[0].binds


async def test_what_was_imported_counts_from_when_it_was_issued_there(database: Database, pool: Pool) -> None:
    await decide(database, [ban(1), take(player=OTHER, address=HERE, began_at=ago(99 * DAY))], ago(HOUR))
    assert told(await linked(pool)) == [(OTHER, "weak", ("old",))]


async def test_an_exemption_says_that_two_are_two_until_it_is_taken_back(database: Database, pool: Pool) -> None:
    await decide(database, [ban(1), ban(2, OTHER)], ago(HOUR))
    await decide(database, [exempt(OTHER, infraction_id=one(1))], ago(HOUR))
    assert told(await linked(pool)) == [(OTHER, "none", ("different_people",))]
    assert (await linked(pool)).items[0].addresses[0].exempt_from == (one(1),)
    assert told(await linked(pool, OTHER)) == [(PLAYER, "none", ("different_people",))]
    await decide(database, [exempt(OTHER, infraction_id=one(1), is_exempt=False)], ago(HOUR))
    assert told(await linked(pool)) == [(OTHER, "strong", ("together",))]


async def test_who_is_only_exempt_is_linked_from_both_sides(database: Database, pool: Pool) -> None:
    await decide(database, [ban(1), ban(2, OTHER), ban(3, None)], ago(HOUR))
    await decide(database, [exempt(THIRD, infraction_id=one(2)), exempt(ADMIN, infraction_id=one(3))], ago(HOUR))
    found = await linked(pool)
    assert told(found) == [
        (ADMIN, "weak", ("shared",)),
        (OTHER, "weak", ("shared",)),
        (THIRD, "weak", ("shared",)),
    ]
    assert found.total == 3
    assert {each.addresses[0].players for each in found.items} == {4}
    only = next(each for each in found.items if each.player == THIRD)
    assert (only.player_name, only.addresses[0].theirs, only.addresses[0].exempt_from) == (None, None, (one(2),))
    back = await linked(pool, THIRD)
    assert told(back) == [
        (ADMIN, "weak", ("shared",)),
        (OTHER, "none", ("different_people",)),
        (PLAYER, "weak", ("shared",)),
    ]
    assert {each.addresses[0].own for each in back.items} == {None}


async def test_who_was_erased_is_not_shown_until_something_new_is_known(database: Database, pool: Pool) -> None:
    await decide(database, [ban(1), ban(2, OTHER)], ago(4 * HOUR))
    await decide(database, [exempt(OTHER, infraction_id=one(1))], ago(3 * HOUR))
    await decide(database, [lift(one(1)), erase(OTHER)], ago(2 * HOUR))
    assert told(await linked(pool)) == []
    assert told(await linked(pool, OTHER)) == []
    await decide(database, [ban(3, OTHER)], ago(HOUR))
    [link] = (await linked(pool)).items
    assert link.addresses[0].theirs is not None
    assert link.addresses[0].theirs.infraction_ids == (one(3),)
    assert told(await linked(pool, OTHER)) == [(PLAYER, "none", ("different_people",))]


async def test_what_happens_to_an_infraction_after_an_erasure_does_not_bring_anybody_back(
    database: Database, pool: Pool
) -> None:
    await decide(database, [ban(1, punishments=()), ban(2, OTHER)], ago(4 * HOUR))
    await decide(database, [erase()], ago(3 * HOUR))
    await decide(database, [lift(one(1))], ago(2 * HOUR))
    assert told(await linked(pool, OTHER)) == []
    assert told(await linked(pool)) == []


async def test_an_address_that_was_erased_links_nobody_by_what_was_there(database: Database, pool: Pool) -> None:
    await decide(database, [ban(1), ban(2, None)], ago(4 * HOUR))
    await decide(database, [exempt(THIRD, infraction_id=one(2))], ago(3 * HOUR))
    await decide(database, [erase()], ago(2 * HOUR))
    assert (await linked(pool, THIRD)).addresses_total == 0
    await decide(database, [ban(3, OTHER)], ago(HOUR))
    assert told(await linked(pool, OTHER)) == []


async def test_an_imported_infraction_that_came_again_is_known_again(database: Database, pool: Pool) -> None:
    came: dict[str, Any] = {"player": OTHER, "address": HERE, "began_at": ago(DAY), "lifted": LiftedBefore()}
    await decide(database, [ban(1), take(**came)], ago(4 * HOUR))
    await decide(database, [erase(OTHER)], ago(3 * HOUR))
    assert told(await linked(pool)) == []
    await decide(database, [take("2", "e" * 24, reason="again", **came)], ago(2 * HOUR))
    assert told(await linked(pool)) == [(OTHER, "strong", ("together",))]


async def test_the_newest_of_several_addresses_are_looked_at(database: Database, pool: Pool) -> None:
    addresses = [sealed(f"192.0.2.{number}") for number in range(1, 23)]
    mine = [ban(number, address=each) for number, each in enumerate(addresses, 1)]
    theirs = [ban(30 + number, OTHER, address=each) for number, each in enumerate(addresses[:3], 1)]
    await decide(database, [*mine, *theirs], ago(HOUR))
    found = await linked(pool)
    assert (found.addresses, found.addresses_total) == (20, 22)
    assert [each.address_hash for each in found.items[0].addresses] == [addresses[2].hash]
