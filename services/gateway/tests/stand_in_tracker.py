"""A small stand-in for the abuse tracker: counts incidents, without a database."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.gateway.tests.stand_in_service import StandIn

from banstream_contracts import streams, subjects
from banstream_contracts.abuse import AbuseRecord, Counter, IncidentResult, PlayerAbuse, Threshold
from banstream_contracts.commands.abuse import ABUSE_COMMAND, AnyAbuseCommand
from banstream_contracts.players import Player
from banstream_contracts.policies import DEFAULT_POLICY_ID, PolicyVersion
from banstream_contracts.queries.abuse import (
    AbuseFound,
    FindIncident,
    GetAbuse,
    GetPolicy,
    IncidentFound,
    PolicyFound,
    PolicyList,
    ProtectedPage,
    ProtectedPlayer,
)
from banstream_contracts.queries.infractions import CommandFound, GetCommand
from banstream_contracts.results import CommandResult, Refusal


@dataclass
class Tracker(StandIn):
    """One count for each player, under the default policy."""

    durable = streams.ABUSE_TRACKER
    queries = subjects.QUERIES_ABUSE

    records: dict[UUID, tuple[Player, AbuseRecord]] = field(default_factory=dict)
    policies: dict[str, PolicyVersion] = field(default_factory=lambda: {DEFAULT_POLICY_ID: PolicyVersion()})
    protected: dict[Player, ProtectedPlayer] = field(default_factory=dict)
    asked: list[Any] = field(default_factory=list)

    def read(self, payload: bytes) -> AnyAbuseCommand:
        return ABUSE_COMMAND.validate_json(payload)

    def decide(self, command: Any) -> CommandResult:
        if self.refuses is not None:
            return self._result(command, "refused", refusal=self.refuses)
        match command.type:
            case "record_incidents":
                incidents = tuple(self._record(command, each) for each in command.incidents)
                return self._result(command, "applied", incidents=incidents)
            case "dismiss_incidents" | "restore_incidents":
                return self._mark(command, dismissed=command.type == "dismiss_incidents")
            case "protect_player" | "unprotect_player":
                return self._protect(command)
            case _:
                return self._change_policy(command)

    def found(self, subject: str, payload: bytes) -> Any:
        match subject:
            case subjects.QUERY_ABUSE:
                return self._abuse_found(GetAbuse.model_validate_json(payload))
            case subjects.QUERY_INCIDENT:
                wanted = FindIncident.model_validate_json(payload).incident_id
                player, record = self.records.get(wanted, (None, None))
                return IncidentFound(player=player, record=record)
            case subjects.QUERY_POLICIES:
                return PolicyList(items=tuple(self.policies.values()))
            case subjects.QUERY_POLICY:
                return self._policy_found(GetPolicy.model_validate_json(payload))
            case subjects.QUERY_PROTECTED:
                return ProtectedPage(items=tuple(self.protected.values()), next=None)
            case _:
                return CommandFound(result=self.results.get(GetCommand.model_validate_json(payload).command_id))

    def abuse(self, player: Player) -> PlayerAbuse:
        counted = [record for each, record in self.records.values() if each == player and not record.dismissed]
        times = [record.occurred_at for record in counted]
        return PlayerAbuse(
            player=player,
            total=len(counted),
            first_at=min(times, default=None),
            last_at=max(times, default=None),
            is_protected=player in self.protected,
            counters={DEFAULT_POLICY_ID: Counter(count=len(counted))},
        )

    def _record(self, command: Any, incident: Any) -> IncidentResult:
        known = {"reported_id": incident.reported_id, "incident_id": incident.incident_id}
        policy = self.policies[DEFAULT_POLICY_ID].policy
        if incident.incident_id in self.records:
            return IncidentResult(**known, status="repeated", count=self.abuse(incident.player).total)
        if not policy.allows(incident.reason):
            return IncidentResult(**known, status="refused", message=f"{incident.reason} is no reason here")
        self.position += 1
        record = AbuseRecord(
            **incident.model_dump(include={"incident_id", "reason", "details", "session_id", "occurred_at"}),
            recorded_at=command.issued_at,
            server_id=command.server_id,
            policy_id=DEFAULT_POLICY_ID,
            weight=1,
            counted=1,
            under_review=command.review,
        )
        self.records[incident.incident_id] = incident.player, record
        count = self.abuse(incident.player).total
        reached = tuple(each for each in Threshold if getattr(policy.thresholds, each) == count)
        withheld = "shadow" if reached and policy.shadow else None
        return IncidentResult(**known, status="recorded", count=count, thresholds=reached, withheld=withheld)

    def _mark(self, command: Any, *, dismissed: bool) -> CommandResult:
        self.position += 1
        for incident_id, (player, record) in self.records.items():
            if player == command.player and (incident_id in command.incident_ids or not command.incident_ids):
                self.records[incident_id] = player, record.model_copy(update={"dismissed": dismissed})
        return self._result(command, "applied", abuse=self.abuse(command.player))

    def _protect(self, command: Any) -> CommandResult:
        self.position += 1
        self.protected.pop(command.player, None)
        if command.type == "protect_player":
            self.protected[command.player] = ProtectedPlayer(
                player=command.player,
                reason=command.reason,
                protected_at=command.issued_at,
                protected_by=command.actor,
            )
        return self._result(command, "applied", abuse=self.abuse(command.player))

    def _change_policy(self, command: Any) -> CommandResult:
        held = self.policies.get(command.policy_id, PolicyVersion(policy_id=command.policy_id))
        self.position += 1
        if command.type == "remove_policy":
            del self.policies[command.policy_id]
            return self._result(command, "applied", policy=self.policies.get(DEFAULT_POLICY_ID))
        if command.expected_version not in {held.version, None}:
            refusal = Refusal(code="policy-changed", message=f"The policy is at version {held.version}.")
            return self._result(command, "refused", refusal=refusal)
        version = held.model_copy(update={"version": held.version + 1, "policy": command.policy})
        self.policies[command.policy_id] = version
        return self._result(command, "applied", policy=version)

    def _result(self, command: Any, status: Any, **fields: Any) -> CommandResult:
        return CommandResult(
            command_id=command.command_id,
            status=status,
            position=self.position,
            fingerprint=command.fingerprint,
            **fields,
        )

    def _abuse_found(self, question: GetAbuse) -> AbuseFound:
        self.asked.append(question)
        records = [record for player, record in self.records.values() if player == question.player]
        page = tuple(reversed(records))[: question.limit]
        return AbuseFound(
            abuse=self.abuse(question.player),
            policy=self.policies[DEFAULT_POLICY_ID],
            count=self.abuse(question.player).total,
            records=page,
            next="bmV4dA" if len(page) < len(records) else None,
        )

    def _policy_found(self, question: GetPolicy) -> PolicyFound:
        found = self.policies.get(question.policy_id or DEFAULT_POLICY_ID)
        if found is not None and question.version not in {found.version, None}:
            found = None
        return PolicyFound(policy=found)
