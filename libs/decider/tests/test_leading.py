"""What a leader makes sure of before it decides: that its log goes on where what was told of it ends."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import ConsumerInfo
from nats.js.errors import NotFoundError

from banstream_cli.stack.nats_server import find_nats_server
from banstream_contracts import headers, streams, subjects
from banstream_contracts.infraction_messages import COMMAND, AnyCommand
from banstream_contracts.results import CommandResult
from banstream_decider.leader import Leader
from banstream_decider.ports import Received, Service
from banstream_event_log.chain import GENESIS, link
from banstream_event_log.events import LoggedEvent
from banstream_event_log.relay import remembered_position
from banstream_runtime.connection import NatsSettings, connect
from banstream_runtime.streams import delete_consumer, rebuild_streams
from banstream_runtime.tasks import ended
from banstream_testing.event_logs import NOW, append_all, connected, event
from banstream_testing.fixtures import Database
from banstream_testing.infractions import RESTRICTIONS, bus
from banstream_testing.servers import NatsServer, free_port
from banstream_testing.waiting import eventually

NOT_NOW = {"error": {"code": 503, "err_code": 10008, "description": "JetStream system temporarily unavailable"}}
NOT_THERE = {"error": {"code": 404, "err_code": 10059, "description": "stream not found"}}
TIMES = 2
_OF_THE_SERVICE = (
    "from pg_stat_activity where datname = current_database() and application_name like 'banstream infractions %'"
)
CONNECTIONS = f"select count(*) {_OF_THE_SERVICE}"
END_WHO_HAS_THE_LOCK = """
    select pg_terminate_backend(pid) from pg_locks join pg_stat_activity using (pid)
    where locktype = 'advisory' and granted and datname = current_database()
"""
TRIES = f"select pid {_OF_THE_SERVICE} and application_name like '% writer'"
LOOKS_AT_ITS_END = f"select query_start {_OF_THE_SERVICE} and query like '%max(position)%'"
END_OF_LOG = f"STREAM.INFO.{streams.INFRACTION_EVENTS}"
TAKE_OVER = f"CONSUMER.DELETE.{streams.COMMANDS}.{streams.INFRACTIONS}"


class Idle:
    """Decides nothing."""

    async def execute(self, received: Sequence[Received[AnyCommand]]) -> list[CommandResult]:
        raise AssertionError(received)

    async def give_up(self, command: AnyCommand, reason: str) -> CommandResult:
        raise AssertionError(command, reason)

    async def do_due(self, _decided_until: datetime) -> int:
        return 0


@dataclass
class Told:
    """A sink that keeps what it was given."""

    turns: int = 0
    events: list[LoggedEvent] = field(default_factory=list)

    async def resume(self) -> int:
        return 0

    async def deliver(self, events: Sequence[LoggedEvent]) -> None:
        self.turns += 1
        self.events += events


def served(sink: Told) -> Service[AnyCommand]:
    return Service(streams.INFRACTIONS, streams.INFRACTIONS_INTAKE, COMMAND, lambda _writer: Idle(), lambda *_: [sink])


@asynccontextmanager
async def leading(
    database: Database, client: Client, service: Service[AnyCommand]
) -> AsyncIterator[Leader[AnyCommand]]:
    """One that tries to."""
    leader = Leader(database.service_url, service)
    running = asyncio.create_task(leader.run(client))
    yield leader
    leader.stop()
    await ended(running)


@asynccontextmanager
async def without_jetstream() -> AsyncIterator[Client]:
    """A connection to a server on which others can answer in JetStream's place."""
    port = free_port()
    server = await asyncio.create_subprocess_exec(str(find_nats_server(None)), "-a", "127.0.0.1", "-p", str(port))
    try:
        client = await connect(NatsSettings(nats_url=f"nats://127.0.0.1:{port}"), "test", timeout_seconds=30)
        yield client
        await client.close()
    finally:
        server.terminate()
        await server.wait()


async def seen(admin: "asyncpg.Connection[asyncpg.Record]", what: str, times: int) -> None:
    """Wait until so many different values of what a query tells of the connections of the service were there."""
    found: set[object] = set()

    async def are_so_many() -> bool:
        found.update(row[0] for row in await admin.fetch(what))
        return len(found) >= times

    await eventually(are_so_many)


async def test_nothing_is_decided_while_a_bucket_tells_of_more_than_the_log_holds(
    nats: NatsServer, database: Database
) -> None:
    """The stream itself forgets what it has told, and gets it last."""
    async with bus(nats) as to, connected(database.admin_url) as admin:
        await to.client.jetstream().publish(subjects.entry(RESTRICTIONS, streams.POSITION_KEY), b"3")
        async with leading(database, to.client, served(Told())) as leader:

            async def is_leading() -> bool:
                return leader.is_leading

            await seen(admin, LOOKS_AT_ITS_END, TIMES)
            assert not leader.is_leading
            await rebuild_streams(to.client)
            await eventually(is_leading)


