"""What the stand-in for infractions says of appeals: there is one."""

from collections.abc import Container
from datetime import UTC, datetime
from typing import Any

from banstream_contracts import subjects
from banstream_contracts.appeals import Appeal, AppealAnswer, AppealCounts, AppealReason, AppealTally
from banstream_contracts.commands.appeals import AppealCommand, DecideAppeal
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.players import Player
from banstream_contracts.queries.appeals import (
    AppealCodeFound,
    AppealFound,
    AppealPage,
    AppealStatistics,
    GetAppeal,
    GetAppealCode,
)


def changed_appeal(command: AnyCommand) -> dict[str, Any]:
    """What a result says of an appeal; nothing of other commands."""
    if not isinstance(command, AppealCommand):
        return {}
    status = command.verdict.value if isinstance(command, DecideAppeal) else "open"
    return {"appeal": appeal(command.appeal_id, status)}


def found_appeals(subject: str, payload: bytes, infraction_ids: Container[str]) -> Any:
    """The answer to a query about appeals; None of another one."""
    match subject:
        case subjects.QUERY_APPEALS:
            return AppealPage(items=(appeal(),), next="bmV4dA")
        case subjects.QUERY_APPEAL:
            wanted = GetAppeal.model_validate_json(payload).appeal_id
            return AppealFound(appeal=appeal() if wanted == "0" * 24 else None)
        case subjects.QUERY_APPEAL_CODE:
            is_known = GetAppealCode.model_validate_json(payload).infraction_id in infraction_ids
            return AppealCodeFound(code="7Q2MX-K9D0T" if is_known else None)
        case subjects.QUERY_APPEAL_STATISTICS:
            counts = AppealTally(key="aimbot", appeals=3, upheld=2, overturned=1)
            return AppealStatistics(total=AppealCounts(appeals=3), by_category=(counts,), by_policy=(), by_moderator=())
        case _:
            return None


def appeal(appeal_id: str = "0" * 24, status: Any = "open") -> Appeal:
    return Appeal(
        id=appeal_id,
        infraction_id="1" * 24,
        player=Player(service="roblox", id="156"),
        reason=AppealReason.NOT_ME,
        status=status,
        opened_at=datetime.now(UTC),
        answer_count=1,
        answers=(AppealAnswer(side="player", at=datetime.now(UTC), text="my brother"),),
    )
