"""A batch of commands decided one after the other in memory, each seeing what those before it did. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from banstream_contracts.commands import AnyCommand
from banstream_contracts.events import EVENT, AnyEvent, CredentialEvent, stored
from banstream_contracts.infractions import Credential, Infraction
from banstream_contracts.results import CommandResult
from banstream_event_log.events import LoggedEvent, NewEvent
from banstream_infractions.decisions import decide, expire
from banstream_infractions.record import Decision, Record, evolve, fold

_EXPIRY = UUID("0e1c7a52-7d31-5f0a-8f0e-3a5d6b9f4c21")
_SCHEMA_VERSION = 1
_COLUMNS_OF_THE_LOG = {"actor", "occurred_at"}


@dataclass(frozen=True, slots=True)
class Received:
    """A command with the W3C trace context it came with."""

    command: AnyCommand
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class _Cause:
    """Where an event comes from."""

    command_id: UUID
    correlation_id: UUID
    traceparent: str | None = None


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
        self.infractions: dict[str, Infraction] = {}
        self.credentials: dict[str, Credential] = {}
        self._now = now
        self._new_event_id = new_event_id
        self._records = {stream: record_of(history) for stream, history in histories.items()}
        self._versions = {stream: len(history) for stream, history in histories.items()}

    def decide(self, stream: str, received: Received) -> None:
        """Decide a command on the stream it concerns."""
        command = received.command
        decision = decide(command, self._records[stream], self._now)
        cause = _Cause(command.command_id, command.correlation_id, received.traceparent)
        self._take(stream, decision, cause)
        self.results[command.command_id] = self._result(command, decision, self._records[stream])

    def expire(self, stream: str) -> None:
        """End what has reached its end in a stream; once for each version of it, however often asked."""
        command_id = uuid5(_EXPIRY, f"{stream} {self._versions[stream]}")
        self._take(stream, expire(self._records[stream], self._now), _Cause(command_id, command_id))

    def _take(self, stream: str, decision: Decision, cause: _Cause) -> None:
        for ordinal, event in enumerate(decision.events):
            self.position += 1
            self._versions[stream] += 1
            record = evolve(self._records[stream], event, self.position)
            self._records[stream] = record
            self._note_changed(event, record)
            self.events.append(self._new_event(stream, event, ordinal, cause))

    def _note_changed(self, event: AnyEvent, record: Record) -> None:
        if not isinstance(event, CredentialEvent):
            self.infractions[event.infraction_id] = record.infractions[event.infraction_id]
        elif record.credential:
            self.credentials[event.credential_id] = record.credential

    def _new_event(self, stream: str, event: AnyEvent, ordinal: int, cause: _Cause) -> NewEvent:
        values = stored(event)
        return NewEvent(
            stream=stream,
            version=self._versions[stream],
            event_id=self._new_event_id(),
            type=event.type,
            schema_version=_SCHEMA_VERSION,
            data={name: value for name, value in values.items() if name not in _COLUMNS_OF_THE_LOG},
            command_id=cause.command_id,
            ordinal=ordinal,
            correlation_id=cause.correlation_id,
            causation_id=cause.command_id,
            actor=values["actor"],
            traceparent=cause.traceparent,
            occurred_at=event.occurred_at,
        )

    def _result(self, command: AnyCommand, decision: Decision, record: Record) -> CommandResult:
        return CommandResult(
            command_id=command.command_id,
            status="refused" if decision.refusal else "applied" if decision.events else "unchanged",
            position=self.position,
            refusal=decision.refusal,
            infractions=tuple(record.infractions[infraction_id] for infraction_id in decision.touched),
            credential=record.credential,
            fingerprint=command.fingerprint,
        )


def event_of(logged: LoggedEvent) -> AnyEvent:
    """The event that a row of the log holds."""
    return EVENT.validate_python({**logged.data, "actor": logged.actor, "occurred_at": logged.occurred_at})


def record_of(history: Sequence[LoggedEvent]) -> Record:
    """What a stream says by all its events."""
    return fold((event_of(logged), logged.position) for logged in history)
