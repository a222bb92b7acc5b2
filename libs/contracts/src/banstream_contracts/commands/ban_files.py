"""Commands: what somebody asks ftp-sync to do."""

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
from banstream_contracts.commands.command import Command
from banstream_contracts.infractions import LATE
from banstream_contracts.text import Message, Name, Reason, ShortId


class BanFileCommand(Command):
    """About one ban file."""

    service: ClassVar[str] = SERVICE

    ban_file_id: ShortId

    @property
    def token(self) -> str:
        """By the ban file."""
        return f"ban_file={self.ban_file_id}"


class CreateBanFile(BanFileCommand):
    """Keep a file in step with the bans from now on; one that is made `paused` is left as it is until it is resumed.

    `sealed_secret` is sealed for ftp-sync: JSON with `password`, `private_key` and `passphrase`, or `token`.
    """

    type: Literal["create_ban_file"] = "create_ban_file"
    name: Name
    format: BanFileFormat
    place: BanFilePlace
    sealed_secret: SealedSecret | None = None
    filters: BanFileFilters = BanFileFilters()
    policy: BanFilePolicy = BanFilePolicy()
    paused: bool = False


class ChangeBanFile(BanFileCommand):
    """Change what is named; each of it whole."""

    type: Literal["change_ban_file"] = "change_ban_file"
    name: Name | None = None
    place: BanFilePlace | None = None
    sealed_secret: SealedSecret | None = None
    filters: BanFileFilters | None = None
    policy: BanFilePolicy | None = None


class PauseBanFile(BanFileCommand):
    """Leave the file as it is until it is resumed."""

    type: Literal["pause_ban_file"] = "pause_ban_file"
    reason: Reason | None = None


class ResumeBanFile(BanFileCommand):
    """Bring a paused file up to date and keep it so."""

    type: Literal["resume_ban_file"] = "resume_ban_file"


class RemoveBanFile(BanFileCommand):
    """Keep the file in step no more; what stands in it stays."""

    type: Literal["remove_ban_file"] = "remove_ban_file"
    reason: Reason | None = None


class SyncBanFile(BanFileCommand):
    """Look at the file now. `accepts_loss`: lines of others are gone from it, and that is right."""

    type: Literal["sync_ban_file"] = "sync_ban_file"
    accepts_loss: bool = False


class AcceptHostKey(BanFileCommand):
    """Take the first key that was met of an SFTP server. Sent by ftp-sync to itself; `seen_version` as it was met."""

    type: Literal["accept_host_key"] = "accept_host_key"
    host_key: Fingerprint
    seen_version: int


class ReportDrift(BanFileCommand):
    """Somebody changed lines of ours. Sent by ftp-sync to itself."""

    type: Literal["report_drift"] = "report_drift"
    infraction_ids: Annotated[tuple[ShortId, ...], Field(max_length=500)] = ()
    missing: Annotated[int, Field(ge=0)]
    changed: Annotated[int, Field(ge=0)]
    repaired: bool


class ReportProtectedBans(BanFileCommand):
    """Bans of protected players were kept out of the file. Sent by ftp-sync to itself."""

    type: Literal["report_protected_bans"] = "report_protected_bans"
    infraction_ids: Annotated[tuple[ShortId, ...], Field(min_length=1, max_length=500)]


class ReportRefusal(BanFileCommand):
    """The file was not written, as that could have done harm. Sent by ftp-sync to itself."""

    type: Literal["report_refusal"] = "report_refusal"
    reason: Message


class ReportFailure(BanFileCommand):
    """Attempts have failed for a while, `since` then. Sent by ftp-sync to itself; tells nothing that was told."""

    type: Literal["report_failure"] = "report_failure"
    since: AwareDatetime
    reason: Message


class ReportRecovery(BanFileCommand):
    """The file is as it should be again. Sent by ftp-sync to itself; tells nothing where nothing was amiss."""

    type: Literal["report_recovery"] = "report_recovery"


AnyBanFileCommand = Annotated[
    CreateBanFile
    | ChangeBanFile
    | PauseBanFile
    | ResumeBanFile
    | RemoveBanFile
    | SyncBanFile
    | AcceptHostKey
    | ReportDrift
    | ReportProtectedBans
    | ReportRefusal
    | ReportFailure
    | ReportRecovery,
    Field(discriminator="type"),
]
BAN_FILE_COMMAND: TypeAdapter[AnyBanFileCommand] = TypeAdapter(AnyBanFileCommand, config=LATE)
