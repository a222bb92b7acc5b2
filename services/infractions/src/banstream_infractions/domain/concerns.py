"""Which log streams a command concerns: the one it is decided on, and those it looks at. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from banstream_contracts.commands.accounts import AccountCommand, SignInCommand
from banstream_contracts.commands.admins import RemoveAdmin, SetAdmin
from banstream_contracts.commands.appeals import AppealCommand, OpenAppeal
from banstream_contracts.commands.calls import CallAdmin, CallCommand
from banstream_contracts.commands.credentials import CreateCredential, CredentialCommand
from banstream_contracts.commands.infractions import (
    AmendInfraction,
    InfractionCommand,
    LiftRestrictions,
    OffenceCommand,
    OpenRequest,
    ReinstateInfraction,
)
from banstream_contracts.commands.networks import MarkNetworks, UnmarkNetworks
from banstream_contracts.commands.playing import RequestKick, SendMessage
from banstream_contracts.commands.requests import ApproveRequest, RejectRequest, RequestCommand
from banstream_contracts.commands.tiering import IssueByPolicy, TieringCommand
from banstream_contracts.erasure import ErasePlayer
from banstream_contracts.events.appeals import AppealOpened
from banstream_contracts.events.infractions import CredentialCreated, OffenceEvent, RequestOpened
from banstream_contracts.infraction_messages import AnyCommand, AnyEvent
from banstream_contracts.players import Player
from banstream_infractions.domain.accounts_rights import account_stream
from banstream_infractions.domain.giving import GIVING
from banstream_infractions.domain.networks import network_stream, networks_of
from banstream_infractions.domain.reach import addresses_of
from banstream_infractions.domain.record import admin_stream
from banstream_infractions.domain.tiering import tiering_stream

_NOWHERE = "nowhere:"
"""The stream of a command about something that does not exist: empty, so that the decision says so."""


@dataclass(frozen=True, slots=True)
class Concern:
    """`stream` is the command's own; `context` are the others that it looks at and whose infractions it may end.

    `person` is whose key locks what is personal in it; empty where a command is about nothing that exists.
    """

    stream: str
    context: tuple[str, ...] = ()
    person: str = ""


def concern_of(
    command: AnyCommand,
    located: Mapping[str, str],
    sharing: Mapping[str, Sequence[str]],
    owners: Sequence[str] = (),
) -> Concern:
    """The streams of a command.

    `located` holds the stream of each infraction and credential by id, and that of whom each request or appeal is
    about; `sharing` the streams of the infractions of each address, and of the appeals against each infraction;
    `owners` the streams of all owners.
    """
    own = own_stream(command) or located.get(subject_of(command), _NOWHERE)
    looked_at = owners if isinstance(command, AccountCommand) else ()
    context = [*_context(command, sharing), *_reviewed(command, located), *looked_at]
    if isinstance(command, AppealCommand):
        return _of_appeal(command, own, context, located, sharing)
    return Concern(own, tuple(dict.fromkeys(context)), person=own)


def _of_appeal(
    command: AnyCommand,
    own: str,
    context: Sequence[str],
    located: Mapping[str, str],
    sharing: Mapping[str, Sequence[str]],
) -> Concern:
    """It looks at the infraction, and when it is opened at the other appeals against that."""
    person = located.get(subject_of(command), "")
    others = sharing.get(command.infraction_id, ()) if isinstance(command, OpenAppeal) else ()
    account = [account_stream(command.actor.id)] if command.actor.kind == "person" else []
    looked_at = [*context, *([person] if person else []), *others, *account]
    return Concern(own, tuple(dict.fromkeys(looked_at)), person=person)


def own_stream(command: AnyCommand) -> str:
    """The log stream that a command names by itself; empty where it must be looked up."""
    match command:
        case OffenceCommand() | IssueByPolicy():
            return whose(command.player, command.address.hash if command.address else None)
        case LiftRestrictions():
            return whose(command.player, command.address_hash)
        case RequestKick() | ErasePlayer():
            return f"player:{command.player}"
        case CreateCredential():
            return f"{command.kind}:{command.credential_id}"
        case OpenRequest() | RequestCommand():
            return f"request:{command.request_id}"
        case AppealCommand():
            return f"appeal:{command.appeal_id}"
        case SendMessage():
            return f"message:{command.message_id}"
        case _:
            return _stream_of_staff(command)


def _stream_of_staff(command: AnyCommand) -> str:
    """The same of what only staff and their servers are concerned with."""
    match command:
        case SetAdmin() | RemoveAdmin():
            return admin_stream(command.player)
        case TieringCommand():
            return tiering_stream(command.tiering_policy_id)
        case CallCommand():
            return f"calls:{command.server_id}"
        case MarkNetworks() | UnmarkNetworks():
            return network_stream(networks_of(command)[0])
        case SignInCommand():
            return f"sign-in:{command.sign_in_id}"
        case AccountCommand():
            return account_stream(command.account_id)
        case _:
            return ""


def subject_of(command: AnyCommand) -> str:
    """The id of the infraction, credential, appeal or decided request that must be looked up; empty for none."""
    if isinstance(command, ApproveRequest | RejectRequest):
        return command.request_id
    if isinstance(command, AppealCommand):
        return command.infraction_id if isinstance(command, OpenAppeal) else command.appeal_id
    if own_stream(command):
        return ""
    match command:
        case InfractionCommand():
            return command.infraction_id
        case CredentialCommand():
            return command.credential_id
        case _:
            return ""


def located_by(command: AnyCommand, located: Mapping[str, str]) -> dict[str, str]:
    """What a command makes, for those after it in its batch: the ids that it brings, as `located` has them.

    The stream is empty where what the command is about is not located.
    """
    match command:
        case OffenceCommand() | IssueByPolicy():
            return {command.infraction_id: own_stream(command)}
        case CreateCredential():
            return {command.credential_id: own_stream(command)}
        case OpenRequest():
            return _requested(command)
        case ApproveRequest():
            return {command.infraction_id: located.get(command.request_id, "")}
        case OpenAppeal():
            return {command.appeal_id: located.get(command.infraction_id, "")}
        case _:
            return {}


def begun_by(event: AnyEvent) -> dict[str, str]:
    """What an event begins, ids as `located` has them.

    Gateways choose ids by chance. That of an automatic ban is made of an incident's: with some work two are made alike.
    """
    match event:
        case OffenceEvent():
            return {event.infraction_id: event.stream}
        case CredentialCreated():
            return {event.credential_id: event.stream}
        case RequestOpened():
            return _requested(event)
        case AppealOpened():
            return {event.appeal_id: whose(event.player, event.address_hash)}
        case _:
            return {}


def sharing_by(command: AnyCommand, located: Mapping[str, str], addresses: Collection[str]) -> dict[str, str]:
    """The same of `sharing`: an approval may be about any address, as the request alone knows which."""
    match command:
        case OffenceCommand() | IssueByPolicy() if command.address and command.address.hash in addresses:
            return {command.address.hash: own_stream(command)}
        case ApproveRequest() if command.request_id in located:
            return dict.fromkeys(addresses, located[command.request_id])
        case _:
            return {}


def whose(player: Player | None, address_hash: str | None) -> str:
    """The stream of infractions of a player, or else of an address."""
    return f"player:{player}" if player else f"address:{address_hash}"


def _requested(request: OpenRequest | RequestOpened) -> dict[str, str]:
    """A request leads to its player, and so does the ban that it suggests."""
    player = whose(request.player, None)
    suggested = {request.suggested.infraction_id: player} if request.suggested else {}
    return {request.request_id: player, **suggested}


def _reviewed(command: AnyCommand, located: Mapping[str, str]) -> list[str]:
    """The player of a request that is decided, whose bans that makes or ends; and as the admin they may be.

    So it is with whoever's infraction is changed or put back.
    """
    decided = isinstance(command, ApproveRequest | RejectRequest)
    punishing = isinstance(command, AmendInfraction | ReinstateInfraction)
    player = located.get(subject_of(command), "") if decided or punishing else ""
    if not player.startswith("player:"):
        return []
    streams = [player] if decided else []
    return [*streams, f"admin:{player.removeprefix('player:')}"] if command.actor.admin else streams


def _context(command: AnyCommand, sharing: Mapping[str, Sequence[str]]) -> list[str]:
    streams = [admin_stream(command.actor.admin)] if command.actor.admin else []
    if isinstance(command, GIVING) and command.actor.kind == "person":
        streams.append(account_stream(command.actor.id))
    for address in addresses_of(command):
        streams += [whose(None, address), *sharing.get(address, ())]
    match command:
        case OffenceCommand() | IssueByPolicy() if command.player and command.actor.admin:
            streams.append(admin_stream(command.player))
        case CallAdmin():
            streams.append(whose(command.content.caller, None))
        case AmendInfraction() | ReinstateInfraction() if command.changes and command.changes.tiering_policy_id:
            streams.append(tiering_stream(command.changes.tiering_policy_id))
        case MarkNetworks() | UnmarkNetworks():
            streams += [network_stream(network) for network in networks_of(command)[1:]]
        case SignInCommand():
            streams.append(account_stream(command.account_id))
        case AccountCommand() if command.actor.kind == "person":
            streams.append(account_stream(command.actor.id))
        case _:
            pass
    if isinstance(command, IssueByPolicy):
        streams.append(tiering_stream(command.tiering_policy_id))
    return streams
