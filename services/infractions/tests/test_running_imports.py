"""Imports against a real NATS server and a real Postgres."""

import json
from datetime import timedelta
from typing import Any

from services.infractions.tests.ban_list_commands import ADDRESS, sealed
from services.infractions.tests.scenes import START, about
from services.infractions.tests.test_importing import FIRST, LONG_AGO, SECOND, take, take_back

from banstream_contracts import headers, streams, subjects
from banstream_contracts.commands.infractions import ImportInfraction
from banstream_contracts.erasure import ErasePlayer
from banstream_contracts.infractions import LiftedBefore
from banstream_contracts.players import Player
from banstream_infractions.operations import rebuild
from banstream_runtime.identifiers import new_id
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import Bus, bus, issue, service
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
        assert not json.loads(event.data).keys() & {"digest", "note", "sealed_address"}
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
            held = await pages(to, subjects.QUERY_IMPORTED, import_id=FIRST)
            assert [each["imported"]["row"] for each in held] == [each.row for each in rows]
            assert [each["status"] for each in held] == ["active", "expired", "lifted", "active", "active"]
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
