"""Commands that the operator gives over NATS, for what no gateway does."""

import nats.errors
import nats.js.errors
from nats.aio.client import Client

from banstream_cli.terminal.exits import Stuck, Unconfirmed
from banstream_contracts import headers, streams, subjects
from banstream_contracts.commands.command import Command
from banstream_contracts.commands.encoding import encoded
from banstream_contracts.results import CommandResult

RESULT_SECONDS = 10.0


async def carried_out(client: Client, command: Command, late: str, seconds: float = RESULT_SECONDS) -> CommandResult:
    """Publish, and wait for what became of it. Raises Stuck (not stored), or Unconfirmed with `late` (no result)."""
    inbox = client.new_inbox()
    replies = await client.subscribe(inbox, max_msgs=1)
    try:
        await _store(client, command, inbox)
        message = await replies.next_msg(seconds)
    except nats.errors.TimeoutError:
        raise Unconfirmed(late) from None
    finally:
        await replies.unsubscribe()
    return CommandResult.model_validate_json(message.data)


async def _store(client: Client, command: Command, inbox: str) -> None:
    sent = {headers.MESSAGE_ID: str(command.command_id), headers.REPLY_TO: inbox}
    try:
        await client.jetstream().publish(
            subjects.command(command), encoded(command), stream=streams.COMMANDS, headers=sent
        )
    except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
        why = str(error) or type(error).__name__
        raise Stuck(f"NATS did not store the command ({why}); run `banstream streams apply`, then try again") from error
