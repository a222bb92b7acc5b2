"""The one decision on an appeal, and what it does to the infraction: nothing, less of it, or its end. Pure."""

from datetime import datetime
from typing import Any

from banstream_contracts.admins import Right
from banstream_contracts.appeals import Appeal, Verdict
from banstream_contracts.commands.appeals import DecideAppeal
from banstream_contracts.commands.infractions import AmendInfraction, InfractionChanges, LiftInfraction
from banstream_contracts.events.appeals import AppealDecided
from banstream_contracts.infractions import Infraction, Lifetime, Status
from banstream_infractions.domain.accounts_rights import account_of
from banstream_infractions.domain.amending import WIDTH, amend
from banstream_infractions.domain.appeals_states import about
from banstream_infractions.domain.appeals_terms import AppealTerms, of_their_own
from banstream_infractions.domain.issuing import end_of
from banstream_infractions.domain.lifting import lift
from banstream_infractions.domain.reach import unknown
from banstream_infractions.domain.record import Context, Decision, Record, refused
from banstream_infractions.domain.rights import Authority

_NO_CONTEXT: Context = {}


def decide_on(
    command: DecideAppeal, appeal: Appeal, authority: Authority, context: Context, terms: AppealTerms
) -> Decision:
    """The infraction's events first: whoever hears of the decision finds it done."""
    if refusal := may_decide(command, appeal, authority, context, terms):
        return refusal
    held = next((each for each in context.values() if appeal.infraction_id in each.infractions), None)
    if held is None:
        return unknown(appeal.infraction_id)
    done = _done(command, held.infractions[appeal.infraction_id], held)
    if done.refusal:
        return done
    decided = AppealDecided(verdict=command.verdict, text=command.text, **about(command, appeal))
    return Decision((*done.events, decided), touched=(appeal.infraction_id,))


def may_decide(
    command: DecideAppeal, appeal: Appeal, authority: Authority, context: Context, terms: AppealTerms
) -> Decision | None:
    """The refusal, where somebody may not, or somebody else was first."""
    actor = command.actor
    if actor.kind == "server" and authority.admin is None:
        return refused("insufficient-rights", "a server may not decide on an appeal; people do")
    if lacking := authority.lacking([Right.REVIEW]):
        return lacking
    if actor.kind == "person":
        account = account_of(actor.id, context)
        if account is None or not account.may_sign_in or Right.REVIEW not in account.role.rights:
            return refused("insufficient-rights", "deciding on appeals takes an account with the right to review")
    if appeal.status != "open":
        by = appeal.decided_by
        who = (by.name or by.id) if by else "somebody"
        return refused("appeal-decided", f"the appeal was decided already: {appeal.status}, by {who}")
    return of_their_own(actor, appeal.issuer, terms)


def _done(command: DecideAppeal, infraction: Infraction, record: Record) -> Decision:
    """Who may is settled already, and stands above whose infraction it is."""
    asked = {field: getattr(command, field) for field in ("command_id", "issued_at", "actor", "correlation_id")}
    if command.verdict is Verdict.REDUCED:
        return _reduced(command, infraction, record, asked)
    if command.verdict is Verdict.UPHELD or infraction.status is not Status.ACTIVE:
        return Decision()
    wanted = LiftInfraction(**asked, infraction_id=infraction.id, reason=command.text)
    return lift(wanted, record, Authority())


def _reduced(command: DecideAppeal, infraction: Infraction, record: Record, asked: dict[str, Any]) -> Decision:
    """A reduction takes away and adds nothing."""
    if more := _more(command, infraction):
        return refused("invalid-change", more, infraction)
    named = {field: getattr(command, field) for field in ("duration_seconds", "punishments", "scope")}
    changes = InfractionChanges(**{field: value for field, value in named.items() if value is not None})
    done = amend(
        AmendInfraction(**asked, infraction_id=infraction.id, changes=changes), record, Authority(), _NO_CONTEXT
    )
    if not done.events and not done.refusal:
        return refused("invalid-change", "the infraction is like that already: that is upheld", infraction)
    return done


def _more(command: DecideAppeal, infraction: Infraction) -> str | None:
    """What of a reduction would be none."""
    if command.punishments is not None and not {*command.punishments} <= {*infraction.punishments}:
        return "a reduction adds no punishment"
    if command.scope is not None and WIDTH[command.scope] > WIDTH[infraction.scope]:
        return "a reduction makes no scope wider"
    if command.duration_seconds is None:
        return None
    if infraction.lifetime not in {Lifetime.PERMANENT, Lifetime.TIMED}:
        return "a duration reduces what is permanent or ends at a time"
    return "a reduction ends no later" if _ends_later(command.duration_seconds, infraction) else None


def _ends_later(duration_seconds: int, infraction: Infraction) -> bool:
    end: datetime | None = end_of(Lifetime.TIMED, infraction.issued_at, duration_seconds)
    return infraction.expires_at is not None and end is not None and end > infraction.expires_at
