"""What events make of an appeal. Pure; checks no rules."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, assert_never

from banstream_contracts.appeals import Appeal, AppealAnswer
from banstream_contracts.commands.appeals import AppealCommand
from banstream_contracts.events.appeals import AppealAnswered, AppealAssigned, AppealDecided, AppealOpened
from banstream_contracts.infraction_messages import AnyAppealEvent


def evolve_appeal(appeal: Appeal | None, event: AnyAppealEvent, position: int) -> Appeal:
    """The appeal after an event. Raises ValueError for an event of one that was never opened."""
    if isinstance(event, AppealOpened):
        return _opened(event, position)
    if appeal is None:
        raise ValueError(f"{event.type} of the appeal {event.appeal_id}, which was never opened")
    return appeal.model_copy(update={**_changed(appeal, event), "position": position})


def about(command: AppealCommand, appeal: Appeal) -> dict[str, Any]:
    """What every event of an appeal says."""
    return {
        "appeal_id": appeal.id,
        "infraction_id": appeal.infraction_id,
        "player": appeal.player,
        "server_id": appeal.server_id,
        "actor": command.actor,
        "occurred_at": command.issued_at,
    }


def next_appeal_at(earlier: Iterable[Appeal], wait_seconds: int) -> datetime | None:
    """When the next appeal against an infraction may be opened; None where none was decided before."""
    decided = [each.decided_at for each in earlier if each.decided_at is not None]
    return max(decided) + timedelta(seconds=wait_seconds) if decided else None


def _changed(appeal: Appeal, event: AppealAnswered | AppealAssigned | AppealDecided) -> dict[str, object]:
    match event:
        case AppealAnswered():
            return _answered(appeal, event)
        case AppealAssigned():
            return {"assignee": event.assignee, "assignee_id": event.assignee_id}
        case AppealDecided():
            return {
                "status": event.verdict.value,
                "decided_by": event.actor,
                "decided_at": event.occurred_at,
                "decided_text": event.text,
            }
        case _:
            assert_never(event)


def _answered(appeal: Appeal, event: AppealAnswered) -> dict[str, object]:
    """A note leaves the player as unanswered as before."""
    said = AppealAnswer(
        side=event.side,
        internal=event.internal,
        by=event.actor,
        at=event.occurred_at,
        sealed_text=event.sealed_text,
    )
    unanswered = appeal.unanswered + 1 if event.side == "player" else appeal.unanswered if event.internal else 0
    return {"answers": (*appeal.answers, said), "answer_count": appeal.answer_count + 1, "unanswered": unanswered}


def _opened(event: AppealOpened, position: int) -> Appeal:
    reasons = AppealAnswer(side="player", by=event.actor, at=event.occurred_at, sealed_text=event.sealed_text)
    return Appeal(
        id=event.appeal_id,
        infraction_id=event.infraction_id,
        player=event.player,
        address_hash=event.address_hash,
        server_id=event.server_id,
        reason=event.reason,
        opened_at=event.occurred_at,
        answer_count=1,
        unanswered=1,
        answers=(reasons,),
        issuer=event.issuer,
        position=position,
    )
