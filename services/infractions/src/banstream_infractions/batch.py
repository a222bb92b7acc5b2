"""A batch of commands decided one after the other in memory, each seeing what those before it did. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from banstream_contracts.commands import AnyCommand
from banstream_contracts.events import EVENT, AnyEvent, CredentialEvent, InfractionEvent, RequestOpened
from banstream_contracts.infractions import Credential, Infraction
from banstream_contracts.queries import ReviewRequest
from banstream_contracts.results import CommandResult
from banstream_decider.events import Cause, event_of, new_event
from banstream_decider.ports import Received
from banstream_event_log.events import LoggedEvent, NewEvent
from banstream_infractions.decisions import decide, expire
from banstream_infractions.record import Decision, Record, evolve, fold

_EXPIRY = UUID("0e1c7a52-7d31-5f0a-8f0e-3a5d6b9f4c21")


@dataclass(frozen=True, slots=True)
class Changes:
    """What the read models have to take over, by id."""

    infractions: dict[str, Infraction] = field(default_factory=dict)
    credentials: dict[str, Credential] = field(default_factory=dict)
    requests: dict[str, ReviewRequest] = field(default_factory=dict)


class Batch:
    """What the commands so far have made of the streams they concern: events, results, changed read models."""

    def __init__(
        self,
        head: int,
        histories: Mapping[str, Sequence[LoggedEvent]],
        now: datetime,
        new_event_id: Callable[[], UUID],
    ) -> None:
        self.position = head
        self.events: list[NewEvent] = []
        self.results: dict[UUID, CommandResult] = {}
        self.changes = Changes()
        self._now = now
        self._new_event_id = new_event_id
        self._records = {stream: record_of(history) for stream, history in histories.items()}
        self._versions = {stream: len(history) for stream, history in histories.items()}

    def decide(self, stream: str, received: Received[AnyCommand]) -> None:
        """Decide a command on the stream it concerns."""
        command = received.command
        decision = decide(command, self._records[stream], self._now)
        cause = Cause(command.command_id, command.correlation_id, received.traceparent)
        self._take(stream, decision, cause)
        self.results[command.command_id] = self._result(command, decision, self._records[stream])

    def expire(self, stream: str) -> None:
        """End what has reached its end in a stream; once for each version of it, however often asked."""
        command_id = uuid5(_EXPIRY, f"{stream} {self._versions[stream]}")
        self._take(stream, expire(self._records[stream], self._now), Cause(command_id, command_id))

    def _take(self, stream: str, decision: Decision, cause: Cause) -> None:
        for ordinal, event in enumerate(decision.events):
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
        elif isinstance(event, RequestOpened) and record.request:
            self.changes.requests[event.request_id] = record.request

    def _result(self, command: AnyCommand, decision: Decision, record: Record) -> CommandResult:
        return CommandResult(
            command_id=command.command_id,
            status="refused" if decision.refusal else "applied" if decision.events else "unchanged",
            position=self.position,
            refusal=decision.refusal,
            infractions=tuple(record.infractions[infraction_id] for infraction_id in decision.touched),
            credential=record.credential,
            request_id=record.request.id if record.request else None,
            fingerprint=command.fingerprint,
        )


def record_of(history: Sequence[LoggedEvent]) -> Record:
    """What a stream says by all its events."""
    return fold((event_of(logged, EVENT), logged.position) for logged in history)
