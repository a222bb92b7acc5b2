"""How an incident moves a count, and which thresholds it reaches. Pure; the same for live, replay and simulation."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from banstream_contracts.abuse import Counter, Threshold, later
from banstream_contracts.policies import Policy


@dataclass(frozen=True, slots=True)
class Step:
    """What one incident did to a counter."""

    counter: Counter
    status: Literal["recorded", "coalesced", "late"]
    weight: int
    counted: int = 0
    restarted: bool = False
    crossed: tuple[Threshold, ...] = ()


def advance(counter: Counter, policy: Policy, reason: str, at: datetime) -> Step:
    """Count an incident that happened at `at` (facts ndp-flask-rewind 3.5).

    What happened before the count began is late. After the policy's quiet time since the last incident the count
    begins anew. A threshold is crossed when the count is at it or beyond and was not before.
    """
    weight = policy.weights.get(reason, 1)
    if counter.since is not None and at < counter.since:
        return Step(counter, "late", weight)
    restarted = is_quiet(counter, policy, at)
    if restarted:
        counter = Counter(since=at)
    if _is_coalesced(counter, policy, reason, at):
        return Step(_moved(counter, last_at=later(counter.last_at, at)), "coalesced", weight, restarted=restarted)
    count = counter.count + weight
    before = _reached(counter, policy)
    reached = tuple(each for each in Threshold if (limit := limit_of(policy, each)) is not None and count >= limit)
    moved = _moved(
        counter,
        count=count,
        last_at=later(counter.last_at, at),
        counted_at=_counted_at(counter, policy, reason, at),
        reached=reached,
    )
    crossed = tuple(each for each in reached if each not in before)
    return Step(moved, "recorded", weight, weight, restarted, crossed)


def is_quiet(counter: Counter, policy: Policy, at: datetime) -> bool:
    """Whether the policy's quiet time has passed since the last incident."""
    if policy.reset_after_seconds is None or counter.last_at is None:
        return False
    return at - counter.last_at > timedelta(seconds=policy.reset_after_seconds)


def count_now(counter: Counter, policy: Policy, now: datetime) -> int:
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


def _reached(counter: Counter, policy: Policy) -> tuple[Threshold, ...]:
    """What was reached before and still is: a dismissal or a new version of the policy may have taken it back."""
    limits = {each: limit_of(policy, each) for each in counter.reached}
    return tuple(each for each, limit in limits.items() if limit is not None and counter.count >= limit)


def _is_coalesced(counter: Counter, policy: Policy, reason: str, at: datetime) -> bool:
    last = counter.counted_at.get(reason)
    return last is not None and abs((at - last).total_seconds()) < policy.coalesce_seconds


def _counted_at(counter: Counter, policy: Policy, reason: str, at: datetime) -> dict[str, datetime]:
    """Only what may still coalesce something is kept: a policy may allow reasons without end."""
    if not policy.coalesce_seconds:
        return {}
    latest = later(counter.counted_at.get(reason), at)
    kept = latest - timedelta(seconds=policy.coalesce_seconds)
    return {**{each: when for each, when in counter.counted_at.items() if when > kept}, reason: latest}


def _moved(counter: Counter, **changes: object) -> Counter:
    return counter.model_copy(update=changes)