async def test_who_is_not_told_where_it_ends_does_not_lead(database: Database) -> None:
    """A stream that has no leader yet, such as after a power cut that an older copy of Postgres came out of."""
    asked: list[str] = []
    async with without_jetstream() as client:

        async def answer(message: Msg) -> None:
            operation = message.subject.removeprefix("$JS.API.")
            asked.append(operation)
            is_away = operation == END_OF_LOG and asked.count(operation) <= TIMES
            found = NOT_NOW if is_away else NOT_THERE if operation.startswith("STREAM.") else {}
            await message.respond(json.dumps(found).encode())

        async def is_taken_over() -> bool:
            return TAKE_OVER in asked

        for operation in ("STREAM.>", TAKE_OVER):
            await client.subscribe(f"$JS.API.{operation}", cb=answer)
        async with leading(database, client, served(Told())):
            await eventually(is_taken_over)
            assert asked[: asked.index(TAKE_OVER)].count(END_OF_LOG) > TIMES


async def lose_connection(leader: Leader[AnyCommand], _client: Client) -> None:
    leader.cut()


async def lose_consumer(_leader: Leader[AnyCommand], client: Client) -> None:
    await delete_consumer(client, streams.INFRACTIONS_INTAKE)


@pytest.mark.parametrize("lose", [lose_connection, lose_consumer])
async def test_who_has_lost_something_takes_the_consumer_over_anew_and_leaves_no_connection_behind(
    nats: NatsServer, database: Database, lose: Callable[[Leader[AnyCommand], Client], Awaitable[None]]
) -> None:
    """With new connections, since the lock is free only when the one that held it is closed."""
    async with bus(nats) as to, leading(database, to.client, served(Told())) as leader:

        async def made_at() -> object:
            info = await found_consumer(to.client)
            return info.created if info and leader.is_leading else None

        first = await eventually(made_at)

        async def is_made_anew() -> bool:
            return await made_at() not in {None, first}

        await lose(leader, to.client)
        await eventually(is_made_anew)
        async with connected(database.admin_url) as admin:

            async def are_two() -> bool:
                return bool(await admin.fetchval(CONNECTIONS) == len(["writer", "relay"]))

            await eventually(are_two)


async def found_consumer(client: Client) -> ConsumerInfo | None:
    with suppress(NotFoundError):
        info: ConsumerInfo = await client.jetstream().consumer_info(streams.COMMANDS, streams.INFRACTIONS)
        return info
    return None


async def test_who_lost_the_lock_unnoticed_stops_when_another_takes_the_consumer_over(
    nats: NatsServer, database: Database
) -> None:
    """Its connection is gone, and it has had no command since that would have told."""
    async with (
        bus(nats) as to,
        connected(database.admin_url) as admin,
        leading(database, to.client, served(Told())) as first,
    ):

        async def leads() -> bool:
            return first.is_leading

        await eventually(leads)
        async with leading(database, to.client, served(Told())) as second:
            await admin.execute(END_WHO_HAS_THE_LOCK)

            async def has_taken_over() -> bool:
                return second.is_leading and not first.is_leading

            await eventually(has_taken_over)


async def test_who_cannot_write_takes_nothing_from_whoever_can(nats: NatsServer, database: Database) -> None:
    """A replica gives the lock too, to who comes to it while another process leads on the new primary."""
    is_read_only = f"alter database {database.admin_url.rsplit('/', 1)[1]} set default_transaction_read_only"
    async with bus(nats) as to, connected(database.admin_url) as admin:
        before = await found_consumer(to.client)
        await admin.execute(f"{is_read_only} to on")
        async with leading(database, to.client, served(Told())) as leader:

            async def is_leading() -> bool:
                return leader.is_leading

            await seen(admin, TRIES, TIMES)
            found = await found_consumer(to.client)
            assert found is not None
            assert before is not None
            assert found.created == before.created
            await admin.execute(f"{is_read_only} to off")
            await eventually(is_leading)


async def test_how_far_the_relay_has_come_is_kept(nats: NatsServer, database: Database) -> None:
    await append_all(database.service_url, event(), event(version=2))
    async with (
        bus(nats) as to,
        connected(database.service_url) as log,
        leading(database, to.client, served(Told())),
    ):

        async def is_kept() -> bool:
            return await remembered_position(log, headers.source(streams.INFRACTIONS)) == 2

        await eventually(is_kept)


async def test_what_an_earlier_term_has_left_is_told_to_nobody(nats: NatsServer, database: Database) -> None:
    """It may be of a Postgres that another one has taken the place of, and that lagged behind it."""
    lost = event()
    service = served(sink := Told())
    service.fresh.put([link(lost, 1, NOW, GENESIS)], [lost])
    async with bus(nats) as to, leading(database, to.client, service):

        async def has_had_a_turn() -> bool:
            return sink.turns > 0

        await eventually(has_had_a_turn)
        assert sink.events == []
