"""Protection of players, and forgetting them. Pure."""

from banstream_abuse_tracker.domain.record import PlayerState
from banstream_contracts.commands.abuse import ForgetPlayer, ProtectPlayer, UnprotectPlayer
from banstream_contracts.events.abuse import PlayerForgotten, PlayerProtected, PlayerUnprotected


def protect(command: ProtectPlayer, player: PlayerState) -> tuple[PlayerProtected, ...]:
    """Another reason is one more event, the same one changes nothing."""
    if player.is_protected and player.protected_reason == command.reason:
        return ()
    return (
        PlayerProtected(
            player=command.player, reason=command.reason, actor=command.actor, occurred_at=command.issued_at
        ),
    )


def unprotect(command: UnprotectPlayer, player: PlayerState) -> tuple[PlayerUnprotected, ...]:
    """Of a player that is protected."""
    if not player.is_protected:
        return ()
    return (
        PlayerUnprotected(
            player=command.player, reason=command.reason, actor=command.actor, occurred_at=command.issued_at
        ),
    )


def forget(command: ForgetPlayer, *, is_known: bool) -> tuple[PlayerForgotten, ...]:
    """Of a player whom anything was ever recorded of; the event says where in the log the forgetting ends."""
    if not is_known:
        return ()
    return (PlayerForgotten(player=command.player, actor=command.actor, occurred_at=command.issued_at),)
