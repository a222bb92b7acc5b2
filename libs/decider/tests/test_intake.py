"""Commands on real NATS, and what time alone brings about between them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from banstream_contracts import streams
from banstream_contracts.infraction_messages import COMMAND, AnyCommand
from banstream_contracts.results import CommandResult
from banstream_decider import intake
from banstream_decider.intake import Intake
from banstream_decider.ports import Decider, Received, Service
from banstream_runtime.streams import create_consumer
from banstream_runtime.tasks import ended
from banstream_testing.infractions import Bus, bus, issue
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

_PATIENCE_SECONDS = 20.0
NEVER, EVER = datetime.min.replace(tzinfo=UTC).timestamp(), datetime.max.replace(tzinfo=UTC).timestamp()


@dataclass
class EndlesslyDue:
    """Whenever it is asked, as many as it does at a time are due."""

    done: int = 0

    async def execute(self, received: Sequence[Received[AnyCommand]]) -> list[CommandResult]:
        return [
            CommandResult(command_id=each.command.command_id, status="applied", position=self.done) for each in received
        ]

    async def give_up(self, command: AnyCommand, reason: str) -> CommandResult:
        raise AssertionError(command, reason)  # nothing fails here

    async def do_due(self, _decided_until: datetime) -> int:
        await asyncio.sleep(0)
        self.done += 500
        return 500


@dataclass
class Heeding:
    """How many commands were decided when it was last asked what is due, and up to when all were said to be.

    And when each of them was stored.
    """

    decided: int = 0
    said: dict[int, datetime] = field(default_factory=dict)
    stored: list[datetime | None] = field(default_factory=list)

    async def execute(self, received: Sequence[Received[AnyCommand]]) -> list[CommandResult]:
        self.decided += len(received)
        self.stored += [each.stored_at for each in received]
        return [CommandResult(command_id=each.command.command_id, status="applied", position=1) for each in received]

    async def give_up(self, command: AnyCommand, reason: str) -> CommandResult:
        raise AssertionError(command, reason)  # nothing fails here

    async def do_due(self, decided_until: datetime) -> int:
        self.said[self.decided] = decided_until
        return 0


async def stored_at(to: Bus, sequence: int) -> float:
    stored = (await to.client.jetstream().get_msg(streams.COMMANDS, sequence)).time
    assert stored is not None
    return stored.timestamp()


def served_by(decider: Decider[AnyCommand], max_batch: int = 500) -> Service[AnyCommand]:
    return Service(
        streams.INFRACTIONS, streams.INFRACTIONS_INTAKE, COMMAND, lambda _writer: decider, lambda *_: (), max_batch
    )


async def test_a_command_is_decided_while_very_much_is_due(nats: NatsServer) -> None:
    decider = EndlesslyDue()
    service = served_by(decider)

    async def is_busy() -> bool:
        return decider.done > 0

    async with bus(nats) as to:
        await create_consumer(to.client, service.intake, 3.0)
        taking_in = asyncio.create_task(Intake(to.client, service, decider, lambda: None).run())
        await eventually(is_busy)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            results = [await to.send(issue(str(number))) for number in range(1, 4)]
        await ended(taking_in)
    assert [result.status for result in results] == ["applied"] * 3
    assert 0 < results[0].position < results[1].position < results[2].position


async def test_while_commands_wait_it_is_said_up_to_when_they_are_decided(
    nats: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was due later than that may still be put off by one that waits."""
    monkeypatch.setattr(intake, "_DUE_SECONDS", 0.0)
    decider = Heeding()

    async def are_all_decided() -> bool:
        return 5 in decider.said

    async with bus(nats) as to:
        for number in range(1, 6):
            await to.publish(issue(str(number)))
        stored = [await stored_at(to, sequence) for sequence in range(1, 6)]
        service = served_by(decider, max_batch=2)
        await create_consumer(to.client, service.intake, 3.0)
        taking_in = asyncio.create_task(Intake(to.client, service, decider, lambda: None).run())
        await eventually(are_all_decided)
        await ended(taking_in)
    said = {decided: until.timestamp() for decided, until in decider.said.items()}
    assert said.pop(0, NEVER) == NEVER
    assert said == pytest.approx({2: stored[1], 4: stored[3], 5: EVER}, abs=5e-6)
    assert [each and each.timestamp() for each in decider.stored] == pytest.approx(stored, abs=5e-6)


async def test_what_cannot_be_read_is_put_aside_once_and_answers_go_to_an_inbox_alone(nats: NatsServer) -> None:
    service = served_by(decider := Heeding())
    appended: list[int] = []
    async with bus(nats) as to:
        jetstream = to.client.jetstream()

        async def is_empty() -> bool:
            return (await jetstream.stream_info(streams.COMMANDS)).state.messages == 0

        await create_consumer(to.client, service.intake, 3.0)
        elsewhere = await to.client.subscribe("elsewhere")
        await jetstream.publish("banstream.command.infractions.x.y", b"{}")
        await to.publish(issue("1"), reply_to="elsewhere")
        taking_in = asyncio.create_task(
            Intake(to.client, service, decider, lambda: appended.append(decider.decided)).run()
        )
        assert (await to.send(issue("2"))).status == "applied"
        await eventually(is_empty)
        await ended(taking_in)
        assert (await jetstream.stream_info(streams.DEAD)).state.messages == 1
        assert (decider.decided, elsewhere.pending_msgs) == (2, 0)
        assert appended[-1] == decider.decided  # the relay waits for no timer
