"""What the log says of a player: state, evolve. Pure; checks no rules.

The state has the fields of the contract's `PlayerAbuse` and is lighter: a batch concerns thousands of players, and
reads, moves and keeps each of them (ADR 0021).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never

import msgspec

from banstream_abuse_tracker.domain.counting import Grade, advance
from banstream_abuse_tracker.domain.identifying import request_id_of
from banstream_abuse_tracker.domain.policies import Policies
from banstream_abuse_tracker.domain.tally import NOTHING, Tally, tally_of, travelling
from banstream_contracts.abuse import Counter, PlayerAbuse, later
from banstream_contracts.events.abuse import (
    AbuseAlertRaised,
    AbuseDetected,
    AbuseKickRequested,
    AbuseThresholdReached,
    AnyPlayerAbuseEvent,
    CountRestarted,
    IncidentsDismissed,
    IncidentsRestored,
    PlayerForgotten,
    PlayerProtected,
    PlayerUnprotected,
)
from banstream_contracts.players import Player


class PlayerState(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a player stands: `PlayerAbuse` but for the player, whom the stream names."""

    total: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    is_protected: bool = False
    protected_reason: str | None = None
    counters: Mapping[str, Tally] = msgspec.field(default_factory=dict)


def abuse_of(player: Player, state: PlayerState) -> PlayerAbuse:
    """A player's state as it travels."""
    return PlayerAbuse(
        player=player,
        total=state.total,
        first_at=state.first_at,
        last_at=state.last_at,
        is_protected=state.is_protected,
        protected_reason=state.protected_reason,
        counters={policy_id: travelling(tally) for policy_id, tally in state.counters.items()},
    )


def detected(state: PlayerState, policy_id: str, at: datetime, tally: Tally) -> PlayerState:
    """The player after an incident, which has moved its policy's count to this."""
    first_at = state.first_at
    return PlayerState(
        state.total + 1,
        at if first_at is None or at < first_at else first_at,
        later(state.last_at, at),
        state.is_protected,
        state.protected_reason,
        {**state.counters, policy_id: tally},
    )


def evolve(state: PlayerState, event: AnyPlayerAbuseEvent, policies: Policies) -> PlayerState:
    """The player after any event. Counting an incident again gives the same count as when it was decided."""
    match event:
        case AbuseDetected():
            policy = policies.version(event.policy_id, event.policy_version)
            tally = tally_in(state, event.policy_id)
            step = advance(tally, policy, event.reason, event.occurred_at, grade_of(event))
            return detected(state, event.policy_id, event.occurred_at, step.tally)
        case AbuseAlertRaised() | AbuseThresholdReached() | AbuseKickRequested() | PlayerForgotten():
            return state
        case IncidentsDismissed() | IncidentsRestored():
            return msgspec.structs.replace(
                state,
                total=event.total,
                first_at=event.first_at,
                last_at=event.last_at,
                counters=_counters(state, event.counters),
            )
        case CountRestarted():
            return msgspec.structs.replace(state, counters=_counters(state, event.counters))
        case PlayerProtected():
            return msgspec.structs.replace(state, is_protected=True, protected_reason=event.reason)
        case PlayerUnprotected():
            return msgspec.structs.replace(state, is_protected=False, protected_reason=None)
        case _:
            assert_never(event)


def grade_of(event: AbuseDetected) -> Grade:
    """As it was counted."""
    request_id = request_id_of(event.incident_id, event.told_at or event.occurred_at)
    return Grade(event.severity, event.mode, event.is_protected, event.under_review, request_id)


def tally_in(state: PlayerState, policy_id: str) -> Tally:
    """How far a player has come under a policy."""
    return state.counters.get(policy_id, NOTHING)


def _counters(state: PlayerState, changed: Mapping[str, Counter]) -> dict[str, Tally]:
    return {**state.counters, **{policy_id: tally_of(counter) for policy_id, counter in changed.items()}}
