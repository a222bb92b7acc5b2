"""Subscribers from outside read EVENTS and make consumers of their own, and that is all (ADR 0018, ADR 0035)."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from nats.aio.client import Client
from nats.js.api import ConsumerConfig

from banstream_contracts import permissions, streams, subjects, subscribers
from banstream_event_log.copies import purge_copy
from banstream_runtime.connection import connect
from banstream_runtime.streams import COPY, apply_streams, rebuild_streams
from banstream_testing.nats_cluster import HOSTS, NatsCluster, nats_cluster
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.integration

LAST = "nobody.may.do.this"
OWN = "$JS.API.CONSUMER.{}.EVENTS.bot"
EVENT = subjects.event("infraction.issued", "roblox=1")

FORBIDDEN = (
    EVENT,
    "banstream.log.infraction.issued.x",
    "banstream.command.infractions.x.y",
    "banstream.query.infractions.x",
    "$KV.restrictions.x",
    subjects.dead("infractions"),
    "_INBOX.subscriber-other.x",
    f"{subscribers.API}.STREAM.DELETE.EVENTS",
    f"{subscribers.ORIGIN_API}.CONSUMER.CREATE.EVENTS",
    *(f"$JS.API.STREAM.{verb}.EVENTS" for verb in ("CREATE", "UPDATE", "DELETE", "PURGE", "MSG.GET", "MSG.DELETE")),
    "$JS.API.STREAM.CREATE.OTHER",
    "$JS.API.STREAM.NAMES",
    "$JS.API.CONSUMER.NAMES.EVENTS",
    "$JS.API.CONSUMER.CREATE.EVENTS",
    *(f"$JS.API.CONSUMER.{verb}.EVENTS.other" for verb in ("CREATE", "DURABLE.CREATE", "INFO", "DELETE", "MSG.NEXT")),
    "$JS.API.CONSUMER.CREATE.EVENTS.other.banstream.event.>",
    "$JS.API.CONSUMER.DELETE.EVENTS.bot-6",
    "$JS.ACK.EVENTS.other.1.1.1.1.0",
    "$JS.ACK.COMMANDS.infractions.1.1.1.1.0",
    "$SYS.REQ.SERVER.PING",
)
TARGETS = ("CONSUMER.DELETE.EVENTS.other", "STREAM.PURGE.EVENTS", "STREAM.DELETE.EVENTS")
HEARD = (">", "banstream.>", subjects.EVENTS, "$JS.>", "$SYS.>", "_INBOX.>", "_INBOX.subscriber-other.>")


@pytest.fixture(scope="module")
def node() -> Iterator[NatsCluster]:
    """One server with the generated configuration and two subscribers."""
    with nats_cluster(["bot", "other"], HOSTS[:1]) as server:
        yield server


@pytest.fixture
async def operator(node: NatsCluster) -> AsyncIterator[Client]:
    """The operator, with streams and their copy made anew."""
    async with session(node, permissions.OPERATOR) as client:
        await apply_streams(client, copy=True)
        await rebuild_streams(client)
        await client.jetstream().purge_stream(streams.COMMANDS)
        yield client


@asynccontextmanager
async def session(node: NatsCluster, user: str, refused: list[str] | None = None) -> AsyncIterator[Client]:
    """A connection as a user, and what the server refuses on it."""
    client = await connect(node.settings(user), "test", timeout_seconds=30)

    async def keep(error: Exception) -> None:
        if refused is not None:
            refused.append(str(error).lower())

    client._error_cb = keep  # noqa: SLF001 - `connect` listens itself
    try:
        yield client
    finally:
        await client.close()


async def publish(client: Client, *bodies: str) -> None:
    """Events, each with an id; EVENTS has one writer, which here is the operator."""
    for body in bodies:
        await client.jetstream().publish(EVENT, json.dumps({"type": "infraction.issued", "n": body}).encode())


async def copied(client: Client, count: int) -> None:
    """Until the copy has so many messages."""

    async def has() -> bool:
        return bool((await ask(client, f"{subscribers.API}.STREAM.INFO.EVENTS"))["state"]["messages"] == count)

    await eventually(has)


async def ask(client: Client, subject: str, **request: Any) -> Any:
    """The answer of JetStream."""
    answer = await client.request(subject, json.dumps(request).encode() if request else b"", timeout=10)
    return json.loads(answer.data)


async def read(client: Client, name: str, count: int) -> list[str]:
    """What a durable consumer brings next."""
    pull = await client.jetstream().pull_subscribe(subjects.EVENTS, durable=name, stream=streams.EVENTS)
    found = []
    for message in await pull.fetch(count, timeout=30):
        await message.ack_sync()
        found.append(json.loads(message.data)["n"])
    await pull.unsubscribe()
    return found


async def test_each_consumer_is_a_cursor_of_its_own(node: NatsCluster, operator: Client) -> None:
    await publish(operator, "1", "2", "3")
    await copied(operator, 3)
    async with session(node, "subscriber-bot") as bot, session(node, "subscriber-other") as other:
        assert await read(bot, "bot", 1) == ["1"]
        assert await read(bot, "bot", 2) == ["2", "3"]
        assert await read(bot, "bot-5", 3) == ["1", "2", "3"]
        assert await read(other, "other", 3) == ["1", "2", "3"]
        assert (await ask(bot, OWN.format("DELETE")))["success"]
        assert await read(bot, "bot", 1) == ["1"]


async def test_everything_else_is_refused(node: NatsCluster, operator: Client) -> None:
    refused: list[str] = []
    await publish(operator, "1")
    async with session(node, "subscriber-bot", refused) as bot:
        for subject in HEARD:
            await bot.subscribe(subject)
        for subject in (*FORBIDDEN, LAST):
            await bot.publish(subject, b"")

        async def is_through() -> bool:
            return any(f'"{LAST}"' in each for each in refused)

        await eventually(is_through)
    for subject in (*FORBIDDEN, *HEARD):
        assert any(f'"{subject.lower()}"' in each for each in refused), subject


@pytest.mark.parametrize(
    "target", ["banstream.command.infractions.x.y", "$KV.restrictions.x"], ids=["command", "bucket"]
)
async def test_what_is_delivered_to_a_subject_of_the_services_never_arrives(
    node: NatsCluster, operator: Client, target: str
) -> None:
    """A consumer delivers where it is told, whatever its user may publish: only the account keeps it in."""
    before = await contents(operator)
    async with session(node, "subscriber-bot") as bot:
        made = await ask(bot, OWN.format("CREATE"), stream_name="EVENTS", config=pushing(target))
        assert "error" not in made
        await publish(operator, "1")
        assert await read(bot, "bot-2", 1) == ["1"]
        await publish(operator, "2")
        await bot.publish(OWN.format("MSG.NEXT") + "-2", b'{"batch":1}', reply=target)
        assert await read(bot, "bot-2", 1) == ["2"]
        assert await contents(operator) == {**before, streams.EVENTS: 2}


@pytest.mark.parametrize("verb", TARGETS)
@pytest.mark.parametrize(
    "pull", [{"batch": 1, "no_wait": True}, {"batch": 1, "expires": 100_000_000}], ids=["no-wait", "expired"]
)
async def test_a_status_without_a_body_is_no_request(
    node: NatsCluster, operator: Client, verb: str, pull: dict[str, Any]
) -> None:
    """A request to JetStream often needs no body, and a pull that brings nothing is answered without one."""
    await publish(operator, "1")
    await copied(operator, 1)
    async with session(node, "subscriber-bot") as bot, session(node, "subscriber-other") as other:
        assert await read(other, "other", 1) == ["1"]
        assert await read(bot, "bot", 1) == ["1"]
        heard = f"{permissions.inbox('subscriber-bot')}.heard"
        answers = await bot.subscribe(heard)
        for target in (f"$JS.API.{verb}", heard):
            await bot.publish(OWN.format("MSG.NEXT"), json.dumps(pull).encode(), reply=target)
        assert (await answers.next_msg(timeout=30)).data == b""
        await publish(operator, "2")
        await copied(operator, 2)
        assert await read(other, "other", 1) == ["2"]


async def test_a_consumer_may_bring_events_by_itself(node: NatsCluster, operator: Client) -> None:
    await publish(operator, "1", "2")
    async with session(node, "subscriber-bot") as bot:
        brought = await bot.jetstream().subscribe(
            subjects.EVENTS, durable="bot", stream=streams.EVENTS, config=ConsumerConfig(max_ack_pending=1)
        )
        for body in ("1", "2"):
            message = await brought.next_msg(timeout=30)
            assert json.loads(message.data)["n"] == body
            await message.ack_sync()
        await brought.unsubscribe()


@pytest.mark.parametrize("verb", TARGETS)
async def test_what_is_delivered_to_the_interface_of_jetstream_is_no_request(
    node: NatsCluster, operator: Client, verb: str
) -> None:
    await publish(operator, "1")
    async with session(node, "subscriber-bot") as bot, session(node, "subscriber-other") as other:
        assert await read(other, "other", 1) == ["1"]
        config = {**pushing(f"$JS.API.{verb}"), "headers_only": True}
        assert "error" not in await ask(bot, OWN.format("CREATE"), stream_name="EVENTS", config=config)
        await publish(operator, "2")
        assert await read(bot, "bot-2", 1) == ["1"]
        await bot.publish(OWN.format("MSG.NEXT") + "-2", b'{"batch":1}', reply=f"$JS.API.{verb}")
        assert await read(other, "other", 1) == ["2"]
        assert (await ask(bot, OWN.format("DELETE")))["success"]
    await copied(operator, 2)


async def test_the_copy_is_applied_once_and_made_anew_with_the_other_streams(
    node: NatsCluster, operator: Client
) -> None:
    await publish(operator, "old")
    await copied(operator, 1)
    assert await apply_streams(operator) == []
    await rebuild_streams(operator)
    await publish(operator, "new")
    async with session(node, "subscriber-bot") as bot:
        await copied(operator, 1)
        assert await read(bot, "bot", 1) == ["new"]


async def test_what_an_erasure_takes_out_of_events_leaves_the_copy(node: NatsCluster, operator: Client) -> None:
    """As infractions does it, with what that user may."""
    await publish(operator, "name", "name", "erasure")
    async with session(node, streams.INFRACTIONS) as service:
        await purge_copy(service.jetstream(), [EVENT], 3)
    await copied(operator, 1)
    async with session(node, "subscriber-bot") as bot:
        assert await read(bot, "bot", 1) == ["erasure"]


async def test_without_a_copy_an_erasure_has_nothing_to_take_out(node: NatsCluster, operator: Client) -> None:
    await ask(operator, f"{subscribers.API}.STREAM.DELETE.EVENTS")
    async with session(node, streams.INFRACTIONS) as service:
        await purge_copy(service.jetstream(), [EVENT], 3)


async def test_without_an_account_of_subscribers_neither(nats: NatsServer) -> None:
    client = await connect(nats.settings(streams.INFRACTIONS), "test", timeout_seconds=30)
    await purge_copy(client.jetstream(), [EVENT], 3)
    await client.close()
    assert nats.violations() == []


async def test_the_first_subscriber_needs_a_reload_and_no_restart() -> None:
    with nats_cluster([], HOSTS[:1]) as server:
        async with session(server, permissions.OPERATOR) as operator:
            assert COPY not in await apply_streams(operator)
            await publish(operator, "1")
            server.nodes[HOSTS[0]].allow(["bot"])

            async def has_reloaded() -> bool:
                return "Reloaded server configuration" in server.log()

            await eventually(has_reloaded)
            assert await apply_streams(operator, copy=True) == [COPY]
            await copied(operator, 1)
        async with session(server, "subscriber-bot") as bot:
            assert await read(bot, "bot", 1) == ["1"]


def pushing(target: str) -> dict[str, Any]:
    """A consumer that delivers to a subject."""
    return {"durable_name": "bot", "name": "bot", "ack_policy": "none", "deliver_subject": target}


async def contents(client: Client) -> dict[str, int]:
    """How many messages each stream of the services has."""
    return {str(info.config.name): info.state.messages for info in await client.jetstream().streams_info()}
