"""What somebody did, read from a real log."""

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any, TypeAlias

import asyncpg
import pytest
from services.infractions.tests.ban_list_commands import ADDRESS, sealed
from services.infractions.tests.scenes import (
    ADMIN,
    IDS,
    OURS,
    PLAYER,
    SECOND_ADMIN,
    START,
    about,
    amend,
    issue,
    lift,
    make_admin,
    online,
    reinstate,
    serve,
)
from services.infractions.tests.test_long_streams import deciding
from services.infractions.tests.undoing_scenes import ADA, BOB, by

from banstream_contracts.admins import Right
from banstream_contracts.erasure import ErasePlayer
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Actor
from banstream_contracts.queries.undoing import Doer, Done, ListDone
from banstream_decider.ports import Received
from banstream_edge.undoing import Undoer, undoing
from banstream_event_log import searching
from banstream_infractions.operations import SCHEMA
from banstream_infractions.postgres import PostgresStore
from banstream_infractions.queries import undoing_reads
from banstream_infractions.queries.undoing_reads import UndoingReads
from banstream_runtime.identifiers import new_id
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
OF_ADA, OF_BOB = (Doer(kind="person", id=each.id) for each in (ADA, BOB))
TRACKER = Actor(kind="system", id="abuse-tracker")
SERVER = Actor(kind="server", id=OURS)
LATER = START + timedelta(days=1)


def one(number: int) -> str:
    return f"{number:024x}"


def asked(doer: Doer = OF_ADA, since: datetime = START, until: datetime = LATER, **changes: Any) -> ListDone:
    return ListDone(by=doer, since=since, until=until, **changes)


async def all_of(pool: Pool, query: ListDone) -> list[Done]:
    """Every page; all but the last one lead on, further back."""
    reads, found = UndoingReads(pool), list[Done]()
    while True:
        page = await reads.done(query)
        found += page.items
        if page.next is None:
            return found
        assert query.before is None or page.next < query.before
        query = query.model_copy(update={"before": page.next})


async def decide(database: Database, commands: Iterable[AnyCommand], now: datetime = START) -> None:
    """Each applied, and recorded at a time."""
    async with connected(database.service_url, SCHEMA) as connection:
        received = [Received(each.model_copy(update={"issued_at": now})) for each in commands]
        results = await deciding(PostgresStore(connection), now).execute(received)
    assert {each.status for each in results} <= {"applied"}, results


def shown(found: Iterable[Done]) -> list[tuple[str, str]]:
    return [(each.infraction.id, each.undo) for each in found]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("window", [2, 10_000])
async def test_pages_of_any_size_hold_each_infraction_once(
    database: Database, pool: Pool, monkeypatch: pytest.MonkeyPatch, limit: int, window: int
) -> None:
    monkeypatch.setattr(searching, "WINDOW", window)
    numbers = range(1, 7)
    await decide(database, [by(issue(one(number)), ADA if number % 2 else BOB) for number in numbers])
    await decide(database, [by(amend(one(number), reason="x"), ADA) for number in numbers for _ in range(1)])
    await decide(database, [by(amend(one(1), reason=f"reason {number}"), ADA) for number in range(9)])
    await decide(database, [by(lift(one(3)), BOB), by(amend(one(5), reason="y"), BOB)])
    found = await all_of(pool, asked(limit=limit))
    expected = {1: "lift", 2: "amend", 3: "unchanged", 4: "amend", 5: "left", 6: "amend"}
    assert dict(shown(found)) == {one(number): undo for number, undo in expected.items()}
    assert [each.position for each in found] == sorted({each.position for each in found}, reverse=True)
    of_bob = await all_of(pool, asked(OF_BOB, limit=limit))
    assert dict(shown(of_bob)) == {
        one(2): "left", one(3): "reinstate", one(4): "left", one(5): "amend", one(6): "left"
    }  # fmt: skip


async def test_only_what_was_recorded_within_the_time_is_looked_at(database: Database, pool: Pool) -> None:
    hours = [START + timedelta(hours=hour) for hour in range(4)]
    for number, hour in enumerate(hours):
        await decide(database, [by(issue(one(number)), ADA)], hour)
    await decide(database, [by(lift(one(1)), ADA)], hours[3])
    found = await all_of(pool, asked(since=hours[1], until=hours[3]))
    assert shown(found) == [(one(2), "lift"), (one(1), "unchanged")]
    found = await all_of(pool, asked(since=hours[3], until=LATER))
    assert shown(found) == [(one(1), "reinstate"), (one(3), "lift")]


