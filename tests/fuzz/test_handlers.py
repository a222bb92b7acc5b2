"""Arbitrary bytes on every subject that a service listens to: put aside with a reason, and the next message is handled.

`BANSTREAM_FUZZ_EXAMPLES` is how many rounds of each kind are thrown, by chance then; without it two, always the same.
"""

import asyncio
import json
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import psutil
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from nats.aio.client import Client
from nats.errors import Error
from pydantic import ValidationError
from tests.fuzz.spoiled import noise, spoiled

from banstream_contracts import headers, streams, subjects
from banstream_contracts.documents.catalogue import COMMAND_MODELS, Kind, Message, messages
from banstream_contracts.entries import ENTRIES
from banstream_contracts.events.event import Event
from banstream_contracts.notifier_targets import TargetKind
from banstream_contracts.queries.table import QUERIES
from banstream_runtime.connection import connect
from banstream_runtime.identifiers import new_id
from banstream_testing.abuse import incident, report
from banstream_testing.dayz_feed import local_login, new_source
from banstream_testing.ftp_sync import dayz, dayz_ban, local_place, new_ban_file
from banstream_testing.infractions import Bus, issue
from banstream_testing.notifier import Receiver, new_target
from banstream_testing.steps import is_banned, somebody
from banstream_testing.system import System
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]

