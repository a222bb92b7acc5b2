"""Commands as a gateway publishes them."""

from datetime import UTC, datetime

from nats.aio.client import Client

from banstream_contracts.commands.command import Command
from banstream_contracts.commands.infractions import LiftInfraction
from banstream_contracts.results import CommandResult
from banstream_runtime.identifiers import new_id
from banstream_testing.infractions import MODERATOR, Bus, issue

__all__ = ["issue", "lift", "send"]


def lift(infraction_id: str) -> LiftInfraction:
    return LiftInfraction(
        command_id=new_id(),
        issued_at=datetime.now(UTC),
        actor=MODERATOR,
        correlation_id=new_id(),
        infraction_id=infraction_id,
        reason="appeal",
    )


async def send(client: Client, *commands: Command) -> list[CommandResult]:
    """Publish commands and wait for every result."""
    return await Bus(client).send_all(commands)
