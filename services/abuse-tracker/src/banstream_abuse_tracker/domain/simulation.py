"""What a policy would have done with incidents that have happened. Pure.

Counting is the live one (`counting.advance`), and so is what a crossing asks for (`asking.asked`). Other than live,
a ban begins with its crossing: until its end no incident counts, at its end the count begins anew, and after one for
good nothing counts any more. Live, what is told during a ban still counts, and may warn once more. What staff did
meanwhile plays no part.
"""

from collections import Counter as Numbers
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import assert_never

from banstream_abuse_tracker.domain.asking import asked
from banstream_abuse_tracker.domain.counting import UNGRADED, Grade, Step, advance
from banstream_abuse_tracker.domain.tally import NOTHING, Tally
from banstream_contracts.abuse import Threshold
from banstream_contracts.infractions import Scope
from banstream_contracts.policies import Policy, PolicyVersion

FOR_GOOD = datetime.max.replace(tzinfo=UTC)
"""The end of a ban without one."""

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)

PolicyFor = Callable[[str | None], PolicyVersion]
"""Which policy holds for the incidents of a server."""


class Outcome(StrEnum):
    """What a crossing comes to; `withheld` is what a policy in shadow or a protection keeps from happening."""

    WARNING = "warning"
    KICK = "kick"
    BAN = "ban"
    REVIEW = "review"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Happened:
    """An incident of a player as the log has it."""

    player: str
    reason: str
    at: datetime
    server_id: str | None = None
    grade: Grade = UNGRADED


@dataclass(slots=True)
class Course:
    """What came of incidents under some policies.

    `players` are those with outcomes. `ignored` incidents fell into a ban or happened before their count began,
    `refused` ones, by reason, are of a reason that their policy does not allow.
    """

    incidents: int = 0
    ignored: int = 0
    refused: Numbers[str] = field(default_factory=Numbers)
    outcomes: Numbers[Outcome] = field(default_factory=Numbers)
    players: dict[str, Numbers[Outcome]] = field(default_factory=dict, repr=False)

    def of(self, player: str) -> Mapping[Outcome, int]:
        """The outcomes of a player."""
        return self.players.get(player, _NOTHING)

    def players_with(self, outcome: Outcome) -> int:
        """How many players it came to."""
        return sum(1 for outcomes in self.players.values() if outcomes[outcome])


class Simulation:
    """Takes incidents in the order of the log; outcomes of those before `since` only bring the counts up to it.

    Remembers one counter a player and policy, however many the incidents.
    """

    def __init__(self, policy_for: PolicyFor, protected: AbstractSet[str], since: datetime) -> None:
        self.course = Course()
        self._policy_for = policy_for
        self._protected = protected
        self._since = since
        self._counters: dict[str, dict[str, Tally]] = {}
        self._ends: dict[str, datetime] = {}

    def take(self, incident: Happened) -> tuple[Threshold, ...]:
        """Count an incident; returns the thresholds that it crossed."""
        version = self._policy_for(incident.server_id)
        is_shown = incident.at >= self._since
        self.course.incidents += is_shown
        if not version.policy.allows(incident.reason):
            self.course.refused[incident.reason] += is_shown
            return ()
        counters = self._counters.setdefault(version.policy_id, {})
        counter = counters.get(incident.player)
        if counter is None:
            counter = self._fresh(incident.player)
        grade = incident.grade
        if grade.severity is not None:
            grade = replace(grade, is_protected=incident.player in self._protected)
        step = advance(counter, version.policy, incident.reason, incident.at, grade)
        counters[incident.player] = step.tally
        if step.status == "late":
            self.course.ignored += is_shown
        for threshold in step.crossed:
            self._cross(incident, version, threshold, step, is_shown=is_shown)
        return step.crossed

    def _fresh(self, player: str) -> Tally:
        end = self._ends.get(player)
        return NOTHING if end is None else Tally(since=end)

    def _cross(
        self, incident: Happened, version: PolicyVersion, threshold: Threshold, step: Step, *, is_shown: bool
    ) -> None:
        is_protected = incident.player in self._protected
        is_unsure = threshold in step.unsure
        outcome = _outcome(incident, version.policy, threshold, is_protected=is_protected, is_unsure=is_unsure)
        if outcome is None:
            return
        at_once = step.at_once if threshold is Threshold.BAN else None
        is_reviewed = outcome is Outcome.BAN and at_once is not None and at_once.review
        if is_shown:
            for each in (outcome, Outcome.REVIEW) if is_reviewed else (outcome,):
                self.course.outcomes[each] += 1
                self.course.players.setdefault(incident.player, Numbers())[each] += 1
        if outcome is Outcome.BAN:
            lasting = at_once.ban_duration_seconds if at_once else version.policy.ban_duration_seconds
            self._ban(incident, version, end_of_ban(lasting, incident.at))

    def _ban(self, incident: Happened, version: PolicyVersion, end: datetime) -> None:
        """The count under every policy of servers on which the ban holds begins at its end."""
        if version.policy.ban_scope is Scope.SERVER:
            self._counters[version.policy_id][incident.player] = Tally(since=end)
            return
        self._ends[incident.player] = max(end, self._ends.get(incident.player, end))
        for counters in self._counters.values():
            counters.pop(incident.player, None)


@dataclass(frozen=True, slots=True)
class Change:
    """Players to whom an outcome comes under the draft alone, or under the policies in force alone."""

    outcome: Outcome
    new: tuple[str, ...]
    gone: tuple[str, ...]


def changes(in_force: Course, draft: Course) -> list[Change]:
    """What the draft changes, by outcome; players in the order in which they came."""
    return [
        Change(
            outcome,
            new=_alone(outcome, draft, in_force),
            gone=_alone(outcome, in_force, draft),
        )
        for outcome in Outcome
    ]


def counting_from(since: datetime, policies: Iterable[Policy]) -> datetime:
    """So early that the counts are right at `since` under each policy with a quiet time; others remember for ever."""
    longest = max((each.reset_after_seconds or 0 for each in policies), default=0)
    try:
        return max(since - timedelta(seconds=longest), _EARLIEST)
    except OverflowError:
        return _EARLIEST


def end_of_ban(duration_seconds: int | None, at: datetime) -> datetime:
    """When a ban ends that begins at `at`."""
    if duration_seconds is None:
        return FOR_GOOD
    try:
        return at + timedelta(seconds=duration_seconds)
    except OverflowError:
        return FOR_GOOD


def _alone(outcome: Outcome, here: Course, there: Course) -> tuple[str, ...]:
    return tuple(
        player
        for player, outcomes in here.players.items()
        if outcomes[outcome] and not there.of(player).get(outcome, 0)
    )


def _outcome(
    incident: Happened, policy: Policy, threshold: Threshold, *, is_protected: bool, is_unsure: bool
) -> Outcome | None:
    """None where the policy does nothing about it: a kick threshold without automatic kicks."""
    action, withheld = asked(policy, threshold, incident.server_id, is_protected=is_protected, is_unsure=is_unsure)
    if action == "none" and threshold is not Threshold.WARN:
        return None
    if withheld:
        return Outcome.WITHHELD
    match action:
        case "none":
            return Outcome.WARNING
        case "kick":
            return Outcome.KICK
        case "ban":
            return Outcome.BAN
        case "review":
            return Outcome.REVIEW
        case _:
            assert_never(action)


_NOTHING: Mapping[Outcome, int] = {}
