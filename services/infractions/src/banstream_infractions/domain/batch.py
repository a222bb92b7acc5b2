"""A batch of commands decided one after the other in memory, each seeing what those before it did. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from types import MappingProxyType
from uuid import UUID, uuid5

from banstream_contracts.accounts import AccountEntry
from banstream_contracts.admins import Admin
from banstream_contracts.appeals import Appeal
from banstream_contracts.commands.accounts import AccountCommand
from banstream_contracts.commands.networks import NetworkCommand
from banstream_contracts.events.accounts import AccountEvent
from banstream_contracts.events.admins import AdminEvent
from banstream_contracts.events.appeals import AppealEvent
from banstream_contracts.events.infractions import CredentialEvent, InfractionEvent, RequestOpened
from banstream_contracts.events.networks import NetworkEvent
from banstream_contracts.events.requests import RequestEvent
from banstream_contracts.events.tiering import TieringEvent
from banstream_contracts.evidence import AttachEvidence, EvidenceAttached
from banstream_contracts.infraction_messages import EVENT, AnyCommand, AnyEvent
from banstream_contracts.infractions import Credential, Infraction, Standing
from banstream_contracts.networks import MarkedNetwork
from banstream_contracts.queries.infractions import ReviewRequest
from banstream_contracts.results import CommandResult
from banstream_contracts.tiering import TieringPolicy
from banstream_decider.events import Cause, event_of, new_event
from banstream_decider.ports import Received
from banstream_event_log.events import LoggedEvent, NewEvent
from banstream_infractions.domain.answering import shown
from banstream_infractions.domain.concerns import Concern, begun_by
from banstream_infractions.domain.decisions import decide
from banstream_infractions.domain.evidence import KeptFile, kept_file
from banstream_infractions.domain.evolution import evolve, fold
from banstream_infractions.domain.infraction_states import standing_of
from banstream_infractions.domain.record import TAKEN, Context, Decision, Known, Record, infractions_seen
from banstream_infractions.domain.serving import expire
from banstream_infractions.domain.terms import Terms

_DEFAULT_TERMS = Terms()
_NOTHING_LOCATED: Mapping[str, str] = MappingProxyType({})
_EXPIRY = UUID("0e1c7a52-7d31-5f0a-8f0e-3a5d6b9f4c21")


@dataclass(frozen=True, slots=True)
class Changes:
    """What the read models have to take over, by id."""

    infractions: dict[str, Infraction] = field(default_factory=dict)
    credentials: dict[str, Credential] = field(default_factory=dict)
    requests: dict[str, ReviewRequest] = field(default_factory=dict)
    admins: dict[str, Admin] = field(default_factory=dict)
    tiering_policies: dict[str, TieringPolicy] = field(default_factory=dict)
    networks: dict[str, MarkedNetwork] = field(default_factory=dict)
    accounts: dict[str, AccountEntry] = field(default_factory=dict)
    appeals: dict[str, Appeal] = field(default_factory=dict)
    files: list[KeptFile] = field(default_factory=list)

    @property
    def beside_infractions(self) -> bool:
        """Whether anything but infractions has changed."""
        return any(getattr(self, each.name) for each in fields(self) if each.name != "infractions")


class Batch:
    """What the commands so far have made of the streams they concern: events, results, changed read models."""

    def __init__(
        self,
        head: int,
        known: Mapping[str, Known],
        now: datetime,
        new_event_id: Callable[[], UUID],
        terms: Terms = _DEFAULT_TERMS,
        located: Mapping[str, str] = _NOTHING_LOCATED,
    ) -> None:
        self.position = head
        self.events: list[NewEvent] = []
        self.results: dict[UUID, CommandResult] = {}
        self.changes = Changes()
        self._now = now
        self._new_event_id = new_event_id
        self._terms = terms
        self._records = {stream: each.record for stream, each in known.items()}
        self._versions = {stream: each.version for stream, each in known.items()}
        self._located = dict(located)

    def decide(self, concern: Concern, received: Received[AnyCommand]) -> None:
        """Decide a command on the stream it concerns, with those it looks at as they are by now.

        The time is when NATS stored it, however long it had to wait: what was asked for in time is done.
        What would begin under an id that leads elsewhere already is refused. Accounts go by the clock of the console
        that asks: what ends its sessions goes by the one that began them.
        """
        command = received.command if isinstance(received.command, AccountCommand) else received.dated()
        at = min(received.stored_at or self._now, self._now)
        decision = decide(command, self._records[concern.stream], at, self._context(concern), self._terms)
        begun = {found: stream for event in decision.events for found, stream in begun_by(event).items()}
        if any(self._located.get(found, stream) != stream for found, stream in begun.items()):
            decision = TAKEN
        else:
            self._located |= begun
        cause = Cause(command.command_id, command.correlation_id, received.traceparent)
        self._take(decision, cause)
        if isinstance(command, AttachEvidence):
            attached = (event for event in decision.events if isinstance(event, EvidenceAttached))
            self.changes.files.extend(kept_file(command, event) for event in attached)
        self.results[command.command_id] = self._result(command, decision, concern)

    def expire(self, stream: str) -> None:
        """End what has reached its end in a stream; once for each version of it, however often asked."""
        command_id = uuid5(_EXPIRY, f"{stream} {self._versions[stream]}")
        self._take(expire(self._records[stream], self._now), Cause(command_id, command_id))

    def standings(self, results: Iterable[CommandResult]) -> dict[str, Standing]:
        """By KV key, of the players whom results show and whose streams were loaded: these hold all that is theirs."""
        shown = {each.player for result in results for each in result.infractions if each.player}
        records = {player: self._records.get(f"player:{player}") for player in shown}
        return {
            player.token: standing_of(self.position, record.infractions.values())
            for player, record in records.items()
            if record is not None
        }

    def _context(self, concern: Concern) -> Context:
        return {stream: self._records[stream] for stream in concern.context}

    def _take(self, decision: Decision, cause: Cause) -> None:
        """Each event goes to the stream that it names."""
        for ordinal, event in enumerate(decision.events):
            stream = event.stream
            self.position += 1
            self._versions[stream] += 1
            record = evolve(self._records[stream], event, self.position)
            self._records[stream] = record
            self._note_changed(event, record)
            self.events.append(new_event(event, self._new_event_id(), self._versions[stream], cause, ordinal))

    def _note_changed(self, event: AnyEvent, record: Record) -> None:
        if isinstance(event, InfractionEvent):
            self.changes.infractions[event.infraction_id] = record.infractions[event.infraction_id]
        elif isinstance(event, CredentialEvent) and record.credential:
            self.changes.credentials[event.credential_id] = record.credential
        elif isinstance(event, RequestOpened | RequestEvent) and record.request:
            self.changes.requests[event.request_id] = record.request
        elif isinstance(event, AdminEvent) and record.admin:
            self.changes.admins[event.player.token] = record.admin
        elif isinstance(event, TieringEvent) and record.tiering_policy:
            self.changes.tiering_policies[event.tiering_policy_id] = record.tiering_policy
        elif isinstance(event, NetworkEvent) and record.network:
            self.changes.networks[record.network.key] = record.network
        elif isinstance(event, AccountEvent) and record.account:
            self.changes.accounts[event.account_id] = record.account
        elif isinstance(event, AppealEvent) and record.appeal:
            self.changes.appeals[event.appeal_id] = record.appeal

    def _result(self, command: AnyCommand, decision: Decision, concern: Concern) -> CommandResult:
        record = self._records[concern.stream]
        infractions = infractions_seen(record, self._context(concern))
        return CommandResult(
            command_id=command.command_id,
            status="refused" if decision.refusal else "applied" if decision.events else "unchanged",
            position=self.position,
            refusal=decision.refusal,
            infractions=shown(infractions[infraction_id] for infraction_id in decision.touched),
            credential=record.credential,
            request_id=record.request.id if record.request else None,
            fingerprint=command.fingerprint,
            counts=decision.counts,
            admin=record.admin,
            tiering_policy=decision.tiering_policy or record.tiering_policy,
            call=record.call,
            appeal=record.appeal.model_copy(update={"answers": ()}) if record.appeal else None,
            networks_changed=len(decision.events) if isinstance(command, NetworkCommand) else None,
        )


def known_of(history: Sequence[LoggedEvent]) -> Known:
    """What a stream says by its events, or by those that follow one which says how things stand."""
    record = fold((event_of(logged, EVENT), logged.position) for logged in history)
    return Known(history[-1].version if history else 0, record)
