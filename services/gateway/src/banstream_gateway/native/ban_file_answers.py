"""What clients get about ban files: never what opens them.

Positions here are those of ftp-sync's own log: never `Banstream-Position`, which checks wait for.
"""

from typing import Any, Literal

from pydantic import AwareDatetime

from banstream_contracts.ban_files import (
    BanFile,
    BanFileFilters,
    BanFileFormat,
    BanFilePlace,
    BanFilePolicy,
    BanFileStatus,
)
from banstream_contracts.infractions import Actor
from banstream_contracts.queries.ban_files import BanFileFound, ReceiptStatus
from banstream_gateway.answers import Answer, ProblemAnswer


class BanFileAnswer(Answer):
    """A ban file."""

    id: str
    name: str
    format: BanFileFormat
    place: BanFilePlace
    filters: BanFileFilters
    policy: BanFilePolicy
    status: BanFileStatus
    created_at: AwareDatetime
    created_by: Actor
    changed_at: AwareDatetime
    version: int


class ChangedBanFileAnswer(BanFileAnswer):
    """A ban file after a change; `position` is one of ftp-sync's log."""

    position: int


class BanFileProgressAnswer(Answer):
    """How the file stands. `pending_since`: when the oldest change happened that is not in it yet."""

    outcome: Literal["unchanged", "applied", "refused", "failed", "drifted"] | None = None
    reason: str | None = None
    tried_at: AwareDatetime | None = None
    good_at: AwareDatetime | None = None
    written_at: AwareDatetime | None = None
    failing_since: AwareDatetime | None = None
    pending_since: AwareDatetime | None = None
    lines: int
    """Ours."""
    others: int
    """Of other people; they stay."""


class FoundBanFileAnswer(BanFileAnswer):
    """A ban file and how it stands."""

    progress: BanFileProgressAnswer


class BanFilePageAnswer(Answer):
    """A page of ban files; `unreadable` are the ids of those that the service or this gateway cannot read."""

    items: tuple[FoundBanFileAnswer, ...]
    next: str | None
    unreadable: tuple[str, ...] = ()


class UnreadableBanFileAnswer(ProblemAnswer):
    """A ban file that is there and cannot be read: why, what to do, and what is known all the same."""

    id: str
    progress: BanFileProgressAnswer


class ReceiptAnswer(Answer):
    """One infraction and the file. `is_banned`: its line is to be in the file, else to be out of it."""

    infraction_id: str
    is_banned: bool
    status: ReceiptStatus
    at: AwareDatetime
    error: str | None = None


class ReceiptPageAnswer(Answer):
    """A page of receipts, last changed first."""

    items: tuple[ReceiptAnswer, ...]
    next: str | None


class TestedBanFileAnswer(Answer):
    """What an attempt would do now; `problem` says why it would do nothing."""

    __test__ = False

    problem: str | None = None
    fingerprint: str | None = None
    """The key that an SFTP server showed whose key is not kept yet."""
    would_write: bool
    added: tuple[str, ...]
    """Infractions whose lines would come in; the first hundred."""
    removed: int
    changed: int
    lines: int
    others: int
    drifted: int
    unheld: int
    """Bans that the format has no place for."""
    protected: tuple[str, ...]
    """Infractions of protected players, which are kept out."""


class RemovedBanFileAnswer(Answer):
    """A ban file that is kept in step no more; `position` is one of ftp-sync's log."""

    id: str
    status: Literal["removed"]
    position: int


def ban_file_json(ban_file: BanFile) -> dict[str, Any]:
    """A ban file."""
    content: dict[str, Any] = ban_file.model_dump(mode="json", exclude_none=True)
    return content


def found_ban_file_json(found: BanFileFound) -> dict[str, Any]:
    """A ban file and how it stands. Raises LookupError where there is none."""
    if found.ban_file is None:
        raise LookupError
    return {**ban_file_json(found.ban_file), "progress": ban_file_progress_json(found)}


def ban_file_progress_json(found: BanFileFound) -> dict[str, Any]:
    """How it stands, as far as it is known."""
    return found.progress.model_dump(mode="json", exclude_none=True) if found.progress else {}
