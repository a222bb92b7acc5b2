"""Commands to the services, with failures as problems of HTTP."""

from banstream_contracts.commands.command import Command
from banstream_edge import intake
from banstream_gateway.queries import as_problems


class Intake(intake.Intake):
    """See `banstream_edge.intake`."""

    async def submitted(self, command: Command) -> intake.Submitted:
        """The same, and so `submit`; raises the problems Unavailable, TooLarge, Refused or KeyReused."""
        with as_problems():
            return await super().submitted(command)

    async def store(self, command: Command) -> None:
        """The same; raises the problems Unavailable or TooLarge."""
        with as_problems():
            await super().store(command)