@pytest.mark.parametrize("days", [-60, -2, 30])
async def test_what_was_recorded_while_the_clock_was_wrong_is_found(database: Database, pool: Pool, days: int) -> None:
    wrong = START + timedelta(days=days)
    times = [START, wrong, wrong, START + timedelta(minutes=1)]
    for number, at in enumerate(times):
        await decide(database, [by(issue(one(number)), ADA)], at)
    for limit in (1, 2, 100):
        right = await all_of(pool, asked(limit=limit))
        assert [each for each, _ in shown(right)] == [one(3), one(0)]
        around = asked(since=wrong, until=wrong + timedelta(minutes=1), limit=limit)
        assert [each for each, _ in shown(await all_of(pool, around))] == [one(2), one(1)]


async def test_a_time_that_utc_cannot_say_is_one(database: Database, pool: Pool) -> None:
    await decide(database, [by(issue(), ADA)])
    first = datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))
    last = datetime.max.replace(tzinfo=timezone(timedelta(hours=-14)))
    assert shown(await all_of(pool, asked(since=first, until=last))) == [(IDS[0], "lift")]


async def test_of_an_admin_all_that_servers_did_in_their_name_is_found(database: Database, pool: Pool) -> None:
    rights = (Right.ISSUE, Right.EDIT_ALL, Right.VOICE_BLOCK, Right.SCOPE_GLOBAL)
    await decide(database, [make_admin(*rights, player=each, name="Alyx") for each in (ADMIN, SECOND_ADMIN)])
    actors = [Actor(kind=kind, id=OURS, admin=who) for kind in ("server", "token") for who in (ADMIN, SECOND_ADMIN)]
    commands = [by(issue(one(number)), actor) for number, actor in enumerate([*actors, SERVER])]
    await decide(database, commands)
    of_admin = await all_of(pool, asked(Doer(admin=ADMIN)))
    assert shown(of_admin) == [(one(2), "lift"), (one(0), "lift")]
    of_server = await all_of(pool, asked(Doer(kind="server", id=OURS)))
    assert [each for each, _ in shown(of_server)] == [one(4), one(1), one(0)]
    assert await all_of(pool, asked(Doer(kind="person", id=OURS))) == [], "an id of another kind"


async def test_of_a_policy_what_it_issued_is_found(database: Database, pool: Pool) -> None:
    by_policies = [
        by(issue(one(number), policy_id=each), TRACKER) for number, each in enumerate(["fly", "spin", "fly"])
    ]
    approved = by(issue(one(3), policy_id="fly"), ADA)
    await decide(database, [*by_policies, approved, by(lift(one(0)), ADA)])
    found = await all_of(pool, asked(Doer(policy_id="fly")))
    assert shown(found) == [(one(2), "lift"), (one(0), "unchanged")], "what a person approved is theirs"


async def test_time_connected_counts_as_if_it_was_told_as_a_whole(database: Database, pool: Pool) -> None:
    await decide(database, [online(), by(amend(time_left_seconds=400), ADA), *(serve(seconds=30) for _ in range(4))])
    await decide(database, [amend(category="spam"), by(amend(time_left_seconds=300), ADA), serve(), serve()])
    [found] = await all_of(pool, asked())
    assert (found.undo, found.infraction.time_left_seconds) == ("amend", 180)
    assert found.changes
    assert found.changes.time_left_seconds == 280 - 120


PERSONAL: dict[str, Any] = {"player_name": "Trillian", "note": "Trillian's", "evidence": "of Trillian"}
ERASE = ErasePlayer(**about(player=PLAYER, reason="asked for", lift=True))


@pytest.mark.parametrize(
    "whom", [{"player": PLAYER}, {"player": None, "address": sealed(ADDRESS)}], ids=["player", "address"]
)
async def test_what_was_erased_comes_back_nowhere(database: Database, pool: Pool, whom: dict[str, Any]) -> None:
    known = issue(IDS[2], address=sealed(ADDRESS))
    of_person = issue(**{**PERSONAL, **whom, "player_name": "Trillian" if whom["player"] else None})
    changed = by(amend(note="about Trillian", evidence=None, reason="x"), ADA)
    await decide(database, [known, of_person, changed])
    [before] = await all_of(pool, asked())
    assert before.changes
    assert (before.changes.note, before.changes.evidence) == ("Trillian's", "of Trillian")
    await decide(database, [ERASE])
    erased = [each for each in await all_of(pool, asked()) if each.infraction.id == IDS[0]]
    await decide(database, [reinstate()])
    back = [each for each in await all_of(pool, asked()) if each.infraction.id == IDS[0]]
    assert (shown(erased), shown(back)) == ([(IDS[0], "left")], [(IDS[0], "left")])
    text = "".join(each.model_dump_json() for each in (*erased, *back))
    assert "Trillian" not in text
    assert (back[0].infraction.player_name, back[0].infraction.note, back[0].infraction.evidence) == (None,) * 3


