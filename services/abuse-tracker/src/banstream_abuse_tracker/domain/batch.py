"""A batch of commands decided one after the other in memory, each seeing what those before it did. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, assert_never
from uuid import UUID

from banstream_abuse_tracker.domain.corrections import History, correct, history_of
from banstream_abuse_tracker.domain.counting import count_now
from banstream_abuse_tracker.domain.incidents import Report, detect, report_of
from banstream_abuse_tracker.domain.players import forget, protect, unprotect
from banstream_abuse_tracker.domain.policies import Policies, decide_policy
from banstream_abuse_tracker.domain.record import PlayerState, abuse_of, evolve, tally_in
from banstream_abuse_tracker.domain.restarts import restart
from banstream_contracts.abuse import Incident
from banstream_contracts.commands.abuse import (
    AnyAbuseCommand,
    DismissIncidents,
    ForgetPlayer,
    ProtectPlayer,
    RecordIncidents,
    RemovePolicy,
    RestartCount,
    RestoreIncidents,
    SetPolicy,
    UnprotectPlayer,
)
from banstream_contracts.events.abuse import (
    ABUSE_EVENT,
    AnyPlayerAbuseEvent,
    AnyPolicyEvent,
    PlayerProtected,
    PlayerUnprotected,
)
from banstream_contracts.players import Player
from banstream_contracts.policies import PolicyVersion
from banstream_contracts.results import CommandResult, Refusal
from banstream_decider.events import Cause, Fact, event_of, fact_of, placed
from banstream_decider.ports import Received
from banstream_event_log.events import LoggedEvent, NewEvent


@dataclass(frozen=True, slots=True)
class Known:
    """What a player's stream has come to: its version and where the player stands."""

    version: int
    player: PlayerState


