"""What `banstream doctor` makes of what a service says of its log; a stand-in says it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

import pytest
from cli.tests.conftest import Run
from cli.tests.test_doctor_of_keys_and_commands import check
from nats.aio.client import Client
from nats.aio.msg import Msg

from banstream_contracts import streams, subjects
from banstream_contracts.queries.query import ServiceStatus

Said: TypeAlias = Callable[[int], bytes]
"""The answer to a question, by how many were asked before."""


def status(head: int, relayed: int) -> bytes:
    return ServiceStatus(head=head, relayed=relayed, leading=True, schema_version=1).model_dump_json().encode()


@asynccontextmanager
async def notifier_that_says(client: Client, said: Said) -> AsyncIterator[None]:
    asked = 0

    async def answer(message: Msg) -> None:
        nonlocal asked
        await message.respond(said(asked))
        asked += 1

    subscription = await client.subscribe(subjects.QUERY_NOTIFIER_STATUS, cb=answer)
    await client.flush()
    yield
    await subscription.unsubscribe()


@pytest.mark.parametrize(
    ("said", "state", "seen"),
    [
        (lambda asked: status(2000, 1000 + asked), "ok", "position 2000, 999 events behind"),
        (lambda asked: status(2001, 1000 + asked), "wrong", "position 2001, 1000 events behind"),
        (lambda _asked: status(2, 1), "wrong", "position 2, 1 events behind and none published meanwhile"),
        (lambda _asked: b"", "wrong", "notifier cannot read its database"),
    ],
    ids=["going on", "far behind", "still", "no database"],
)
async def test_a_relay_is_told_by_what_its_service_says(
    bus: Client, run: Run, said: Said, state: str, seen: str
) -> None:
    async with notifier_that_says(bus, said):
        assert (await check(run, "relay of notifier"))[:2] == (state, seen)


async def test_a_service_that_takes_questions_and_answers_none_is_told(bus: Client, run: Run) -> None:
    subscription = await bus.subscribe(subjects.QUERY_NOTIFIER_STATUS)
    await bus.flush()
    assert (await check(run, "relay of notifier"))[1] == "notifier does not answer"
    await subscription.unsubscribe()


async def test_a_stream_that_is_missing_is_left_to_its_own_check(bus: Client, run: Run) -> None:
    await bus.jetstream().delete_stream(streams.EVENTS_OF[streams.NOTIFIER])
    async with notifier_that_says(bus, lambda _asked: status(1, 1)):
        assert await check(run, "relay of notifier") == ("ok", "position 1, 0 events behind", "")


async def test_a_check_that_breaks_hides_no_other(bus: Client, run: Run) -> None:
    async with notifier_that_says(bus, lambda _asked: b"{}"):
        outcome = await run("doctor", "--json")
    found = {each["check"]: each for each in outcome.json["checks"]}
    assert found["relay of notifier"]["todo"] == "report this as a bug"
    assert found["NATS"]["state"] == "ok"
