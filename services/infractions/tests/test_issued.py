"""Counters of what was issued: equal to a plain count, whatever happens and whoever writes."""

import json
import random
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from services.infractions.tests.scenes import about
from services.infractions.tests.test_wall import CATEGORIES, any_infraction, ban

from banstream_contracts.commands.command import Command
from banstream_contracts.commands.infractions import (
    AmendInfraction,
    InfractionChanges,
    IssueInfraction,
    LiftInfraction,
    ReinstateInfraction,
)
from banstream_contracts.erasure import ErasePlayer
from banstream_contracts.infractions import Infraction, Lifetime, Punishment, Status
from banstream_contracts.players import Player
from banstream_contracts.queries.infractions import ReviewRequest
from banstream_contracts.queries.search import GetInfractionStatistics
from banstream_event_log.connections import Connection
from banstream_infractions.operations import ROLE, SCHEMA, rebuild
from banstream_infractions.queries import issued_statistics
from banstream_infractions.queries.issued_statistics import first_whole_day
from banstream_infractions.read_models import catching_up, issued, projection, search, wall, wall_filling
from banstream_infractions.read_models.document_rows import REQUESTS
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MODERATOR, bus, issue, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

Counts = tuple[dict[datetime, int], dict[tuple[date, str], int]]


async def put(pool: "asyncpg.Pool[asyncpg.Record]", *infractions: Infraction) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await projection.put_infractions(connection, infractions)
        await wall.put_bans(connection, infractions)
        await search.put_rows(connection, infractions)


async def held(connection: "Connection | asyncpg.Pool[asyncpg.Record]") -> Counts:
    """What the counters say."""
    quarters = await connection.fetch("select begins_at, bans from issued_quarters")
    days = await connection.fetch("select day, category, infractions from issued_days")
    return (
        {row["begins_at"]: row["bans"] for row in quarters},
        {(row["day"], row["category"]): row["infractions"] for row in days},
    )


def quarter(moment: datetime) -> datetime:
    return datetime.fromtimestamp(moment.timestamp() // 900 * 900, UTC)


def counted(infractions: Iterable[Infraction]) -> Counts:
    """What they ought to say; nothing is kept of what counts none."""
    each = list(infractions)
    return (
        dict(Counter(quarter(one.issued_at) for one in each if Punishment.BAN in one.punishments)),
        dict(Counter((one.issued_at.astimezone(UTC).date(), one.category or "") for one in each)),
    )


def changed(known: dict[str, Infraction], chance: random.Random) -> dict[str, Infraction]:
    """Some that are new and some that were there, as anything may have left them; when it was issued never changes."""
    batch = {each.id: each for each in (any_infraction(chance.randrange(90), chance) for _ in range(25))}
    return {
        key: each.model_copy(update={"issued_at": known[key].issued_at}) if key in known else each
        for key, each in batch.items()
    }


async def test_counters_equal_a_plain_count_whatever_happens(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    chance = random.Random(20261121)  # noqa: S311 - the same each time
    known: dict[str, Infraction] = {}
    emptied = 0
    for _ in range(25):
        before = counted(known.values())[1]
        batch = changed(known, chance)
        await put(pool, *batch.values())
        known |= batch
        now = counted(known.values())
        assert await held(pool) == now
        emptied += len(before.keys() - now[1].keys())
    assert emptied > 10, "days of categories that count nothing any more are a part of this"


async def test_answers_equal_a_plain_count_in_every_zone(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    chance = random.Random(5)  # noqa: S311 - the same each time
    now = datetime.now(UTC)
    infractions = [
        any_infraction(number, chance).model_copy(
            update={"issued_at": now - timedelta(seconds=chance.randrange(4 * 86_400))}
        )
        for number in range(300)
    ]
    await put(pool, *infractions)
    for zone in map(ZoneInfo, ("UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati", "Pacific/Niue")):
        for days in (1, 2, 3, 92):
            answer = await issued_statistics.statistics(pool, GetInfractionStatistics(days=days, time_zone=zone.key))
            today = datetime.now(zone).date()
            local = [(each.issued_at.astimezone(zone), each) for each in infractions]
            recent = [(at, each) for at, each in local if at.date() > today - timedelta(days=days)]
            assert {each.category: each.infractions for each in answer.by_category} == Counter(
                each.category for _, each in recent
            ), (zone, days)
            assert {(each.weekday, each.hour): each.bans for each in answer.by_hour} == Counter(
                (at.weekday(), at.hour) for at, each in recent if Punishment.BAN in each.punishments
            ), (zone, days)
            bans = [at.date() for at, each in local if Punishment.BAN in each.punishments]
            assert (answer.today, answer.week, answer.month) == (bans.count(today), len(bans), len(bans))


@pytest.mark.parametrize("name", ["UTC", "Asia/Kathmandu", "America/St_Johns"])
async def test_each_window_begins_with_the_first_moment_of_its_first_day(
    pool: "asyncpg.Pool[asyncpg.Record]", name: str
) -> None:
    zone = ZoneInfo(name)
    today = datetime.now(zone).date()
    begun = [datetime.combine(today - timedelta(days=days), time(), zone) for days in (0, 2, 6, 29)]
    moments = [moment.astimezone(UTC) - timedelta(microseconds=by) for moment in begun for by in (0, 1)]
    await put(pool, *(ban(number, issued_at=at) for number, at in enumerate(moments)))
    answer = await issued_statistics.statistics(pool, GetInfractionStatistics(days=3, time_zone=name))
    assert (answer.today, answer.week, answer.month) == (1, 5, 7)
    assert [each.infractions for each in answer.by_category] == [3]
    assert sum(each.bans for each in answer.by_hour) == 3


async def test_of_many_categories_those_are_named_that_were_most_frequent(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    kinds = [f"kind_{times:02}" for times in range(1, 22) for _ in range(times)]
    now = datetime.now(UTC)
    await put(pool, *(ban(number, category=kind, issued_at=now) for number, kind in enumerate(kinds)))
    answer = await issued_statistics.statistics(pool, GetInfractionStatistics(days=2, time_zone="UTC"))
    assert [(each.category, each.infractions) for each in answer.by_category] == Counter(kinds).most_common(20)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 3, 1, tzinfo=UTC), date(2026, 3, 1)),
        (datetime(2026, 3, 1, 0, 0, 1, tzinfo=UTC), date(2026, 3, 2)),
        (datetime.combine(date(2026, 3, 1), time(), ZoneInfo("Asia/Kathmandu")), date(2026, 3, 1)),
        (datetime.combine(date(2026, 3, 1), time(), ZoneInfo("America/Sao_Paulo")), date(2026, 3, 2)),
    ],
    ids=["midnight", "a second later", "east", "west"],
)
def test_the_first_whole_day_begins_in_a_moment_or_after_it(moment: datetime, day: date) -> None:
    assert first_whole_day(moment) == day


