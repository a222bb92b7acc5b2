"""How an incident moves a count, and which thresholds it reaches. Pure; the same for live, replay and simulation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

import msgspec

from banstream_contracts.abuse import Counter, Mode, Threshold, later
from banstream_contracts.infractions import Scope, Severity
from banstream_contracts.policies import AtOnce, Policy


class Counts(Protocol):
    """A count as it travels (`Counter`) or as it is worked with (`Tally`)."""

    @property
    def count(self) -> int:
        """What thresholds are compared with."""

    @property
    def since(self) -> datetime | None:
        """When the count began anew; None before it ever has, as nothing is too late for it then."""

    @property
    def last_at(self) -> datetime | None:
        """When the last incident was."""

    @property
    def counted_at(self) -> Mapping[str, datetime]:
        """When an incident of a reason last counted."""

    @property
    def reached(self) -> tuple[Threshold, ...]:
        """The thresholds that were reported since the count began."""

    @property
    def banned_for(self) -> tuple[Severity, ...]:
        """The severities that have banned at once since the count began."""

    @property
    def under_review(self) -> int:
        """How much of the count credentials under review told."""


class Tally(msgspec.Struct, frozen=True, omit_defaults=True):
    """The fields of the contract's `Counter`, light enough for millions of incidents (ADR 0021)."""

    count: int = 0
    since: datetime | None = None
    last_at: datetime | None = None
    counted_at: Mapping[str, datetime] = msgspec.field(default_factory=dict)
    reached: tuple[Threshold, ...] = ()
    banned_for: tuple[Severity, ...] = ()
    under_review: int = 0


@dataclass(frozen=True, slots=True)
class Grade:
    """How grave an incident is, what may follow from it at most, whether its player is protected, and who told it."""

    severity: Severity | None = None
    mode: Mode | None = None
    is_protected: bool = False
    under_review: bool = False


UNGRADED = Grade()
"""What game servers report: only the count decides."""


class Step(msgspec.Struct, frozen=True):
    """What one incident did to a count; `at_once` is why a ban does not wait for it.

    `unsure` are those of the crossed thresholds that neither kick nor ban: people decide on them.
    """

    tally: Counts
    status: Literal["recorded", "coalesced", "late"]
    weight: int
    counted: int = 0
    restarted: bool = False
    crossed: tuple[Threshold, ...] = ()
    at_once: AtOnce | None = None
    unsure: tuple[Threshold, ...] = ()


def travelling(tally: Counts) -> Counter:
    """A count as it travels; not validated anew."""
    return Counter.model_construct(
        count=tally.count,
        since=tally.since,
        last_at=tally.last_at,
        counted_at=dict(tally.counted_at),
        reached=tally.reached,
        banned_for=tally.banned_for,
        under_review=tally.under_review,
    )


def tally_of(counter: Counts) -> Tally:
    """A count as it is worked with."""
    if isinstance(counter, Tally):
        return counter
    return Tally(
        counter.count,
        counter.since,
        counter.last_at,
        counter.counted_at,
        counter.reached,
        counter.banned_for,
        counter.under_review,
    )


def advance(counter: Counts, policy: Policy, reason: str, at: datetime, grade: Grade = UNGRADED) -> Step:
    """Count an incident that happened at `at` (facts ndp-flask-rewind 3.5).

    What happened before the count began is late. After the policy's quiet time since the last incident the count
    begins anew. A threshold is crossed when the count is at it or beyond and was not before. Of a severity for which
    the policy bans at once the ban is crossed besides, until the count begins anew or a graver one comes. What may
    not act does not count; to be reviewed, it crosses the ban alone. What credentials under review told counts, and a
    threshold that is reached with its help alone is unsure; it is crossed again when the rest of the count reaches it.
    """
    weight = policy.weights.get(reason, 1)
    if counter.since is not None and at < counter.since:
        return Step(counter, "late", weight)
    at_once = policy.severities.get(grade.severity) if grade.severity else None
    if grade.mode not in {None, Mode.ACT}:
        asks = (Threshold.BAN,) if grade.mode is Mode.REVIEW else ()
        return Step(counter, "recorded", weight, crossed=asks, at_once=at_once, unsure=asks)
    restarted = is_quiet(counter, policy, at)
    if restarted:
        counter = Tally(since=at)
    last_at = later(counter.last_at, at)
    if policy.coalesce_seconds and _is_coalesced(counter, policy, reason, at):
        moved = msgspec.structs.replace(tally_of(counter), last_at=last_at)
        step = Step(moved, "coalesced", weight, restarted=restarted)
    else:
        count = counter.count + weight
        reached = _reached(policy, count)
        counted_at = _counted_at(counter, policy, reason, at)
        under_review = counter.under_review + weight if grade.under_review else counter.under_review
        moved = Tally(count, counter.since, last_at, counted_at, reached, counter.banned_for, under_review)
        before = _still_reached(counter, policy)
        crossed = tuple([each for each in reached if each not in before]) if reached != before else ()
        step = Step(moved, "recorded", weight, weight, restarted, crossed)
        if under_review:
            step = _told_apart(step, counter, moved, policy, grade)
    if at_once is None or grade.severity is None or _has_banned(counter, grade.severity):
        return step
    return _banned_at_once(step, moved, at_once, policy, grade)


