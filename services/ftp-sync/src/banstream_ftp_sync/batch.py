"""A batch of commands decided one after the other in memory, each seeing what those before it did. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from banstream_contracts.ban_file_commands import AnyBanFileCommand, ChangeBanFile, CreateBanFile
from banstream_contracts.results import CommandResult
from banstream_decider.events import Cause, new_event
from banstream_decider.ports import Received
from banstream_event_log.events import NewEvent
from banstream_ftp_sync.decisions import decide
from banstream_ftp_sync.places import InvalidPlace, identity
from banstream_ftp_sync.record import Record, evolve
from banstream_ftp_sync.sealing import Opener


@dataclass(slots=True)
class Batch:
    """Events, results and changed ban files of the commands so far, on the log's `head` and the `records` there are."""

    head: int
    records: Mapping[str, Record]
    opener: Opener
    new_event_id: Callable[[], UUID]
    events: list[NewEvent] = field(default_factory=list)
    results: dict[UUID, CommandResult] = field(default_factory=dict)
    changed: dict[str, Record] = field(default_factory=dict)

    def decide(self, received: Received[AnyBanFileCommand]) -> None:
        """Decide a command on what it concerns."""
        command = received.command
        record = self._present().get(command.ban_file_id)
        decision = decide(command, record, self._problem(command, record))
        cause = Cause(command.command_id, command.correlation_id, received.traceparent)
        for ordinal, event in enumerate(decision.events):
            record = evolve(record, event)
            self.events.append(new_event(event, self.new_event_id(), record.ban_file.version, cause, ordinal))
            self.changed[command.ban_file_id] = record
        self.results[command.command_id] = CommandResult(
            command_id=command.command_id,
            status="refused" if decision.refusal else "applied" if decision.events else "unchanged",
            position=self.head + len(self.events),
            refusal=decision.refusal,
            fingerprint=command.fingerprint,
            ban_file=record.ban_file if record and not decision.refusal else None,
        )

    def _present(self) -> dict[str, Record]:
        return {**self.records, **self.changed}

    def _problem(self, command: AnyBanFileCommand, record: Record | None) -> str | None:
        """What is wrong with the place and secret that a command brings."""
        if not isinstance(command, CreateBanFile | ChangeBanFile):
            return None
        before = record.ban_file if record else None
        place = command.place or (before.place if before else None)
        ban_format = command.format if isinstance(command, CreateBanFile) else before.format if before else None
        if place is None or ban_format is None or (command.place is None and command.sealed_secret is None):
            return None
        try:
            self.opener.check(place, ban_format, command.sealed_secret or (record.sealed_secret if record else None))
        except InvalidPlace as error:
            return str(error)
        for other_id, other in self._present().items():
            is_other = other_id != command.ban_file_id and not other.is_removed
            if is_other and identity(other.ban_file.place) == identity(place):
                return f"{other.ban_file.name} is the same file ({other_id})"
        return None
