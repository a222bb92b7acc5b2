"""Appeals as players and staff send them, for tests of what becomes of them."""

from datetime import timedelta
from typing import Any

from services.infractions.tests.scenes import IDS, START, World, about, issue

from banstream_contracts.appeals import Appeal, AppealReason, Verdict
from banstream_contracts.commands.appeals import AnswerAppeal, AssignAppeal, DecideAppeal, OpenAppeal
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Actor, Lifetime, Punishment, Scope

APPEAL, SECOND, THIRD = "c" * 24, "d" * 24, "e" * 24
PLAYERS_DOOR = Actor(kind="system", id="console")
REVIEWER = Actor(kind="token", id="5" * 24, name="Bob")
DAY = 86_400
SEALED = "c2VhbGVk"


def ban(**changes: Any) -> AnyCommand:
    return issue(punishments=(Punishment.BAN, Punishment.VOICE_BLOCK), scope=Scope.GLOBAL, **changes)


def timed(**changes: Any) -> AnyCommand:
    return ban(lifetime=Lifetime.TIMED, duration_seconds=30 * DAY, **changes)


def appeal(appeal_id: str = APPEAL, **changes: Any) -> OpenAppeal:
    values = about(appeal_id=appeal_id, infraction_id=IDS[0], reason=AppealReason.NOT_ME, sealed_text=SEALED)
    return OpenAppeal(**{**values, "actor": PLAYERS_DOOR, **changes})


def answer(side: str = "player", appeal_id: str = APPEAL, **changes: Any) -> AnswerAppeal:
    actor = PLAYERS_DOOR if side == "player" else REVIEWER
    return AnswerAppeal(**about(appeal_id=appeal_id, side=side, sealed_text=SEALED, actor=actor, **changes))


def note() -> AnswerAppeal:
    return answer("staff", internal=True)


def assign(to: str | None = "Alice") -> AssignAppeal:
    return AssignAppeal(**about(appeal_id=APPEAL, assignee=to))


def decide(verdict: Verdict = Verdict.OVERTURNED, appeal_id: str = APPEAL, **changes: Any) -> DecideAppeal:
    return DecideAppeal(**{**about(appeal_id=appeal_id, verdict=verdict, text="a mistake", actor=REVIEWER), **changes})


def reduce(**changes: Any) -> DecideAppeal:
    return decide(Verdict.REDUCED, **changes)


def seen(of: World, appeal_id: str = APPEAL) -> Appeal:
    found = of.records[f"appeal:{appeal_id}"].appeal
    assert found
    return found


def later(command: AnyCommand, seconds: float) -> AnyCommand:
    return command.model_copy(update={"issued_at": START + timedelta(seconds=seconds)})
