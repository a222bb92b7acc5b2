"""Decisions on players whom an infraction does not bind, though they come from its address. Pure."""

from banstream_contracts.commands.exempting import ExemptPlayer
from banstream_contracts.commands.infractions import AmendInfraction, InfractionChanges
from banstream_contracts.infractions import MOST_EXEMPT, Infraction
from banstream_contracts.players import Player
from banstream_infractions.domain.amending import amend
from banstream_infractions.domain.reach import unknown
from banstream_infractions.domain.record import Context, Decision, Record, refused
from banstream_infractions.domain.rights import Authority


def exempt(command: ExemptPlayer, record: Record, authority: Authority, context: Context) -> Decision:
    """Exempt a player from an infraction, or end that: an amendment of it, by whoever may amend it."""
    infraction = record.infractions.get(command.infraction_id)
    if infraction is None:
        return unknown(command.infraction_id)
    players = _exempt(infraction, command.player, is_exempt=command.is_exempt)
    if refusal := _refusal(infraction, command.player, players):
        return refusal
    asked = AmendInfraction(
        command_id=command.command_id,
        issued_at=command.issued_at,
        actor=command.actor,
        correlation_id=command.correlation_id,
        infraction_id=infraction.id,
        changes=InfractionChanges(exempt=players or None),
    )
    return amend(asked, record, authority, context)


def _exempt(infraction: Infraction, player: Player, *, is_exempt: bool) -> tuple[Player, ...]:
    """Those who are exempt from then on, in the order of `service:id`: the same players are the same again."""
    others = {*(infraction.exempt or ())} - {player}
    return tuple(sorted({*others, player} if is_exempt else others, key=str))


def _refusal(infraction: Infraction, player: Player, players: tuple[Player, ...]) -> Decision | None:
    if infraction.address_hash is None:
        return refused("invalid-change", "the infraction is of no address, and binds nobody but its player", infraction)
    if infraction.player == player:
        return refused("invalid-change", "the infraction is the player's own: lift it", infraction)
    if len(players) > MOST_EXEMPT:
        return refused("invalid-change", f"at most {MOST_EXEMPT} players are exempt from one infraction", infraction)
    return None
