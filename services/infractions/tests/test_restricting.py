"""What restricts somebody is the same wherever it is asked for: log, read model, rebuild, decisions and bucket."""

import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import orjson
import pytest
from services.infractions.tests.any_commands import ADDRESSES, PLAYERS, AnyCommands
from services.infractions.tests.scenes import PLAYER, START, about
from services.infractions.tests.test_long_streams import deciding
from services.infractions.tests.test_rebuilding import held, ignored
from services.infractions.tests.test_standing_documents import BAN

from banstream_contracts import streams
from banstream_contracts.commands.infractions import AmendInfraction, InfractionChanges
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Infraction, Lifetime, Punishment, Status
from banstream_contracts.players import address_token
from banstream_decider import rebuilding
from banstream_decider.ports import Received
from banstream_event_log import log
from banstream_event_log.connections import Connection
from banstream_infractions.domain.batch import known_of
from banstream_infractions.domain.concerns import whose
from banstream_infractions.domain.infraction_states import standing_of
from banstream_infractions.domain.restricting import IN_FORCE, RESTRICTING, at_address, restricts
from banstream_infractions.domain.sought import Sought
from banstream_infractions.operations import ROLE, SCHEMA
from banstream_infractions.postgres import PostgresStore
from banstream_infractions.read_models import documents, projection, rebuild
from banstream_infractions.read_models.standing_documents import standing_document
from banstream_infractions.sinks.buckets import RestrictionsBucket
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus
from banstream_testing.servers import NatsServer

KEYS = {
    **{player.token: whose(player, None) for player in PLAYERS},
    **{address_token(each.hash): whose(None, each.hash) for each in ADDRESSES},
}
"""KV keys, and the streams of these."""
MOMENT = timedelta(microseconds=1)
ODD_CHANGES: tuple[dict[str, Any], ...] = (
    {"duration_seconds": 1},
    {"duration_seconds": None},
    {"time_left_seconds": 0},
    {"time_left_seconds": 60},
    {"lifetime": Lifetime.SESSION},
    {"punishments": ()},
    {"punishments": (Punishment.BAN,)},
    {"address_expires_at": START + timedelta(hours=1)},
    {"address_expires_at": None},
)
"""Ends that have passed, nothing left, and to and from what restricts nobody."""
CONDITIONS = {"restricts": f"({') or ('.join(RESTRICTING)})", "in force": IN_FORCE.replace("now()", "$1")}


async def ids_where(connection: Connection, condition: str, now: datetime) -> set[str]:
    rows = await connection.fetch(f"select id, $1::timestamptz from infractions where {condition}", now)
    return {row["id"] for row in rows}


async def test_rows_say_what_models_say_at_every_moment(database: Database) -> None:
    ways = product(Status, Lifetime, ((), (Punishment.BAN,)), (None, START), (None, 0, 1))
    infractions = [
        BAN.model_copy(
            update={
                "id": f"{number:024x}",
                "player": PLAYER,
                "status": status,
                "lifetime": lifetime,
                "punishments": punishments,
                "expires_at": expires_at,
                "time_left_seconds": time_left,
            }
        )
        for number, (status, lifetime, punishments, expires_at, time_left) in enumerate(ways)
    ]
    async with connected(database.service_url, SCHEMA) as connection:
        await projection.put_infractions(connection, infractions)
        assert await ids_where(connection, CONDITIONS["restricts"], START) == ids(filter(restricts, infractions))
        for now in (START - MOMENT, START, START + MOMENT):
            in_force = ids(each for each in infractions if each.is_in_force(now))
            assert await ids_where(connection, CONDITIONS["in force"], now) == in_force
        both = " and ".join(f"({condition})" for condition in RESTRICTING)
        assert await ids_where(connection, both, START) == set()


