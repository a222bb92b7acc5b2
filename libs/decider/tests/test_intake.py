"""Commands on real NATS, and what time alone brings about between them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from banstream_contracts import streams
from banstream_contracts.infraction_messages import COMMAND, AnyCommand
from banstream_contracts.results import CommandResult
from banstream_decider.intake import Intake
from banstream_decider.ports import Received, Service
from banstream_runtime.streams import create_consumer
from banstream_runtime.tasks import ended
from banstream_testing.infractions import bus, issue
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

_PATIENCE_SECONDS = 20.0


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

    async def do_due(self) -> int:
        await asyncio.sleep(0)
        self.done += 500
        return 500


async def test_a_command_is_decided_while_very_much_is_due(nats: NatsServer) -> None:
    decider = EndlesslyDue()
    service: Service[AnyCommand] = Service(
        streams.INFRACTIONS, streams.INFRACTIONS_INTAKE, COMMAND, lambda _writer: decider, lambda *_: ()
    )

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
