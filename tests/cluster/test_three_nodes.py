"""Three NATS nodes with the generated configuration, the leader killed again and again while clients ban and check.

BANSTREAM_CLUSTER_KILLS says how often; `make cluster` kills five times.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import asyncpg
import pytest
import pytest_asyncio
from nats.aio.client import Client
from nats.errors import Error
from nats.js.api import StreamInfo

from banstream_contracts import headers, streams, subjects, subscribers
from banstream_runtime.connection import connect
from banstream_runtime.streams import COPY, apply_streams
from banstream_testing.nats_cluster import NatsCluster, nats_cluster
from banstream_testing.steps import ban, banstream, is_banned, somebody
from banstream_testing.system import System, running_system
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

KILLS = int(os.environ.get("BANSTREAM_CLUSTER_KILLS", "2"))
CLIENTS, CHECKERS, GATEWAYS = 8, 4, 2
QUIET_BANS = 300
OUTSIDER = "mirrorbot"
PAUSE_SECONDS = 0.02


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system() -> AsyncIterator[System]:
    """Everything on a cluster, which a subscriber from outside reads too."""
    async with running_system(GATEWAYS, servers=partial(nats_cluster, [OUTSIDER])) as running:
        client = await operator(running)
        assert await apply_streams(client, copy=True) == [COPY]
        await client.close()
        yield running


@dataclass
class Load:
    """Clients that ban somebody new each time, repeating what is not accepted, and others that only check."""

    system: System
    known: str
    accepted: list[tuple[str, int]] = field(default_factory=list)
    refused: int = 0
    checks: list[float] = field(default_factory=list)
    is_over: bool = False

    async def run(self) -> None:
        """Until `is_over`; whoever has begun a ban then goes on until it is accepted."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(CLIENTS):
                tasks.create_task(self._ban(number % GATEWAYS))
            for number in range(CHECKERS):
                tasks.create_task(self._check(number % GATEWAYS))

    async def _ban(self, gateway: int) -> None:
        while not self.is_over:
            player = somebody()
            while not await self._accepts(player, gateway):
                self.refused += 1
                await asyncio.sleep(PAUSE_SECONDS)

    async def _accepts(self, player: str, gateway: int) -> bool:
        """One try, always with the same key."""
        answer = await ban(self.system, player, gateway=gateway, key=f"ban {player}")
        assert answer.status in {200, 201, 202, 503}, answer
        if answer.status == 503:
            assert "retry-after" in answer.headers
            return False
        self.accepted.append((player, answer.status))
        return True

    async def _check(self, gateway: int) -> None:
        while not self.is_over:
            began = time.perf_counter()
            assert await is_banned(self.system, self.known, gateway=gateway)
            self.checks.append(time.perf_counter() - began)
            await asyncio.sleep(PAUSE_SECONDS)

    async def more(self, count: int) -> None:
        """Until so many more bans were accepted than by now."""
        goal = len(self.accepted) + count

        async def reached() -> bool:
            return len(self.accepted) >= goal

        await eventually(reached, 60)


@dataclass
class Outage:
    """What one kill did: seconds until a ban was accepted again."""

    node: str
    seconds: float


async def test_no_command_is_lost_or_doubled_when_leaders_die(
    system: System, record_property: Callable[[str, object], None]
) -> None:
    load = Load(system, somebody())
    assert (await ban(system, load.known)).status == 201
    await known_to_all(system, load.known)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(load.run())
        await load.more(QUIET_BANS)
        quiet, load.checks = load.checks, []
        outages = [await kill_leader(system, load) for _ in range(KILLS)]
        load.is_over = True
    figures = {
        "accepted": len(load.accepted),
        "unconfirmed": sum(status == 202 for _, status in load.accepted),
        "refused and repeated": load.refused,
        "checks": len(quiet) + len(load.checks),
        "check p99 ms quiet": f"{p99(quiet):.1f}",
        "check p99 ms with kills": f"{p99(load.checks):.1f}",
        "seconds without writes": ", ".join(f"{each.seconds:.1f}" for each in outages),
    }
    for name, value in figures.items():
        record_property(name, value)
        sys.stdout.write(f"{name}: {value}\n")

    await everything_is_decided(system, load)
    assert await bans_in_the_log(system) == dict.fromkeys([load.known, *(player for player, _ in load.accepted)], 1)
    events = await published(system)
    assert events == await logged(system)
    assert await heard_outside(system) == events
    verified = await banstream(system, "log", "verify", "--json")
    assert verified.code == 0, verified


def p99(seconds: Sequence[float]) -> float:
    """In milliseconds."""
    return sorted(seconds)[int(len(seconds) * 0.99)] * 1000


