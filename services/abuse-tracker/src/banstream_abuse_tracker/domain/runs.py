"""Where in time an incident belongs, whenever it is told. Pure.

Runs of incidents are apart where the policy's quiet time lies between them, so an incident from before such a time
must not add to what came after it. The newest run and the one before it are known: whatever is told at most a quiet
time late goes where it would have gone in time. Of an older run nothing is known any more, and what is told of it
counts nothing, as it may have been punished already.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from banstream_abuse_tracker.domain.tally import Counting, Run, Tally
from banstream_contracts.abuse import Threshold
from banstream_contracts.policies import Policy

_MOST_REMEMBERED = 50
"""Incidents that coalesce others; the count travels and is written with every incident."""


class Place(NamedTuple):
    """The run that an incident belongs to, and the other one; before `since` nothing counts any more."""

    run: Run
    other: Run | None
    is_newest: bool
    since: datetime | None
    begins_anew: bool = False


def place_of(tally: Tally, policy: Policy, at: datetime) -> Place | None:
    """None for what is too late to count."""
    since, earlier = tally.since, tally.earlier
    if since is not None and at < since:
        return None
    if policy.reset_after_seconds is None or tally.last_at is None:
        return Place(tally, earlier, is_newest=True, since=since)
    quiet, first_at = timedelta(seconds=policy.reset_after_seconds), tally.first_at or tally.last_at
    if at - tally.last_at > quiet:
        return Place(Run(), _run_of(tally), is_newest=True, since=_behind(earlier, quiet, since), begins_anew=True)
    if at >= first_at:
        return Place(tally, earlier, is_newest=True, since=since)
    is_near = first_at - at <= quiet
    if earlier is None or earlier.last_at is None:
        return Place(tally if is_near else Run(), None if is_near else tally, is_newest=is_near, since=since)
    is_between = at > earlier.last_at
    reaches = (at - earlier.last_at if is_between else (earlier.first_at or earlier.last_at) - at) <= quiet
    if is_between and is_near:
        run, other = (_joined(earlier, tally, policy), None) if reaches else (tally, earlier)
        return Place(run, other, is_newest=True, since=since)
    if reaches:
        return Place(earlier, tally, is_newest=False, since=since)
    return Place(Run(), tally, is_newest=False, since=_behind(earlier, quiet, since)) if is_between else None


def tally_after(place: Place, moved: Run) -> Tally:
    """The count, where its place is this by now; of what others told it says nothing."""
    newest, earlier = (moved, place.other) if place.is_newest else (place.other or Run(), moved)
    return Tally(
        newest.count,
        newest.first_at,
        newest.last_at,
        newest.counted,
        newest.reached,
        newest.banned_for,
        newest.asked,
        place.since,
        _run_of(earlier) if earlier is not None else None,
    )


def is_one_with_another(run: Run, policy: Policy, reason: str, at: datetime) -> bool:
    """Whether an incident is within the coalescing time of one that counted, or too old to know that."""
    if not policy.coalesce_seconds:
        return False
    if len(run.counted) == _MOST_REMEMBERED and at < run.counted[0].at:
        return True
    return _is_near(run, policy, reason, at)


def remembered(run: Run, policy: Policy, reason: str, at: datetime) -> tuple[Counting, ...]:
    """What coalesces others from now on, the newest of it: a policy may allow reasons without end."""
    if not policy.coalesce_seconds:
        return ()
    counted = (*run.counted, Counting(at, reason))
    is_late = len(counted) > 1 and at < counted[-2].at
    return (tuple(sorted(counted)) if is_late else counted)[-_MOST_REMEMBERED:]


def _behind(forgotten: Run | None, quiet: timedelta, since: datetime | None) -> datetime | None:
    """Where a run is forgotten, nothing that might belong to it counts any more."""
    if forgotten is None or forgotten.last_at is None:
        return since
    return forgotten.last_at + quiet + timedelta.resolution


def _joined(older: Run, newer: Run, policy: Policy) -> Run:
    """Two runs in one, since an incident between them is told of: what counted in both of one thing counts once."""
    twice = [each for each in newer.counted if _is_near(older, policy, each.reason, each.at)]
    kept = [each for each in newer.counted if each not in twice]
    return Run(
        count=older.count + newer.count - sum(policy.weights.get(each.reason, 1) for each in twice),
        first_at=older.first_at,
        last_at=newer.last_at,
        counted=tuple([*older.counted, *kept][-_MOST_REMEMBERED:]),
        reached=tuple([each for each in Threshold if each in older.reached or each in newer.reached]),
        banned_for=tuple(dict.fromkeys((*older.banned_for, *newer.banned_for))),
        asked=newer.asked or older.asked,
    )


def _run_of(run: Run) -> Run:
    """Without what a count knows besides its newest run."""
    if not isinstance(run, Tally):
        return run
    return Run(run.count, run.first_at, run.last_at, run.counted, run.reached, run.banned_for, run.asked)


def _is_near(run: Run, policy: Policy, reason: str, at: datetime) -> bool:
    """By the newest first, as most incidents are newer than all that is remembered."""
    apart = timedelta(seconds=policy.coalesce_seconds)
    for each in reversed(run.counted):
        if at - each.at >= apart:
            return False
        if each.reason == reason and each.at - at < apart:
            return True
    return False
