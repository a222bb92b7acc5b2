"""A draft policy and those in force, on the same incidents of the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from banstream_abuse_tracker.domain.policies import Policies
from banstream_abuse_tracker.domain.simulation import (
    Change,
    Course,
    Outcome,
    PolicyFor,
    Simulation,
    changes,
    counting_from,
)
from banstream_abuse_tracker.replaying import incidents, reading
from banstream_cli.direct.database import administrator
from banstream_cli.direct.event_logs import ABUSE_TRACKER
from banstream_cli.settings import Settings
from banstream_cli.terminal.exits import AnswerIsNo
from banstream_cli.terminal.progress import progress_bar
from banstream_contracts.policies import Policy, PolicyVersion

DRAFT = "draft"
_BY_WEIGHT = (Outcome.BAN, Outcome.REVIEW, Outcome.KICK, Outcome.WARNING, Outcome.WITHHELD)


@dataclass(frozen=True, slots=True)
class Question:
    """A draft, and the incidents to try it on: those of a time, and of the named servers or of all (None).

    `against` is the policy to compare with; without it each incident's own.
    """

    draft: Policy
    since: datetime
    until: datetime
    servers: tuple[str, ...] | None = None
    against: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the draft does, what the policies in force do, and what is other. Both count from `begin` on."""

    question: Question
    begin: datetime
    policies: tuple[PolicyVersion, ...]
    in_force: Course
    draft: Course

    @property
    def changes(self) -> list[Change]:
        """By outcome, the gravest first."""
        found = {change.outcome: change for change in changes(self.in_force, self.draft)}
        return [found[outcome] for outcome in _BY_WEIGHT]

    def players(self, most: int | None = None) -> list[str]:
        """Those with an outcome, the gravest under the draft first; as many as wanted."""
        known = {**self.draft.players, **self.in_force.players}
        return sorted(
            known, key=lambda player: (_gravity(self.draft, player), _gravity(self.in_force, player), player)
        )[:most]


async def simulate(settings: Settings, question: Question) -> Comparison:
    """Read the incidents once and feed them to both sides. Raises Trouble."""
    async with (
        administrator(settings.admin_database_url(), ABUSE_TRACKER.schema) as connection,
        reading(connection) as known,
    ):
        policies = _compared(question, known.policies)
        begin = counting_from(question.since, [question.draft, *(each.policy for each in policies)])
        version = PolicyVersion(policy_id=DRAFT, policy=question.draft)
        in_force = Simulation(_policy_for(question, known.policies), known.protected, question.since)
        draft = Simulation(partial(_always, version), known.protected, question.since)
        with progress_bar("simulating") as advance:
            async for page in incidents(connection, begin, question.until, question.servers, advance):
                for each in page:
                    in_force.take(each)
                    draft.take(each)
    return Comparison(question, begin, policies, in_force.course, draft.course)


def _compared(question: Question, policies: Policies) -> tuple[PolicyVersion, ...]:
    if question.against is not None:
        found = policies.in_force.get(question.against)
        if found is None:
            raise AnswerIsNo(f"no policy in force has the id {question.against}; see `banstream policy list`")
        return (found,)
    if question.servers is None:
        return tuple(policies.in_force.values())
    return _each_once([policies.for_server(server) for server in question.servers])


def _each_once(versions: Sequence[PolicyVersion]) -> tuple[PolicyVersion, ...]:
    return tuple({version.policy_id: version for version in versions}.values())


def _policy_for(question: Question, policies: Policies) -> PolicyFor:
    if question.against is not None:
        return partial(_always, policies.in_force[question.against])
    return policies.for_server


def _always(version: PolicyVersion, _server_id: str | None) -> PolicyVersion:
    return version


def _gravity(course: Course, player: str) -> tuple[int, ...]:
    outcomes = course.of(player)
    return tuple(-outcomes.get(outcome, 0) for outcome in _BY_WEIGHT)