async def known_to_all(system: System, player: str) -> None:
    """Until every gateway refuses the player."""

    async def are_in_step() -> bool:
        return all([await is_banned(system, player, gateway=number) for number in range(GATEWAYS)])

    await eventually(are_in_step)


async def kill_leader(system: System, load: Load) -> Outage:
    """Kill the node that leads COMMANDS; it comes back when bans are accepted again without it."""
    cluster = system.nats
    assert isinstance(cluster, NatsCluster)
    name = await leader_of(system, streams.COMMANDS)
    cluster.nodes[name].kill()
    began = time.perf_counter()
    await load.more(CLIENTS)  # as many could have been on their way
    await load.more(1)
    outage = Outage(name, time.perf_counter() - began)
    cluster.nodes[name].start()

    async def has_caught_up() -> bool:
        return cluster.nodes[name].has_caught_up

    await eventually(has_caught_up)
    return outage


async def leader_of(system: System, stream: str) -> str:
    """The node that leads a stream."""
    client = await operator(system)
    try:

        async def leader() -> str | None:
            cluster = (await info_of(client, stream)).cluster
            return cluster.leader if cluster else None

        return await eventually(leader)
    finally:
        await client.close()


async def operator(system: System) -> Client:
    """A connection that may do everything."""
    return await connect(system.nats.settings(), "test", timeout_seconds=30)


async def info_of(client: Client, stream: str) -> StreamInfo:
    """Asked again while nodes elect a leader and nobody answers."""

    async def info() -> StreamInfo | None:
        with suppress(Error):
            return await client.jetstream().stream_info(stream)
        return None

    return await eventually(info)


async def everything_is_decided(system: System, load: Load) -> None:
    """Also what was answered 202."""

    async def is_decided() -> bool:
        return len(await bans_in_the_log(system)) >= len(load.accepted) + 1

    await eventually(is_decided, 60)


async def bans_in_the_log(system: System) -> dict[str, int]:
    """How often each player was banned."""
    connection = await asyncpg.connect(system.admin_database_url)
    try:
        rows = await connection.fetch(
            "select stream, count(*) from infractions.event_log where type = 'infraction.issued' group by stream"
        )
    finally:
        await connection.close()
    return {str(row["stream"]).rpartition("=")[2].rpartition(":")[2]: row["count"] for row in rows}


async def logged(system: System) -> list[str]:
    """The events of the log of infractions, in order."""
    connection = await asyncpg.connect(system.admin_database_url)
    try:
        rows = await connection.fetch("select event_id from infractions.event_log order by position")
    finally:
        await connection.close()
    return [str(row["event_id"]) for row in rows]


async def published(system: System) -> list[str]:
    """The events of infractions on EVENTS, in order, once there are as many as the log has."""
    client = await operator(system)
    expected = len(await logged(system))
    try:

        async def are_all_there() -> bool:
            return (await info_of(client, streams.EVENTS)).state.messages >= expected

        await eventually(are_all_there)
        count = (await info_of(client, streams.EVENTS)).state.messages
        subscription = await client.jetstream().subscribe(subjects.EVENTS, ordered_consumer=True)
        return event_ids([(await subscription.next_msg(30)).headers or {} for _ in range(count)])
    finally:
        await client.close()


async def heard_outside(system: System) -> list[str]:
    """What the subscriber reads from its copy with a durable consumer, until it has all that EVENTS has."""
    count = await messages_on_events(system)
    client = await connect(system.nats.settings(subscribers.user_of(OUTSIDER)), "subscriber", timeout_seconds=30)
    found: list[dict[str, str]] = []
    try:

        async def copied() -> bool:
            return (await info_of(client, streams.EVENTS)).state.messages >= count

        await eventually(copied)
        pull = await client.jetstream().pull_subscribe(subjects.EVENTS, durable=OUTSIDER, stream=streams.EVENTS)
        while len(found) < count:
            for message in await pull.fetch(min(100, count - len(found)), timeout=30):
                await message.ack()
                found.append(message.headers or {})
        return event_ids(found)
    finally:
        await client.close()


async def messages_on_events(system: System) -> int:
    """How many there are."""
    client = await operator(system)
    try:
        return (await info_of(client, streams.EVENTS)).state.messages
    finally:
        await client.close()


def event_ids(found: Sequence[dict[str, str]]) -> list[str]:
    """Those of infractions' log."""
    ours = [each for each in found if each[headers.EVENT_SOURCE] == headers.SOURCE_INFRACTIONS]
    return [each[headers.EVENT_ID] for each in ours]
