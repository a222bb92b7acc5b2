"""One instance of every message about appeals."""

from typing import Any

from pydantic import BaseModel

from banstream_contracts.appeals import (
    Appeal,
    AppealAnswer,
    AppealCounts,
    AppealedInfraction,
    AppealReason,
    AppealTally,
    Verdict,
)
from banstream_contracts.commands.appeals import (
    AnswerAppeal,
    AssignAppeal,
    DecideAppeal,
    OpenAppeal,
    RenewAppealCode,
)
from banstream_contracts.events.appeals import (
    AppealAnswered,
    AppealAssigned,
    AppealCodeRenewed,
    AppealDecided,
    AppealOpened,
)
from banstream_contracts.examples import parts
from banstream_contracts.infractions import Punishment, Scope
from banstream_contracts.queries.appeals import (
    AppealCodeFound,
    AppealForm,
    AppealFound,
    AppealPage,
    AppealStatistics,
    GetAppeal,
    GetAppealCode,
    GetAppealStatistics,
    ListAppeals,
    OpenAppealForm,
)

APPEAL_ID = "01948f6e79f0ddddeeeeffff"
CODE = "7Q2MX-K9D0T"
_MERCY = "a first offence"
_about: dict[str, Any] = {
    "appeal_id": APPEAL_ID,
    "infraction_id": parts.INFRACTION_ID,
    "player": parts.player,
    "server_id": parts.SERVER_ID,
}
appeal = Appeal(
    id=APPEAL_ID,
    infraction_id=parts.INFRACTION_ID,
    player=parts.player,
    address_hash=parts.ADDRESS_HASH,
    server_id=parts.SERVER_ID,
    reason=AppealReason.FALSE_POSITIVE,
    status="reduced",
    opened_at=parts.AT,
    **parts.assigned,
    answer_count=1,
    unanswered=1,
    answers=(
        AppealAnswer(
            side="staff",
            internal=True,
            by=parts.actor,
            at=parts.AT,
            sealed_text=parts.SEALED,
            text="the replay shows lag",
        ),
    ),
    issuer=parts.actor,
    decided_by=parts.actor,
    decided_at=parts.LATER,
    decided_text=_MERCY,
    position=parts.POSITION,
)
_counts: dict[str, int] = {"appeals": 7, "open": 1, "upheld": 3, "reduced": 1, "overturned": 2}
EXAMPLES: tuple[BaseModel, ...] = (
    OpenAppeal(
        appeal_id=APPEAL_ID,
        infraction_id=parts.INFRACTION_ID,
        reason=AppealReason.FALSE_POSITIVE,
        sealed_text=parts.SEALED,
        **parts.asked,
    ),
    AnswerAppeal(appeal_id=APPEAL_ID, side="staff", internal=True, sealed_text=parts.SEALED, **parts.asked),
    AssignAppeal(appeal_id=APPEAL_ID, **parts.assigned, **parts.asked),
    DecideAppeal(
        appeal_id=APPEAL_ID,
        verdict=Verdict.REDUCED,
        text=_MERCY,
        duration_seconds=3600,
        punishments=(Punishment.BAN,),
        scope=Scope.SERVER,
        **parts.asked,
    ),
    RenewAppealCode(infraction_id=parts.INFRACTION_ID, **parts.asked),
    AppealOpened(
        reason=AppealReason.FALSE_POSITIVE,
        sealed_text=parts.SEALED,
        issuer=parts.actor,
        address_hash=parts.ADDRESS_HASH,
        **_about,
        **parts.occurred,
    ),
    AppealAnswered(side="staff", internal=True, sealed_text=parts.SEALED, **_about, **parts.occurred),
    AppealAssigned(**parts.assigned, **_about, **parts.occurred),
    AppealDecided(verdict=Verdict.REDUCED, text=_MERCY, **_about, **parts.occurred),
    AppealCodeRenewed(renewals=1, **parts.about, **parts.where, **parts.occurred),
    GetAppeal(appeal_id=APPEAL_ID),
    AppealFound(appeal=appeal),
    ListAppeals(
        status="open",
        player=parts.player,
        infraction_id=parts.INFRACTION_ID,
        **parts.assigned,
        cursor=parts.cursor,
        limit=20,
    ),
    AppealPage(items=(appeal,), next=parts.cursor),
    OpenAppealForm(infraction_id=parts.INFRACTION_ID, code=CODE),
    AppealForm(
        found=AppealedInfraction(
            infraction=parts.infraction, appeal=appeal, may_appeal=False, may_appeal_at=parts.LATER
        )
    ),
    GetAppealCode(infraction_id=parts.INFRACTION_ID),
    AppealCodeFound(code=CODE),
    GetAppealStatistics(since=parts.AT, until=parts.LATER),
    AppealStatistics(
        total=AppealCounts(**_counts),
        by_category=(AppealTally(key="aimbot", name="aimbot", **_counts),),
        by_policy=(AppealTally(key="default", name="default", **_counts),),
        by_moderator=(AppealTally(key="token:01948a00000000000000cafe", name="Discord bot", **_counts),),
    ),
)
