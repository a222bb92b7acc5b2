"""A batch of commands decided one after the other in memory, each seeing what those before it did. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never
from uuid import UUID

from banstream_abuse_tracker.corrections import History, correct, history_of
from banstream_abuse_tracker.counting import count_now
from banstream_abuse_tracker.incidents import detect
from banstream_abuse_tracker.players import forget, protect, unprotect
from banstream_abuse_tracker.policies import Policies, decide_policy
from banstream_abuse_tracker.record import counter_of, evolve
from banstream_abuse_tracker.restarts import restart
from banstream_contracts.abuse import Incident, IncidentResult, PlayerAbuse
from banstream_contracts.abuse_commands import (
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
from banstream_contracts.abuse_events import (
    ABUSE_EVENT,
    AnyAbuseEvent,
    AnyPlayerAbuseEvent,
    AnyPolicyEvent,
    PlayerProtected,
    PlayerUnprotected,
)
from banstream_contracts.players import Player
from banstream_contracts.results import CommandResult, Refusal
from banstream_decider.events import Cause, event_of, new_event
from banstream_decider.ports import Received
from banstream_event_log.events import LoggedEvent, NewEvent


@dataclass(frozen=True, slots=True)
class Known:
    """What a player's stream has come to: its version and the player."""

    version: int
    player: PlayerAbuse


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
        self._decided: dict[str, list[AnyPlayerAbuseEvent]] = {}

    def decide(self, received: Received[AnyAbuseCommand]) -> None:
        """Decide a command on what it concerns."""
        command = received.command
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
        outcomes = [self._record_one(incident, command, traceparent) for incident in command.incidents]
        applied = any(each.status not in {"repeated", "refused"} for each in outcomes)
        return self._result(command, applied=applied, incidents=tuple(outcomes))

    def _record_one(self, incident: Incident, command: RecordIncidents, traceparent: str | None) -> IncidentResult:
        stream = stream_of(incident.player)
        known = self._known(stream, incident.player)
        version = self._policies.for_server(command.server_id)
        same = {"reported_id": incident.reported_id, "incident_id": incident.incident_id}
        if incident.incident_id in self._recorded:
            count = count_now(counter_of(known.player, version.policy_id), version.policy, self._now)
            return IncidentResult(**same, status="repeated", count=count)
        if not version.policy.allows(incident.reason):
            message = f"the policy {version.policy_id} knows no reason {incident.reason}"
            return IncidentResult(**same, status="refused", message=message)
        detection = detect(incident, command, known.player, version)
        cause = Cause(incident.incident_id, command.correlation_id, traceparent, command.command_id)
        self._append_player(stream, known.version, detection.events, detection.player, cause)
        self._recorded.add(incident.incident_id)
        step = detection.step
        return IncidentResult(**same, status=step.status, count=step.tally.count, thresholds=step.crossed)

    def _correct(self, command: DismissIncidents | RestoreIncidents, traceparent: str | None) -> CommandResult:
        stream = stream_of(command.player)
        known = self._known(stream, command.player)
        history = self._history(stream)
        named = {*command.incident_ids} - {event.incident_id for event in history.incidents}
        if named:
            message = f"no incident of this player has the id {min(named)}"
            return self._result(command, refusal=Refusal(code="unknown-incident", message=message))
        return self._take(command, correct(command, known.player, history, self._policies), traceparent)

    def _change_player(
        self, command: ProtectPlayer | UnprotectPlayer | RestartCount | ForgetPlayer, traceparent: str | None
    ) -> CommandResult:
        known = self._known(stream_of(command.player), command.player)
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
        known = self._known(stream, command.player)
        player = known.player
        for event in events:
            player = evolve(player, event, self._policies)
            if isinstance(event, PlayerProtected | PlayerUnprotected):
                self.changes.protections.append(event)
        cause = Cause(command.command_id, command.correlation_id, traceparent)
        self._append_player(stream, known.version, events, player, cause)
        return self._result(command, applied=bool(events), abuse=player)

    def _change_policy(self, command: SetPolicy | RemovePolicy, traceparent: str | None) -> CommandResult:
        decision = decide_policy(command, self._policies)
        version = len(self._policies.versions.get(command.policy_id, ()))
        cause = Cause(command.command_id, command.correlation_id, traceparent)
        for event in decision.events:
            self._policies = self._policies.after(event)
            self.changes.policies.append(event)
        self._append(decision.events, version, cause)
        policy = self._policies.in_force.get(command.policy_id)
        return self._result(command, applied=bool(decision.events), refusal=decision.refusal, policy=policy)

    def _history(self, stream: str) -> History:
        """Of those that were loaded."""
        logged = [event_of(each, ABUSE_EVENT) for each in self._loaded.histories.get(stream, ())]
        return history_of([*_of_player(logged), *self._decided.get(stream, ())])

    def _known(self, stream: str, player: Player) -> Known:
        return (
            self.changes.players.get(stream) or self._loaded.players.get(stream) or Known(0, PlayerAbuse(player=player))
        )

    def _append_player(
        self, stream: str, version: int, events: Sequence[AnyPlayerAbuseEvent], player: PlayerAbuse, cause: Cause
    ) -> None:
        if not events:
            return
        self._append(events, version, cause)
        self.changes.players[stream] = Known(version + len(events), player)
        self._decided.setdefault(stream, []).extend(events)

    def _append(self, events: Sequence[AnyAbuseEvent], version: int, cause: Cause) -> None:
        for ordinal, event in enumerate(events):
            self.position += 1
            self.events.append(new_event(event, self._new_event_id(), version + ordinal + 1, cause, ordinal))

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


def _of_player(events: Iterable[AnyAbuseEvent]) -> list[AnyPlayerAbuseEvent]:
    return [event for event in events if not isinstance(event, AnyPolicyEvent)]
