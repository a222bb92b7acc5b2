"""Decisions on erasing a player: what restricts them is lifted or in the way, then everything about them goes. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from banstream_contracts.erasure import ErasePlayer, PlayerErased
from banstream_contracts.events.infractions import InfractionLifted
from banstream_contracts.infractions import Infraction
from banstream_contracts.players import Player
from banstream_contracts.queries.infractions import ReviewRequest
from banstream_infractions.domain.record import Context, Decision, Record, refused


def erase(command: ErasePlayer, record: Record, now: datetime, context: Context) -> Decision:
    """Erase a player of whom there is something since the last time; refused where nobody knows them.

    The context holds the addresses of the player's infractions, whoever else has infractions there, and the requests
    about the player. An address that somebody else's infractions concern too is left as it is.
    """
    requests = [each.request for each in context.values() if each.request]
    if not (record.infractions or requests or command.seen_at or record.erased):
        return refused("unknown-player", f"nothing is known of {command.player}")
    own = _only_theirs(command.player, record, context)
    of_addresses = _of_addresses(own, context)
    infractions = [*record.infractions.values(), *of_addresses]
    if not _is_due(command, record, [*infractions, *requests]):
        return Decision()
    restricting = [each for each in infractions if each.punishments and each.is_in_force(now)]
    if restricting and not command.lift:
        return _still_restricted(command, restricting)
    lifted = tuple(_lifted(each, command) for each in restricting)
    erased = PlayerErased(
        player=command.player,
        reason=command.reason,
        address_hashes=own,
        infraction_ids=tuple(each.id for each in of_addresses),
        actor=command.actor,
        occurred_at=command.issued_at,
    )
    return Decision((*lifted, erased), touched=tuple(each.id for each in restricting))


def _only_theirs(player: Player, record: Record, context: Context) -> tuple[str, ...]:
    """The addresses of the player's infractions that no other player's infractions concern.

    Nor any of the address alone from which the player is exempt: it is about somebody else.
    """
    own = {each.address_hash for each in record.infractions.values() if each.address_hash}
    others = {
        each.address_hash
        for each in _all(context.values())
        if (each.player is not None or player in (each.exempt or ())) and each.id not in record.infractions
    }
    return tuple(sorted(own - others))


def _of_addresses(hashes: Iterable[str], context: Context) -> list[Infraction]:
    """Infractions of the addresses alone."""
    known = frozenset(hashes)
    return [each for each in _all(context.values()) if each.player is None and each.address_hash in known]


def _all(records: Iterable[Record]) -> Iterable[Infraction]:
    return (each for record in records for each in record.infractions.values())


def _is_due(command: ErasePlayer, record: Record, known: Sequence[Infraction | ReviewRequest]) -> bool:
    """Whether anything came since the player was erased the last time."""
    if record.erased is None:
        return True
    if command.seen_at is not None and command.seen_at > record.erased.at:
        return True
    return any(each.position > record.erased.position for each in known)


def _still_restricted(command: ErasePlayer, restricting: Sequence[Infraction]) -> Decision:
    ids = ", ".join(each.id for each in restricting)
    message = f"{command.player} is still restricted by {ids}: lift that first, or ask to lift it with the erasure"
    decision = refused("still-restricted", message)
    return Decision(refusal=decision.refusal, touched=tuple(each.id for each in restricting))


def _lifted(infraction: Infraction, command: ErasePlayer) -> InfractionLifted:
    return InfractionLifted(
        infraction_id=infraction.id,
        player=infraction.player,
        address_hash=infraction.address_hash,
        scope=infraction.scope,
        server_id=infraction.server_id,
        punishments=infraction.punishments,
        ended=True,
        reason=command.reason,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
