"""Where an infraction holds, and whom it is about (facts gflbans 2.2). Pure."""

from collections.abc import Collection
from datetime import datetime

from banstream_contracts.commands.command import Command
from banstream_contracts.commands.infractions import (
    AmendInfraction,
    InfractionCommand,
    LiftRestrictions,
    ReinstateInfraction,
    RevisingCommand,
)
from banstream_contracts.commands.tiering import IssueByPolicy
from banstream_contracts.infractions import Infraction, Scope
from banstream_contracts.players import Player
from banstream_infractions.domain.record import Decision, Record, refused


def concerns(infraction: Infraction, server_id: str | None, *, include_other_servers: bool) -> bool:
    """Whether an infraction binds the asking server; without one, every infraction counts."""
    if server_id is None or infraction.server_id == server_id:
        return True
    match infraction.scope:
        case Scope.COMMUNITY:
            return True
        case Scope.GLOBAL:
            return include_other_servers
        case Scope.SERVER:
            return False


def is_about(infraction: Infraction, player: Player | None, address_hashes: Collection[str], now: datetime) -> bool:
    """Whether an infraction is of the player or of the address: of one of them when both are asked for.

    To a player who is exempt from it, it is nobody's, and of an address that it held once it is no more.
    """
    if player is not None and infraction.player == player:
        return True
    is_of_address = infraction.address_hash in address_hashes and infraction.holds_address(now)
    return is_of_address and player not in (infraction.exempt or ())


def addresses_of(command: Command) -> tuple[str, ...]:
    """The hashes of the address whose infractions a command looks at, whoever the player is."""
    match command:
        case LiftRestrictions() if command.address_hash:
            return (command.address_hash, *command.other_address_hashes)
        case IssueByPolicy() if command.address:
            return (command.address.hash,)
        case _:
            return ()


def holds_elsewhere(infraction: Infraction, command: InfractionCommand) -> bool:
    """Whether a server asks about what holds on another one only; tokens and people may touch everything."""
    return command.actor.kind == "server" and not concerns(infraction, command.actor.id, include_other_servers=True)


def repeats_personal(command: Command) -> bool:
    """Whether it says what somebody was shown of a person, who may be erased by now."""
    if not isinstance(command, AmendInfraction | ReinstateInfraction) or command.seen_position is None:
        return False
    return command.changes is not None and bool(command.changes.note or command.changes.evidence)


def changed_since(infraction: Infraction, command: RevisingCommand, record: Record) -> Decision | None:
    """The refusal of what was asked for in sight of an infraction that is another by now, or of what is erased."""
    seen = command.seen_position
    if seen is None:
        return None
    is_erased = repeats_personal(command) and seen < record.erased_until
    if seen == infraction.position and not is_erased:
        return None
    return refused("infraction-changed", "the infraction has changed since it was shown: look again", infraction)


def of_another_server(infraction: Infraction) -> Decision:
    """The refusal of that."""
    return refused("other-server", "the infraction holds on another server only", infraction)


def unknown(infraction_id: str) -> Decision:
    """The refusal of a command about no infraction."""
    return refused("unknown-infraction", f"no infraction has the id {infraction_id}")
