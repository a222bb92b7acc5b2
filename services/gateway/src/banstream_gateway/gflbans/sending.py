"""Commands of clients that can neither name them nor understand a 202.

A client's repeat within seconds is the same command again, in this process: nobody is punished twice for one lost
answer. A stored command that is not decided yet is answered 200 with what it will make, and where its outcome is.
"""

from datetime import UTC, datetime
from typing import TypeVar

from banstream_contracts.commands.command import Command
from banstream_contracts.commands.infractions import IssueInfraction
from banstream_contracts.commands.tiering import IssueByPolicy
from banstream_contracts.infractions import Infraction, Lifetime
from banstream_contracts.results import CommandResult
from banstream_gateway.answers import POSITION
from banstream_gateway.commands import IDEMPOTENCY_KEY
from banstream_gateway.endpoints import Call, Gateway
from banstream_gateway.problems import Refused
from banstream_gateway.repeats import Sent

Issuing = TypeVar("Issuing", IssueInfraction, IssueByPolicy)


async def issue_once(call: Call, command: Issuing) -> tuple[Issuing, CommandResult | None]:
    """Send a command, or again the one that the same request was a moment ago; the command that holds.

    Raises as Intake.submit does.
    """
    gateway = call.gateway
    request = f"{command.type} {call.credential.id} {call.body}"
    sent = gateway.repeats.find(request) if IDEMPOTENCY_KEY not in call.request.headers else None
    if sent and isinstance(sent.command, type(command)) and _stands(gateway, sent, command.token):
        command = sent.command
    else:
        gateway.repeats.drop(request)
    gateway.repeats.keep(request, Sent(command))
    gateway.game_servers.undecided.note(command)
    try:
        result = await gateway.intake.submit(command)
    except Refused:
        gateway.repeats.drop(request)
        raise
    if result is not None and result.infractions:
        gateway.repeats.keep(request, Sent(command, result.infractions[0]))
    return command, result


def outcome(result: CommandResult | None, command: Command) -> dict[str, str]:
    """The headers of an answer: the log position, or where the outcome will be, for what is only stored yet."""
    return {"Location": f"/v1/commands/{command.command_id}"} if result is None else {POSITION: str(result.position)}


def _stands(gateway: Gateway, sent: Sent, key: str) -> bool:
    """Whether what a request made is still as it was made, as far as this process knows."""
    infraction = sent.infraction
    if infraction is None or not infraction.punishments or infraction.lifetime is Lifetime.SESSION:
        return True
    held = (each for each in gateway.restrictions.lookup(key) if each.infraction_id == infraction.id)
    return infraction.is_in_force(datetime.now(UTC)) and any(held)


def first(result: CommandResult | None) -> Infraction | None:
    """The infraction that a command made or changed, where it is known."""
    return result.infractions[0] if result and result.infractions else None
