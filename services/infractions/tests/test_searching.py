"""Staff's search and its statistics, on a real Postgres."""

import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from services.infractions.tests.test_wall import any_infraction, ban

from banstream_contracts.infractions import Actor, Infraction, Lifetime, Punishment, Scope, Severity, Status
from banstream_contracts.queries.search import (
    PERSONAL_OF_ADDRESS,
    GetInfractionStatistics,
    SearchInfractions,
    SearchPage,
)
from banstream_event_log.connections import Connection
from banstream_infractions.operations import ROLE, SCHEMA
from banstream_infractions.queries.frequencies import frequencies
from banstream_infractions.queries.search_reads import SearchKeys, SearchReads
from banstream_infractions.queries.search_sql import MOST_FEW, WINDOW, Selection, place_of
from banstream_infractions.read_models import projection, search, wall, wall_filling
from banstream_infractions.read_models.index_keys import key
from banstream_privacy.addresses import address_hash
from banstream_privacy.sharing import share
from banstream_testing.fixtures import Database

NOW = datetime.now(UTC)
CONSOLES, ADDRESSES = b"c" * 32, b"a" * 32
KEYS = SearchKeys(CONSOLES, ADDRESSES)


async def put(pool: "asyncpg.Pool[asyncpg.Record]", *infractions: Infraction) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await projection.put_infractions(connection, infractions)
        await wall.put_bans(connection, infractions)
        await search.put_rows(connection, infractions)


async def every(reads: SearchReads, query: SearchInfractions) -> list[str]:
    """The ids of all pages, each once."""
    found: list[str] = []
    cursor = None
    while True:
        page = await reads.search(query.model_copy(update={"cursor": cursor, "limit": 7}))
        found += [each.id for each in page.items]
        cursor = page.next
        if cursor is None:
            assert len(found) == len(set(found))
            return found


CHOICES: tuple[tuple[SearchInfractions, Callable[[Infraction], bool]], ...] = (
    (SearchInfractions(), lambda _: True),
    (SearchInfractions(state="in_force"), lambda each: each.is_in_force(NOW)),
    (SearchInfractions(state="lifted"), lambda each: each.status is Status.LIFTED),
    (SearchInfractions(state="expired", category="aimbot"), lambda each: _expired(each) and each.category == "aimbot"),
    (SearchInfractions(punishment="warning"), lambda each: not each.punishments),
    (
        SearchInfractions(punishment=Punishment.VOICE_BLOCK, severity=Severity.HIGH),
        lambda each: Punishment.VOICE_BLOCK in each.punishments and each.severity is Severity.HIGH,
    ),
    (SearchInfractions(scope=Scope.COMMUNITY), lambda _: False),
    (SearchInfractions(player_service="roblox", issuer_id="test"), lambda _: True),
    (SearchInfractions(search="construção"), lambda each: "construção" in each.reason),
    (SearchInfractions(search="CHEAT"), lambda _: False),
    (
        SearchInfractions(search="飞天", state="lifted"),
        lambda each: "飞" in each.reason and each.status is Status.LIFTED,
    ),
    (
        SearchInfractions(search="player 1"),
        lambda each: each.player_name is not None and "Player 1" in each.player_name,
    ),
    (
        SearchInfractions(since=NOW - timedelta(days=20), until=NOW - timedelta(days=10)),
        lambda each: NOW - timedelta(days=20) <= each.issued_at < NOW - timedelta(days=10),
    ),
)


def _expired(infraction: Infraction) -> bool:
    is_served = infraction.lifetime is Lifetime.ONLINE and not infraction.time_left_seconds
    return infraction.status is Status.EXPIRED or (infraction.status is Status.ACTIVE and is_served)


def _as_issued(infraction: Infraction, known: Infraction | None) -> Infraction:
    """When it was issued never changes."""
    return infraction.model_copy(update={"issued_at": known.issued_at}) if known else infraction


