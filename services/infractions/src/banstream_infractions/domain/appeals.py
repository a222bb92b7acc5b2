"""Appeals: opened, answered, assigned, decided; and the codes that open them. Decisions; pure."""

from datetime import datetime
from math import ceil
from typing import assert_never

from banstream_contracts.admins import Right
from banstream_contracts.appeals import MOST_ANSWERS, MOST_UNANSWERED, Appeal
from banstream_contracts.commands.appeals import (
    AnswerAppeal,
    AppealCommand,
    AssignAppeal,
    DecideAppeal,
    OpenAppeal,
    RenewAppealCode,
)
from banstream_contracts.events.appeals import AppealAnswered, AppealAssigned, AppealCodeRenewed, AppealOpened
from banstream_contracts.infractions import Infraction
from banstream_contracts.results import Refusal
from banstream_infractions.domain.appeals_states import about, next_appeal_at
from banstream_infractions.domain.appeals_terms import AppealTerms
from banstream_infractions.domain.appeals_verdicts import decide_on
from banstream_infractions.domain.lifting import not_theirs
from banstream_infractions.domain.reach import unknown
from banstream_infractions.domain.record import TAKEN, Context, Decision, Record, infractions_seen, refused
from banstream_infractions.domain.rights import Authority

AnyAppealCommand = OpenAppeal | AnswerAppeal | AssignAppeal | DecideAppeal | RenewAppealCode


def decide_appeal(
    command: AnyAppealCommand,
    record: Record,
    now: datetime,
    authority: Authority,
    context: Context,
    terms: AppealTerms,
) -> Decision:
    """What becomes of a command about appeals."""
    if isinstance(command, RenewAppealCode):
        return _renew(command, record, authority)
    if isinstance(command, OpenAppeal):
        return _open(command, record, now, context, terms)
    appeal = record.appeal
    if appeal is None:
        return refused("unknown-appeal", f"no appeal has the id {command.appeal_id}")
    match command:
        case AnswerAppeal():
            return _answer(command, appeal, authority)
        case AssignAppeal():
            return _assign(command, appeal, authority)
        case DecideAppeal():
            return decide_on(command, appeal, authority, context, terms)
        case _:
            assert_never(command)


def is_open_to_appeal(infraction: Infraction, now: datetime) -> bool:
    """Whether there is something to take back: what is in force, and warnings."""
    return infraction.is_in_force(now) or (not infraction.punishments and infraction.ended_at is None)


def _open(command: OpenAppeal, record: Record, now: datetime, context: Context, terms: AppealTerms) -> Decision:
    """One appeal at a time; after a decision a new one has to wait."""
    if record.appeal is not None:
        return Decision() if record.appeal.infraction_id == command.infraction_id else TAKEN
    infraction = infractions_seen(record, context).get(command.infraction_id)
    if infraction is None:
        return unknown(command.infraction_id)
    if not is_open_to_appeal(infraction, now):
        return refused("ended", "the infraction has ended: there is nothing to appeal against")
    earlier = [each.appeal for each in context.values() if each.appeal and each.appeal.infraction_id == infraction.id]
    if any(each.status == "open" for each in earlier):
        return refused("appeal-open", "there is an open appeal against this infraction already")
    at = next_appeal_at(earlier, terms.wait_seconds)
    if at is not None and at > now:
        waiting = Refusal(
            code="cooling-down",
            message="the last appeal was decided a short time ago",
            retry_after_seconds=ceil((at - now).total_seconds()),
        )
        return Decision(refusal=waiting)
    opened = AppealOpened(
        reason=command.reason,
        sealed_text=command.sealed_text,
        issuer=infraction.issuer,
        address_hash=infraction.address_hash,
        appeal_id=command.appeal_id,
        infraction_id=infraction.id,
        player=infraction.player,
        server_id=infraction.server_id,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
    return Decision((opened,))


def _answer(command: AnswerAppeal, appeal: Appeal, authority: Authority) -> Decision:
    """After the decision staff make notes, and no more is said."""
    if command.side == "staff" and (lacking := authority.lacking([Right.COMMENT])):
        return lacking
    if appeal.status != "open" and not command.internal:
        return refused("appeal-decided", f"the appeal was decided already: {appeal.status}")
    if appeal.answer_count >= MOST_ANSWERS:
        return refused("appeal-full", f"an appeal has at most {MOST_ANSWERS} messages")
    if command.side == "player" and appeal.unanswered >= MOST_UNANSWERED:
        return refused("appeal-full", f"at most {MOST_UNANSWERED} messages wait for an answer")
    said = AppealAnswered(
        side=command.side, internal=command.internal, sealed_text=command.sealed_text, **about(command, appeal)
    )
    return Decision((said,))


def _assign(command: AssignAppeal, appeal: Appeal, authority: Authority) -> Decision:
    if lacking := authority.lacking([Right.COMMENT]):
        return lacking
    if appeal.status != "open":
        return refused("appeal-decided", f"the appeal was decided already: {appeal.status}")
    if (command.assignee, command.assignee_id) == (appeal.assignee, appeal.assignee_id):
        return Decision()
    taken = AppealAssigned(assignee=command.assignee, assignee_id=command.assignee_id, **about(command, appeal))
    return Decision((taken,))


def _renew(command: RenewAppealCode, record: Record, authority: Authority) -> Decision:
    infraction = record.infractions.get(command.infraction_id)
    if infraction is None:
        return unknown(command.infraction_id)
    if not authority.may_edit(infraction):
        return not_theirs(infraction, authority)
    renewed = AppealCodeRenewed(
        infraction_id=infraction.id,
        player=infraction.player,
        address_hash=infraction.address_hash,
        scope=infraction.scope,
        server_id=infraction.server_id,
        renewals=(infraction.appeal_code_renewals or 0) + 1,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
    return Decision((renewed,), touched=(infraction.id,))


__all__ = ["AnyAppealCommand", "AppealCommand", "decide_appeal", "is_open_to_appeal"]
