"""Read models made anew equal those that grew event by event, whatever the events and the pages."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from struct import unpack
from typing import Any

import asyncpg
from services.infractions.tests.scenes import about
from services.infractions.tests.test_wall import any_infraction, ban

from banstream_contracts.commands.infractions import AmendInfraction, InfractionChanges, LiftInfraction, OpenRequest
from banstream_contracts.erasure import ErasePlayer
from banstream_contracts.infractions import Lifetime, Punishment, Severity
from banstream_decider import rebuilding
from banstream_decider.rebuilding import rebuilt
from banstream_event_log import log
from banstream_event_log.events import OpenedEvent
from banstream_event_log.postgres import connect
from banstream_infractions.operations import ROLE, SCHEMA
from banstream_infractions.read_models import filling, index_keys, rebuild
from banstream_infractions.read_models.grams import grams
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus, issue, service
from banstream_testing.servers import NatsServer

NASTY = ('\\N \\t "quoted", {a,b}', "a\\", "\\.", "tab\u00a0and ' quote", "ツバサ 日本", "null", "NULL", '"', "{}")
CONSTRAINTS = """
    select conname, pg_get_constraintdef(oid) from pg_constraint
    where connamespace = current_schema::regnamespace order by conname
"""
INDEXES = "select indexname, indexdef from pg_indexes where schemaname = current_schema order by indexname"
KNOWN = """
    select relname from pg_class join pg_stat_user_tables using (relname)
    where schemaname = current_schema and reltuples > 0 and vacuum_count > 0
