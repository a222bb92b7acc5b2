"""What a command does to a source. Pure."""

from typing import Any, TypeAlias, assert_never

from banstream_contracts.commands.log_sources import (
    AddLogSource,
    AnyLogSourceCommand,
    ChangeLogSource,
    PauseLogSource,
    RemoveLogSource,
    ResumeLogSource,
)
from banstream_contracts.events.log_sources import (
    AnyLogSourceEvent,
    LogSourceAdded,
    LogSourceChanged,
    LogSourcePaused,
    LogSourceRemoved,
    LogSourceResumed,
)
from banstream_contracts.log_sources import LogSource, LogSourceStatus
from banstream_contracts.results import Refusal, RefusalCode
from banstream_dayz_feed.record import Record
from banstream_decider import documents

_LONGEST_MESSAGE = 1000
_DESCRIBED = ("name", "server_id", "login", "time_zone", "poll_seconds", "look_back_seconds", "rules")

Decision: TypeAlias = documents.Decision[AnyLogSourceEvent]


def decide(command: AnyLogSourceCommand, record: Record | None, problem: str | None) -> Decision:
    """The events of a command; none where it changes nothing. `problem` is what is wrong with the login or rules."""
    if isinstance(command, AddLogSource):
        return _add(command, record, problem)
    if record is None or record.is_removed:
        return _refused("unknown-log-source", "no source of logs has this id")
    source = record.source
    about: dict[str, Any] = {
        "source_id": source.id,
        "name": source.name,
        "server_id": source.server_id,
        "actor": command.actor,
        "occurred_at": command.issued_at,
    }
    match command:
        case ChangeLogSource():
            return _change(command, source, problem, about)
        case PauseLogSource():
            paused = LogSourcePaused(**about, reason=command.reason)
            return Decision(() if source.status is LogSourceStatus.PAUSED else (paused,))
        case ResumeLogSource():
            return Decision(() if source.status is LogSourceStatus.ACTIVE else (LogSourceResumed(**about),))
        case RemoveLogSource():
            return Decision((LogSourceRemoved(**about, reason=command.reason),))
        case _:
            assert_never(command)


def _add(command: AddLogSource, record: Record | None, problem: str | None) -> Decision:
    if record is not None:
        return _refused("invalid-log-source", "a source with this id was added before")
    if problem is not None:
        return _refused("invalid-log-source", problem)
    added = LogSourceAdded(
        source_id=command.source_id,
        sealed_secret=command.sealed_secret,
        actor=command.actor,
        occurred_at=command.issued_at,
        **{field: getattr(command, field) for field in _DESCRIBED},
    )
    return Decision((added,))


def _change(command: ChangeLogSource, source: LogSource, problem: str | None, about: dict[str, Any]) -> Decision:
    if problem is not None:
        return _refused("invalid-log-source", problem)
    given = {field: getattr(command, field) for field in _DESCRIBED}
    wanted = {field: getattr(source, field) if value is None else value for field, value in given.items()}
    if command.sealed_secret is None and all(getattr(source, field) == value for field, value in wanted.items()):
        return Decision()
    changed = LogSourceChanged.model_validate({**about, **wanted, "sealed_secret": command.sealed_secret})
    return Decision((changed,))


def _refused(code: RefusalCode, message: str) -> Decision:
    return Decision(refusal=Refusal(code=code, message=message[:_LONGEST_MESSAGE]))
