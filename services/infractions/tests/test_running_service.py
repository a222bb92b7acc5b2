"""The service against a real NATS server and a real Postgres."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from banstream_contracts import headers, streams, subjects
from banstream_contracts.commands.credentials import CreateCredential
from banstream_contracts.commands.encoding import encoded
from banstream_contracts.commands.infractions import (
    AmendInfraction,
    InfractionChanges,
    LiftInfraction,
    ReinstateInfraction,
)
from banstream_contracts.infractions import Lifetime, Punishment
from banstream_contracts.players import address_token
from banstream_contracts.sealed import SealedAddress
from banstream_event_log.log import walk
from banstream_event_log.verification import verify
from banstream_infractions.operations import rebuild
from banstream_privacy.addresses import address_hash
from banstream_privacy.transit import seal, sealing_public_key
from banstream_privacy.vault import unlock, unwrap
from banstream_runtime.identifiers import new_id, new_short_id
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MASTER_KEY, MODERATOR, RESTRICTIONS, Bus, bus, issue, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

ADDRESS = "192.0.2.77"
ADDRESS_HASH = address_hash(b"k" * 32, ADDRESS)


def about(infraction_id: str) -> dict[str, Any]:
    return {
        "command_id": new_id(),
        "issued_at": datetime.now(UTC),
        "actor": MODERATOR,
        "correlation_id": new_id(),
        "infraction_id": infraction_id,
    }


def sealed_address() -> SealedAddress:
    return SealedAddress(hash=ADDRESS_HASH, sealed=seal(sealing_public_key(MASTER_KEY), ADDRESS))


async def query(to: Bus, subject: str, **values: Any) -> Any:
    reply = await to.client.request(subject, json.dumps(values).encode(), timeout=30)
    assert headers.QUERY_ERROR not in (reply.headers or {})
    return json.loads(reply.data)


async def dead_letters(to: Bus) -> int:
    info = await to.client.jetstream().stream_info(streams.DEAD)
    return info.state.messages


async def restricted(to: Bus, key: str) -> list[str] | None:
    entry = await to.entry(RESTRICTIONS, key)
    return None if entry is None else [each["infraction_id"] for each in entry["restrictions"]]


async def test_a_ban_reaches_the_log_the_stream_and_the_restrictions(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        command = issue("77")
        result = await to.send(command)
        assert (result.status, result.position) == ("applied", 1)
        assert [r.infraction_id for r in result.standings["roblox=77"].restrictions] == [command.infraction_id]
        (event,) = await to.events(1)
        assert event.subject == "banstream.event.infraction.issued.roblox=77"
        assert event.headers is not None
        assert event.headers["ce-type"] == "banstream.infraction.issued"
        await eventually(lambda: restricted(to, "roblox=77"))
        found = await query(to, subjects.QUERY_INFRACTION, infraction_id=command.infraction_id)
        assert found["infraction"]["status"] == "active"


async def test_a_command_sent_again_after_a_restart_has_its_first_result(nats: NatsServer, database: Database) -> None:
    command = issue()
    async with bus(nats) as to:
        async with service(nats, database):
            first = await to.send(command)
            await to.send(issue("2"))
        await to.client.jetstream().purge_stream(streams.COMMANDS)
        async with service(nats, database):
            inbox = to.client.new_inbox()
            replies = await to.client.subscribe(inbox)
            await to.client.jetstream().publish(
                subjects.command(command), encoded(command), headers={headers.REPLY_TO: inbox}
            )
            again = type(first).model_validate_json((await replies.next_msg(60)).data)
        assert again.model_copy(update={"standings": {}}) == first.model_copy(update={"standings": {}})
    async with connected(database.service_url) as connection:
        assert len([event async for event in walk(connection)]) == 2


async def test_the_same_command_twice_in_one_batch_happens_once(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to:
        command = issue()
        for _ in range(2):
            await to.client.jetstream().publish(subjects.command(command), encoded(command))
        async with service(nats, database):
            await to.send(issue("2"))
    async with connected(database.service_url) as connection:
        assert len([event async for event in walk(connection)]) == 2


async def test_commands_that_waited_are_applied_in_order(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to:
        ban = issue()
        lift = LiftInfraction(**about(ban.infraction_id), reason="mistake")
        back = ReinstateInfraction(**about(ban.infraction_id), reason="no mistake")
        for command in (ban, lift, back):
            await to.publish(command)
        async with service(nats, database):
            types = [json.loads(event.data)["type"] for event in await to.events(3)]
        assert types == ["infraction.issued", "infraction.lifted", "infraction.reinstated"]


@pytest.mark.parametrize("poison", [b"", b"\xff\x00", b"{}", b'{"type": "issue_infraction"}', b"[" * 5000, b'"' * 9])
async def test_poison_is_put_aside_alone(nats: NatsServer, database: Database, poison: bytes) -> None:
    async with bus(nats) as to:
        await to.publish(issue("1"))
        await to.client.jetstream().publish("banstream.command.infractions.x.y", poison)
        async with service(nats, database):
            assert (await to.send(issue("2"))).position == 2
            assert await dead_letters(to) == 1
        letter = await to.client.jetstream().get_last_msg(streams.DEAD, subjects.dead(streams.INFRACTIONS))
        assert (letter.data or b"") == poison
        assert letter.headers is not None
        assert re.match(r"unreadable: \w", letter.headers[headers.DEAD_REASON])
        assert letter.headers[headers.DEAD_SUBJECT] == "banstream.command.infractions.x.y"

        async def is_empty() -> bool:
            return (await to.client.jetstream().stream_info(streams.COMMANDS)).state.messages == 0

        await eventually(is_empty)


@pytest.mark.parametrize("size", [1024 * 1024 - 200, 900_000])
async def test_poison_of_any_size_and_with_any_header_stops_nobody(
    nats: NatsServer, database: Database, size: int
) -> None:
    async with bus(nats) as to, service(nats, database):
        await to.client.jetstream().publish(
            "banstream.command.infractions.x.y", b"x" * size, headers={"Nats-Expected-Stream": streams.COMMANDS}
        )
        assert (await to.send(issue("2"))).position == 1
        assert await dead_letters(to) == 1


async def test_a_command_that_cannot_be_handled_is_put_aside_alone(nats: NatsServer, database: Database) -> None:
    """Its address was sealed for somebody else."""
    foreign = SealedAddress(hash=ADDRESS_HASH, sealed=seal(sealing_public_key(bytes(32)), ADDRESS))
    async with bus(nats) as to:
        bad = issue("1", address=foreign)
        good = issue("2")
        await to.publish(good)
        async with service(nats, database):
            result = await to.send(bad)
            assert result.refusal is not None
            assert result.refusal.code == "failed"
            await eventually(lambda: restricted(to, "roblox=2"))
            assert await dead_letters(to) == 1
            letter = await to.client.jetstream().get_last_msg(streams.DEAD, subjects.dead(streams.INFRACTIONS))
            assert "none of the keys" in (letter.headers or {})[headers.DEAD_REASON]
            repaired = bad.model_copy(update={"address": sealed_address()})
            await to.client.jetstream().publish(subjects.command(repaired), encoded(repaired))
            await eventually(lambda: restricted(to, "roblox=1"))


async def test_the_raw_address_is_sealed_and_nowhere_else(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to:
        seen: list[bytes] = []

        async def overhear(message: Any) -> None:
            seen.append(str((message.subject, message.headers)).encode() + message.data)

        await to.client.subscribe(">", cb=overhear)
        async with service(nats, database):
            command = issue("1", address=sealed_address(), player_name="somebody")
            assert (await to.send(command)).status == "applied"
            await eventually(lambda: restricted(to, "roblox=1"))
            await eventually(lambda: restricted(to, address_token(ADDRESS_HASH)))
            await to.events(1)
        assert seen
        assert not [message for message in seen if ADDRESS.encode() in message]
    async with connected(database.service_url) as connection:
        row = await connection.fetchrow("select stream, data, data::text as text from event_log")
        assert row is not None
        assert ADDRESS not in row["text"]
        wrapped = await connection.fetchval("select wrapped from person_keys where person = $1", row["stream"])
        key = unwrap(MASTER_KEY, row["stream"], wrapped)
        assert unlock(key, row["stream"], row["data"]["sealed_address"]) == ADDRESS


async def test_a_sealed_name_is_kept_under_the_persons_key_and_not_published(
    nats: NatsServer, database: Database
) -> None:
    async with bus(nats) as to, service(nats, database):
        name = seal(sealing_public_key(MASTER_KEY), "somebody")
        assert (await to.send(issue("1", sealed_name=name))).status == "applied"
        assert "sealed_name" not in json.loads((await to.events(1))[0].data)
    async with connected(database.service_url) as connection:
        row = await connection.fetchrow("select stream, data from event_log")
        assert row is not None
        wrapped = await connection.fetchval("select wrapped from person_keys where person = $1", row["stream"])
        key = unwrap(MASTER_KEY, row["stream"], wrapped)
        assert unlock(key, row["stream"], row["data"]["sealed_name"]) == "somebody"


async def test_an_address_can_be_banned_without_a_player(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        result = await to.send(issue(player=None, address=sealed_address()))
        assert list(result.standings) == [address_token(ADDRESS_HASH)]


async def test_a_timed_ban_ends_with_an_event_and_clears_the_restriction(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        past = datetime.now(UTC) - timedelta(seconds=30)
        await to.send(issue("1", lifetime=Lifetime.TIMED, duration_seconds=31, issued_at=past))
        events = await to.events(2)
        assert json.loads(events[1].data)["type"] == "infraction.expired"

        async def is_cleared() -> bool:
            return await restricted(to, "roblox=1") == []

        await eventually(is_cleared)


async def test_private_fields_stay_in_the_log(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        command = issue("1", note="seen by us only", address=sealed_address())
        await to.send(command)
        changes = InfractionChanges(note="still ours", reason="public")
        await to.send(AmendInfraction(**about(command.infraction_id), changes=changes))
        for event in await to.events(2):
            body = json.loads(event.data)
            assert not {"note", "sealed_address", "sealed_name"} & body.keys()
            assert "ours" not in event.data.decode()


async def test_a_credential_is_kept_for_gateways_by_its_hash_alone(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        values = about("0" * 24)
        del values["infraction_id"]
        credential_id = new_short_id()
        await to.send(
            CreateCredential(
                **values,
                credential_id=credential_id,
                kind="server",
                name="eu-1",
                scopes=("check",),
                key_hash="ab" * 32,
            )
        )

        async def entry() -> Any:
            return await to.entry(streams.CREDENTIALS_BUCKET, credential_id)

        assert (await eventually(entry))["key_hash"] == "ab" * 32
        assert b"ab" * 32 not in (await to.events(1))[0].data


async def test_a_new_event_stream_gets_the_whole_log_again(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        await to.send_all([issue(str(n)) for n in range(1, 30)])
        before = [event.data for event in await to.events(29)]
    async with bus(nats) as to, service(nats, database):
        assert [event.data for event in await to.events(29)] == before
        await eventually(lambda: restricted(to, "roblox=7"))


async def test_rebuilt_read_models_equal_those_before(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        bans = [issue(str(n % 7 + 1), punishments=(Punishment.BAN, Punishment.CHAT_BLOCK)) for n in range(1, 60)]
        await to.send_all(bans)
        await to.send_all([LiftInfraction(**about(ban.infraction_id), reason="x") for ban in bans[::3]])
        before = await read_models(database)
        schema = await indexes(database)
        writing = asyncio.create_task(to.send_all([issue(str(n)) for n in range(100, 200)]))
        await rebuild(database.admin_url)
        assert all(result.status == "applied" for result in await writing)
        assert (await to.send(issue("500"))).status == "applied"
        assert len(await read_models(database)) == len(before) + 101
        assert await indexes(database) == schema
        kept = await read_models(database)
        await rebuild(database.admin_url)
        assert await read_models(database) == kept


async def read_models(database: Database) -> list[asyncpg.Record]:
    async with connected(database.service_url) as connection:
        return await connection.fetch("select * from infractions order by id")


async def indexes(database: Database) -> list[asyncpg.Record]:
    async with connected(database.service_url) as connection:
        return await connection.fetch(
            "select indexname, indexdef from pg_indexes where schemaname = 'infractions' order by indexname"
        )


async def test_the_chain_is_whole_after_all_kinds_of_events(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        ban = issue("1", evidence="é" * 500, address=sealed_address())
        await to.send(ban)
        await to.send(AmendInfraction(**about(ban.infraction_id), changes=InfractionChanges(duration_seconds=None)))
        await to.send(LiftInfraction(**about(ban.infraction_id), reason="日本"))
        await to.send(ReinstateInfraction(**about(ban.infraction_id), reason="x"))
    async with connected(database.service_url) as connection:
        verified = await verify(connection)
    assert (verified.broken_at, verified.events) == (None, 3)
