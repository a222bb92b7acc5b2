"""Commands that services give each other, and themselves."""

from nats.js import JetStreamContext

from banstream_contracts import headers, streams, subjects
from banstream_contracts.commands.command import Command
from banstream_contracts.commands.encoding import encoded
from banstream_runtime.telemetry import inject


async def store_command(jetstream: JetStreamContext, command: Command) -> None:
    """Publish a command in the current trace, and wait until it is stored. The same one again is stored once."""
    await jetstream.publish(
        subjects.command(command),
        encoded(command),
        stream=streams.COMMANDS,
        headers=dict(inject({headers.MESSAGE_ID: str(command.command_id)})),
    )
