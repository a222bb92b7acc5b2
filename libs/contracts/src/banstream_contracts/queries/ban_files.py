"""Reads of ftp-sync, and what it asks of infractions: core request and reply."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, model_validator

from banstream_contracts.ban_files import BanFile, Fingerprint
from banstream_contracts.infractions import Contract, Infraction
from banstream_contracts.later import found_or_why, page_of_readable
from banstream_contracts.queries.query import Cursor, PageLimit
from banstream_contracts.sealed import Sealed
from banstream_contracts.text import ShortId


class FindBans(Contract):
    """Of infractions: those named, whatever has become of them; or all bans in force, oldest first.

    `keeps_unreadable` says that who asks keeps the addresses that it has of those in `unreadable`; without it one
    address that cannot be opened leaves the question without an answer.
    """

    infraction_ids: Annotated[tuple[ShortId, ...], Field(max_length=500)] | None = None
    cursor: Cursor | None = None
    limit: PageLimit = 500
    keeps_unreadable: bool = False


class FoundBan(Contract):
    """An infraction, and the address that it bans, sealed for ftp-sync.

    It is null where there is none, where it was erased, and where it cannot be opened: then `unreadable` names it.
    """

    infraction: Infraction
    sealed_address: Sealed | None = None


class BansFound(Contract):
    """`position` is the end of the log that the answer was read from; `next` is null at the end.

    `unreadable` are the ids of those whose address is there and cannot be opened: nobody knows whether it is banned.
    """

    items: tuple[FoundBan, ...]
    position: int
    next: str | None = None
    unreadable: tuple[ShortId, ...] = ()


class GetBanFile(Contract):
    """One ban file by its id."""

    ban_file_id: ShortId


class ListBanFiles(Contract):
    """Ban files, oldest first."""

    cursor: Cursor | None = None
    limit: PageLimit = 50


class BanFileProgress(Contract):
    """How the file stands.

    `outcome` is that of the last attempt at `tried_at` and `reason` says why; `good_at` is the last one that found or
    left the file right. `pending_since` is when the oldest change happened that is not in the file yet. `lines` of
    ours, `others` of other people.
    """

    outcome: Literal["unchanged", "applied", "refused", "failed", "drifted"] | None = None
    reason: str | None = None
    tried_at: AwareDatetime | None = None
    good_at: AwareDatetime | None = None
    written_at: AwareDatetime | None = None
    failing_since: AwareDatetime | None = None
    pending_since: AwareDatetime | None = None
    lines: int = 0
    others: int = 0


class BanFileFound(Contract):
    """The ban file and how it stands, or nulls.

    `unreadable` says why a ban file that there is cannot be read: by the service's release, or by that which asks.
    """

    ban_file: BanFile | None
    progress: BanFileProgress | None = None
    unreadable: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_a_later_release(cls, answer: object) -> object:
        return found_or_why(answer, "ban_file", BanFile)


class BanFilePage(Contract):
    """A page; `next` is the cursor of the following one, null at the end.

    `unreadable` are the ids of those that the service's release cannot read, or that which asks.
    """

    items: tuple[BanFileFound, ...]
    next: str | None
    unreadable: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _of_a_later_release(cls, page: object) -> object:
        return page_of_readable(page, "ban_file", BanFileFound)


class ReceiptStatus(StrEnum):
    """`pending`: not in the file yet. `drifted`: somebody changed its line, and the policy is to report that."""

    PENDING = "pending"
    APPLIED = "applied"
    FAILED = "failed"
    DRIFTED = "drifted"


class ListReceipts(Contract):
    """What became of infractions in one ban file, last changed first; with `infraction_id` only of that one."""

    ban_file_id: ShortId
    status: ReceiptStatus | None = None
    infraction_id: ShortId | None = None
    cursor: Cursor | None = None
    limit: PageLimit = 50


class BanFileReceipt(Contract):
    """One infraction and one ban file. `is_banned`: its line is to be in the file, else to be out of it."""

    infraction_id: ShortId
    is_banned: bool
    status: ReceiptStatus
    at: AwareDatetime
    error: str | None = None


class ReceiptPage(Contract):
    """A page; `next` is the cursor of the following one, null at the end."""

    items: tuple[BanFileReceipt, ...]
    next: str | None


class TestBanFile(Contract):
    """Connect, read the file, and tell what would change; nothing is written."""

    __test__ = False

    ban_file_id: ShortId


class BanFileTested(Contract):
    """What an attempt would do. `problem` says why it would do nothing.

    `added`, `removed` and `changed` count lines of ours, `others` lines of other people, which stay; `unheld` are bans
    that the format has no place for. `fingerprint` is the key that an SFTP server showed.
    """

    is_known: bool = True
    problem: str | None = None
    fingerprint: Fingerprint | None = None
    would_write: bool = False
    added: tuple[ShortId, ...] = ()
    removed: int = 0
    changed: int = 0
    lines: int = 0
    others: int = 0
    drifted: int = 0
    unheld: int = 0
    protected: tuple[ShortId, ...] = ()
