"""Incidents taken out of the count and put back: the count is worked out again as if they had not been. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from banstream_abuse_tracker.domain.counting import advance, is_quiet
from banstream_abuse_tracker.domain.policies import Policies
from banstream_abuse_tracker.domain.record import PlayerState, grade_of, tally_in
from banstream_abuse_tracker.domain.reported import as_told, reports_of
from banstream_abuse_tracker.domain.tally import NOTHING, Tally, travelling
from banstream_contracts.abuse import Counter, Mode
from banstream_contracts.commands.abuse import DismissIncidents, RestoreIncidents
from banstream_contracts.events.abuse import (
    AbuseDetected,
    AbuseThresholdReached,
    AnyPlayerAbuseEvent,
    CountRestarted,
    IncidentsDismissed,
    IncidentsRestored,
)
from banstream_contracts.policies import Policy

_MOST_IDS = 10_000
"""Of one event, which has to fit into a message of NATS."""


@dataclass(frozen=True, slots=True)
class History:
    """A player's incidents in the order of the log, which are dismissed, and the restarts between them.

    `reached` are the thresholds that were reported.
    """

    happened: tuple[AbuseDetected | CountRestarted, ...] = ()
    dismissed: frozenset[UUID] = field(default_factory=frozenset)
    reached: tuple[AbuseThresholdReached, ...] = ()

    @property
    def banned_under(self) -> Mapping[str, str]:
        """The policy of each ban that a count asked for, by its infraction."""
        return {each.ban.infraction_id: each.policy_id for each in self.reached if each.ban}

    @property
    def incidents(self) -> list[AbuseDetected]:
        """The incidents alone."""
        return [event for event in self.happened if isinstance(event, AbuseDetected)]


def history_of(events: Sequence[AnyPlayerAbuseEvent]) -> History:
    """By all events of a player, who may have tens of thousands."""
    happened: list[AbuseDetected | CountRestarted] = []
    dismissed: set[UUID] = set()
    reached: list[AbuseThresholdReached] = []
    for event in events:
        match event:
            case AbuseThresholdReached():
                reached.append(event)
            case AbuseDetected() | CountRestarted():
                happened.append(event)
            case IncidentsDismissed():
                dismissed.update(event.incident_ids)
            case IncidentsRestored():
                dismissed.difference_update(event.incident_ids)
            case _:
                pass
    return History(tuple(happened), frozenset(dismissed), tuple(reached))


def correct(
    command: DismissIncidents | RestoreIncidents, player: PlayerState, history: History, policies: Policies
) -> tuple[IncidentsDismissed | IncidentsRestored, ...]:
    """Dismiss or restore; what is so already is left out, and nothing left yields nothing.

    Of very many incidents several events tell, each with what all of them come to.
    """
    wanted = _wanted(command, player, history, policies)
    if not wanted:
        return ()
    dismisses = isinstance(command, DismissIncidents)
    chosen = frozenset(wanted)
    dismissed = history.dismissed | chosen if dismisses else history.dismissed - chosen
    kept = [event for event in history.incidents if event.incident_id not in dismissed]
    touched = {event.policy_id for event in history.incidents if event.incident_id in chosen}
    after = replace(history, dismissed=dismissed)
    common: dict[str, Any] = {
        "player": command.player,
        "reason": command.reason,
        "counters": {each: count_again(each, after, policies, tally_in(player, each)) for each in sorted(touched)},
        "total": len(kept),
        "first_at": min((event.occurred_at for event in kept), default=None),
        "last_at": max((event.occurred_at for event in kept), default=None),
        "actor": command.actor,
        "occurred_at": command.issued_at,
    }
    event = IncidentsDismissed if dismisses else IncidentsRestored
    parts = (wanted[begin : begin + _MOST_IDS] for begin in range(0, len(wanted), _MOST_IDS))
    return tuple(event(incident_ids=part, **common) for part in parts)


def _wanted(
    command: DismissIncidents | RestoreIncidents, player: PlayerState, history: History, policies: Policies
) -> tuple[UUID, ...]:
    if isinstance(command, RestoreIncidents):
        return tuple(each for each in dict.fromkeys(command.incident_ids) if each in history.dismissed)
    left = {event.incident_id: event for event in history.incidents if event.incident_id not in history.dismissed}
    if command.incident_ids:
        return tuple(each for each in dict.fromkeys(command.incident_ids) if each in left)
    counters = {
        policy_id: tally
        for policy_id, tally in player.counters.items()
        if not ((held := policies.in_force.get(policy_id)) and is_quiet(tally, held.policy, command.issued_at))
    }
    return tuple(each for each, event in left.items() if _counts_now(event, counters.get(event.policy_id)))


def _counts_now(event: AbuseDetected, counter: Tally | None) -> bool:
    """By when it happened: a dismissal of others may have made one count that was told too late then."""
    if counter is None or event.mode not in {None, Mode.ACT}:
        return False
    if counter.count == 0 and not counter.banned_for:
        return False
    begun_at = counter.first_at or counter.since
    return begun_at is None or event.occurred_at >= begun_at


def count_again(
    policy_id: str, history: History, policies: Policies, before: Tally = NOTHING, until: CountRestarted | None = None
) -> Counter:
    """The counter that all incidents but the dismissed ones make, each under the version it was counted under.

    Of what was told before a restart, only what happened after it counts. `before` is the count so far, and `until` a
    restart that follows. A threshold that nobody was told of is not reached yet: the next incident reaches it; and so
    it is with severities that ban at once.
    """
    seen: list[AbuseDetected] = []
    counter = NOTHING
    for event in (*history.happened, until) if until else history.happened:
        if isinstance(event, AbuseDetected):
            if event.policy_id == policy_id and event.incident_id not in history.dismissed:
                seen.append(event)
                counter = _advanced(counter, event, policies)
        elif policy_id in event.counters:
            counter = Tally(since=event.occurred_at)
            for earlier in seen:
                if earlier.occurred_at >= event.occurred_at:
                    counter = _advanced(counter, earlier, policies)
    if not seen:
        return travelling(counter)
    reports = [*reports_of(policy_id, history.reached, policies)]
    return travelling(as_told(counter, before, reports, _policy_of(seen[-1], policies).reset_after_seconds))


def _advanced(counter: Tally, event: AbuseDetected, policies: Policies) -> Tally:
    return advance(counter, _policy_of(event, policies), event.reason, event.occurred_at, grade_of(event)).tally


def _policy_of(event: AbuseDetected, policies: Policies) -> Policy:
    return policies.version(event.policy_id, event.policy_version)
