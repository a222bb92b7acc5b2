"""Waiting for acknowledgements: as long as they come, and no longer."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from nats.js.errors import APIError

from banstream_event_log.publishing import Misplaced, OnlyWriter, Outgoing

MESSAGES = [Outgoing("banstream.log.infraction.issued.x", b"{}", {}) for _ in range(20)]
ASKED = [0, 16, 19]
"""The first, some, and the last: those whose acknowledgement is asked for."""
WINDOW = 257
"""Of 256 messages, and the one that asks whether it is full."""
SILENCE_SECONDS = 0.1

Acknowledge = Callable[["asyncio.Future[int]", int], None]


class FakeJetStream:
    """Answers each message that asks as it is told."""

    def __init__(self, acknowledge: Acknowledge) -> None:
        self.sequences: list[str] = []
        self.asked: list[int] = []
        self._acknowledge = acknowledge

    async def send(self, subject: str, payload: bytes, headers: dict[str, str]) -> "asyncio.Future[int]":
        acknowledgement: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._acknowledge(acknowledgement, len(self.sequences))
        self.asked.append(len(self.sequences))
        await self.post(subject, payload, headers)
        return acknowledgement

    async def post(self, _subject: str, _payload: bytes, headers: dict[str, str]) -> None:
        self.sequences.append(headers["Nats-Expected-Last-Sequence"])

    async def stream_info(self, _stream: str) -> Any:
        """An empty stream."""
        return SimpleNamespace(state=SimpleNamespace(last_seq=0))


async def writer(acknowledge: Acknowledge) -> tuple[OnlyWriter, FakeJetStream]:
    jetstream: Any = FakeJetStream(acknowledge)
    one = OnlyWriter(jetstream, "INFRACTION_EVENTS", SILENCE_SECONDS, jetstream)
    await one.open()
    return one, jetstream


def stored(acknowledgement: "asyncio.Future[int]", number: int) -> None:
    """At its place: sequences count from 1."""
    acknowledgement.set_result(number + 1)


async def test_each_message_names_the_one_before_it() -> None:
    one, jetstream = await writer(stored)
    await one.publish(MESSAGES)
    assert jetstream.sequences == [str(number) for number in range(len(MESSAGES))]


async def test_a_slow_disk_is_waited_for_as_long_as_it_goes_on() -> None:
    """All of them take five times as long as a silence may."""
    messages = MESSAGES * 8
    pause = SILENCE_SECONDS * 5 / len(messages)
    loop = asyncio.get_running_loop()
    began = loop.time()

    def late(acknowledgement: "asyncio.Future[int]", number: int) -> None:
        loop.call_at(began + pause * (number + 1), stored, acknowledgement, number)

    one, _ = await writer(late)
    await one.publish(messages)


async def test_a_node_that_falls_silent_is_taken_for_dead() -> None:
    def only_the_first(acknowledgement: "asyncio.Future[int]", number: int) -> None:
        if number == 0:
            stored(acknowledgement, number)

    one, _ = await writer(only_the_first)
    with pytest.raises(TimeoutError, match="19 messages"):
        await one.publish(MESSAGES)


async def test_no_more_is_on_its_way_than_a_window() -> None:
    one, jetstream = await writer(lambda _acknowledgement, _number: None)
    with pytest.raises(TimeoutError, match=f"{WINDOW} messages"):
        await one.publish(MESSAGES * 20)
    assert len(jetstream.sequences) == WINDOW


async def test_the_first_refusal_is_raised_and_those_behind_it_are_heard() -> None:
    """A failure that nobody looks at would be reported when it is collected, which fails a test."""

    def refused(acknowledgement: "asyncio.Future[int]", number: int) -> None:
        acknowledgement.set_exception(APIError(code=400, description=f"wrong last sequence {number}"))

    one, _ = await writer(refused)
    with pytest.raises(APIError, match="wrong last sequence 0"):
        await one.publish(MESSAGES)


async def test_one_of_some_is_acknowledged_and_the_first_and_the_last() -> None:
    one, jetstream = await writer(stored)
    await one.publish(MESSAGES)
    assert jetstream.asked == ASKED
    await one.publish(MESSAGES[:1])
    assert jetstream.asked == [*ASKED, len(MESSAGES)]


async def test_what_is_stored_elsewhere_tells_nothing_of_those_before_it() -> None:
    """A cluster may take a message in and then lose it: what follows is stored in its place."""
    one, _ = await writer(lambda acknowledgement, number: stored(acknowledgement, max(number - 1, 0)))
    with pytest.raises(Misplaced, match="stored as 16 where 17"):
        await one.publish(MESSAGES)