@dataclass(slots=True)
class Changes:
    """What the read models have to take over; `forgotten` are persons whose keys go."""

    players: dict[str, Known] = field(default_factory=dict)
    policies: list[AnyPolicyEvent] = field(default_factory=list)
    protections: list[PlayerProtected | PlayerUnprotected] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the commands of a batch concern, as it stands in the log.

    `players` by stream; `recorded` are the incidents that were recorded before; `histories` are the whole streams of
    players whose incidents are counted again.
    """

    head: int
    players: Mapping[str, Known]
    policies: Policies
    recorded: frozenset[UUID]
    histories: Mapping[str, Sequence[LoggedEvent]]


class Batch:
    """Events, results and changed read models of the commands so far."""

    def __init__(self, loaded: Loaded, now: datetime, new_event_id: Callable[[], UUID]) -> None:
        self.position = loaded.head
        self.events: list[NewEvent] = []
        self.results: dict[UUID, CommandResult] = {}
        self.changes = Changes()
        self._loaded = loaded
        self._now = now
        self._new_event_id = new_event_id
        self._policies = loaded.policies
        self._recorded = set(loaded.recorded)

    def decide(self, received: Received[AnyAbuseCommand]) -> None:
        """Decide a command on what it concerns."""
        command = received.dated()
        match command:
            case RecordIncidents():
                result = self._record(command, received.traceparent)
            case DismissIncidents() | RestoreIncidents():
                result = self._correct(command, received.traceparent)
            case ProtectPlayer() | UnprotectPlayer() | RestartCount() | ForgetPlayer():
                result = self._change_player(command, received.traceparent)
            case SetPolicy() | RemovePolicy():
                result = self._change_policy(command, received.traceparent)
            case _:
                assert_never(command)
        self.results[command.command_id] = result

    def _record(self, command: RecordIncidents, traceparent: str | None) -> CommandResult:
        version = self._policies.for_server(command.server_id)
        reported = report_of(command)
        outcomes = []
        for incident in command.incidents:
            cause = Cause(incident.incident_id, command.correlation_id, traceparent, command.command_id)
            outcomes.append(self._record_one(incident, reported, version, cause))
        applied = any(each["status"] not in {"repeated", "refused"} for each in outcomes)
        return self._result(command, applied=applied, incidents=tuple(outcomes))

    def _record_one(self, incident: Incident, reported: Report, version: PolicyVersion, cause: Cause) -> dict[str, Any]:
        """The values of an `IncidentResult`: those of a command are made into models all at once."""
        stream = stream_of(incident.player)
        known = self._known(stream)
        same = {"reported_id": incident.reported_id, "incident_id": incident.incident_id}
        if incident.incident_id in self._recorded:
            count = count_now(tally_in(known.player, version.policy_id), version.policy, self._now)
            return {**same, "status": "repeated", "count": count}
        if not version.policy.allows(incident.reason):
            message = f"the policy {version.policy_id} knows no reason {incident.reason}"
            return {**same, "status": "refused", "message": message}
        detection = detect(incident, reported, stream, known.player, version)
        self._append_player(stream, known.version, detection.facts, detection.state, cause)
        self._recorded.add(incident.incident_id)
        step = detection.step
        outcome = {**same, "status": step.status, "count": step.count, "thresholds": step.crossed}
        return {**outcome, "withheld": detection.withheld} if step.crossed else outcome

    def _correct(self, command: DismissIncidents | RestoreIncidents, traceparent: str | None) -> CommandResult:
        stream = stream_of(command.player)
        known = self._known(stream)
        history = self._history(stream)
        named = {*command.incident_ids} - {event.incident_id for event in history.incidents}
        if named:
            message = f"no incident of this player has the id {min(named)}"
            return self._result(command, refusal=Refusal(code="unknown-incident", message=message))
        return self._take(command, correct(command, known.player, history, self._policies), traceparent)

    def _change_player(
        self, command: ProtectPlayer | UnprotectPlayer | RestartCount | ForgetPlayer, traceparent: str | None
    ) -> CommandResult:
        known = self._known(stream_of(command.player))
        player = known.player
        match command:
            case ProtectPlayer():
                return self._take(command, protect(command, player), traceparent)
            case UnprotectPlayer():
                return self._take(command, unprotect(command, player), traceparent)
            case RestartCount():
                history = self._history(stream_of(command.player))
                return self._take(command, restart(command, player, history, self._policies), traceparent)
            case ForgetPlayer():
                self.changes.forgotten.append(stream_of(command.player))
                return self._take(command, forget(command, is_known=known.version > 0), traceparent)

    def _take(
        self,
        command: DismissIncidents | RestoreIncidents | ProtectPlayer | UnprotectPlayer | RestartCount | ForgetPlayer,
        events: Sequence[AnyPlayerAbuseEvent],
        traceparent: str | None,
    ) -> CommandResult:
        stream = stream_of(command.player)
        known = self._known(stream)
        player = known.player
        for event in events:
            player = evolve(player, event, self._policies)
            if isinstance(event, PlayerProtected | PlayerUnprotected):
                self.changes.protections.append(event)
        cause = Cause(command.command_id, command.correlation_id, traceparent)
        self._append_player(stream, known.version, [fact_of(event) for event in events], player, cause)
        return self._result(command, applied=bool(events), abuse=abuse_of(command.player, player))

    def _change_policy(self, command: SetPolicy | RemovePolicy, traceparent: str | None) -> CommandResult:
        decision = decide_policy(command, self._policies)
        version = len(self._policies.versions.get(command.policy_id, ()))
        cause = Cause(command.command_id, command.correlation_id, traceparent)
        for event in decision.events:
            self._policies = self._policies.after(event)
            self.changes.policies.append(event)
        self._append([fact_of(event) for event in decision.events], version, cause)
        policy = self._policies.in_force.get(command.policy_id)
        return self._result(command, applied=bool(decision.events), refusal=decision.refusal, policy=policy)

    def _history(self, stream: str) -> History:
        """Of those that were loaded."""
        decided = (each for each in self.events if each.stream == stream)
        return history_of(_of_player([*self._loaded.histories.get(stream, ()), *decided]))

    def _known(self, stream: str) -> Known:
        return self.changes.players.get(stream) or self._loaded.players.get(stream) or _UNKNOWN

    def _append_player(
        self, stream: str, version: int, facts: Sequence[Fact], player: PlayerState, cause: Cause
    ) -> None:
        if not facts:
            return
        self._append(facts, version, cause)
        self.changes.players[stream] = Known(version + len(facts), player)

    def _append(self, facts: Sequence[Fact], version: int, cause: Cause) -> None:
        for ordinal, fact in enumerate(facts):
            self.position += 1
            self.events.append(placed(fact, self._new_event_id(), version + ordinal + 1, cause, ordinal))

    def _result(
        self, command: AnyAbuseCommand, *, applied: bool = False, refusal: Refusal | None = None, **fields: object
    ) -> CommandResult:
        return CommandResult.model_validate(
            {
                "command_id": command.command_id,
                "status": "refused" if refusal else "applied" if applied else "unchanged",
                "position": self.position,
                "refusal": refusal,
                "fingerprint": command.fingerprint,
                **fields,
            }
        )


def stream_of(player: Player) -> str:
    """The log stream of a player."""
    return f"player:{player}"


def _of_player(logged: Iterable[NewEvent]) -> list[AnyPlayerAbuseEvent]:
    events = (event_of(each, ABUSE_EVENT) for each in logged)
    return [event for event in events if not isinstance(event, AnyPolicyEvent)]


_UNKNOWN = Known(0, PlayerState())
