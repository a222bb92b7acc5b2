"""What NATS answers about the consumer of one target is of that one, and no answer is not taken for another one."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import nats.errors
import pytest
from nats.aio.client import Client

from banstream_decider import event_consumers
from banstream_decider.event_consumers import Withheld
from banstream_runtime.streams import StreamsNotApplied

SPEC = event_consumers.spec_of("notifier", "a" * 24)
NOT_FOUND = {"error": {"code": 404, "description": "consumer not found"}}
AWAY = {"error": {"code": 503, "description": "JetStream system temporarily unavailable"}}


@dataclass
class Answering:
    """A client to whom NATS answers all the same, or nothing."""

    answer: dict[str, Any] | None
    asked: list[str] = field(default_factory=list)

    async def request(self, subject: str, _payload: bytes, **_: float) -> Any:
        self.asked.append(subject.split(".")[2] + "." + subject.split(".")[3])
        if self.answer is None:
            raise nats.errors.TimeoutError
        return SimpleNamespace(data=json.dumps(self.answer).encode())


def client(answering: Answering) -> Client:
    return cast("Client", answering)


async def keep(to: Client) -> None:
    await event_consumers.keep(to, SPEC, ["a"], event_consumers.behind(1))


async def make_anew(to: Client) -> None:
    await event_consumers.make_anew(to, SPEC, ["a"], event_consumers.behind(1))


async def remove(to: Client) -> None:
    await event_consumers.remove(to, "notifier", "a" * 24)


async def test_a_consumer_is_there_or_is_not_found() -> None:
    assert await event_consumers.exists(client(Answering({"name": SPEC.name})), SPEC)
    assert not await event_consumers.exists(client(Answering(NOT_FOUND)), SPEC)


async def test_any_other_error_does_not_say_that_it_is_there() -> None:
    with pytest.raises(StreamsNotApplied, match="temporarily unavailable"):
        await event_consumers.exists(client(Answering(AWAY)), SPEC)


@pytest.mark.parametrize("answer", [AWAY, None], ids=["refused", "silent"])
@pytest.mark.parametrize("use", [keep, make_anew, remove], ids=["keep", "make-anew", "remove"])
async def test_what_nats_does_not_do_is_withheld_from_this_target(
    use: Callable[[Client], Awaitable[None]], answer: dict[str, Any] | None
) -> None:
    with pytest.raises(Withheld, match="temporarily unavailable" if answer else "did not answer"):
        await use(client(Answering(answer)))


async def test_removing_what_is_not_there_is_no_fault() -> None:
    to = Answering(NOT_FOUND)
    await remove(client(to))
    assert to.asked == ["CONSUMER.DELETE"]
