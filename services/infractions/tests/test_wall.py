"""The wall's read model and its answers, on a real Postgres."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone
from struct import unpack
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from banstream_contracts.commands.command import Command
from banstream_contracts.commands.infractions import (
    AmendInfraction,
    InfractionChanges,
    IssueInfraction,
    LiftInfraction,
    ReinstateInfraction,
)
from banstream_contracts.infractions import Actor, Infraction, Lifetime, Punishment, Scope, Severity, Status
from banstream_contracts.players import Player
from banstream_contracts.queries.wall import GetWallStatistics, ListWall
from banstream_infractions.operations import ROLE, SCHEMA, rebuild
from banstream_infractions.queries.wall_reads import WallReads
from banstream_infractions.queries.wall_sql import Selection
from banstream_infractions.read_models import projection, search, search_rows, wall, wall_filling
from banstream_infractions.read_models.index_keys import key
from banstream_infractions.read_models.wall_rows import row_of
from banstream_privacy.masking import MASK
from banstream_runtime.identifiers import new_id
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MODERATOR, bus, issue, service
from banstream_testing.servers import NatsServer

NOW = datetime.now(UTC)
CATEGORIES = ("aimbot", "lag_machine", "fly_hack", None)
REASONS = ("Aimbot confirmado", "Spam de construção: 15 itens/min", "飞天作弊", "=cmd|' /C calc'!A0")


def ban(number: int, **changes: Any) -> Infraction:
    values: dict[str, Any] = {
        "id": f"{number:024x}",
        "player": Player(service="roblox", id=str(number + 1)),
        "player_name": f"Player {number}",
        "punishments": (Punishment.BAN,),
        "lifetime": Lifetime.PERMANENT,
        "reason": "aimbot",
        "scope": Scope.GLOBAL,
        "issuer": Actor(kind="system", id="test"),
        "issued_at": NOW - timedelta(minutes=number + 1),
        "position": number + 1,
    }
    return Infraction(**{**values, **changes})


def any_infraction(number: int, chance: random.Random) -> Infraction:
    lifetime = chance.choice(list(Lifetime))
    return ban(
        number,
        issued_at=NOW - timedelta(seconds=chance.randrange(40 * 86_400)),
        lifetime=lifetime,
        expires_at=NOW + timedelta(hours=chance.choice((-1, 1, 100))) if lifetime is Lifetime.TIMED else None,
        time_left_seconds=chance.choice((0, 60)) if lifetime is Lifetime.ONLINE else None,
        punishments=chance.choice(
            ((Punishment.BAN,), (Punishment.BAN, Punishment.VOICE_BLOCK), (Punishment.VOICE_BLOCK,), ())
        ),
        status=chance.choice((Status.ACTIVE, Status.ACTIVE, Status.LIFTED, Status.EXPIRED)),
        category=chance.choice(CATEGORIES),
        severity=chance.choice((*Severity, None)),
        reason=chance.choice(REASONS),
    )


def place_of_id(infraction_id: str) -> str:
    row = row_of(ban(int(infraction_id, 16)))
    assert row
    return row.place


def place(infraction: Infraction) -> tuple[datetime, str]:
    return infraction.issued_at, place_of_id(infraction.id)


async def put(pool: "asyncpg.Pool[asyncpg.Record]", *infractions: Infraction) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await projection.put_infractions(connection, infractions)
        await wall.put_bans(connection, infractions)
        await search.put_rows(connection, infractions)


async def held(pool: "asyncpg.Pool[asyncpg.Record]") -> list[list[tuple[Any, ...]]]:
    tables = []
    for table in wall.TABLES:
        rows = await pool.fetch(f"select * from {table} order by 1, 2")
        tables.append([tuple(row) for row in rows])
    return tables


async def test_counters_and_answers_equal_a_plain_count_whatever_happens(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    chance = random.Random(20260207)  # noqa: S311 - the same each time
    reads = WallReads(pool)
    known: dict[str, Infraction] = {}
    for _ in range(25):
        batch = {each.id: each for each in (any_infraction(chance.randrange(120), chance) for _ in range(20))}
        await put(pool, *batch.values())
        known |= batch
        rows = [row for each in known.values() if (row := row_of(each))]
        counted = await pool.fetch("select category, severity, bans from wall_totals")
        assert {(row[0], row[1]): row[2] for row in counted} == Counter((row.category, row.severity) for row in rows)
    in_force = [each for each in known.values() if each.is_in_force(NOW) and Punishment.BAN in each.punishments]
    shown_until = NOW - timedelta(days=3)
    shown = [each for each in in_force if each.issued_at <= shown_until]
    zone = ZoneInfo("America/Sao_Paulo")
    for wanted, delay in ((in_force, None), (shown, shown_until)):
        answer = await reads.statistics(GetWallStatistics(days=60, time_zone=zone.key, shown_until=delay))
        assert answer.total == len(wanted) > 5
        assert {(each.category, each.severity): each.bans for each in answer.by_type} == Counter(
            (each.category, each.severity) for each in wanted
        )
        by_day = Counter(each.issued_at.astimezone(zone).date() for each in wanted)
        assert {each.day: each.bans for each in answer.by_day if each.bans} == by_day
        assert len(answer.by_day) == 60
        assert answer.by_day[-1].day >= datetime.now(zone).date() - timedelta(days=1)
        for category in CATEGORIES:
            for severity in (Severity.HIGH, None):
                page = await reads.page(ListWall(category=category, severity=severity, shown_until=delay, limit=500))
                expected = sorted(
                    (
                        each
                        for each in wanted
                        if category in {None, each.category} and severity in {None, each.severity}
                    ),
                    key=place,
                    reverse=True,
                )
                assert [each.infraction_id for each in page.items] == [each.id for each in expected]
                assert (page.total, page.is_total_exact, page.next) == (len(expected), True, None)


async def test_pages_follow_each_other_without_gaps(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    same = NOW - timedelta(days=1)
    await put(
        pool, *(ban(number, issued_at=same if number % 2 else NOW - timedelta(hours=number)) for number in range(57))
    )
    reads, seen, cursor = WallReads(pool), [], None
    while True:
        page = await reads.page(ListWall(limit=10, cursor=cursor))
        assert page.total == 57
        seen += [(each.issued_at, place_of_id(each.infraction_id)) for each in page.items]
        if (cursor := page.next) is None:
            break
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 57


_SEARCHES: tuple[tuple[str, set[int]], ...] = (
    ("BUILDER", {0}),
    ("construção", {1}),
    ("CONSTRUÇÃO: 15", {1}),
    ("construcao", set()),
    ("作弊", {2}),
    ("lag_mach", {1}),
    ("%_%", set()),
    ("' or 1=1 --", set()),
    ("(1234, 5678)", set()),
    ("5678", set()),
    ("2535465465465465", set()),
    ("base em", {3}),
    ("em ▒▒▒ de", {3}),
    ("▒▒▒", {3}),
    ("aimbot", {0}),
    ("er\u2003aim", set()),
)


async def test_a_search_finds_parts_of_names_reasons_and_categories(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    await put(
        pool,
        ban(0, player_name="Master_Builder"),
        ban(1, reason="Spam de construção: 15 itens/min", category="lag_machine"),
        ban(2, reason="飞天作弊", player_name=None),
        ban(3, reason="base em (1234, 5678) de 2535465465465465", category="sky_base"),
    )
    for text, found in _SEARCHES:
        page = await WallReads(pool).page(ListWall(search=text))
        assert {int(each.infraction_id, 16) for each in page.items} == found, text
        assert (page.total, page.is_total_exact) == (len(found), True)


async def test_what_shows_nothing_hides_nobody(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    await put(
        pool,
        ban(0, player_name="ad\u200bmin"),
        ban(1, player_name="abc\u202egnp.exe"),
        ban(2, player_name="I \u2764\ufe0f \U0001f468\u200d\U0001f469\u200d\U0001f467"),
        ban(3, player_name="1234\u200b5678 else"),
    )
    searches: tuple[tuple[str, set[int]], ...] = (
        *(("admin", {0}), ("AD\u2060MIN", {0}), ("abcgnp.exe", {1}), ("i \u2764 \U0001f468", {2})),
        *(("\u2764\ufe0f \U0001f468\u200d\U0001f469", {2}), ("12345678", set()), ("▒▒▒ else", {3})),
        ("\u200b\u200b\u200b", {0, 1, 2, 3}),
    )
    for text, found in searches:
        page = await WallReads(pool).page(ListWall(search=text))
        assert {int(each.infraction_id, 16) for each in page.items} == found, text
        assert (page.total, page.is_total_exact) == (len(found), True), text


async def test_the_players_own_id_is_found_only_where_it_is_the_name(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    await put(
        pool,
        ban(0, player=Player(service="roblox", id="15612"), reason="15612 again", player_name="Bob 15612"),
        ban(1, player=Player(service="minecraft", id="notch99"), reason="notch99 again", player_name="Notch99"),
    )
    for text, found in (("15612", set()), ("bob", {0}), (MASK, {0}), ("notch99", {1}), ("again", {0, 1})):
        page = await WallReads(pool).page(ListWall(search=text))
        assert {int(each.infraction_id, 16) for each in page.items} == found, text


def test_what_the_wall_shows_is_indexed_whatever_is_masked() -> None:
    """The search asks the index of the unmasked texts for no gram that these do not have."""
    chance = random.Random(34)  # noqa: S311 - the same each time
    parts = ["base em", "  ", "(1234, 5678)", "pos 123 456", "7656119800000001", "a@b.co", "10.0.0.1", "é", "日本", "ﬁ"]
    parts += ["İ", "ß", ".", ",", "-", "12", "坐标 12", "½", "[1 2 3]", "\u200b", "\u202e", "\ufe0f", "15612"]
    times_masked = 0
    for _ in range(2000):
        infraction = ban(15611, reason="aim " + "".join(chance.choices(parts, k=chance.randrange(1, 5))))
        row = row_of(infraction)
        assert row
        shown = row.search.split("\n")[2]
        times_masked += MASK in shown
        keys = search_rows.row_of(infraction).keys
        held = {*unpack(f">{len(keys) // 4}i", keys)}
        asked = Selection(ListWall(search=shown), NOW).grams
        assert {*map(key, asked)} <= held, infraction.reason
        assert asked, "each text begins with three letters that nothing masks"
    assert times_masked > 1000


async def test_a_common_search_pages_through_everything(
    pool: "asyncpg.Pool[asyncpg.Record]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("banstream_infractions.queries.wall_sql.MOST_FEW", 5)
    monkeypatch.setattr("banstream_infractions.queries.wall_reads.MOST_FEW", 5)
    monkeypatch.setattr("banstream_infractions.queries.wall_sql.WINDOW", 20)
    await put(pool, *(ban(number, reason="fly hack" if number % 7 == 0 else "speed hack") for number in range(100)))
    reads, seen, cursor = WallReads(pool), [], None
    for _ in range(20):
        page = await reads.page(ListWall(search="fly hack", limit=3, cursor=cursor))
        assert not page.is_total_exact
        seen += [int(each.infraction_id, 16) for each in page.items]
        if (cursor := page.next) is None:
            break
    assert seen == list(range(0, 100, 7))


async def test_a_lifted_ban_is_gone_and_an_expired_one_before_anybody_says_so(
    pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    over = ban(1, lifetime=Lifetime.TIMED, expires_at=NOW - timedelta(seconds=1))
    await put(pool, ban(0), over, ban(2))
    assert (await WallReads(pool).page(ListWall())).total == 2
    await put(pool, ban(0, status=Status.LIFTED), over.model_copy(update={"status": Status.EXPIRED}))
    page = await WallReads(pool).page(ListWall())
    assert ([int(each.infraction_id, 16) for each in page.items], page.total) == ([2], 1)
    assert [row["bans"] for row in await pool.fetch("select bans from wall_totals")] == [1]


async def test_grams_that_a_release_before_wrote_go_with_the_text(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    await put(pool, ban(0, player_name="Marvin"), ban(1))
    await pool.execute("update wall_bans set grams = array['mar', 'arv']")
    await put(pool, ban(0, player_name=None), ban(1))
    assert [row["grams"] for row in await pool.fetch("select grams from wall_bans order by id")] == [[], ["mar", "arv"]]


async def test_a_span_of_time_is_counted_up_to_a_limit(
    pool: "asyncpg.Pool[asyncpg.Record]", monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(pool, *(ban(number) for number in range(30)))
    reads = WallReads(pool)
    query = ListWall(since=NOW - timedelta(minutes=20), until=NOW - timedelta(minutes=5), limit=5)
    assert (await reads.page(query)).total == 15
    monkeypatch.setattr("banstream_infractions.queries.wall_sql.MOST_COUNTED", 10)
    monkeypatch.setattr("banstream_infractions.queries.wall_reads.MOST_COUNTED", 10)
    page = await reads.page(query)
    assert (page.total, page.is_total_exact) == (10, False)


async def test_a_moment_outside_of_the_calendar_is_its_end(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    begin = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    end = datetime(9999, 12, 31, 23, 59, tzinfo=timezone(-timedelta(hours=12)))
    await put(pool, ban(0))
    reads = WallReads(pool)
    for since, until, total in ((begin, end, 1), (end, None, 0), (None, begin, 0)):
        assert (await reads.page(ListWall(since=since, until=until))).total == total
        assert (await reads.page(ListWall(since=since, until=until, search="player"))).total == total
    for shown_until, total in ((begin, 0), (end, 1)):
        assert (await reads.page(ListWall(shown_until=shown_until))).total == total
        assert (await reads.statistics(GetWallStatistics(shown_until=shown_until))).total == total


@pytest.mark.parametrize(
    "cursor", ["x", "-", "12", "12-", "1a-0", f"{10**17}-{'a' * 12}", f"1-{'A' * 12}", f"1-{'a' * 12}\n"]
)
def test_a_cursor_that_no_page_gave_is_refused(cursor: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        ListWall(cursor=cursor)


async def test_a_cursor_of_any_time_is_a_place(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    await put(pool, ban(0))
    for cursor, count in (
        (f"-{'9' * 16}-{'a' * 12}", 0),
        (f"-{'9' * 17}-{'a' * 12}", 0),
        (f"{'9' * 17}-{'f' * 12}", 1),
    ):
        assert len((await WallReads(pool).page(ListWall(cursor=cursor))).items) == count


async def test_a_database_from_before_the_wall_is_filled_once(
    pool: "asyncpg.Pool[asyncpg.Record]", database: Database
) -> None:
    chance = random.Random(3)  # noqa: S311 - the same each time
    await put(pool, *(any_infraction(number, chance) for number in range(80)))
    before = await held(pool)
    async with pool.acquire() as connection:
        for table in (*wall.TABLES, *search.TABLES):
            await connection.execute(f"delete from {table}")
    assert await wall_filling.fill(database.admin_url, SCHEMA, ROLE) == 160  # the wall and the search
    assert await held(pool) == before
    assert await wall_filling.fill(database.admin_url, SCHEMA, ROLE) == 0


async def test_days_are_those_of_the_time_zone(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    today = datetime.now(ZoneInfo("Asia/Kathmandu")).date()
    midnight = datetime.combine(today, datetime.min.time(), ZoneInfo("Asia/Kathmandu"))
    await put(
        pool, ban(0, issued_at=midnight - timedelta(days=2)), ban(1, issued_at=midnight - timedelta(days=2, seconds=1))
    )
    answer = await WallReads(pool).statistics(GetWallStatistics(days=5, time_zone="Asia/Kathmandu"))
    counted: dict[date, int] = {each.day: each.bans for each in answer.by_day if each.bans}
    assert counted == {today - timedelta(days=2): 1, today - timedelta(days=3): 1}


async def test_the_wall_stays_true_under_a_running_service_and_a_rebuild(
    nats: NatsServer, database: Database, pool: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    chance = random.Random(11)  # noqa: S311 - the same each time
    async with bus(nats) as connected, service(nats, database):
        issued = [
            issue(str(number + 1), category=chance.choice(CATEGORIES), severity=chance.choice((*Severity, None)))
            for number in range(120)
        ]
        await connected.send_all(issued)
        await connected.send_all([_changed(each, chance) for each in chance.choices(issued, k=150)])
        before = await held(pool)
        documents = await pool.fetch("select document from infractions")
        rows = [row for each in documents if (row := row_of(Infraction.model_validate(each["document"])))]
        assert {row[0] for row in before[0]} == {row.id for row in rows}
        assert 0 < len(rows) < 120
        assert {row[:2]: row[2] for row in before[1]} == Counter((row.category, row.severity) for row in rows)
        assert sum(row[1] for row in before[2]) == len(rows)
        await rebuild(database.admin_url)
        assert await held(pool) == before
        await connected.send(issue("999"))
        assert (await WallReads(pool).page(ListWall())).total == len(rows) + 1


def _changed(issued: IssueInfraction, chance: random.Random) -> Command:
    common: dict[str, Any] = {
        "command_id": new_id(),
        "issued_at": datetime.now(UTC),
        "actor": MODERATOR,
        "correlation_id": new_id(),
        "infraction_id": issued.infraction_id,
    }
    match chance.randrange(4):
        case 0:
            return LiftInfraction(reason="no", **common)
        case 1:
            return ReinstateInfraction(reason="yes", **common)
        case 2:
            return AmendInfraction(changes=InfractionChanges(category=chance.choice(CATEGORIES)), **common)
        case _:
            punishments = chance.choice(((Punishment.VOICE_BLOCK,), (Punishment.BAN,)))
            return AmendInfraction(changes=InfractionChanges(punishments=punishments), **common)
