"""What the log says of a player: state, evolve. Pure; checks no rules.

The state is the contract's own frozen `PlayerAbuse`: what is decided on is what is read.
"""

from typing import assert_never

from banstream_abuse_tracker.counting import Grade, advance
from banstream_abuse_tracker.policies import Policies
from banstream_contracts.abuse import Counter, PlayerAbuse, later
from banstream_contracts.abuse_events import (
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


def detected(player: PlayerAbuse, event: AbuseDetected, counter: Counter) -> PlayerAbuse:
    """The player after an incident, which has moved its policy's counter to this."""
    return player.model_copy(
        update={
            "total": player.total + 1,
            "first_at": min(player.first_at or event.occurred_at, event.occurred_at),
            "last_at": later(player.last_at, event.occurred_at),
            "counters": {**player.counters, event.policy_id: counter},
        }
    )


def evolve(player: PlayerAbuse, event: AnyPlayerAbuseEvent, policies: Policies) -> PlayerAbuse:
    """The player after any event. Counting an incident again gives the same counter as when it was decided."""
    match event:
        case AbuseDetected():
            policy = policies.version(event.policy_id, event.policy_version)
            counter = counter_of(player, event.policy_id)
            step = advance(counter, policy, event.reason, event.occurred_at, grade_of(event))
            return detected(player, event, step.counter)
        case AbuseAlertRaised() | AbuseThresholdReached() | AbuseKickRequested() | PlayerForgotten():
            return player
        case IncidentsDismissed() | IncidentsRestored():
            kept = {"total": event.total, "first_at": event.first_at, "last_at": event.last_at}
            return player.model_copy(update={**kept, "counters": {**player.counters, **event.counters}})
        case CountRestarted():
            return player.model_copy(update={"counters": {**player.counters, **event.counters}})
        case PlayerProtected():
            return player.model_copy(update={"is_protected": True, "protected_reason": event.reason})
        case PlayerUnprotected():
            return player.model_copy(update={"is_protected": False, "protected_reason": None})
        case _:
            assert_never(event)


def grade_of(event: AbuseDetected) -> Grade:
    """As it was counted."""
    return Grade(event.severity, event.mode, event.is_protected)


def counter_of(player: PlayerAbuse, policy_id: str) -> Counter:
    """How far a player has come under a policy."""
    return player.counters.get(policy_id, _NONE)


_NONE = Counter()
