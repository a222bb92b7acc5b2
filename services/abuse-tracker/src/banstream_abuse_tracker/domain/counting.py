"""How an incident moves a count, and which thresholds it reaches. Pure; the same for live, replay and simulation."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec.structs import replace

from banstream_abuse_tracker.domain.runs import Place, is_one_with_another, place_of, remembered, tally_after
from banstream_abuse_tracker.domain.tally import Run, Tally
from banstream_contracts.abuse import Mode, Threshold, later
from banstream_contracts.infractions import Severity
from banstream_contracts.policies import AtOnce, Policy

Status = Literal["recorded", "coalesced", "late"]


@dataclass(frozen=True, slots=True)
class Grade:
    """How grave an incident is, what may follow from it at most, whether its player is protected, and who told it.

    `request_id` is the request for review that a crossing by it opens.
    """

    severity: Severity | None = None
    mode: Mode | None = None
    is_protected: bool = False
    under_review: bool = False
    request_id: str | None = None


UNGRADED = Grade()
"""What game servers report: only the count decides."""


class Step(msgspec.Struct, frozen=True):
    """What one incident did to a count; `at_once` is why a ban does not wait for it.

    `count` is that of the run it belongs to, `sure` how much of it others than credentials under review told. `unsure`
    are those of the crossed thresholds that neither kick nor ban: people decide on them. `settles` is the request for
    review that the run had opened, where the ban is crossed without it now.
    """

    tally: Tally
    status: Status
    weight: int
    counted: int = 0
    restarted: bool = False
    crossed: tuple[Threshold, ...] = ()
    at_once: AtOnce | None = None
    unsure: tuple[Threshold, ...] = ()
    count: int = 0
    sure: int = 0
    settles: str | None = None


class _Moved(msgspec.Struct, frozen=True):
    """The run of an incident after it; `bans` where its severity does so at once. What is late has no place."""

    before: Tally
    place: Place | None
    run: Run
    status: Status = "late"
    counted: int = 0
    crossed: tuple[Threshold, ...] = ()
    bans: bool = False

    @property
    def tally(self) -> Tally:
        """The whole count after it."""
        return tally_after(self.place, self.run) if self.place else self.before

    @property
    def begins_anew(self) -> bool:
        """Whether it is the first of its run, after a quiet time."""
        return self.place is not None and self.place.begins_anew


def advance(tally: Tally, policy: Policy, reason: str, at: datetime, grade: Grade = UNGRADED) -> Step:
    """Count an incident that happened at `at` (facts ndp-flask-rewind 3.5).

    It counts in the run that it belongs to in time; what is too old for those that are known is late. A threshold is
    crossed when the run's count is at it or beyond and was not before. Of a severity for which the policy bans at once
    the ban is crossed besides, once a run unless a graver one comes. What may not act does not count; to be reviewed,
    it crosses the ban alone.
    """
    weight = policy.weights.get(reason, 1)
    at_once = policy.severities.get(grade.severity) if grade.severity else None
    if grade.mode not in {None, Mode.ACT}:
        if tally.since is not None and at < tally.since:
            return _late(tally, weight)
        asks = (Threshold.BAN,) if grade.mode is Mode.REVIEW else ()
        return Step(tally, "recorded", weight, crossed=asks, at_once=at_once, unsure=asks, count=tally.count)
    moved = _moved(tally, policy, reason, at, grade)
    if grade.under_review or tally.sure is not None:
        sure = tally.sure or tally
        others = None if grade.under_review else _moved(sure, policy, reason, at, grade)
        everybody = moved or _Moved(tally, None, Run(tally.count))
        step, bans = _told_apart(everybody, others or _Moved(sure, None, Run()), policy, weight, grade)
    elif moved is None:
        return _late(tally, weight)
    else:
        count, bans, anew = moved.run.count, moved.bans, moved.begins_anew
        step = Step(moved.tally, moved.status, weight, moved.counted, anew, moved.crossed, None, (), count, sure=count)
    return _banned_at_once(step, at_once, grade) if bans else step


def _late(tally: Tally, weight: int) -> Step:
    return Step(tally, "late", weight, count=tally.count)


def _moved(tally: Tally, policy: Policy, reason: str, at: datetime, grade: Grade) -> _Moved | None:
    """The run that an incident belongs to after it; None where that is not known any more."""
    place = place_of(tally, policy, at)
    if place is None:
        return None
    run = place.run
    first_at = at if run.first_at is None or at < run.first_at else run.first_at
    last_at = later(run.last_at, at)
    bans, banned_for = False, run.banned_for
    if grade.severity in policy.severities:
        bans = not _has_banned(run, grade.severity)
        if bans and not (policy.shadow or grade.is_protected or grade.under_review):
            banned_for = (*banned_for, grade.severity)
    if is_one_with_another(run, policy, reason, at):
        moved = Run(run.count, first_at, last_at, run.counted, run.reached, banned_for, run.asked)
        return _Moved(tally, place, moved, "coalesced", 0, (), bans)
    weight = policy.weights.get(reason, 1)
    reached = _reached(policy, run.count + weight)
    counted = remembered(run, policy, reason, at)
    moved = Run(run.count + weight, first_at, last_at, counted, reached, banned_for, run.asked)
    before = _still_reached(run, policy)
    crossed = tuple([each for each in reached if each not in before]) if reached != before else ()
    return _Moved(tally, place, moved, "recorded", weight, crossed, bans)


def _told_apart(everybody: _Moved, others: _Moved, policy: Policy, weight: int, grade: Grade) -> tuple[Step, bool]:
    """What others than credentials under review told is counted by itself, and acts; all that is told asks staff.

    A threshold that all crossed is crossed again when the others reach it, but for the warning, which nothing follows.
    """
    told, reached = everybody if grade.under_review else others, others.run.reached
    acting = [each for each in others.crossed if each is not Threshold.WARN]
    asking = [each for each in everybody.crossed if each is Threshold.WARN or each not in reached]
    crossed = tuple([each for each in Threshold if each in acting or each in asking])
    unsure = tuple([each for each in crossed if each not in reached])
    settles = None
    if Threshold.BAN in acting:
        settles, everybody = everybody.run.asked, _asking(everybody, None)
    elif Threshold.BAN in unsure and grade.request_id and not (policy.shadow or everybody.bans):
        everybody = _asking(everybody, grade.request_id)
    sure, whole = others.tally, everybody.tally
    if sure.count > whole.count:
        whole = sure
    step = Step(
        replace(whole, sure=None if sure == whole else sure),
        told.status,
        weight,
        told.counted,
        everybody.begins_anew,
        crossed,
        None,
        unsure,
        max(everybody.run.count, others.run.count),
        others.run.count,
        settles,
    )
    return step, told.bans


def _asking(moved: _Moved, request_id: str | None) -> _Moved:
    """With the request for review that the run has opened, or without."""
    return replace(moved, run=replace(moved.run, asked=request_id))


def _has_banned(run: Run, severity: Severity | None) -> bool:
    """For as grave a thing."""
    order = list(Severity)
    return severity is not None and any(order.index(each) >= order.index(severity) for each in run.banned_for)


def _banned_at_once(step: Step, at_once: AtOnce | None, grade: Grade) -> Step:
    """What is withheld, or staff is asked about, comes again with the next incident."""
    others = tuple([each for each in step.crossed if each is not Threshold.BAN])
    unsure = tuple([each for each in step.unsure if each is not Threshold.BAN])
    return replace(
        step,
        crossed=(*others, Threshold.BAN),
        at_once=at_once,
        unsure=(*unsure, Threshold.BAN) if grade.under_review else unsure,
    )


def is_quiet(tally: Tally, policy: Policy, at: datetime) -> bool:
    """Whether the policy's quiet time has passed since the last incident."""
    if policy.reset_after_seconds is None or tally.last_at is None:
        return False
    return at - tally.last_at > timedelta(seconds=policy.reset_after_seconds)


