"""A command that its leader falls over: it is there again for the next one, wherever the first had come to."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from nats.errors import Error

from banstream_contracts import streams
from banstream_contracts.infraction_messages import COMMAND, AnyCommand
from banstream_contracts.results import CommandResult
from banstream_decider.frame import failed
from banstream_decider.intake import Intake
from banstream_decider.ports import Received, Service
from banstream_runtime.streams import create_consumer, delete_consumer
from banstream_testing.infractions import Bus, bus, issue
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

UNREADABLE = "banstream.command.infractions.x.y"


class Over(Exception):
    """Nothing more is to be done."""


@dataclass
class Stumbling:
    """Falls over each fault once, if at all, and stops when something was decided."""

    executing: list[Exception] = field(default_factory=list)
    giving_up: list[Exception] = field(default_factory=list)
    decided: int = 0

    async def execute(self, received: Sequence[Received[AnyCommand]]) -> list[CommandResult]:
        if self.executing:
            raise self.executing.pop()
        self.decided += len(received)
        return [CommandResult(command_id=each.command.command_id, status="applied", position=1) for each in received]

    async def give_up(self, command: AnyCommand, reason: str) -> CommandResult:
        if self.giving_up:
            raise self.giving_up.pop()
        self.decided += 1
        return failed(command, reason)

    async def do_due(self, _decided_until: datetime) -> int:
        if self.decided:
            raise Over
        return 0


@pytest.fixture
async def to(nats: NatsServer) -> AsyncIterator[Bus]:
    async with bus(nats) as made:
        yield made


async def lead(to: Bus, decider: Stumbling, until: type[Exception]) -> None:
    """One term, which begins as each does."""
    intake = streams.INFRACTIONS_INTAKE
    await delete_consumer(to.client, intake)
    await create_consumer(to.client, intake)
    service = Service(streams.INFRACTIONS, intake, COMMAND, lambda _writer: decider, lambda *_: ())
    with pytest.raises(until):
        await Intake(to.client, service, decider, lambda: None).run()


async def lead_to_the_end(to: Bus, decider: Stumbling) -> None:
    await lead(to, decider, until=Over)

    async def is_done() -> bool:
        return await kept(to, streams.COMMANDS) == 0

    await eventually(is_done)


async def kept(to: Bus, stream: str) -> int:
    return (await to.client.jetstream().stream_info(stream)).state.messages


@pytest.mark.parametrize("bugs", [0, 1], ids=["at once", "alone, after a bug in its batch"])
async def test_what_the_database_could_not_take_is_decided_in_the_next_term(to: Bus, bugs: int) -> None:
    decider = Stumbling(executing=[OSError(), *[ValueError("a bug")] * bugs])
    await to.publish(issue())
    await lead(to, decider, until=OSError)
    assert (await kept(to, streams.COMMANDS), await kept(to, streams.DEAD)) == (1, 0)
    await lead_to_the_end(to, decider)
    assert decider.decided == 1


async def test_what_was_put_aside_before_a_crash_is_put_aside_once(to: Bus) -> None:
    bug = ValueError("a bug")
    decider = Stumbling(executing=[bug, bug, bug, bug], giving_up=[OSError()])
    await to.publish(issue())
    await lead(to, decider, until=OSError)
    assert (await kept(to, streams.COMMANDS), await kept(to, streams.DEAD)) == (1, 1)
    await lead_to_the_end(to, decider)
    assert (decider.decided, await kept(to, streams.DEAD)) == (1, 1)


async def test_what_cannot_be_read_waits_while_nothing_can_be_put_aside(to: Bus) -> None:
    await to.client.jetstream().delete_stream(streams.DEAD)
    await to.client.jetstream().publish(UNREADABLE, b"{}")
    await lead(to, Stumbling(), until=Error)
    assert await kept(to, streams.COMMANDS) == 1
