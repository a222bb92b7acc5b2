"""A draft of a policy tried on the log while the service runs: bounded, and nothing is written.

`banstream policy simulate` does the same with a database of its own and no bound.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

import asyncpg

from banstream_abuse_tracker.domain.policies import Policies
from banstream_abuse_tracker.domain.simulation import Change, Course, PolicyFor, Simulation, changes, counting_from
from banstream_abuse_tracker.replaying import incidents, reading
from banstream_contracts.players import parse_player
from banstream_contracts.policies import PolicyVersion
from banstream_contracts.queries.simulation import (
    MOST_PLAYERS,
    PolicySimulated,
    SimulatedChange,
    SimulatedCourse,
    SimulatedOutcome,
    SimulatePolicy,
)

MOST_INCIDENTS = 50_000
SECONDS = 6.0
"""Whoever asks waits for ten at most."""

_TOO_MANY = PolicySimulated(problem="too-many")


async def simulated(pool: "asyncpg.Pool[asyncpg.Record]", query: SimulatePolicy, now: datetime) -> PolicySimulated:
    """What the draft would have done beside what holds; too many incidents, or too slow a database, are said so."""
    try:
        async with asyncio.timeout(SECONDS), pool.acquire() as connection, reading(connection) as known:
            versions = _in_force(known.policies, query)
            if not versions:
                return PolicySimulated(problem="unknown-policy")
            named = query.against is not None
            in_force: PolicyFor = partial(_always, versions[0]) if named else known.policies.for_server
            since = now - timedelta(days=query.days)
            draft = partial(_always, PolicyVersion(policy_id="draft", policy=query.policy))
            both = [Simulation(each, known.protected, since) for each in (in_force, draft)]
            begin = counting_from(since, [query.policy, *(each.policy for each in versions)])
            servers, read = query.servers or None, 0
            async for page in incidents(connection, begin, now, servers, _no_progress):
                read += len(page)
                if read > MOST_INCIDENTS:
                    return _TOO_MANY
                for each in page:
                    for side in both:
                        side.take(each)
                await asyncio.sleep(0)  # others are answered between two pages
    except TimeoutError:
        return _TOO_MANY
    return _told(both[0].course, both[1].course)


def _in_force(policies: Policies, query: SimulatePolicy) -> list[PolicyVersion]:
    """Those that the draft is compared with; none where the one that is named is not there."""
    if query.against is not None:
        return [version for policy_id, version in policies.in_force.items() if policy_id == query.against]
    return [policies.for_server(each) for each in query.servers] if query.servers else [*policies.in_force.values()]


def _always(version: PolicyVersion, _server_id: str | None) -> PolicyVersion:
    return version


def _told(in_force: Course, draft: Course) -> PolicySimulated:
    return PolicySimulated(
        in_force=_course(in_force),
        draft=_course(draft),
        changes=tuple(_change(each) for each in changes(in_force, draft)),
    )


def _course(course: Course) -> SimulatedCourse:
    outcomes: Mapping[SimulatedOutcome, int] = {each.value: number for each, number in course.outcomes.items()}
    return SimulatedCourse(
        incidents=course.incidents,
        ignored=course.ignored,
        refused={reason: number for reason, number in course.refused.items() if number},
        outcomes=dict(outcomes),
        players={each.value: course.players_with(each) for each in course.outcomes},
    )


def _change(change: Change) -> SimulatedChange:
    return SimulatedChange(
        outcome=change.outcome.value,
        new=tuple(parse_player(each) for each in change.new[:MOST_PLAYERS]),
        new_count=len(change.new),
        gone=tuple(parse_player(each) for each in change.gone[:MOST_PLAYERS]),
        gone_count=len(change.gone),
    )


def _no_progress(_position: int, _head: int) -> None:
    """Whoever asks waits."""
