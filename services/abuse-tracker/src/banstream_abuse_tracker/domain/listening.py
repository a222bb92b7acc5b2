"""What the tracker hears of infractions: counting begins anew after a ban, who was erased is forgotten. Pure."""

from uuid import UUID

from banstream_abuse_tracker.domain.incidents import TRACKER
from banstream_contracts.commands.abuse import ForgetPlayer, RestartCount
from banstream_contracts.erasure import PlayerErased
from banstream_contracts.events.infractions import InfractionAmended, InfractionExpired, InfractionLifted
from banstream_contracts.infractions import Punishment, Scope
from banstream_contracts.public_events import AnyPublicEvent


def restart_after(event: AnyPublicEvent, event_id: UUID) -> RestartCount | None:
    """The command that follows from an event, if any; its id is the event's, so that it happens once."""
    match event:
        case InfractionLifted(import_id=str()):
            return None  # as if the ban had never been here
        case InfractionLifted() | InfractionExpired():
            ended = event.punishments
        case InfractionAmended():
            ended = event.removed
        case _:
            return None
    if Punishment.BAN not in ended or event.player is None:
        return None
    return RestartCount(
        command_id=event_id,
        issued_at=event.occurred_at,
        actor=TRACKER,
        correlation_id=event_id,
        player=event.player,
        infraction_id=event.infraction_id,
        scope=event.scope or Scope.GLOBAL,
        server_id=event.server_id,
    )


def forget_after(event: AnyPublicEvent, event_id: UUID) -> ForgetPlayer | None:
    """The command that follows where a player was erased; its id is the event's."""
    if not isinstance(event, PlayerErased):
        return None
    return ForgetPlayer(
        command_id=event_id,
        issued_at=event.occurred_at,
        actor=TRACKER,
        correlation_id=event_id,
        player=event.player,
    )
