"""What the log says of a ban file: state, evolve. Pure; checks no rules.

What is shown of it is the contract's own `BanFile`; what opens it stands beside, still sealed.
"""

from typing import Any, assert_never

from pydantic import AwareDatetime

from banstream_contracts.ban_files import BanFile, BanFileStatus
from banstream_contracts.events.ban_files import (
    AnyBanFileEvent,
    BanFileChanged,
    BanFileCreated,
    BanFileDrifted,
    BanFileFailed,
    BanFileHostKeyAccepted,
    BanFilePaused,
    BanFileProtectedMet,
    BanFileRecovered,
    BanFileRefused,
    BanFileRemoved,
    BanFileResumed,
    BanFileSyncRequested,
)
from banstream_contracts.infractions import Contract
from banstream_decider.documents import Document


class Trouble(Contract):
    """That a file is not as it should be, as it was told last: why, and since when."""

    since: AwareDatetime
    reason: str


class Record(Document):
    """A ban file as the log has made it.

    `since_version` is the version that last changed what is to be done: what ftp-sync tells of the file does not.
    `accepts_loss_version` is that of the last request to take the file without lines of others that it had.
    `trouble` is there until it is told that the file recovered; a file that is paused has none.
    """

    ban_file: BanFile
    sealed_secret: str | None = None
    since_version: int = 1
    accepts_loss_version: int = 0
    trouble: Trouble | None = None

    @property
    def version(self) -> int:
        """See `Document`."""
        return self.ban_file.version


def create(event: BanFileCreated) -> Record:
    """The ban file that the first event of its stream makes."""
    ban_file = BanFile(
        id=event.ban_file_id,
        name=event.name,
        format=event.format,
        place=event.place,
        filters=event.filters,
        policy=event.policy,
        created_at=event.occurred_at,
        created_by=event.actor,
        changed_at=event.occurred_at,
    )
    return Record(ban_file=ban_file, sealed_secret=event.sealed_secret)


def evolve(record: Record | None, event: AnyBanFileEvent) -> Record:
    """The ban file after any event. Raises ValueError of one that was never created: the log would be broken."""
    if isinstance(event, BanFileCreated):
        return create(event)
    if record is None:
        raise ValueError(f"{event.type} of a ban file that was never created")
    match event:
        case BanFileChanged():
            return _changed(record, event)
        case BanFilePaused():
            return _moved(record, event, status=BanFileStatus.PAUSED).model_copy(update={"trouble": None})
        case BanFileResumed():
            return _moved(record, event, status=BanFileStatus.ACTIVE)
        case BanFileRemoved():
            return _moved(record, event).model_copy(update={"is_removed": True, "sealed_secret": None})
        case BanFileSyncRequested():
            moved = _moved(record, event)
            accepted = moved.ban_file.version if event.accepts_loss else record.accepts_loss_version
            return moved.model_copy(update={"accepts_loss_version": accepted})
        case BanFileHostKeyAccepted():
            place = record.ban_file.place.model_copy(update={"fingerprint": event.host_key})
            return _moved(record, event, place=place)
        case BanFileDrifted() | BanFileProtectedMet() | BanFileRefused() | BanFileFailed() | BanFileRecovered():
            kept = {"since_version": record.since_version, "trouble": _trouble(record.trouble, event)}
            return _moved(record, event).model_copy(update=kept)
        case _:
            assert_never(event)


def _trouble(before: Trouble | None, event: AnyBanFileEvent) -> Trouble | None:
    match event:
        case BanFileRefused():
            return Trouble(since=before.since if before else event.occurred_at, reason=event.reason)
        case BanFileFailed():
            return Trouble(since=event.since, reason=event.reason)
        case BanFileRecovered():
            return None
        case _:
            return before


def _changed(record: Record, event: BanFileChanged) -> Record:
    moved = _moved(record, event, name=event.name, place=event.place, filters=event.filters, policy=event.policy)
    return moved.model_copy(update={"sealed_secret": event.sealed_secret or record.sealed_secret})


def _moved(record: Record, event: AnyBanFileEvent, **changes: Any) -> Record:  # noqa: ANN401 - fields of BanFile
    version = record.ban_file.version + 1
    ban_file = record.ban_file.model_copy(update={"changed_at": event.occurred_at, "version": version, **changes})
    return record.model_copy(update={"ban_file": ban_file, "since_version": version})