async def test_requests_are_counted_from_the_first_moment_of_the_first_day(
    pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    zone = ZoneInfo("Asia/Kathmandu")
    begin = datetime.combine(datetime.now(zone).date() - timedelta(days=2), time(), zone).astimezone(UTC)
    opened = [begin + timedelta(microseconds=by) for by in (-1, 0, 1, 999_999, 1_000_000)]
    requests = [
        ReviewRequest(
            id=f"{number:024x}",
            player=Player(service="roblox", id="1"),
            reason="please",
            opened_by=MODERATOR,
            opened_at=at,
            status="rejected" if number == 4 else "open",
            position=number + 1,
        )
        for number, at in enumerate(opened)
    ]
    async with pool.acquire() as connection:
        await REQUESTS.put(connection, requests)
    answer = await issued_statistics.statistics(pool, GetInfractionStatistics(days=3, time_zone=zone.key))
    assert answer.requests == {"open": 3, "rejected": 1}


def _command(of: IssueInfraction, chance: random.Random) -> Command:
    values = about(infraction_id=of.infraction_id, at=datetime.now(UTC))
    match chance.randrange(5):
        case 0:
            return LiftInfraction(reason="no", **values)
        case 1:
            return ReinstateInfraction(reason="yes", **values)
        case 2 | 3:
            return AmendInfraction(changes=InfractionChanges(category=chance.choice(CATEGORIES)), **values)
        case _:
            punishments = chance.choice(((Punishment.VOICE_BLOCK,), (Punishment.BAN,)))
            return AmendInfraction(changes=InfractionChanges(punishments=punishments), **values)


async def test_they_stay_true_under_a_running_service_an_erasure_and_a_rebuild(
    nats: NatsServer, database: Database, pool: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    chance = random.Random(13)  # noqa: S311 - the same each time

    async def documents() -> list[Infraction]:
        rows = await pool.fetch("select document from infractions")
        return [Infraction.model_validate(row["document"]) for row in rows]

    async def has_expired() -> bool:
        return any(each.status is Status.EXPIRED for each in await documents())

    async with bus(nats) as to, service(nats, database):
        first = [issue(str(number + 1), category=chance.choice(CATEGORIES)) for number in range(60)]
        await to.send_all([*first, issue("99", lifetime=Lifetime.TIMED, duration_seconds=1)])
        await to.send_all([_command(each, chance) for each in chance.choices(first, k=100)])
        await to.send(ErasePlayer(**about(player=first[0].player, reason="asked for", lift=True)))
        await eventually(has_expired)
        before = await held(pool)
        assert before == counted(await documents())
        assert 0 < sum(before[0].values()) < sum(before[1].values()) == 61
        await rebuild(database.admin_url)
        assert await held(pool) == before
        await to.send(issue("100"))
        assert await held(pool) == counted(await documents())


async def test_what_an_older_leader_has_written_is_counted_by_the_next_one(
    database: Database, nats: NatsServer
) -> None:
    async with bus(nats) as to:
        async with service(nats, database):
            await to.send_all([issue(player, category="aimbot") for player in "123"])
        async with connected(database.admin_url) as connection:
            right = await held(connection)
            for table in issued.TABLES:  # it knows the search, and its rows are there: nothing of them is put again
                await connection.execute(f"delete from {table}")
            await connection.execute("update models_reached set position = 1")
        async with service(nats, database), connected(database.admin_url) as connection:

            async def is_whole() -> bool:
                return await held(connection) == right

            await eventually(is_whole)
            reached = await connection.fetchval(
                "select position from models_reached where models = $1", catching_up.MODELS
            )
            assert reached == 3


async def test_a_database_from_before_the_counters_is_counted_once(
    pool: "asyncpg.Pool[asyncpg.Record]", database: Database
) -> None:
    chance = random.Random(3)  # noqa: S311 - the same each time
    infractions = [any_infraction(number, chance) for number in range(80)]
    await put(pool, *infractions)
    for table in issued.TABLES:
        await pool.execute(f"delete from {table}")
    for _ in range(2):
        assert await wall_filling.fill(database.admin_url, SCHEMA, ROLE) == 0
        assert await held(pool) == counted(infractions)


async def test_every_infraction_is_counted_where_the_search_is_filled_too(
    pool: "asyncpg.Pool[asyncpg.Record]", database: Database
) -> None:
    await put(pool, *(ban(number, category="aimbot") for number in range(40)))
    before = await held(pool)
    for table in search.TABLES:
        await pool.execute(f"delete from {table}")
    assert await wall_filling.fill(database.admin_url, SCHEMA, ROLE) == 40
    assert await held(pool) == before


_FILL = """
    insert into issued_quarters
        select '2026-01-01'::timestamptz + n * interval '15 minutes', 1 from generate_series(1, 20000) n;
    insert into issued_days
        select '2023-11-01'::date + n, 'kind' || kind, 9 from generate_series(1, 1000) n, generate_series(1, 20) kind;
    insert into infraction_search (id, issued_at, category, is_ban, is_active, search, marks)
        select lpad(to_hex(n), 24, '0'), '2026-01-01'::timestamptz + n * interval '15 minutes', 'aimbot', true, true,
            '', '{}' from generate_series(1, 20000) n;
    insert into wall_bans (id, place, issued_at, ends_at, category, severity, search)
        select id, left(id, 12), issued_at, now() + interval '1 day', '', '', '' from infraction_search;
    insert into review_requests (id, player_token, status, position, document)
        select id, '', 'open', 1, jsonb_build_object('opened_at', issued_at at time zone 'UTC') from infraction_search;
    analyze
"""


def _scans(plan: dict[str, Any]) -> set[str]:
    inner = {scan for each in plan.get("Plans", ()) for scan in _scans(each)}
    name = plan.get("Index Name") or (plan["Relation Name"] if plan["Node Type"] == "Seq Scan" else None)
    return inner | ({name} if name else set())


async def test_counts_come_from_counters_and_from_a_day_of_rows_at_most(
    pool: "asyncpg.Pool[asyncpg.Record]", database: Database
) -> None:
    async with connected(database.admin_url) as owner:
        await owner.execute(_FILL)
        await owner.execute("vacuum infraction_search, wall_bans")
    begin = datetime(2026, 7, 1, 3, tzinfo=UTC)
    expected = (
        (issued_statistics.HOURS, ("America/Sao_Paulo", begin), {"issued_quarters_pkey"}),
        (
            issued_statistics.CATEGORIES,
            (begin, date(2026, 7, 2), 20),
            {"issued_days_pkey", "infraction_search_by_time"},
        ),
        (issued_statistics.IN_FORCE, (begin,), {"wall_totals", "wall_bans_by_end"}),
        (issued_statistics.REQUESTS, ("2026-07-01T03:00:00",), {"review_requests_by_opening"}),
    )
    async with pool.acquire() as connection:
        for mode in ("force_custom_plan", "force_generic_plan"):
            await connection.execute(f"set plan_cache_mode = {mode}")
            for statement, values, scans in expected:
                found = await connection.fetchval(f"explain (format json) {statement}", *values)
                assert _scans(json.loads(found)[0]["Plan"]) == scans, (mode, statement)
        await connection.execute("reset plan_cache_mode")
