"""What was in force at a moment is what everybody was told at that moment, whatever came before and after it."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import asyncpg
import pytest
from services.infractions.tests.any_commands import ADDRESSES, PLAYERS, AnyCommands
from services.infractions.tests.test_long_streams import decide

from banstream_contracts.erasure import ErasePlayer
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Infraction, Standing
from banstream_contracts.players import Player, address_token
from banstream_contracts.queries.past import GetPast, ListPast
from banstream_event_log import log
from banstream_infractions.domain.reach import is_about
from banstream_infractions.operations import SCHEMA
from banstream_infractions.postgres import PostgresStore
from banstream_infractions.queries.past_reads import PastReads
from banstream_infractions.read_models import projection
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
HASHES = tuple(each.hash for each in ADDRESSES)
ASKED: tuple[tuple[Player | None, tuple[str, ...]], ...] = (
    *((player, ()) for player in PLAYERS),
    (PLAYERS[0], HASHES[:1]),
    (PLAYERS[1], HASHES),
    (None, HASHES[1:]),
)
PERSONAL = ("player_name", "note", "evidence")


@dataclass(frozen=True)
class Moment:
    """What everybody was told: `at` is when it was recorded, `until` when something else was."""

    position: int
    at: datetime
    until: datetime
    standings: dict[str, Standing]
    infractions: dict[str, Infraction]


def tokens_of(players: Iterable[Player], hashes: Iterable[str]) -> list[str]:
    return [*(each.token for each in players), *map(address_token, hashes)]


async def told(connection: Connection, at: datetime, until: datetime) -> Moment:
    tokens = tokens_of(PLAYERS, HASHES)
    rows = await connection.fetch("select id, document from infractions")
    return Moment(
        await log.head(connection),
        at,
        until,
        await projection.standings(connection, tokens),
        {row["id"]: Infraction.model_validate(row["document"]) for row in rows},
    )


async def played(connection: Connection, seed: int, steps: int, *, erasing: bool) -> list[Moment]:
    commands, moments = AnyCommands(random.Random(seed)), list[Moment]()  # noqa: S311 - the same each time
    store = PostgresStore(connection)
    batch: list[AnyCommand] = [*commands.first()]
    for _ in range(steps):
        now = commands.now
        await decide(store, batch, now)
        batch = [commands.next() for _ in range(commands.chance.randrange(1, 4))]
        if not erasing:
            batch = [each for each in batch if not isinstance(each, ErasePlayer)]
        moments.append(await told(connection, now, commands.now))
    return moments


def question(whom: Player | None, hashes: tuple[str, ...], **then: Any) -> GetPast:
    addresses = {"address_hash": hashes[0], "other_address_hashes": hashes[1:]} if hashes else {}
    return GetPast(player=whom, **addresses, **then, limit=500)


def without_what_is_personal(infraction: Infraction) -> Infraction:
    files = infraction.files and tuple(each.model_copy(update={"name": None}) for each in infraction.files)
    return infraction.model_copy(update={**dict.fromkeys(PERSONAL), "files": files})


@pytest.mark.parametrize(("seed", "erasing"), [(0, False), (1, False), (2, True)])
async def test_the_past_is_what_was_told_then(
    database: Database, pool: "asyncpg.Pool[asyncpg.Record]", seed: int, *, erasing: bool
) -> None:
    reads, chance = PastReads(pool), random.Random(seed)  # noqa: S311 - the same each time
    async with connected(database.service_url, SCHEMA) as connection:
        moments = await played(connection, seed, 50, erasing=erasing)
    restricted = reached = 0
    for moment in moments:
        at = moment.at + (moment.until - moment.at) * chance.random()
        thens: list[dict[str, Any]] = [{"position": moment.position, "at": at}]
        if moment.position > reached:
            thens.append({"position": moment.position})
            reached = moment.position
        if moment.until > moment.at:
            thens += [{"at": at}, {"at": moment.at}]
        for then in thens:
            compared = then.get("at", moment.at)
            for player, hashes in ASKED:
                found = await reads.past(question(player, hashes, **then))
                assert (found.position, found.at) == (moment.position, compared)
                tokens = tokens_of([player] if player else [], hashes)
                assert found.standings == tuple(moment.standings[each] for each in tokens)
                restricted += any(each.restrictions for each in found.standings)
                expected = [each for each in moment.infractions.values() if is_about(each, player, hashes, compared)]
                expected.sort(key=lambda each: each.id, reverse=True)
                expected.sort(key=lambda each: not each.is_in_force(compared))
                items = list(found.items)
                if erasing:
                    items, expected = [[without_what_is_personal(one) for one in each] for each in (items, expected)]
                assert items == expected
            listed = await everybody(reads, ListPast(**then, limit=chance.randrange(1, 9)))
            in_force = [each for each in moment.infractions.values() if each.is_in_force(compared)]
            assert {each.id: each.position for each in listed} == {each.id: each.position for each in in_force}
    assert restricted > len(moments)


async def everybody(reads: PastReads, query: ListPast) -> list[Infraction]:
    """All pages."""
    found = list[Infraction]()
    while True:
        page = await reads.in_force(query)
        found += page.items
        if page.next is None:
            assert len({each.id for each in found}) == len(found)
            return found
        query = query.model_copy(update={"cursor": page.next})