def ids(infractions: Iterable[Infraction]) -> set[str]:
    return {each.id for each in infractions}


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_everybody_says_the_same(nats: NatsServer, database: Database, seed: int) -> None:
    commands = AnyCommands(random.Random(seed))  # noqa: S311 - the same each time
    async with bus(nats) as to, connected(database.service_url, SCHEMA) as connection:
        bucket = RestrictionsBucket(to.client.jetstream(), connection)
        reached = await bucket.resume()
        store = PostgresStore(connection, longest=1)
        batch, odd = commands.first(), 0
        for _ in range(60):
            decider = deciding(store, commands.now)
            await decider.execute([Received(command) for command in batch])
            await agree(connection, commands.now)
            await decider.do_due(commands.now)
            infractions = await agree(connection, commands.now)
            await bucket.begin(events := await log.read_opened(connection, reached, 1000))
            await bucket.finish()
            reached = events[-1].position if events else reached
            for key, standing in (await projection.standings(connection, list(KEYS))).items():
                entry = await to.entry(streams.RESTRICTIONS_BUCKET, key) or {}
                assert entry.get("restrictions", []) == as_document(standing)["restrictions"], key
            batch = [next_of(commands, infractions) for _ in range(commands.chance.randrange(1, 5))]
            odd += sum(isinstance(each, AmendInfraction) for each in batch)
        assert odd > len(ODD_CHANGES)
        before = await held(connection)
    await rebuilding.rebuild(
        *(database.admin_url, SCHEMA, ROLE, rebuild.TABLES, rebuild.apply, ignored), *(7, rebuild.FILLING, 1)
    )
    async with connected(database.service_url, SCHEMA) as connection:
        assert await held(connection) == before
        await agree(connection, commands.now)


def next_of(commands: AnyCommands, infractions: Sequence[Infraction]) -> AnyCommand:
    if commands.chance.random() < 0.6 or not infractions:
        return commands.next()
    changes = InfractionChanges(**commands.chance.choice(ODD_CHANGES))
    infraction_id = commands.chance.choice(infractions).id
    return AmendInfraction(**about(commands.now, infraction_id=infraction_id, changes=changes))


async def agree(connection: Connection, now: datetime) -> list[Infraction]:
    """Compare all that tell; returns the infractions as the log makes them."""
    histories = await log.load(connection, KEYS.values())
    infractions = [
        infraction for history in histories.values() for infraction in known_of(history).record.infractions.values()
    ]
    head = await log.head(connection)
    _, rows = await projection.restricting(connection, list(KEYS))
    standings = await projection.standings(connection, list(KEYS))
    known = await documents.known(connection, KEYS.values(), Sought(), longest=1)
    for key, stream in KEYS.items():
        of_key = [each for each in infractions if key in keys_of(each)]
        of_key = [*map(at_address, of_key)] if stream.startswith("address:") else of_key
        assert standings[key] == standing_of(head, of_key)
        assert standing_document(head, rows[key]) == as_document(standings[key])
        decided_on = filter(restricts, known[stream].record.infractions.values())
        assert ids(decided_on) == ids(filter(restricts, (each for each in of_key if stream_of(each) == stream)))
    ends = {each.expires_at for each in infractions if each.expires_at}
    for moment in {now, *(end + step for end in ends for step in (-MOMENT, MOMENT * 0, MOMENT))}:
        in_force = ids(each for each in infractions if each.is_in_force(moment))
        assert await ids_where(connection, CONDITIONS["in force"], moment) == in_force
    assert ids(each for each in infractions if each.is_in_force(now) and each.punishments) <= ids(
        filter(restricts, infractions)
    )
    return infractions


def stream_of(infraction: Infraction) -> str:
    return whose(infraction.player, infraction.address_hash)


def keys_of(infraction: Infraction) -> list[str]:
    address = infraction.address_hash
    return [*([infraction.player.token] if infraction.player else []), *([address_token(address)] if address else [])]


def as_document(standing: Any) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(standing.model_dump_json(exclude_none=True))
    return document
