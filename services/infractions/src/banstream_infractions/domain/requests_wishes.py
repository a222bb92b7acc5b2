"""What a request for review asks for, done or undone: its ban issued, kept, changed or lifted, or bans lifted. Pure."""

from datetime import datetime
from math import ceil
from typing import Any

from banstream_contracts.admins import Right
from banstream_contracts.commands.infractions import (
    AmendInfraction,
    InfractionChanges,
    IssueInfraction,
    LiftInfraction,
    LiftRestrictions,
)
from banstream_contracts.commands.requests import ApproveRequest, RejectRequest, RequestCommand
from banstream_contracts.events.infractions import RequestOpened
from banstream_contracts.infractions import MAX_DURATION_SECONDS, Infraction, Lifetime, Punishment, Scope, Status
from banstream_contracts.sealed import SealedAddress
from banstream_infractions.domain.amending import amend
from banstream_infractions.domain.issuing import issue
from banstream_infractions.domain.lifting import lift, lift_restrictions
from banstream_infractions.domain.record import Context, Decision, Record, refused
from banstream_infractions.domain.rights import Authority, may_punish

_BAN = (Punishment.BAN,)
_NO_CONTEXT: Context = {}


def may_grant(
    command: ApproveRequest, opened: RequestOpened, player: Record, authority: Authority, context: Context
) -> Decision | None:
    """The refusal, where an admin lacks what the punishment needs. That a player is protected stops no person."""
    if opened.wanted == "lift":
        return authority.lacking([Right(Punishment.BAN.value)])
    kept = banned_at_once(opened, player)
    scope = command.scope or (kept.scope if kept else _scope(command, opened))
    return may_punish(authority, opened.player, _BAN, scope, context)


def granted(command: ApproveRequest, opened: RequestOpened, player: Record, now: datetime) -> Decision:
    """What is done where a request is approved; who may is settled already."""
    if opened.wanted == "lift":
        return _lift_all(command, opened, player, now)
    kept = banned_at_once(opened, player)
    return _keep(command, kept, player) if kept else _issue(command, opened, player, now)


def undone(command: RejectRequest, opened: RequestOpened, player: Record) -> Decision:
    """What is done where a request is rejected: nothing, but that a ban which may be reviewed ends."""
    kept = banned_at_once(opened, player)
    if opened.wanted == "lift" or kept is None or kept.status is not Status.ACTIVE:
        return Decision()
    return lift(LiftInfraction(**_asked(command), infraction_id=kept.id, reason=command.reason), player, Authority())


def banned_at_once(opened: RequestOpened, player: Record) -> Infraction | None:
    """The suggested ban where it was issued already, before anybody looked."""
    return player.infractions.get(opened.suggested.infraction_id) if opened.suggested else None


def _lift_all(command: ApproveRequest, opened: RequestOpened, player: Record, now: datetime) -> Decision:
    if command.is_permanent or command.duration_seconds is not None or command.scope is not None:
        return refused("invalid-change", "the request asks to lift bans: there is no ban to change")
    wanted = LiftRestrictions(
        **_asked(command),
        player=opened.player,
        punishments=_BAN,
        reason=command.reason or opened.reason,
        server_id=opened.server_id,
    )
    return lift_restrictions(wanted, player, now, Authority(), _NO_CONTEXT)


def _keep(command: ApproveRequest, kept: Infraction, player: Record) -> Decision:
    """The ban stays as it is, but for what is named; one that was lifted meanwhile stays lifted."""
    named = {"reason": command.reason, "scope": command.scope, "duration_seconds": _counted_from_issue(command, kept)}
    changes: dict[str, Any] = {field: value for field, value in named.items() if value is not None}
    if command.is_permanent:
        changes["duration_seconds"] = None
    if not changes:
        return Decision(touched=(kept.id,))
    wanted = AmendInfraction(**_asked(command), infraction_id=kept.id, changes=InfractionChanges(**changes))
    return amend(wanted, player, Authority(), _NO_CONTEXT)


def _counted_from_issue(command: ApproveRequest, kept: Infraction) -> int | None:
    """Who approves says how long from then on, an amendment how long from when it was issued."""
    if command.duration_seconds is None:
        return None
    served = max(0, ceil((command.issued_at - kept.issued_at).total_seconds()))
    return min(served + command.duration_seconds, MAX_DURATION_SECONDS)


def _issue(command: ApproveRequest, opened: RequestOpened, player: Record, now: datetime) -> Decision:
    """A ban for good that is in force already, the very same, is not issued twice."""
    suggested = opened.suggested
    if suggested is None and command.duration_seconds is None and not command.is_permanent:
        return refused("invalid-change", "the request suggests no ban: say how long it is, or that it is permanent")
    scope = _scope(command, opened)
    if scope is Scope.SERVER and opened.server_id is None:
        return refused("invalid-change", "the scope server needs a request of a server")
    lasting = command.duration_seconds or (suggested.duration_seconds if suggested else None)
    seconds = None if command.is_permanent else lasting
    wanted = IssueInfraction(
        **_asked(command),
        infraction_id=suggested.infraction_id if suggested else command.infraction_id,
        player=opened.player,
        player_name=opened.player_name,
        sealed_name=opened.sealed_name,
        address=_address(opened),
        punishments=_BAN,
        lifetime=Lifetime.TIMED if seconds else Lifetime.PERMANENT,
        duration_seconds=seconds,
        reason=command.reason or (suggested.reason if suggested else opened.reason),
        scope=scope,
        server_id=opened.server_id,
        unless_in_force=seconds is None,
    )
    return issue(wanted, player, now, Authority(), _NO_CONTEXT)


def _scope(command: ApproveRequest, opened: RequestOpened) -> Scope:
    return command.scope or (opened.suggested.scope if opened.suggested else Scope.GLOBAL)


def _address(opened: RequestOpened) -> SealedAddress | None:
    """As it is locked in the log: for the player, whose stream the ban goes to."""
    if opened.address_hash is None or opened.sealed_address is None:
        return None
    return SealedAddress(hash=opened.address_hash, sealed=opened.sealed_address)


def _asked(command: RequestCommand) -> dict[str, Any]:
    fields = ("command_id", "issued_at", "actor", "correlation_id")
    return {field: getattr(command, field) for field in fields}
