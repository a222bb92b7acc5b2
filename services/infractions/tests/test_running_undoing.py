"""What somebody did is taken back, against a real NATS server and a real Postgres."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from services.infractions.tests.ban_list_commands import ADDRESS, sealed
from services.infractions.tests.scenes import about
from services.infractions.tests.test_importing import FIRST
from services.infractions.tests.test_rebuilding import held, ignored
from services.infractions.tests.test_running_imports import again, ask, row
from services.infractions.tests.undoing_scenes import ADA, BOB, UNDOER, by

from banstream_contracts import headers, streams, subjects
from banstream_contracts.commands.infractions import AmendInfraction, InfractionChanges, IssueInfraction, LiftInfraction
from banstream_contracts.infractions import Actor, Punishment
from banstream_contracts.players import Player
from banstream_contracts.queries.undoing import Done, DonePage
from banstream_contracts.results import CommandResult
from banstream_decider import rebuilding
from banstream_edge.undoing import Undoer, undoing
from banstream_event_log.postgres import connect
from banstream_infractions.operations import ROLE, SCHEMA
from banstream_infractions.read_models import rebuild
from banstream_runtime.identifiers import new_id
from banstream_testing.fixtures import Database
from banstream_testing.infractions import Bus, bus, issue, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

ON_THE_WALL = ("wall_bans", "wall_totals", "wall_quarters")
BEGUN = datetime.now(UTC) - timedelta(hours=1)


def amend(infraction_id: str, **changes: Any) -> AmendInfraction:
    changed = InfractionChanges(**changes)
    return AmendInfraction(**about(datetime.now(UTC), infraction_id=infraction_id, changes=changed))


async def done_by(to: Bus, doer: Actor, limit: int = 2) -> list[Done]:
    """All pages."""
    found, place = list[Done](), None
    until = datetime.now(UTC) + timedelta(hours=1)
    question = {"by": {"kind": doer.kind, "id": doer.id}, "since": BEGUN.isoformat(), "until": until.isoformat()}
    while True:
        page = DonePage.model_validate(await ask(to, subjects.QUERY_DONE, **question, limit=limit, before=place))
        found, place = [*found, *page.items], page.next
        if place is None:
            return found


async def take_back(to: Bus, doer: Actor, undoer: Actor) -> list[CommandResult]:
    """All that they did."""
    commands = [undoing(each, Undoer(undoer, new_id(), "account was stolen")) for each in await done_by(to, doer)]
    results = await to.send_all([each for each in commands if each])
    assert {each.status for each in results} == {"applied"}
    return results


async def test_what_is_put_back_is_there_for_everybody(nats: NatsServer, database: Database) -> None:
    """A ban that was shortened to a second and has run out; one that was lifted; and one that should not be."""
    player = Player(service="minecraft", id="0" * 32)
    cut = issue(player=player, address=sealed(ADDRESS), note="Trillian's", category="aimbot", server_id="5" * 24)
    freed, wrong = issue("2"), issue("3", actor=ADA)
    connection = await connect(database.admin_url, search_path=SCHEMA)
    async with bus(nats) as to, service(nats, database):

        async def standings() -> list[Any]:
            entries = [await to.entry(streams.RESTRICTIONS_BUCKET, each.token) for each in (cut, freed, wrong)]
            return [each["restrictions"] if each else [] for each in entries]

        async def are_restricted(*expected: IssueInfraction) -> bool:
            restricted = [bool(each) for each in await standings()]
            return restricted == [each in expected for each in (cut, freed, wrong)]

        async def is_listed() -> bool:
            listed = await to.entry(streams.BAN_LIST_BUCKET, cut.infraction_id)
            return bool(
                listed and not listed.get("is_ended") and "expires_at" not in listed and listed["sealed_address"]
            )

        await to.send_all([cut, freed])
        rows = await held(connection)
        await to.send(wrong)
        await eventually(lambda: are_restricted(cut, freed, wrong))
        await eventually(is_listed)
        before = await standings()
        lift = LiftInfraction(**about(datetime.now(UTC), infraction_id=freed.infraction_id, reason="friend"))
        await to.send_all([by(amend(cut.infraction_id, duration_seconds=1, note=None), ADA), by(lift, ADA)])
        await eventually(lambda: are_restricted(wrong))

        async def is_over() -> bool:
            query = {"infraction_id": cut.infraction_id}
            return bool((await ask(to, subjects.QUERY_INFRACTION, **query))["infraction"]["status"] == "expired")

        await eventually(is_over)
        found = {each.infraction.id: each for each in await done_by(to, ADA)}
        put_back = found[cut.infraction_id].changes
        assert {key: each.undo for key, each in found.items()} == {
            cut.infraction_id: "reinstate",
            freed.infraction_id: "reinstate",
            wrong.infraction_id: "lift",
        }
        assert put_back
        assert put_back.model_dump(exclude_unset=True) == {"lifetime": "permanent", "note": "Trillian's"}

        assert not await is_listed()

        results = await take_back(to, ADA, UNDOER)
        [standing] = [each.standings[cut.token] for each in results if cut.token in each.standings]
        assert [each.infraction_id for each in standing.restrictions] == [cut.infraction_id]
        await eventually(lambda: are_restricted(cut, freed))
        assert (await standings())[:2] == before[:2]
        await eventually(is_listed)
        wall = await ask(to, subjects.QUERY_WALL)
        assert {each["infraction_id"] for each in wall["items"]} == {cut.infraction_id, freed.infraction_id}
        found_again = await ask(to, subjects.QUERY_SEARCH, state="in_force")
        assert {each["id"] for each in found_again["items"]} == {cut.infraction_id, freed.infraction_id}
        assert await told_of(to, cut.infraction_id) == ["issued", "amended", "expired", "reinstated", "amended"]
        after = await held(connection)
        assert [after[table] for table in ON_THE_WALL] == [rows[table] for table in ON_THE_WALL]
        for page in (1, 5000):
            parts = (rebuild.TABLES, rebuild.apply, ignored, page, rebuild.FILLING, 1)
            await rebuilding.rebuild(database.admin_url, SCHEMA, ROLE, *parts)
            assert await held(connection) == after

        await take_back(to, UNDOER, BOB)
        await eventually(lambda: are_restricted(wrong))
        assert {each.undo for each in await done_by(to, UNDOER)} == {"unchanged"}
    await connection.close()


async def told_of(to: Bus, infraction_id: str) -> list[str]:
    """What EVENTS tells of an infraction, in its order."""
    info = await to.client.jetstream().stream_info(streams.EVENTS)
    events = await to.events(info.state.messages)
    bodies = [(json.loads(each.data), (each.headers or {})[headers.EVENT_TYPE]) for each in events]
    prefix = "banstream.infraction."
    return [kind.removeprefix(prefix) for body, kind in bodies if body.get("infraction_id") == infraction_id]


async def test_a_null_that_is_put_back_travels(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        first = issue("1", punishments=(Punishment.VOICE_BLOCK,))
        await to.send_all([first, by(amend(first.infraction_id, note="x", category="spam", evidence="x"), ADA)])
        [found] = await done_by(to, ADA)
        assert found.changes
        assert found.changes.model_fields_set == {"note", "category", "evidence"}
        [result] = await take_back(to, ADA, UNDOER)
        [infraction] = result.infractions
        assert (infraction.note, infraction.category, infraction.evidence) == (None, None, None)


async def test_what_is_put_back_as_it_was_imported_is_imported_again(nats: NatsServer, database: Database) -> None:
    connection = await connect(database.admin_url, search_path=SCHEMA)
    async with bus(nats) as to, service(nats, database):
        lifted, amended, kept = rows = [row(number) for number in (1, 2, 3)]
        await to.send_all([*rows, by(amend(kept.infraction_id, reason="their own"), BOB)])
        lift = LiftInfraction(**about(datetime.now(UTC), infraction_id=lifted.infraction_id, reason="friend"))
        wrong = [by(amend(each.infraction_id, reason="x"), ADA) for each in (amended, kept)]
        await to.send_all([by(lift, ADA), *wrong])
        await take_back(to, ADA, UNDOER)
        before = await held(connection)
        parts = (rebuild.TABLES, rebuild.apply, ignored, 5000, rebuild.FILLING, 1)
        await rebuilding.rebuild(database.admin_url, SCHEMA, ROLE, *parts)
        assert await held(connection) == before

        assert (await ask(to, subjects.QUERY_IMPORT, import_id=FIRST))["counts"]["changed"] == 1
        known = [{"infraction_id": each.infraction_id, "digest": "2" * 64} for each in rows]
        preview = await ask(to, subjects.QUERY_IMPORT_PREVIEW, rows=known)
        assert preview["outcomes"] == ["changed", "changed", "left"]
        results = await to.send_all([each.model_copy(update={**again(), "reason": "wallhack"}) for each in rows])
        assert [each.refusal.code if each.refusal else None for each in results] == [None, None, "changed-here"]
        assert [each.infractions[0].reason for each in results] == ["wallhack", "wallhack", "their own"]
    await connection.close()


async def test_more_than_a_message_holds_comes_in_pages(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        issued = [issue(str(number), actor=ADA, evidence="é" * 10_000, note="é" * 4_096) for number in range(1, 61)]
        await to.send_all(issued)
        found = await done_by(to, ADA, limit=100)
        assert [each.infraction.id for each in found] == [each.infraction_id for each in reversed(issued)]
