"""A batch of commands decided one after the other in memory, each seeing what those before it did. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from banstream_contracts.notifier_commands import AnyTargetCommand, ChangeTarget, CreateTarget, RedeliverDelivery
from banstream_contracts.results import CommandResult
from banstream_decider.events import Cause, new_event
from banstream_decider.ports import Received
from banstream_event_log.events import NewEvent
from banstream_notifier.decisions import Known, decide
from banstream_notifier.destinations import InvalidDestination, shown
from banstream_notifier.record import Record, evolve
from banstream_notifier.sealing import Opener


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the commands of a batch concern: targets by id, and by command where the event stands to be told again.

    `gone` are the commands about an event that is there no more.
    """

    head: int
    records: Mapping[str, Record]
    sequences: Mapping[UUID, int | None]
    gone: frozenset[UUID] = frozenset()


@dataclass(slots=True)
class Batch:
    """Events, results and changed targets of the commands so far."""

    loaded: Loaded
    opener: Opener
    new_event_id: Callable[[], UUID]
    events: list[NewEvent] = field(default_factory=list)
    results: dict[UUID, CommandResult] = field(default_factory=dict)
    changed: dict[str, Record] = field(default_factory=dict)

    def decide(self, received: Received[AnyTargetCommand]) -> None:
        """Decide a command on what it concerns."""
        command = _dated(received)
        record = self.changed.get(command.target_id) or self.loaded.records.get(command.target_id)
        decision = decide(command, record, self._known(command, record))
        cause = Cause(command.command_id, command.correlation_id, received.traceparent)
        for ordinal, event in enumerate(decision.events):
            record = evolve(record, event)
            self.events.append(new_event(event, self.new_event_id(), record.target.version, cause, ordinal))
            self.changed[command.target_id] = record
        self.results[command.command_id] = CommandResult(
            command_id=command.command_id,
            status="refused" if decision.refusal else "applied" if decision.events else "unchanged",
            position=self.loaded.head + len(self.events),
            refusal=decision.refusal,
            fingerprint=command.fingerprint,
            target=record.target if record and not decision.refusal else None,
        )

    def _known(self, command: AnyTargetCommand, record: Record | None) -> Known:
        match command:
            case CreateTarget() | ChangeTarget():
                return self._opened(command, record)
            case RedeliverDelivery():
                sequence = self.loaded.sequences.get(command.command_id)
                return Known(sequence=sequence, is_gone=command.command_id in self.loaded.gone)
            case _:
                return Known()

    def _opened(self, command: CreateTarget | ChangeTarget, record: Record | None) -> Known:
        """Where a change names only one of URL and secret, the other is as it was."""
        if command.sealed_url is None and command.sealed_secret is None:
            return Known()
        kind = command.kind if isinstance(command, CreateTarget) else record.target.kind if record else None
        url = command.sealed_url or (record.sealed_url if record else None)
        secret = command.sealed_secret or (record.sealed_secret if record else None)
        if kind is None or url is None:
            return Known()
        try:
            return Known(address=shown(self.opener.open(kind, url, secret).url))
        except InvalidDestination as error:
            return Known(problem=str(error))


def _dated(received: Received[AnyTargetCommand]) -> AnyTargetCommand:
    """A command of a gateway whose clock is ahead, as of when NATS stored it: events are told and filtered by that."""
    command, stored_at = received.command, received.stored_at
    if stored_at is None or command.issued_at <= stored_at:
        return command
    return command.model_copy(update={"issued_at": stored_at})