"""


async def held(connection: "asyncpg.Connection[asyncpg.Record]") -> dict[str, list[Any]]:
    """Every read model, row by row."""
    return {
        table: [tuple(row) for row in await connection.fetch(f"select * from {table} order by 1, 2")]
        for table in rebuild.TABLES
    }


@dataclass
class Told:
    """What a rebuild says of how far it is."""

    positions: list[int] = field(default_factory=list)

    def hear(self, position: int, _head: int) -> None:
        """Its progress."""
        self.positions.append(position)


def ignored(_position: int, _head: int) -> None:
    """Progress that nobody looks at."""


async def test_every_table_is_as_it_was_by_pages_of_any_size(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        bans = [
            issue(str(number + 1), player_name=name, reason=name, note=name, category="griefing", severity=Severity.LOW)
            for number, name in enumerate(NASTY)
        ]
        await to.send_all(bans)
        await to.send_all([LiftInfraction(**about(infraction_id=ban.infraction_id), reason="x") for ban in bans[::3]])
        changes = InfractionChanges(reason='other "words"', punishments=(Punishment.VOICE_BLOCK,))
        await to.send_all(
            [AmendInfraction(**about(infraction_id=ban.infraction_id), changes=changes) for ban in bans[1::3]]
        )
        await to.send(issue("100", lifetime=Lifetime.TIMED, duration_seconds=3600))
    connection = await connect(database.admin_url, search_path=SCHEMA)
    try:
        before, shape = await held(connection), [await connection.fetch(each) for each in (INDEXES, CONSTRAINTS)]
        assert len(before["infraction_search"]) == len(NASTY) + 1 > len(before["wall_bans"]) > 0
        for page, jobs in ((1, 3), (1, 1), (4, 1), (5000, 3)):
            told = Told()
            reached = await rebuilding.rebuild(
                *(database.admin_url, SCHEMA, ROLE, rebuild.TABLES, rebuild.apply, told.hear),
                *(page, rebuild.FILLING, jobs),
            )
            assert told.positions == sorted(told.positions)
            assert told.positions[-1] == reached == await log.head(connection)
            assert await held(connection) == before
            assert [await connection.fetch(each) for each in (INDEXES, CONSTRAINTS)] == shape
        vacuumed = {row["relname"] for row in await connection.fetch(KNOWN)}
        assert {"infractions", "wall_bans", "infraction_search"} <= vacuumed
    finally:
        await connection.close()


async def test_an_id_that_was_given_to_two_players_stops_no_rebuild(nats: NatsServer, database: Database) -> None:
    """As it was once possible: who is not in the read model has no id."""
    connection = await connect(database.admin_url, search_path=SCHEMA)
    try:
        async with bus(nats) as to, service(nats, database):
            for player in "12":
                ban = issue(player, infraction_id="a" * 24, reason=f"of {player}")
                assert (await to.send(ban)).status == "applied"
                await connection.execute("delete from infractions")
        for page in (1, 5000):
            await rebuilding.rebuild(
                *(database.admin_url, SCHEMA, ROLE, rebuild.TABLES, rebuild.apply, ignored),
                *(page, rebuild.FILLING, 1),
            )
            assert await connection.fetchval("select document ->> 'reason' from infractions") == "of 2"
            assert await connection.fetchval("select sum(bans) from wall_totals") == 1
    finally:
        await connection.close()


async def test_what_fills_and_what_replaces_write_the_same_rows(database: Database) -> None:
    chance = random.Random(5)  # noqa: S311 - the same each time
    infractions = [any_infraction(number, chance) for number in range(60)]
    infractions += [ban(60 + place, reason=text, player_name=text) for place, text in enumerate(NASTY)]
    connection = await connect(database.admin_url, search_path=SCHEMA)
    try:
        found = []
        for way in (filling.put, filling.fill):
            async with connection.transaction():
                for table in rebuild.TABLES:
                    await connection.execute(f"truncate {table}")
                await way(connection, infractions, str)
                if way is filling.fill:
                    await filling.count(connection, str)
            found.append(await held(connection))
        assert found[0] == found[1]
        assert len(found[0]["infraction_search"]) == len(infractions)
    finally:
        await connection.close()


async def test_nothing_of_a_player_who_is_erased_meanwhile_comes_back(nats: NatsServer, database: Database) -> None:
    name = "Slartibartfast"
    async with bus(nats) as to, service(nats, database):
        bans = [issue("1", player_name=name), issue("2", player_name="Trillian")]
        asked = OpenRequest(**about(request_id="c" * 24, player=bans[0].player, reason="look", player_name=name))
        await to.send_all([*bans, asked])
        erased = 0

        async def apply(connection: "asyncpg.Connection[asyncpg.Record]", page: Sequence[OpenedEvent]) -> None:
            nonlocal erased
            await rebuild.apply(connection, page)
            if not erased:
                erased = 1
                for table in ("infractions", "review_requests"):
                    assert name in str(await connection.fetch(f"select document from {rebuilt(table)}"))
                erase = ErasePlayer(**about(player=bans[0].player, reason="asked for", lift=True))
                assert (await to.send(erase)).status == "applied"

        await rebuilding.rebuild(database.admin_url, SCHEMA, ROLE, rebuild.TABLES, apply, ignored)
        connection = await connect(database.admin_url, search_path=SCHEMA)
        try:
            after = str(await held(connection))
        finally:
            await connection.close()
    assert name not in after
    assert name.casefold() not in after
    assert "Trillian" in after


def test_a_row_has_every_run_of_three_and_every_pair_with_a_wide_character() -> None:
    chance = random.Random(7)  # noqa: S311 - the same each time
    lengths = (0, 1, 2, 3, 4, 20, 129, 130, 131, 400)
    lines = ["".join(chance.choices(letters, k=length)) for letters in ("ab", "ab日本é ") for length in lengths]
    for line in lines:
        runs = {line[at : at + 3] for at in range(len(line) - 2)}
        pairs = {line[at : at + 2] for at in range(len(line) - 1)}
        wide = {pair for pair in pairs if "日" in pair or "本" in pair}
        assert {*grams(line)} == runs | wide
        assert keys_of([line]) == {index_keys.key(gram) for gram in runs | wide}
    every = {gram for line in lines for gram in grams(line)}
    assert keys_of(lines, "=a:b", "=c:日本") == {index_keys.key(name) for name in ("=a:b", "=c:日本", *every)}
    assert len(keys_of(lines)) == len(every), "few have the same number"


def keys_of(lines: list[str], *marks: str) -> set[int]:
    keys = index_keys.gathered(lines, marks)
    return {*unpack(f">{len(keys) // 4}i", keys)}
