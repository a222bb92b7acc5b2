"""A batch of commands decided one after the other in memory, each seeing what those before it did."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from banstream_contracts.log_source_commands import AddLogSource, AnyLogSourceCommand, ChangeLogSource
from banstream_contracts.results import CommandResult
from banstream_dayz_feed.decisions import decide
from banstream_dayz_feed.places import InvalidLogin, Places, is_elsewhere
from banstream_dayz_feed.record import Record, evolve
from banstream_dayz_feed.rules_file import RulesRefused, check_rules
from banstream_decider.events import Cause, new_event
from banstream_decider.ports import Received
from banstream_event_log.events import NewEvent


@dataclass(slots=True)
class Batch:
    """Events, results and changed sources of the commands so far. `records` are those that there were, by id."""

    head: int
    records: Mapping[str, Record]
    places: Places
    new_event_id: Callable[[], UUID]
    events: list[NewEvent] = field(default_factory=list)
    results: dict[UUID, CommandResult] = field(default_factory=dict)
    changed: dict[str, Record] = field(default_factory=dict)

    def decide(self, received: Received[AnyLogSourceCommand]) -> None:
        """Decide a command on what it concerns."""
        command = received.command
        record = self.changed.get(command.source_id) or self.records.get(command.source_id)
        decision = decide(command, record, self._problem(command, record))
        cause = Cause(command.command_id, command.correlation_id, received.traceparent)
        for ordinal, event in enumerate(decision.events):
            record = evolve(record, event)
            self.events.append(new_event(event, self.new_event_id(), record.source.version, cause, ordinal))
            self.changed[command.source_id] = record
        self.results[command.command_id] = CommandResult(
            command_id=command.command_id,
            status="refused" if decision.refusal else "applied" if decision.events else "unchanged",
            position=self.head + len(self.events),
            refusal=decision.refusal,
            fingerprint=command.fingerprint,
            log_source=record.source if record and not decision.refusal else None,
        )

    def _problem(self, command: AnyLogSourceCommand, record: Record | None) -> str | None:
        """What is wrong with the source as the command wants it."""
        if not isinstance(command, AddLogSource | ChangeLogSource):
            return None
        login = command.login or (record.source.login if record else None)
        try:
            if login is not None:
                if record and not command.sealed_secret and is_elsewhere(login, record.source.login):
                    return "login: another server needs its secret named with it"
                self.places.checked(login, command.sealed_secret or (record.sealed_secret if record else None))
            if command.rules is not None:
                check_rules(command.rules)
        except InvalidLogin as error:
            return f"login: {error}"
        except RulesRefused as error:
            return f"rules: {error}"
        return None