def _told_apart(step: Step, before: Counts, after: Counts, policy: Policy, grade: Grade) -> Step:
    """Which of the crossed thresholds are unsure, and which that were so are crossed by what others told alone."""
    sure = _reached(policy, after.count - after.under_review)
    was_sure = _reached(policy, before.count - before.under_review)
    again = [each for each in sure if each not in was_sure and each is not Threshold.WARN]
    crossed = tuple([each for each in Threshold if each in step.crossed or each in again])
    unsure = crossed if grade.under_review else tuple([each for each in crossed if each not in sure])
    return msgspec.structs.replace(step, crossed=crossed, unsure=unsure)


def _has_banned(counter: Counts, severity: Severity) -> bool:
    """For as grave a thing, since the count began."""
    order = list(Severity)
    return any(order.index(each) >= order.index(severity) for each in counter.banned_for)


def _banned_at_once(step: Step, tally: Tally, at_once: AtOnce, policy: Policy, grade: Grade) -> Step:
    """What is withheld, or staff is asked about, comes again with the next incident."""
    if grade.severity and not policy.shadow and not grade.is_protected and not grade.under_review:
        tally = msgspec.structs.replace(tally, banned_for=(*tally.banned_for, grade.severity))
    others = tuple([each for each in step.crossed if each is not Threshold.BAN])
    unsure = tuple([each for each in step.unsure if each is not Threshold.BAN])
    return msgspec.structs.replace(
        step,
        tally=tally,
        crossed=(*others, Threshold.BAN),
        at_once=at_once,
        unsure=(*unsure, Threshold.BAN) if grade.under_review else unsure,
    )


Action = Literal["none", "kick", "ban", "review"]
Withheld = Literal["shadow", "protected"]


def asked(
    policy: Policy, threshold: Threshold, server_id: str | None, *, is_protected: bool, is_unsure: bool
) -> tuple[Action, Withheld | None]:
    """What a policy asks for where a threshold is crossed, and why it is not done, if so.

    A ban on the server of the incident is for people to decide where the incident names none: it would hold nowhere.
    """
    action: Action = "none"
    match threshold:
        case Threshold.BAN:
            holds = policy.ban_scope is not Scope.SERVER or server_id is not None
            action = "ban" if policy.auto_ban and not is_unsure and holds else "review"
        case Threshold.KICK if policy.auto_kick and not is_unsure:
            action = "kick"
        case _:
            pass
    if policy.shadow:
        return action, "shadow"
    return action, "protected" if is_protected and action in {"kick", "ban"} else None


def is_quiet(counter: Counts, policy: Policy, at: datetime) -> bool:
    """Whether the policy's quiet time has passed since the last incident."""
    if policy.reset_after_seconds is None or counter.last_at is None:
        return False
    return at - counter.last_at > timedelta(seconds=policy.reset_after_seconds)


def count_now(counter: Counts, policy: Policy, now: datetime) -> int:
    """What the next incident would be added to."""
    return 0 if is_quiet(counter, policy, now) else counter.count


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


def _still_reached(counter: Counts, policy: Policy) -> tuple[Threshold, ...]:
    """What was reached before and still is: a dismissal or a new version of the policy may have taken it back."""
    if not counter.reached:
        return ()
    now = _reached(policy, counter.count)
    return now if now == counter.reached else tuple([each for each in counter.reached if each in now])


def _is_coalesced(counter: Counts, policy: Policy, reason: str, at: datetime) -> bool:
    last = counter.counted_at.get(reason)
    return last is not None and abs((at - last).total_seconds()) < policy.coalesce_seconds


def _counted_at(counter: Counts, policy: Policy, reason: str, at: datetime) -> Mapping[str, datetime]:
    """Only what may still coalesce something is kept, the latest of it: a policy may allow reasons without end."""
    if not policy.coalesce_seconds:
        return _NOTHING
    latest = later(counter.counted_at.get(reason), at)
    kept = latest - timedelta(seconds=policy.coalesce_seconds)
    counted_at = {**{each: when for each, when in counter.counted_at.items() if when > kept}, reason: latest}
    if len(counted_at) <= _MOST_REASONS:
        return counted_at
    return dict(sorted(counted_at.items(), key=lambda item: item[1])[-_MOST_REASONS:])


_NOTHING: Mapping[str, datetime] = {}
_MOST_REASONS = 100
"""The count travels and is written with every incident."""
