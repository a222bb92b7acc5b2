"""How commands are written for the bus."""

from pydantic_core import to_json

from banstream_contracts.commands.command import Command
from banstream_contracts.commands.infractions import AmendInfraction


def encoded(command: Command) -> bytes:
    """A command as it travels. An amendment holds just the fields it sets: a null there takes something away."""
    values = command.model_dump(mode="json", exclude_none=True)
    if isinstance(command, AmendInfraction):
        values["changes"] = command.changes.model_dump(mode="json", exclude_unset=True)
    return to_json(values)
