"""Reads of the log feed: core request and reply, answered by any of its processes."""

from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime, model_validator

from banstream_contracts.abuse import Mode
from banstream_contracts.infractions import Contract, Severity
from banstream_contracts.later import found_or_why, page_of_readable, plain_page_of_readable
from banstream_contracts.log_sources import LogSource
from banstream_contracts.players import Player
from banstream_contracts.queries.query import Cursor, PageLimit
from banstream_contracts.text import ShortId


class FindingStatus(StrEnum):
    """`pending`: not told to the abuse tracker yet. `sent`: told. `recorded` and `refused`: what it answered.

    `nobody` has an id that no player of DayZ can have.
    """

    PENDING = "pending"
    SENT = "sent"
    RECORDED = "recorded"
    REFUSED = "refused"
    NOBODY = "nobody"


class GetLogSource(Contract):
    """One source by its id."""

    source_id: ShortId


class ListLogSources(Contract):
    """Sources, oldest first."""

    cursor: Cursor | None = None
    limit: PageLimit = 50


class LogSourceProgress(Contract):
    """How reading goes.

    `offset` is how many bytes of `file` are read, of the `size` that it last had. `last_line_at` is the time of the
    last line by the source's clock. `failing_since` is null unless the last poll failed; `last_error` says why it did.
    `note` tells of something odd that does not keep the source from being read: a log that shrank, for example.
    """

    file: str | None = None
    offset: int = 0
    size: int = 0
    last_line_at: AwareDatetime | None = None
    lines: int = 0
    unknown_lines: int = 0
    polled_at: AwareDatetime | None = None
    failing_since: AwareDatetime | None = None
    last_error: str | None = None
    note: str | None = None
    findings: int = 0


class LogSourceFound(Contract):
    """The source and how reading goes, or nulls.

    `unreadable` says why a source that there is cannot be read: by the service's release, or by that which asks.
    """

    source: LogSource | None
    progress: LogSourceProgress | None = None
    unreadable: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_a_later_release(cls, answer: object) -> object:
        return found_or_why(answer, "source", LogSource)


class LogSourcePage(Contract):
    """A page; `next` is the cursor of the following one, null at the end.

    `unreadable` are the ids of those that the service's release cannot read, or that which asks.
    """

    items: tuple[LogSourceFound, ...]
    next: str | None
    unreadable: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _of_a_later_release(cls, page: object) -> object:
        return page_of_readable(page, "source", LogSourceFound)


class TestLogSource(Contract):
    """Connect to a source now, and look into its folder. Reads nothing."""

    __test__ = False

    source_id: ShortId


class LogSourceTested(Contract):
    """What a test came to; `logs` is how many there are, `newest` the one that is followed, `error` null if well.

    `is_known` is false where no source has the id.
    """

    is_known: bool
    error: str | None = None
    logs: int = 0
    newest: str | None = None


class ListFindings(Contract):
    """What the rules found in the logs of a source, newest first."""

    source_id: ShortId
    status: FindingStatus | None = None
    cursor: Cursor | None = None
    limit: PageLimit = 50


class LogFinding(Contract):
    """One act against one rule.

    `mode` is what may follow at most: `record` of one that was too old when it was first seen (`is_late`), whatever
    the rule says. `message` is why the abuse tracker refused it.
    """

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


class FindingPage(Contract):
    """A page of findings; `next` is the cursor of the following one, null at the end.

    `unreadable` are the keys of those that the service's release cannot read, or that which asks.
    """

    items: tuple[LogFinding, ...]
    next: str | None
    unreadable: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _of_a_later_release(cls, page: object) -> object:
        return plain_page_of_readable(page, "key", LogFinding)
