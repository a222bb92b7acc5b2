"""Events of ftp-sync; the same rules as in `event`. Keys of lines may be addresses: they never travel."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from banstream_contracts.ban_files import (
    SERVICE,
    BanFileFilters,
    BanFileFormat,
    BanFilePlace,
    BanFilePolicy,
    Fingerprint,
    SealedSecret,
)
from banstream_contracts.events.event import Event
from banstream_contracts.infractions import LATE
from banstream_contracts.text import Message, Name, Reason, ShortId


class BanFileEvent(Event):
    """An event of one ban file; `name` is what it is called then, so that a message about it can be read."""

    service: ClassVar[str] = SERVICE

    ban_file_id: ShortId
    name: Name

    @property
    def stream(self) -> str:
        """The log stream: `ban_file:<id>`."""
        return f"ban_file:{self.ban_file_id}"

    @property
    def token(self) -> str:
        """The last token of the subject."""
        return f"ban_file={self.ban_file_id}"


class BanFileCreated(BanFileEvent):
    """A file is kept in step with the bans from now on."""

    private: ClassVar[frozenset[str]] = frozenset({"place", "sealed_secret"})

    type: Literal["ban_file.created"] = "ban_file.created"
    format: BanFileFormat
    place: BanFilePlace
    sealed_secret: SealedSecret | None = None
    filters: BanFileFilters
    policy: BanFilePolicy


class BanFileChanged(BanFileEvent):
    """A ban file as it is from now on; the secret is there where it was changed."""

    private: ClassVar[frozenset[str]] = frozenset({"place", "sealed_secret"})

    type: Literal["ban_file.changed"] = "ban_file.changed"
    place: BanFilePlace
    sealed_secret: SealedSecret | None = None
    filters: BanFileFilters
    policy: BanFilePolicy


class BanFilePaused(BanFileEvent):
    """The file is left as it is."""

    type: Literal["ban_file.paused"] = "ban_file.paused"
    reason: Reason | None = None


class BanFileResumed(BanFileEvent):
    """The file is kept in step again."""

    type: Literal["ban_file.resumed"] = "ban_file.resumed"


class BanFileRemoved(BanFileEvent):
    """The file is kept in step no more; what stands in it stays."""

    type: Literal["ban_file.removed"] = "ban_file.removed"
    reason: Reason | None = None


class BanFileSyncRequested(BanFileEvent):
    """The file is to be looked at now; `accepts_loss`: that lines of others are gone is right."""

    type: Literal["ban_file.sync_requested"] = "ban_file.sync_requested"
    accepts_loss: bool = False


class BanFileHostKeyAccepted(BanFileEvent):
    """The first key of an SFTP server was taken; another one is refused from now on."""

    type: Literal["ban_file.host_key_accepted"] = "ban_file.host_key_accepted"
    host_key: Fingerprint


class BanFileDrifted(BanFileEvent):
    """Somebody took out or rewrote lines of ours; `repaired` tells whether they were put right again."""

    type: Literal["ban_file.drifted"] = "ban_file.drifted"
    infraction_ids: tuple[ShortId, ...] = ()
    missing: Annotated[int, Field(ge=0)]
    changed: Annotated[int, Field(ge=0)]
    repaired: bool


class BanFileProtectedMet(BanFileEvent):
    """Bans of protected players were kept out of the file."""

    type: Literal["ban_file.protected_met"] = "ban_file.protected_met"
    infraction_ids: tuple[ShortId, ...]


class BanFileRefused(BanFileEvent):
    """The file was not written, as that could have done harm: somebody has to look."""

    type: Literal["ban_file.refused"] = "ban_file.refused"
    reason: Message


class BanFileFailed(BanFileEvent):
    """Attempts on the file have failed for a while, `since` then: what the bans are is not in it, or nobody knows.

    Told once, until it is `recovered` or paused. `reason` never says where the file is.
    """

    type: Literal["ban_file.failed"] = "ban_file.failed"
    since: AwareDatetime
    reason: Message


class BanFileRecovered(BanFileEvent):
    """The file is as it should be again, after `ban_file.failed` or `ban_file.refused`; it was not `since` then."""

    type: Literal["ban_file.recovered"] = "ban_file.recovered"
    since: AwareDatetime


AnyBanFileEvent = Annotated[
    BanFileCreated
    | BanFileChanged
    | BanFilePaused
    | BanFileResumed
    | BanFileRemoved
    | BanFileSyncRequested
    | BanFileHostKeyAccepted
    | BanFileDrifted
    | BanFileProtectedMet
    | BanFileRefused
    | BanFileFailed
    | BanFileRecovered,
    Field(discriminator="type"),
]
BAN_FILE_EVENT: TypeAdapter[AnyBanFileEvent] = TypeAdapter(AnyBanFileEvent, config=LATE)
