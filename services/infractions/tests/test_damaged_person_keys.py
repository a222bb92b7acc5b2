"""The key of what gateways sealed of one person is damaged: their bans hold, and what comes is kept for good."""

import json

import asyncpg
import pytest
from prometheus_client import REGISTRY
from services.infractions.tests.appeal_commands import APPEAL, answer, appeal
from services.infractions.tests.ban_list_commands import ADDRESS, OTHER_ADDRESS, minecraft_ban, request_for, sealed

from banstream_contracts import headers, streams
from banstream_contracts.commands.infractions import IssueInfraction
from banstream_contracts.players import address_token
from banstream_contracts.queries.search import GetPersonal
from banstream_contracts.subjects import QUERY_APPEAL
from banstream_infractions import operations
from banstream_infractions.personal import Personal, found
from banstream_infractions.queries.personal_reads import PersonalReads
from banstream_privacy.key_ring import KeyRing
from banstream_privacy.sharing import opened
from banstream_privacy.transit import seal, sealing_public_key
from banstream_privacy.vault import unwrap, wrap
from banstream_runtime.identifiers import new_id
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MASTER_KEY, Bus, bus, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

NAME, PERSON = "before", "player:minecraft:before"
AWAY = b"l" * 32
CONSOLES_KEY = b"c" * 32
DAMAGED = {"none": b"", "cut short": bytes(59), "of a master key that is away": wrap(AWAY, PERSON, b"p" * 32)}
PUT_BACK = """
    update person_keys set wrapped = substr(wrapped, 1, length(wrapped) - length(wrapped) % 60) || $2::bytea
    where person = $1
"""
"""As docs/operations.md has it."""

NEW = {"command_id": new_id(), "infraction_id": "e" * 24}


def not_opened() -> float:
    return REGISTRY.get_sample_value("banstream_keys_not_opened_total", {"keys": "person"}) or 0


async def damaged(connection: "asyncpg.Connection[asyncpg.Record]", wrapped: bytes) -> bytes:
    """What was there."""
    kept: bytes = await connection.fetchval("select wrapped from person_keys where person = $1", PERSON)
    await connection.execute("update person_keys set wrapped = $2 where person = $1", PERSON, wrapped)
    return kept


async def addresses(connection: "asyncpg.Connection[asyncpg.Record]", *bans: IssueInfraction) -> list[str | None]:
    opened = (await found(connection, MASTER_KEY, [PERSON])).opened
    return [opened.get(each.infraction_id, Personal()).address for each in bans]


async def texts(to: Bus) -> list[str | None]:
    reply = await to.client.request(QUERY_APPEAL, json.dumps({"appeal_id": APPEAL}).encode(), timeout=30)
    assert headers.QUERY_ERROR not in (reply.headers or {})
    return [each.get("text") for each in json.loads(reply.data)["appeal"]["answers"]]


@pytest.mark.parametrize("how", DAMAGED)
async def test_a_ban_holds_though_the_key_of_its_person_does_not_open(
    nats: NatsServer, database: Database, how: str
) -> None:
    before, other = minecraft_ban(NAME, address=sealed(ADDRESS)), minecraft_ban("other", address=sealed(ADDRESS))
    meanwhile = minecraft_ban(NAME, address=sealed(OTHER_ADDRESS))
    later = minecraft_ban(NAME, address=sealed(OTHER_ADDRESS))
    async with bus(nats) as to, service(nats, database), connected(database.admin_url) as connection:
        await to.send_all([before, other])
        await eventually(lambda: is_listed(to, other))
        told, kept = not_opened(), await damaged(connection, DAMAGED[how])
        assert (await to.send(request_for(NAME, sealed(ADDRESS)))).status == "applied"
        assert not_opened() == told + 1
        results = await to.send_all([meanwhile, other.model_copy(update=NEW)])
        assert [each.status for each in results] == ["applied"] * 2
        token = address_token(meanwhile.address.hash) if meanwhile.address else ""
        await eventually(lambda: holds(to, token, meanwhile.infraction_id))
        assert await addresses(connection, before, meanwhile) == [None, OTHER_ADDRESS]
        assert (await to.send(later)).status == "applied"
        await connection.execute(PUT_BACK, PERSON, kept)
        assert await addresses(connection, before, meanwhile, later) == [ADDRESS, OTHER_ADDRESS, OTHER_ADDRESS]


async def is_listed(to: Bus, ban: IssueInfraction) -> bool:
    return await to.entry(streams.BAN_LIST_BUCKET, ban.infraction_id) is not None


async def holds(to: Bus, key: str, infraction_id: str) -> bool:
    entry = await to.entry(streams.RESTRICTIONS_BUCKET, key)
    return bool(entry) and infraction_id in {each["infraction_id"] for each in entry["restrictions"]}


async def test_what_came_while_a_master_key_was_away_opens_with_what_was_there_once_it_is_back(
    nats: NatsServer, database: Database
) -> None:
    before, other = minecraft_ban(NAME, address=sealed(ADDRESS)), minecraft_ban("other", address=sealed(ADDRESS))
    meanwhile = minecraft_ban(NAME, address=sealed(OTHER_ADDRESS))
    async with bus(nats) as to, service(nats, database), connected(database.admin_url) as connection:
        await to.send_all([before, other])
        kept = unwrap(MASTER_KEY, PERSON, await damaged(connection, b""))
        await damaged(connection, wrap(AWAY, PERSON, kept))
        assert (await to.send(meanwhile)).status == "applied"
        ring = KeyRing(MASTER_KEY, AWAY)
        opened = (await found(connection, ring, [PERSON])).opened
        assert {each.address for each in opened.values()} == {ADDRESS, OTHER_ADDRESS}
        done = await operations.rewrap(database.admin_url, ring)
        assert (done.persons, done.rewrapped, done.unreadable) == (2, 1, 0)
        assert await addresses(connection, before, meanwhile) == [ADDRESS, OTHER_ADDRESS]


async def test_staff_are_shown_what_opens_of_a_player(nats: NatsServer, database: Database) -> None:
    before, meanwhile = minecraft_ban(NAME, address=sealed(ADDRESS)), minecraft_ban(NAME, address=sealed(OTHER_ADDRESS))
    asked = GetPersonal(player=before.player, asked_by=before.actor)
    async with bus(nats) as to, service(nats, database), connected(database.admin_url) as connection:
        await to.send(before)
        await damaged(connection, DAMAGED["none"])
        await to.send(meanwhile)
    async with asyncpg.create_pool(database.service_url) as pool:
        shown = await PersonalReads(pool, MASTER_KEY, CONSOLES_KEY).personal(asked)
    (record,) = shown.items
    assert record.infraction_id == meanwhile.infraction_id
    assert opened(CONSOLES_KEY, record.infraction_id, record.sealed_address or "") == OTHER_ADDRESS


async def test_an_appeal_goes_on_though_what_was_said_before_does_not_open(
    nats: NatsServer, database: Database
) -> None:
    public = sealing_public_key(MASTER_KEY)
    ban = minecraft_ban(NAME)
    async with bus(nats) as to, service(nats, database), connected(database.admin_url) as connection:
        opened = appeal(infraction_id=ban.infraction_id, sealed_text=seal(public, "not me"))
        await to.send_all([ban, opened])
        assert await texts(to) == ["not me"]
        await damaged(connection, DAMAGED["cut short"])
        assert await texts(to) == [None]
        said = answer().model_copy(update={"sealed_text": seal(public, "still not me")})
        assert (await to.send(said)).status == "applied"
        assert await texts(to) == [None, "still not me"]
