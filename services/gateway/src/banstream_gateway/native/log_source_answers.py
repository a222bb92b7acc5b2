"""What clients get about sources of DayZ logs: never what opens them.

Positions here are those of the feed's own log: never `Banstream-Position`, which checks wait for.
"""

from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime

from banstream_contracts.abuse import Mode
from banstream_contracts.infractions import Actor, Severity
from banstream_contracts.log_sources import LogSource, LogSourceKind, LogSourceStatus
from banstream_contracts.players import Player
from banstream_contracts.queries.log_sources import FindingStatus, LogSourceFound
from banstream_gateway.answers import Answer, ProblemAnswer


class LoginAnswer(Answer):
    """Where the logs are and who fetches them."""

    kind: LogSourceKind
    host: str | None = None
    port: int | None = None
    user: str | None = None
    folder: str
    fingerprint: str | None = None
    checks_certificate: bool


class LogSourceAnswer(Answer):
    """A source of logs."""

    id: str
    name: str
    server_id: str
    login: LoginAnswer
    time_zone: str
    poll_seconds: int
    look_back_seconds: int
    rules: dict[str, Any]
    status: LogSourceStatus
    created_at: AwareDatetime
    created_by: Actor
    changed_at: AwareDatetime
    version: int


class ChangedLogSourceAnswer(LogSourceAnswer):
    """A source after a change; `position` is one of the feed's log."""

    position: int


class ReadingAnswer(Answer):
    """How reading goes. `note` tells of something odd that does not stop it."""

    file: str | None = None
    offset: int
    size: int
    last_line_at: AwareDatetime | None = None
    lines: int
    unknown_lines: int
    polled_at: AwareDatetime | None = None
    failing_since: AwareDatetime | None = None
    last_error: str | None = None
    note: str | None = None
    findings: int


class FoundLogSourceAnswer(LogSourceAnswer):
    """A source and how reading goes."""

    progress: ReadingAnswer


class LogSourcePageAnswer(Answer):
    """A page of sources; `unreadable` are the ids of those that the service or this gateway cannot read."""

    items: tuple[FoundLogSourceAnswer, ...]
    next: str | None
    unreadable: tuple[str, ...] = ()


class UnreadableLogSourceAnswer(ProblemAnswer):
    """A source that is there and cannot be read: why, what to do, and what is known all the same."""

    id: str
    progress: ReadingAnswer


class TestedLogSourceAnswer(Answer):
    """What a test came to; `error` is null if all is well."""

    __test__ = False

    error: str | None
    logs: int
    newest: str | None


class FindingAnswer(Answer):
    """One act against one rule, and what became of it."""

    key: str
    rule: str
    category: str
    severity: Severity
    mode: Mode
    player: Player | None = None
    player_id: str
    player_name: str
    at: AwareDatetime
    found_at: AwareDatetime
    is_late: bool
    summary: str
    file: str
    offset: int
    evidence: tuple[str, ...]
    incident_id: UUID
    status: FindingStatus
    message: str | None = None


class FindingPageAnswer(Answer):
    """A page of findings, newest first.

    `unreadable` are the keys of those that the service or this gateway cannot read.
    """

    items: tuple[FindingAnswer, ...]
    next: str | None
    unreadable: tuple[str, ...] = ()


class RemovedLogSourceAnswer(Answer):
    """A source that ended; `position` is one of the feed's log."""

    id: str
    status: Literal["removed"]
    position: int


def log_source_json(source: LogSource) -> dict[str, Any]:
    """A source."""
    content: dict[str, Any] = source.model_dump(mode="json", exclude_none=True)
    return content


def found_json(found: LogSourceFound) -> dict[str, Any]:
    """A source and how reading goes. Raises LookupError where there is none."""
    if found.source is None:
        raise LookupError
    return {**log_source_json(found.source), "progress": progress_json(found)}


def progress_json(found: LogSourceFound) -> dict[str, Any]:
    """How reading goes, as far as it is known."""
    return found.progress.model_dump(mode="json", exclude_none=True) if found.progress else {}