def count_now(tally: Tally, policy: Policy, now: datetime) -> int:
    """What the next incident would be added to."""
    return 0 if is_quiet(tally, policy, now) else tally.count


def limit_of(policy: Policy, threshold: Threshold) -> int | None:
    """At which count a threshold is; None where the policy has none."""
    match threshold:
        case Threshold.WARN:
            return policy.thresholds.warn
        case Threshold.KICK:
            return policy.thresholds.kick
        case Threshold.BAN:
            return policy.thresholds.ban


def _reached(policy: Policy, count: int) -> tuple[Threshold, ...]:
    """What a count is at or beyond."""
    limits = policy.thresholds
    warn, kick, ban = limits.warn, limits.kick, limits.ban
    reached: tuple[Threshold, ...] = ()
    if warn is not None and count >= warn:
        reached = (Threshold.WARN,)
    if kick is not None and count >= kick:
        reached = (*reached, Threshold.KICK)
    if ban is not None and count >= ban:
        reached = (*reached, Threshold.BAN)
    return reached


def _still_reached(run: Run, policy: Policy) -> tuple[Threshold, ...]:
    """What was reached before and still is: a dismissal or a new version of the policy may have taken it back."""
    if not run.reached:
        return ()
    now = _reached(policy, run.count)
    return now if now == run.reached else tuple([each for each in run.reached if each in now])