async def test_a_search_finds_what_a_plain_comparison_finds_whatever_has_happened(
    pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    chance = random.Random(20260207)  # noqa: S311 - the same each time
    known: dict[str, Infraction] = {}
    for _ in range(12):
        batch = {each.id: each for each in (any_infraction(chance.randrange(150), chance) for _ in range(30))}
        batch = {each.id: _as_issued(each, known.get(each.id)) for each in batch.values()}
        await put(pool, *batch.values())
        known |= batch
    ordered = sorted(known.values(), key=lambda each: (each.issued_at, each.id), reverse=True)
    reads = SearchReads(pool, KEYS)
    for query, is_wanted in CHOICES:
        expected = [each.id for each in ordered if is_wanted(each)]
        assert await every(reads, query) == expected, query
    found = [await every(reads, query) for query, _ in CHOICES]
    assert sum(map(bool, found)) == len(CHOICES) - 2


@pytest.mark.parametrize("window", [1, 3, 40])
async def test_pages_along_the_time_leave_nothing_out_between_them(
    pool: "asyncpg.Pool[asyncpg.Record]", monkeypatch: pytest.MonkeyPatch, window: int
) -> None:
    monkeypatch.setattr("banstream_infractions.queries.search_reads.MOST_FEW", 0)
    monkeypatch.setattr("banstream_infractions.queries.search_sql.WINDOW", window)
    bans = [ban(number, category="grief" if number % 3 else "aimbot") for number in range(40)]
    await put(pool, *bans)
    newest_first = sorted(bans, key=lambda each: (each.issued_at, each.id), reverse=True)
    wanted = [each.id for each in newest_first if each.category == "grief"]
    assert await every(SearchReads(pool, KEYS), SearchInfractions(category="grief")) == wanted


async def test_a_database_from_before_the_keys_is_filled_once(
    pool: "asyncpg.Pool[asyncpg.Record]", database: Database
) -> None:
    await put(pool, ban(1, player_name="Slartibartfast"), ban(2))
    rows = "select * from infraction_search order by id"
    right = await pool.fetch(rows)
    await pool.execute("update infraction_search set keys = null, marks = '{slr}'")
    assert (await SearchReads(pool, KEYS).search(SearchInfractions(search="SLARTI"))).total == 0
    assert await wall_filling.fill(database.admin_url, SCHEMA, ROLE) == 2
    assert await pool.fetch(rows) == right
    assert await every(SearchReads(pool, KEYS), SearchInfractions(search="SLARTI")) == [f"{1:024x}"]
    assert await wall_filling.fill(database.admin_url, SCHEMA, ROLE) == 0


async def test_what_has_the_number_of_something_else_is_not_found_by_it(
    pool: "asyncpg.Pool[asyncpg.Record]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("banstream_infractions.queries.search_sql.WINDOW", 1)
    await put(pool, *(ban(number, category="aimbot" if number == 5 else "fly_hack") for number in range(9)))
    await pool.execute(
        "update infraction_search set keys = keys || $1::integer[]", [key("=category:aimbot"), key("4pl")]
    )
    reads = SearchReads(pool, KEYS)
    assert await every(reads, SearchInfractions(category="aimbot")) == [f"{5:024x}"]
    assert await every(reads, SearchInfractions(search="4pl")) == []


async def test_a_whole_id_finds_its_infraction_and_no_other(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    await put(pool, ban(1), ban(2))
    reads = SearchReads(pool, KEYS)
    assert await every(reads, SearchInfractions(search=f"{2:024x}")) == [f"{2:024x}"]
    assert await every(reads, SearchInfractions(search="f" * 24)) == []


async def test_what_shows_nothing_hides_nobody(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    await put(
        pool, ban(1, player_name="ad\u200bmin"), ban(2, reason="abc\u202egnp.exe"), ban(3, player_name="e\u0301a")
    )
    reads = SearchReads(pool, KEYS)
    searches: tuple[tuple[str, list[int]], ...] = (
        *(("admin", [1]), ("AD\u2060MIN", [1]), ("abcgnp.exe", [2]), ("e\u0301a", [3]), ("o\u0301o", [])),
        *(("\u200b\u200b\u200b", [1, 2, 3]), ("a\u200b\u200b", [1, 2, 3])),
    )
    for text, found in searches:
        assert await every(reads, SearchInfractions(search=text)) == [f"{number:024x}" for number in found], text


async def test_a_moment_outside_of_the_calendar_is_its_end(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    begin = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    end = datetime(9999, 12, 31, 23, 59, tzinfo=timezone(-timedelta(hours=12)))
    await put(pool, ban(1))
    reads = SearchReads(pool, KEYS)
    for since, until, count in ((begin, end, 1), (end, None, 0), (None, begin, 0)):
        for chosen in (SearchInfractions(), SearchInfractions(category="aimbot"), SearchInfractions(search="player")):
            asked = chosen.model_copy(update={"since": since, "until": until})
            assert len(await every(reads, asked)) == (0 if chosen.category else count)


async def test_a_cursor_of_any_time_is_a_place(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    await put(pool, ban(0))
    for cursor, count in ((f"-{'9' * 17}-{'a' * 24}", 0), (f"{'9' * 17}-{'a' * 24}", 1)):
        page = await SearchReads(pool, KEYS).search(SearchInfractions(cursor=cursor))
        assert len(page.items) == count


async def test_an_address_is_found_by_who_can_seal_it_and_by_nobody_else(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    await put(pool, ban(1, address_hash=address_hash(ADDRESSES, "192.0.2.7")), ban(2))

    async def of(typed: str, key: bytes = CONSOLES, keys: SearchKeys = KEYS) -> SearchPage:
        asked = SearchInfractions(sealed_address=share(key, PERSONAL_OF_ADDRESS, typed))
        return await SearchReads(pool, keys).search(asked)

    found = await of(" 192.0.2.7:27015 ")
    assert ([each.id for each in found.items], found.unreadable) == ([f"{1:024x}"], False)
    assert (await of("192.0.2.8")).items == ()
    for unreadable in (of("nowhere"), of("192.0.2.7", key=b"x" * 32), of("192.0.2.7", keys=SearchKeys(CONSOLES))):
        page = await unreadable
        assert (page.items, page.unreadable) == ((), True)


async def test_statistics_count_what_was_issued_whether_it_holds_or_not(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    chance = random.Random(7)  # noqa: S311 - the same each time
    infractions = [any_infraction(number, chance) for number in range(200)]
    await put(pool, *infractions)
    zone = ZoneInfo("America/Sao_Paulo")
    counts = await SearchReads(pool, KEYS).statistics(GetInfractionStatistics(days=92, time_zone=zone.key))
    bans = [each for each in infractions if Punishment.BAN in each.punishments]
    local = [each.issued_at.astimezone(zone) for each in bans]
    hours = Counter((at.weekday(), at.hour) for at in local)
    assert {(each.weekday, each.hour): each.bans for each in counts.by_hour} == hours
    categories = Counter(each.category for each in infractions)
    assert {each.category: each.infractions for each in counts.by_category} == categories
    assert counts.in_force == sum(each.is_in_force(NOW) for each in bans)
    first = datetime.now(zone).date() - timedelta(days=29)
    assert counts.month == sum(each.issued_at.astimezone(zone).date() >= first for each in bans)
    assert counts.today <= counts.week <= counts.month


async def test_time_served_does_not_write_the_row_again(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    infraction = ban(1, punishments=(Punishment.VOICE_BLOCK,), lifetime=Lifetime.ONLINE, time_left_seconds=90)
    await put(pool, infraction)
    before = await pool.fetchval("select xmin::text from infraction_search")
    await put(pool, infraction.model_copy(update={"time_left_seconds": 30, "position": 9}))
    assert await pool.fetchval("select xmin::text from infraction_search") == before
    await put(pool, infraction.model_copy(update={"issuer": Actor(kind="system", id="other"), "position": 10}))
    assert await pool.fetchval("select xmin::text from infraction_search") != before


_FILL = f"""
    insert into infraction_search (id, issued_at, category, is_ban, is_active, search, marks)
    select lpad(to_hex(n), 24, '0'), now() - n * interval '1 minute', 'aimbot', true, true, 'player ' || n,
        array['=state:in_force', 'aim', 'x' || n % 5, case when n % 9000 = 0 then '=category:rare' else 'y' || n end,
            case when n <= {WINDOW + 1000} then '=severity:high' else '=severity:low' end,
            case when n <= {WINDOW + 990} then '=scope:global' else '=scope:server' end]
    from generate_series(1, {WINDOW * 3}) as n
"""
_NUMBERED = (
    "aim",
    "=state:in_force",
    "=category:rare",
    "=severity:high",
    "=severity:low",
    "=scope:global",
    "=scope:server",
)
_KEYS = """
    update infraction_search set keys = array(
        select coalesce(number, hashtext(mark)) from unnest(marks) as mark
        left join unnest($1::text[], $2::integer[]) as numbered (name, number) on name = mark
    )
"""


async def _plan(connection: Connection, statement: str, values: tuple[Any, ...]) -> set[str]:
    found = await connection.fetchval(f"explain (format json) {statement}", *values)
    return _scans(json.loads(found)[0]["Plan"])


def _scans(plan: dict[str, Any]) -> set[str]:
    inner = {scan for each in plan.get("Plans", ()) for scan in _scans(each)}
    name = plan.get("Index Name") or (plan["Relation Name"] if plan["Node Type"] == "Seq Scan" else None)
    return inner | ({name} if name else set())


def test_the_index_is_asked_for_the_rarest_filters_and_grams() -> None:
    query = SearchInfractions(
        search="insulted", punishment=Punishment.BAN, severity=Severity.HIGH, scope=Scope.GLOBAL, state="lifted"
    )
    wanted = Selection(query, NOW)
    assert wanted.grams == ["ins", "sul", "ted"]
    times = {"=punishment:ban": 75, "=severity:high": 20, "=scope:global": 28, "=state:lifted": 6}
    assert wanted.keys({**times, "ins": 9, "sul": 8, "ted": 30}) == ["=state:lifted", "=severity:high", "sul", "ins"]
    assert Selection(SearchInfractions(search="insulted"), NOW).keys({}) == ["ins", "sul", "ted"]


async def test_no_statement_reads_the_whole_table_and_what_is_rare_is_found_behind_the_window(
    pool: "asyncpg.Pool[asyncpg.Record]", database: Database
) -> None:
    connection = await asyncpg.connect(database.admin_url, server_settings={"search_path": SCHEMA})
    assert await frequencies(connection, ["aim"]) == {"aim": 0}, "nothing is known of an empty table"
    await connection.execute(_FILL)
    await connection.execute(_KEYS, _NUMBERED, [*map(key, _NUMBERED)])
    columns = "id, stream, status, lifetime, is_warning, position, document"
    document = ban(1).model_dump_json(exclude_none=True)
    await connection.execute(
        f"insert into infractions ({columns})"
        " select id, 'stream ' || id, 'active', 'permanent', false, 1, $1::text::jsonb from infraction_search",
        document,
    )
    await connection.execute("vacuum analyze")
    await connection.close()
    by_time, by_marks = (
        {"infraction_search_by_time", "infractions_pkey"},
        {
            "infraction_search_by_keys",
            "infractions_pkey",
        },
    )
    rare = SearchInfractions(category="rare")
    async with pool.acquire() as plain:
        for query in (SearchInfractions(), rare, SearchInfractions(state="in_force", search="player")):
            wanted = Selection(query, NOW)
            for statement, values in (wanted.page(51), wanted.end_of_window()):
                assert await _plan(plain, statement, values) <= by_time, (query, statement)
        statement, values = Selection(rare, NOW).few(["=category:rare"], 51)
        assert await _plan(plain, statement, values) <= by_marks, statement
    reads = SearchReads(pool, KEYS)
    assert (await reads.search(rare)).total == WINDOW * 3 // 9000 < MOST_FEW
    common = await reads.search(SearchInfractions(state="in_force", search="aim", limit=5))
    assert (common.items, common.total) == ((), None)
    assert common.next
    assert place_of(common.next).id == f"{WINDOW:024x}"
    both = await reads.search(SearchInfractions(severity=Severity.HIGH, scope=Scope.SERVER, limit=5))
    assert (len(both.items), both.total) == (5, 10), "each is common, both together are rare and behind the window"
    since, until = (datetime.now(UTC) - timedelta(minutes=minutes) for minutes in (130, 100))
    span = await reads.search(SearchInfractions(state="in_force", severity=Severity.HIGH, since=since, until=until))
    assert (len(span.items), span.total, span.next) == (30, 30, None), "a span within the window is answered whole"
    async with pool.acquire() as plain:
        times = await frequencies(plain, ["aim", "=scope:server", "=category:rare", "never"])
    aimed, elsewhere = WINDOW * 3, pytest.approx(WINDOW * 2 - 990, rel=0.1)
    assert times == {"aim": aimed, "=scope:server": elsewhere, "=category:rare": 0, "never": 0}
