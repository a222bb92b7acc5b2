"""Imports against a real NATS server and a real Postgres."""

import json
from datetime import timedelta
from typing import Any

from services.infractions.tests.ban_list_commands import ADDRESS, sealed
from services.infractions.tests.scenes import START, about, amend, reinstate
from services.infractions.tests.test_importing import FIRST, LONG_AGO, SECOND, take, take_back
from services.infractions.tests.test_rebuilding import held, ignored

from banstream_contracts import headers, streams, subjects
from banstream_contracts.commands.infractions import ImportInfraction, LiftInfraction
from banstream_contracts.erasure import ErasePlayer
from banstream_contracts.infractions import LiftedBefore
from banstream_contracts.players import Player, address_token
from banstream_decider import rebuilding
from banstream_event_log.postgres import connect
from banstream_infractions.operations import ROLE, SCHEMA, rebuild
from banstream_infractions.personal import Personal, found
from banstream_infractions.read_models import rebuild as rebuild_of
from banstream_runtime.identifiers import new_id
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MASTER_KEY, Bus, bus, issue, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually


async def ask(to: Bus, subject: str, **question: Any) -> Any:
    reply = await to.client.request(subject, json.dumps(question).encode(), timeout=30)
    assert headers.QUERY_ERROR not in (reply.headers or {})
    return json.loads(reply.data)


async def pages(to: Bus, subject: str, **question: Any) -> list[Any]:
    """Every item, two at a time."""
    found, cursor = [], None
    while True:
        page = await ask(to, subject, limit=2, **question, **({"cursor": cursor} if cursor else {}))
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


def row(number: int, **changes: Any) -> ImportInfraction:
    player = Player(service="roblox", id=str(number))
    return take(infraction_id=f"{number:024x}", row=f"ban:{number}", player=player, **changes)


def taking_back(command: ImportInfraction) -> LiftInfraction:
    return take_back().model_copy(update={"command_id": new_id(), "infraction_id": command.infraction_id})


def again() -> dict[str, Any]:
    return {"command_id": new_id(), "digest": "2" * 64}