async def test_of_who_was_erased_the_rest_is_taken_back(database: Database, pool: Pool) -> None:
    await decide(database, [issue(**PERSONAL), by(amend(note="x", reason="x"), ADA), by(lift(), ADA)])
    await decide(database, [ERASE])
    [found] = await all_of(pool, asked())
    assert found.undo == "reinstate"
    assert found.changes
    assert found.changes.model_dump(exclude_unset=True) == {"reason": "mic spam"}
    assert "Trillian" not in found.model_dump_json()


async def test_what_was_told_after_an_erasure_is_taken_back(database: Database, pool: Pool) -> None:
    await decide(database, [issue(**PERSONAL), lift()])
    await decide(database, [ERASE])
    await decide(database, [reinstate(), by(amend(note="again"), ADA)])
    [found] = await all_of(pool, asked())
    assert found.changes
    assert found.changes.model_dump(exclude_unset=True) == {"note": None}


async def test_a_page_ends_before_it_is_too_big_for_a_message(
    database: Database, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await decide(database, [by(issue(one(number), evidence="é" * 500), ADA) for number in range(1, 9)])
    monkeypatch.setattr(undoing_reads, "LARGEST_PAGE_BYTES", 4000)
    first = await UndoingReads(pool).done(asked())
    assert len(first.items) in range(1, 4)
    assert first.next == first.items[-1].position
    assert [each for each, _ in shown(await all_of(pool, asked()))] == [one(number) for number in range(8, 0, -1)]


async def test_one_infraction_that_is_too_big_is_a_page(
    database: Database, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undoing_reads, "LARGEST_PAGE_BYTES", 1)
    await decide(database, [by(issue(one(number)), ADA) for number in range(1, 4)])
    assert [len((await UndoingReads(pool).done(asked())).items), len(await all_of(pool, asked()))] == [1, 3]


async def test_what_was_done_very_often_is_told_once(database: Database, pool: Pool) -> None:
    await decide(database, [issue(), *(by(amend(reason=f"reason {number}"), ADA) for number in range(500))])
    [found] = await all_of(pool, asked(limit=100))
    assert found.did == ("infraction.amended",)
    assert found.changes
    assert found.changes.reason == "mic spam"


@pytest.mark.parametrize("longest", [1, 50])
@pytest.mark.parametrize("is_lifted", [False, True], ids=["amended", "lifted"])
@pytest.mark.parametrize("whom", [{}, {"player": None, "address": sealed(ADDRESS)}], ids=["player", "address"])
async def test_what_was_seen_before_an_erasure_is_not_told_again_behind_it(
    database: Database, pool: Pool, whom: dict[str, Any], longest: int, *, is_lifted: bool
) -> None:
    """A warning, which an erasure leaves as it is."""
    known = issue(IDS[2], punishments=(), address=sealed(ADDRESS))
    warned = issue(punishments=(), note="Trillian's", **whom)
    ended = [by(lift(), ADA)] if is_lifted else []
    await decide(database, [known, warned, by(amend(note=None), ADA), *ended])
    [before] = await all_of(pool, asked())
    assert before.changes
    assert before.changes.note == "Trillian's"
    await decide(database, [ERASE])
    command = undoing(before, Undoer(BOB, new_id(), "account was stolen"))
    assert command
    async with connected(database.service_url, SCHEMA) as connection:
        service = deciding(PostgresStore(connection, longest=longest), START)
        [result] = await service.execute([Received(command)])
        assert (result.status, result.refusal and result.refusal.code) == ("refused", "infraction-changed")
        [after] = await all_of(pool, asked())
        again = undoing(after, Undoer(BOB, new_id(), "account was stolen"))
        assert (after.changes, after.undo) == (None, "reinstate" if is_lifted else "unchanged")
        results = await service.execute([Received(again)] if again else [])
        assert [each.status for each in results] == ["applied"] * len(ended)
        held = await connection.fetchval("select document ->> 'note' from infractions where id = $1", IDS[0])
        assert held is None
