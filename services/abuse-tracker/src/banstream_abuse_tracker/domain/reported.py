"""What players and staff were told that a count has reached: nobody was told of what it reaches by a recount. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

import msgspec

from banstream_abuse_tracker.domain.counting import limit_of
from banstream_abuse_tracker.domain.policies import Policies
from banstream_abuse_tracker.domain.tally import Run, Tally
from banstream_contracts.abuse import Threshold
from banstream_contracts.events.abuse import AbuseThresholdReached
from banstream_contracts.infractions import Severity

_NO_RUN = Run()
_AnyRun = TypeVar("_AnyRun", bound=Run)


class Report(NamedTuple):
    """A threshold that a count reached, or a severity that banned at once, and by what happened when.

    `asked` is the request for review that it opened with the help of credentials under review and that nothing settled.
    """

    told: Threshold | Severity
    at: datetime
    is_unsure: bool
    asked: str | None = None


def reports_of(policy_id: str, reached: Sequence[AbuseThresholdReached], policies: Policies) -> Iterator[Report]:
    """What credentials under review told reports nothing of the count without them, but for the warning."""
    settled = {each.settles for each in reached}
    for each in reached:
        if each.policy_id != policy_id:
            continue
        policy = policies.version(each.policy_id, each.policy_version)
        limit = limit_of(policy, each.threshold)
        if limit is not None and each.count >= limit:
            is_unsure = each.under_review and each.threshold is not Threshold.WARN
            is_asked = is_unsure and each.withheld is None and each.severity not in policy.severities
            asked = each.request_id if is_asked and each.request_id not in settled else None
            yield Report(each.threshold, each.occurred_at, is_unsure, asked)
        if each.threshold is Threshold.BAN and each.severity and each.withheld is None:
            yield Report(each.severity, each.occurred_at, each.under_review)


def as_told(tally: Tally, before: Tally, reports: Sequence[Report], quiet: int | None) -> Tally:
    """A count that has reached, banned for and asked what was reported alone: of each of its runs by itself."""
    known = [each for each in reports if tally.since is None or each.at >= tally.since]
    sure = tally.sure and as_told(tally.sure, before.sure or before, known, quiet)
    if sure is None:
        known = [each for each in known if not each.is_unsure]
    earlier = tally.earlier and _run_as_told(tally.earlier, before.earlier or _NO_RUN, known, quiet)
    return msgspec.structs.replace(_run_as_told(tally, before, known, quiet), earlier=earlier, sure=sure)


def _run_as_told(run: _AnyRun, before: Run, reports: Sequence[Report], quiet: int | None) -> _AnyRun:
    """What it had before stays, and what an incident reported that may have been of it.

    The request for review that it had opened is the newest that was reported: a recount opens none.
    """
    known = [each for each in reports if _may_be_of(run, each.at, quiet)]
    told = {each.told for each in known} | {*before.reached, *before.banned_for}
    reached = tuple([each for each in run.reached if each in told])
    banned_for = tuple([each for each in run.banned_for if each in told])
    asked = next((each.asked for each in reversed(known) if each.asked), None)
    return msgspec.structs.replace(run, reached=reached, banned_for=banned_for, asked=asked)


def _may_be_of(run: Run, at: datetime, quiet: int | None) -> bool:
    if quiet is None or run.first_at is None or run.last_at is None:
        return True
    apart = timedelta(seconds=quiet)
    return run.first_at - apart <= at <= run.last_at + apart