CHOSEN = os.environ.get("BANSTREAM_FUZZ_EXAMPLES")
FUZZ = settings(
    max_examples=int(CHOSEN or 2),
    derandomize=not CHOSEN,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
BY_KIND = {kind: [each for each in messages() if each.kind is kind] for kind in Kind}
REPLIES = ("", "_INBOX.a", "_INBOX.", "_INBOX.a b", "_INBOX.>", "_INBOX..", "x y", "banstream.dead.x")
JUNK = ("", "x", "-1", "1.5", "\u00b2", "99999999999999999999x", "[]", "a b")
REST_SECONDS = 60.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def bus(system: System) -> AsyncIterator[Bus]:
    client = await connect(system.nats.settings(), "fuzz", timeout_seconds=30)
    yield Bus(client)
    await client.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(bus: Bus) -> AsyncIterator[Receiver]:
    """A webhook that everything of infractions is told to."""
    async with Receiver().listening() as receiver:
        target = new_target(receiver.url, TargetKind.WEBHOOK)
        assert (await bus.send(target)).status == "applied"
        yield receiver


@pytest.fixture(autouse=True)
def nobody_ends(system: System) -> Any:
    pids = [service.pid for service in system.services]
    yield
    ended = [each.name for each in system.services if psutil.Process(each.pid).status() == psutil.STATUS_ZOMBIE]
    assert not ended
    assert [service.pid for service in system.services] == pids


def thrown(random: Random, kind: Kind) -> list[tuple[Message, bytes]]:
    """A spoiled one of every message of a kind, in any order."""
    made = [(each, spoiled(random, each.example_json)) for each in BY_KIND[kind]]
    random.shuffle(made)
    return made


async def dead(client: Client) -> Counter[str]:
    info = await client.jetstream().stream_info(streams.DEAD, subjects_filter=subjects.DEAD)
    return Counter(info.state.subjects or {})


@FUZZ
@given(st.integers(0, 2**32))
async def test_what_is_no_command_is_put_aside_and_the_next_is_decided(bus: Bus, told: Receiver, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - to be repeated, not to be secret
    before, unreadable = await dead(bus.client), Counter[str]()
    for message, payload in thrown(random, Kind.COMMAND):
        example: Any = message.example
        sent = {headers.REPLY_TO: random.choice(REPLIES)}
        await bus.client.jetstream().publish(subjects.command(example), payload, headers=sent)
        unreadable[subjects.dead(example.service)] += not can_read(message, payload)
    for service in {model.service for model in COMMAND_MODELS}:
        await bus.client.jetstream().publish(f"banstream.command.{service}.x.y", noise(random))
        unreadable[subjects.dead(service)] += 1
    for command in good_commands(told):
        assert await outcome(bus, command) == "applied"

    async def nothing_waits() -> bool:
        return (await bus.client.jetstream().stream_info(streams.COMMANDS)).state.messages == 0

    await eventually(nothing_waits, REST_SECONDS)
    after = await dead(bus.client)
    assert all(after[name] - before[name] >= count for name, count in unreadable.items()), (before, after, unreadable)


def can_read(message: Message, payload: bytes) -> bool:
    with suppress(ValidationError):
        message.read(payload)
        return True
    return False


async def outcome(bus: Bus, command: Any) -> str:
    """Of a good command; what it is called where nobody decides it."""
    with suppress(TimeoutError):
        return (await asyncio.wait_for(bus.send(command), REST_SECONDS)).status
    return f"{command.type} is not decided"


def good_commands(told: Receiver) -> list[Any]:
    """One for each service."""
    return [issue(somebody()), report(incident()), new_target(told.url, TargetKind.WEBHOOK), new_source(local_login())]


@FUZZ
@given(st.integers(0, 2**32))
async def test_what_is_no_question_is_answered_with_an_error_and_the_next_with_an_answer(bus: Bus, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - to be repeated, not to be secret
    examples = {each.model: each.example_json for each in BY_KIND[Kind.QUERY]}

    async def ask(subject: str, payload: bytes, reply: Any) -> None:
        try:
            answer = await bus.client.request(subject, payload, timeout=REST_SECONDS)
        except Error as error:
            raise AssertionError(f"{subject}: {error}: {payload[:200]!r}") from error
        if headers.QUERY_ERROR not in (answer.headers or {}):
            reply.model_validate_json(answer.data)

    asked = [
        ask(spec.subject, payload, spec.reply)
        for spec in QUERIES
        for payload in (noise(random), noise(random), *(spoiled(random, examples[spec.query]) for _ in range(4)))
    ]
    await asyncio.gather(*asked)
    for spec in QUERIES:
        if spec.subject.endswith(".status"):
            answer = await bus.client.request(spec.subject, b"{}", timeout=REST_SECONDS)
            assert headers.QUERY_ERROR not in (answer.headers or {}), spec.subject


@FUZZ
@given(st.integers(0, 2**32))
async def test_what_is_no_event_stops_nobody_who_follows(
    system: System, bus: Bus, told: Receiver, folder: Path, seed: int
) -> None:
    random = Random(seed)  # noqa: S311 - to be repeated, not to be secret
    file = folder / f"{new_id()}.txt"
    assert await outcome(bus, new_ban_file(local_place(file))) == "applied"
    for message, payload in thrown(random, Kind.EVENT):
        example: Any = message.example
        subject = subjects.event(message.name, example.token)
        await bus.client.jetstream().publish(subject, payload, headers=event_headers(random, example, message.name))
    number = int(somebody())
    assert await outcome(bus, dayz_ban(number)) == "applied"

    async def all_know() -> bool:
        lines = file.read_text() if file.exists() else ""
        return dayz(number).id in lines and any(f"reason {number}" in json.dumps(each) for each in told.events)

    await eventually(all_know, REST_SECONDS)

    left: list[str] = []

    async def all_is_handled() -> bool:
        left[:] = await unhandled(bus.client)
        return not left

    with suppress(AssertionError):
        await eventually(all_is_handled, REST_SECONDS)
    assert not left
    await eventually(lambda: feed_has(system, dayz(number).id), REST_SECONDS)


def event_headers(random: Random, example: Event, name: str) -> dict[str, str]:
    """As a relay sends them, or with one of them junk or gone, or none at all."""
    right = headers.cloud_event(
        event_id=new_id(),
        event_type=name,
        source=headers.source(example.service),
        subject=example.stream,
        occurred_at=example.occurred_at,
        position=1,
    )
    chosen = random.choice(sorted(right))
    without = {key: value for key, value in right.items() if key != chosen}
    return random.choice([right, right, without, {**right, chosen: random.choice(JUNK)}, {}])


async def unhandled(client: Client) -> list[str]:
    """Durable consumers of EVENTS that have not taken everything, or to which some of it is to be delivered again."""
    return [
        f"{info.name}: {info.num_pending} pending, {info.num_ack_pending} not acknowledged"
        for info in await client.jetstream().consumers_info(streams.EVENTS)
        if info.config.durable_name and (info.num_pending or info.num_ack_pending)
    ]


async def feed_has(system: System, player_id: str) -> bool:
    url = f"{system.url}/v1/feed/snapshot"
    async with system.http.get(url, headers=system.headers()) as answer:
        return player_id in await answer.text()


@settings(FUZZ, max_examples=max(1, FUZZ.max_examples // 2))
@given(st.integers(0, 2**32))
async def test_what_is_no_entry_of_a_bucket_stops_nobody_who_watches(system: System, bus: Bus, seed: int) -> None:
    """But for how far the log is: nobody but infractions writes that, and a lie about it is another matter.

    All at once: whatever another writes into a bucket makes its only writer begin anew, which takes a second or so.
    """
    random = Random(seed)  # noqa: S311 - to be repeated, not to be secret
    examples = {each.model: each.example_json for each in BY_KIND[Kind.ENTRY]}
    entries = [
        (subjects.entry(spec.bucket, new_id().hex[:24]), spoiled(random, examples[spec.value]))
        for spec in ENTRIES
        for _ in range(0 if spec.key == streams.POSITION_KEY else 4)
    ]
    await asyncio.gather(*(bus.client.jetstream().publish(*entry) for entry in entries))
    player = somebody()
    assert await outcome(bus, issue(player)) == "applied"
    await eventually(lambda: is_banned(system, player), REST_SECONDS)