async def test_an_import_is_held_found_rebuilt_and_taken_back(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        rows = [
            row(1),
            row(2, ends_at=LONG_AGO + timedelta(days=1)),
            row(3, lifted=LiftedBefore(by="Head Admin")),
            row(4, punishments=()),
            row(5, address=sealed(ADDRESS)),
        ]
        results = await to.send_all(rows)
        assert {each.status for each in results} == {"applied"}
        [event, *_] = await to.events(5)
        assert (event.headers or {})[headers.EVENT_TYPE] == "banstream.infraction.imported"
        assert not json.loads(event.data).keys() & {"digest", "note", "row", "sealed_address"}
        standing = await eventually(lambda: to.entry(streams.RESTRICTIONS_BUCKET, "roblox=5"))
        assert [each["infraction_id"] for each in standing["restrictions"]] == [rows[4].infraction_id]
        await to.send(issue("1"))
        await to.send(row(6, digest="6", import_id=SECOND))

        for _ in range(2):
            imports = await pages(to, subjects.QUERY_IMPORTS)
            assert [(each["import_id"], each["infractions"]) for each in imports] == [(SECOND, 1), (FIRST, 5)]
            found = await ask(to, subjects.QUERY_IMPORT, import_id=FIRST)
            assert found["entry"] == imports[1]
            assert (found["entry"]["source"], found["entry"]["by"]["id"]) == ("sourcebans", "0" * 24)
            assert found["counts"] == {"in_force": 2, "undone": 0, "changed": 0}
            shown = await pages(to, subjects.QUERY_IMPORTED, import_id=FIRST)
            assert [each["imported"]["row"] for each in shown] == [each.row for each in rows]
            assert [each["status"] for each in shown] == ["active", "expired", "lifted", "active", "active"]
            for nobodys in ("c0" * 12, "c3" * 12):
                assert (await ask(to, subjects.QUERY_IMPORT, import_id=nobodys))["entry"] is None
            known = [{"infraction_id": each.infraction_id, "digest": each.digest} for each in (*rows[:2], row(9))]
            known[1]["digest"] = "9" * 64
            preview = await ask(to, subjects.QUERY_IMPORT_PREVIEW, rows=known)
            assert preview["outcomes"] == ["same", "changed", "new"]
            await rebuild(database.admin_url)

        undoing = take_back().model_copy(update={"infraction_id": rows[0].infraction_id})
        assert (await to.send(undoing)).status == "applied"
        assert (await ask(to, subjects.QUERY_IMPORT, import_id=FIRST))["counts"]["undone"] == 1
        again = await to.send(row(1, import_id=SECOND))
        assert again.infractions[0].status == "active"
        await rebuild(database.admin_url)
        counted = [(each["import_id"], each["infractions"]) for each in await pages(to, subjects.QUERY_IMPORTS)]
        assert counted == [(SECOND, 2), (FIRST, 4)], "a row is of the import that brought it last"


async def test_what_was_done_here_with_an_import_is_counted(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        amended, undone, reinstated = rows = [row(number) for number in (1, 2, 3)]
        await to.send_all(rows)
        await to.send_all(
            [amend(amended.infraction_id, reason="wallhack"), taking_back(undone), taking_back(reinstated)]
        )
        assert (await to.send(reinstate(reinstated.infraction_id))).status == "applied"
        found = await ask(to, subjects.QUERY_IMPORT, import_id=FIRST)
        assert found["counts"] == {"in_force": 2, "undone": 1, "changed": 2}


async def test_what_comes_again_as_something_else_is_that_in_buckets_and_by_pages_of_any_size(
    nats: NatsServer, database: Database
) -> None:
    rows = [row(number) for number in range(1, 7)]
    of_address, of_player = address_token(sealed(ADDRESS).hash), rows[0].token
    async with bus(nats) as to, service(nats, database):

        async def restrict(*ids: str) -> bool:
            """These alone, the player and the address."""
            standings = [await to.entry(streams.RESTRICTIONS_BUCKET, key) for key in (of_player, of_address)]
            return all(each and [one["infraction_id"] for one in each["restrictions"]] == [*ids] for each in standings)

        await to.send_all(rows)
        await to.send(rows[0].model_copy(update={**again(), "address": sealed(ADDRESS)}))
        await eventually(lambda: restrict(rows[0].infraction_id))
        warned = {"digest": "3" * 64, "command_id": new_id(), "punishments": (), "category": "griefing"}
        await to.send(rows[0].model_copy(update=warned))
        await eventually(restrict)
        await to.send_all([taking_back(each) for each in rows[1:4]])
        await to.send_all(
            [
                rows[1].model_copy(update={"command_id": new_id(), "import_id": SECOND}),
                rows[2].model_copy(update={**again(), "ends_at": LONG_AGO + timedelta(days=1)}),
                rows[4].model_copy(update={**again(), "lifted": LiftedBefore(by="Head Admin")}),
            ]
        )
    connection = await connect(database.admin_url, search_path=SCHEMA)
    try:
        before = await held(connection)
        assert len(before["infraction_search"]) == len(rows)
        for page, jobs in ((1, 3), (4, 1), (5000, 3)):
            parts = (rebuild_of.TABLES, rebuild_of.apply, ignored, page, rebuild_of.FILLING, jobs)
            await rebuilding.rebuild(database.admin_url, SCHEMA, ROLE, *parts)
            assert await held(connection) == before
    finally:
        await connection.close()


async def test_the_address_of_an_import_is_listed_and_goes_with_the_player(
    nats: NatsServer, database: Database
) -> None:
    async with bus(nats) as to, service(nats, database):
        alone = take(player=None, address=sealed(ADDRESS), infraction_id="1" * 24, row="ip:1")
        of_player = take(address=sealed(ADDRESS), infraction_id="2" * 24, player_name="Trillian", note="seen")
        await to.send_all([alone, of_player])
        listed = await eventually(lambda: to.entry(streams.BAN_LIST_BUCKET, "1" * 24))
        assert listed["sealed_address"]
        erase = ErasePlayer(**about(START, player=of_player.player, reason="asked for", lift=True))
        assert (await to.send(erase)).status == "applied"
        found = await ask(to, subjects.QUERY_INFRACTION, infraction_id="2" * 24)
        assert (found["infraction"]["player_name"], found["infraction"]["note"]) == (None, None)
        async with connected(database.service_url) as connection:
            told = await connection.fetch(
                "select data::text from event_log where stream = $1", f"player:{of_player.player}"
            )
        assert told
        assert not any("Trillian" in each[0] for each in told)


async def test_the_same_command_again_is_carried_out_once(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        command = row(1)
        first = await to.send(command)
        changed = row(1, digest="2", reason="wallhack")
        assert (await to.send(changed)).position == first.position + 1
        assert (await to.send(command.model_copy(update={"command_id": new_id()}))).infractions[0].reason == "aimbot"


async def test_a_row_that_is_of_somebody_else_by_now_is_refused_before_and_then(
    nats: NatsServer, database: Database
) -> None:
    async with bus(nats) as to, service(nats, database):
        first, by_address = row(1), row(2).model_copy(update={"player": None, "address": sealed(ADDRESS)})
        await to.send_all([first, by_address])
        moved = [
            first.model_copy(update={"player": Player(service="roblox", id="9"), **again()}),
            first.model_copy(update={"player": None, "address": sealed(ADDRESS), **again()}),
            by_address.model_copy(update={"player": first.player, **again()}),
        ]
        for other, held in zip(moved, (first, first, by_address), strict=True):
            known = {"infraction_id": other.infraction_id, "digest": other.digest}
            rows = [{**known, "token": other.token}, {**known, "token": held.token}, known]
            preview = await ask(to, subjects.QUERY_IMPORT_PREVIEW, rows=rows)
            assert preview["outcomes"] == ["refused", "changed", "changed"]
            result = await to.send(other)
            assert (result.status, result.refusal and result.refusal.code) == ("refused", "invalid-change")
            found = await ask(to, subjects.QUERY_INFRACTION, infraction_id=other.infraction_id)
            assert found["infraction"].get("player") == (held.player.model_dump() if held.player else None)


async def test_a_page_of_an_import_holds_as_many_as_a_message_does(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        rows = [row(number, evidence="é" * 10_000, note="é" * 4_096) for number in range(1, 61)]
        await to.send_all(rows)
        first = await ask(to, subjects.QUERY_IMPORTED, import_id=FIRST, limit=100)
        assert 1 < len(first["items"]) < len(rows)
        assert first["next"] == first["items"][-1]["id"]
        found = [each["id"] for each in await pages(to, subjects.QUERY_IMPORTED, import_id=FIRST)]
        assert found == [each.infraction_id for each in rows]


async def test_what_imports_told_goes_with_the_player_and_comes_with_a_later_one_alone(
    nats: NatsServer, database: Database
) -> None:
    over: dict[str, Any] = {"ends_at": LONG_AGO + timedelta(days=1), "address": sealed(ADDRESS)}
    first = row(
        1, player_name="Trillian", note="Trillian", evidence="Trillian", sealed_name=sealed("Trillian").sealed, **over
    )
    second = first.model_copy(update={**again(), "import_id": SECOND, "evidence": "Trillian again", "address": None})
    erase = ErasePlayer(**about(START, player=first.player, reason="asked for"))
    later = row(1, digest="3", reason="wallhack", **over)
    stream = f"player:{first.player}"
    async with bus(nats) as to, service(nats, database), connected(database.admin_url) as connection:

        async def of_person() -> list[Personal]:
            return list((await found(connection, MASTER_KEY, [stream])).opened.values())

        await to.send_all([first, second])
        assert await of_person() == [Personal(ADDRESS, "Trillian")]
        assert (await to.send(erase)).status == "applied"
        same = await to.send(second.model_copy(update={"command_id": new_id()}))
        assert same.status == "unchanged"
        assert "Trillian" not in same.model_dump_json()
        outcomes = await connection.fetch("select outcome::text from command_outcomes")
        assert not any("Trillian" in each[0] for each in outcomes)
        assert await of_person() == []

        async def is_forgotten() -> bool:
            info = await to.client.jetstream().stream_info(streams.EVENTS, subjects_filter=">")
            return set(info.state.subjects or {}) == {subjects.event("player.erased", first.token)}

        await eventually(is_forgotten)
        assert (await to.send(later)).status == "applied"
        assert await of_person() == [Personal(ADDRESS)]
