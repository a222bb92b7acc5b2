"""Erasures on real NATS and Postgres: what is kept, what is published, and what comes after."""

from typing import Any

import asyncpg
from services.infractions.tests.ban_list_commands import ADDRESS, minecraft_ban, sealed
from services.infractions.tests.scenes import OTHER, OURS, THEIRS, about

from banstream_contracts import subjects
from banstream_contracts.calls import CallContent
from banstream_contracts.commands.calls import CallAdmin, ClaimCall
from banstream_contracts.commands.infractions import AmendInfraction, InfractionChanges, IssueInfraction, OpenRequest
from banstream_contracts.erasable import ERASED
from banstream_contracts.erasure import ErasePlayer
from banstream_contracts.players import Player
from banstream_contracts.queries.infractions import CommandFound, GetCommand, GetInfraction, InfractionFound
from banstream_event_log.verification import verify
from banstream_infractions import personal
from banstream_infractions.operations import rebuild
from banstream_runtime.identifiers import new_short_id
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MASTER_KEY, Bus, bus, issue, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

GRIEFER = Player(service="minecraft", id="griefer")
STREAM = f"player:{GRIEFER}"
TABLES = ("event_log", "infractions", "review_requests", "wall_bans", "command_outcomes", "person_keys")

FURTHER = 5
"""By so many events of another service EVENTS is further than the stream of this one."""


def erase() -> ErasePlayer:
    return ErasePlayer(**about(player=GRIEFER, reason="asked for", lift=True))


def warning(name: str) -> IssueInfraction:
    return minecraft_ban("Griefer", player_name=name, punishments=(), note=f"note of {name}", address=sealed(ADDRESS))


def call(server_id: str, **content: Any) -> CallAdmin:
    said = CallContent(**content)
    return CallAdmin(**about(call_id=new_short_id(), server_id=server_id, content=said))


async def found(to: Bus, infraction_id: str) -> InfractionFound:
    question = GetInfraction(infraction_id=infraction_id).model_dump_json().encode()
    return InfractionFound.model_validate_json(
        (await to.client.request(subjects.QUERY_INFRACTION, question, timeout=30)).data
    )


async def said(connection: "asyncpg.Connection[asyncpg.Record]") -> str:
    rows = [await connection.fetch(f"select each::text as said from {table} each") for table in TABLES]
    return "\n".join(row["said"] for table in rows for row in table)


async def test_what_comes_behind_an_erasure_in_one_batch_is_kept(nats: NatsServer, database: Database) -> None:
    before, after = warning("Before"), warning("After")
    async with bus(nats) as to, service(nats, database):
        results = await to.send_all([before, erase(), after])
        assert [each.status for each in results] == ["applied"] * 3
        one, other = await found(to, before.infraction_id), await found(to, after.infraction_id)
        assert one.infraction
        assert (one.infraction.player_name, one.infraction.note) == (None, None)
        assert other.infraction
        assert (other.infraction.player_name, other.infraction.note) == ("After", "note of After")
    async with connected(database.admin_url) as connection:
        opened = (await personal.found(connection, MASTER_KEY, [STREAM])).opened
        assert {key: each.address for key, each in opened.items()} == {after.infraction_id: ADDRESS}
        assert "Before" not in await said(connection)
        await rebuild(database.admin_url, lambda _position, _head: None)
        text = await said(connection)
        assert "Before" not in text
        assert "note of After" in text
        assert (await verify(connection)).broken_at is None


async def test_a_change_behind_an_erasure_brings_nothing_back(nats: NatsServer, database: Database) -> None:
    first = warning("Before")
    async with bus(nats) as to, service(nats, database):
        await to.send_all([first, erase()])
        changes = InfractionChanges(category="grief")
        await to.send(AmendInfraction(**about(infraction_id=first.infraction_id, changes=changes)))
        result = (await found(to, first.infraction_id)).infraction
        assert result
        assert (result.category, result.player_name, result.note) == ("grief", None, None)
        question = GetCommand(command_id=first.command_id).model_dump_json().encode()
        reply = await to.client.request(subjects.QUERY_COMMAND, question, timeout=30)
        outcome = CommandFound.model_validate_json(reply.data).result
        assert outcome
        assert (outcome.status, outcome.infractions[0].player_name) == ("applied", None)


async def test_a_request_loses_the_name_and_the_published_events_go(nats: NatsServer, database: Database) -> None:
    named: dict[str, Any] = {"player": GRIEFER, "player_name": "Griefer der Erste", "address": sealed(ADDRESS)}
    request = OpenRequest(**about(request_id=new_short_id(), reason="flies", **named))
    warned = warning("Griefer der Erste")
    changes = InfractionChanges(note="Griefer der Erste flies")
    amended = AmendInfraction(**about(infraction_id=warned.infraction_id, changes=changes))
    other = issue("7", player_name="Somebody")
    async with bus(nats) as to, service(nats, database):
        jetstream = to.client.jetstream()
        for _ in range(FURTHER):
            await jetstream.publish(subjects.relayed_event("abuse.detected", other.token), b"{}")
        await to.events(FURTHER)
        results = await to.send_all([request, warned, amended, other, erase()])
        assert [each.status for each in results] == ["applied"] * 5

        async def left() -> bool:
            info = await jetstream.stream_info("EVENTS", subjects_filter=">")
            return set(info.state.subjects or {}) == {
                subjects.event("abuse.detected", other.token),
                subjects.event("infraction.issued", other.token),
                subjects.event("player.erased", GRIEFER.token),
            }

        await eventually(left)
    async with connected(database.admin_url) as connection:
        assert "Griefer der Erste" not in await said(connection)
        assert await connection.fetch("select person from person_keys") == []


async def test_outcomes_of_calls_lose_what_the_player_said_and_was_called(nats: NatsServer, database: Database) -> None:
    theirs = call(OURS, caller=GRIEFER, caller_name="Griefer", message="call me at Five-Five-Five", reported=OTHER)
    others = call(
        THEIRS, caller=OTHER, caller_name="Somebody", message="flies", reported=GRIEFER, reported_name="Der Erste"
    )
    taken = ClaimCall(**about(server_id=OURS, admin_name="Alyx"))
    async with bus(nats) as to, service(nats, database):
        results = await to.send_all([theirs, others, taken, erase()])
        assert [each.status for each in results] == ["applied"] * 4
        contents = []
        for each in (theirs, others, taken):
            question = GetCommand(command_id=each.command_id).model_dump_json().encode()
            reply = await to.client.request(subjects.QUERY_COMMAND, question, timeout=30)
            outcome = CommandFound.model_validate_json(reply.data).result
            assert outcome
            assert outcome.call
            contents.append(outcome.call.content)
    gone = {"caller_name": ERASED, "message": ERASED}
    assert contents == [
        theirs.content.model_copy(update=gone),
        others.content.model_copy(update={"reported_name": None}),
        theirs.content.model_copy(update=gone),
    ]
    async with connected(database.admin_url) as connection:
        text = await said(connection)
    assert [word for word in ("Five-Five-Five", "Der Erste") if word in text] == []
    assert "Somebody" in text
