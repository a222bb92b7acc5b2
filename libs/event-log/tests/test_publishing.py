"""Waiting for acknowledgements: as long as they come, and no longer."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from nats.js.errors import APIError

from banstream_event_log.publishing import OnlyWriter, Outgoing

MESSAGES = [Outgoing("banstream.log.infraction.issued.x", b"{}", {}) for _ in range(20)]
SILENCE_SECONDS = 0.1

Acknowledge = Callable[["asyncio.Future[None]", int], None]


class FakeJetStream:
    """Answers each message as it is told."""

    def __init__(self, acknowledge: Acknowledge) -> None:
        self.sequences: list[str] = []
        self._acknowledge = acknowledge

    async def send(self, _subject: str, _payload: bytes, headers: dict[str, str]) -> "asyncio.Future[None]":
        acknowledgement: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._acknowledge(acknowledgement, len(self.sequences))
        self.sequences.append(headers["Nats-Expected-Last-Sequence"])
        return acknowledgement


def writer(acknowledge: Acknowledge) -> tuple[OnlyWriter, FakeJetStream]:
    jetstream: Any = FakeJetStream(acknowledge)
    return OnlyWriter(jetstream, "INFRACTION_EVENTS", SILENCE_SECONDS, jetstream), jetstream


async def test_each_message_names_the_one_before_it() -> None:
    one, jetstream = writer(lambda acknowledgement, _: acknowledgement.set_result(None))
    await one.publish(MESSAGES)
    assert jetstream.sequences == [str(number) for number in range(len(MESSAGES))]


async def test_a_slow_disk_is_waited_for_as_long_as_it_goes_on() -> None:
    """All of them take five times as long as a silence may."""
    pause = SILENCE_SECONDS * 5 / len(MESSAGES)

    def late(acknowledgement: "asyncio.Future[None]", number: int) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(pause * (number + 1), acknowledgement.set_result, None)

    one, _ = writer(late)
    await one.publish(MESSAGES)


async def test_a_node_that_falls_silent_is_taken_for_dead() -> None:
    def only_the_first(acknowledgement: "asyncio.Future[None]", number: int) -> None:
        if number == 0:
            acknowledgement.set_result(None)

    one, _ = writer(only_the_first)
    with pytest.raises(TimeoutError, match="19 messages"):
        await one.publish(MESSAGES)


async def test_the_first_refusal_is_raised_and_those_behind_it_are_heard() -> None:
    """A failure that nobody looks at would be reported when it is collected, which fails a test."""

    def refused(acknowledgement: "asyncio.Future[None]", number: int) -> None:
        acknowledgement.set_exception(APIError(code=400, description=f"wrong last sequence {number}"))

    one, _ = writer(refused)
    with pytest.raises(APIError, match="wrong last sequence 0"):
        await one.publish(MESSAGES)
