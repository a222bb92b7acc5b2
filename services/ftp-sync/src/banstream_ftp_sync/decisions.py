"""What a command does to a ban file. Pure."""

from typing import Any, TypeAlias, assert_never

from banstream_contracts.ban_files import BanFile, BanFileKind, BanFilePlace, BanFileStatus
from banstream_contracts.commands.ban_files import (
    AcceptHostKey,
    AnyBanFileCommand,
    ChangeBanFile,
    CreateBanFile,
    PauseBanFile,
    RemoveBanFile,
    ReportDrift,
    ReportFailure,
    ReportProtectedBans,
    ReportRecovery,
    ReportRefusal,
    ResumeBanFile,
    SyncBanFile,
)
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
from banstream_contracts.results import Refusal, RefusalCode
from banstream_decider import documents
from banstream_ftp_sync.places import port_of
from banstream_ftp_sync.record import Record, Trouble

Decision: TypeAlias = documents.Decision[AnyBanFileEvent]


def decide(command: AnyBanFileCommand, record: Record | None, problem: str | None = None) -> Decision:
    """The events of a command; none where it changes nothing. `problem` says what is wrong with the place it brings."""
    if isinstance(command, CreateBanFile):
        return _create(command, record, problem)
    if record is None or record.is_removed:
        return _refused("unknown-ban-file", "no ban file has this id")
    ban_file = record.ban_file
    is_active = ban_file.status is BanFileStatus.ACTIVE
    about: dict[str, Any] = {
        "ban_file_id": ban_file.id,
        "name": ban_file.name,
        "actor": command.actor,
        "occurred_at": command.issued_at,
    }
    match command:
        case ChangeBanFile():
            return _change(command, ban_file, problem, about)
        case SyncBanFile() if not is_active:
            return _refused("ban-file-stopped", "the ban file is paused: resume it first")
        case SyncBanFile():
            return Decision((BanFileSyncRequested(**about, accepts_loss=command.accepts_loss),))
        case PauseBanFile() | ResumeBanFile() | RemoveBanFile():
            return Decision(_moved(command, about, is_active=is_active))
        case AcceptHostKey() | ReportDrift() | ReportProtectedBans():
            return Decision(_told(command, record, about))
        case ReportRefusal() | ReportFailure() | ReportRecovery():
            return Decision(_of_trouble(command, record.trouble, about) if is_active else ())
        case _:
            assert_never(command)


def _moved(
    command: PauseBanFile | ResumeBanFile | RemoveBanFile, about: dict[str, Any], *, is_active: bool
) -> tuple[AnyBanFileEvent, ...]:
    match command:
        case PauseBanFile():
            return (BanFilePaused(**about, reason=command.reason),) if is_active else ()
        case ResumeBanFile():
            return () if is_active else (BanFileResumed(**about),)
        case RemoveBanFile():
            return (BanFileRemoved(**about, reason=command.reason),)


def _told(
    command: AcceptHostKey | ReportDrift | ReportProtectedBans, record: Record, about: dict[str, Any]
) -> tuple[AnyBanFileEvent, ...]:
    """What follows from what ftp-sync says of a file."""
    match command:
        case AcceptHostKey():
            is_known = record.ban_file.place.fingerprint is not None
            is_stale = is_known or record.since_version != command.seen_version
            return () if is_stale else (BanFileHostKeyAccepted(**about, host_key=command.host_key),)
        case ReportDrift():
            told = command.model_dump(include={"infraction_ids", "missing", "changed", "repaired"})
            return (BanFileDrifted(**about, **told),)
        case ReportProtectedBans():
            return (BanFileProtectedMet(**about, infraction_ids=command.infraction_ids),)


def _of_trouble(
    command: ReportRefusal | ReportFailure | ReportRecovery, told: Trouble | None, about: dict[str, Any]
) -> tuple[AnyBanFileEvent, ...]:
    """Only what is another state than was told last, whoever says so and however often."""
    match command:
        case ReportRefusal():
            is_news = told is None or told.reason != command.reason
            return (BanFileRefused(**about, reason=command.reason),) if is_news else ()
        case ReportFailure():
            return () if told else (BanFileFailed(**about, since=command.since, reason=command.reason),)
        case ReportRecovery():
            return (BanFileRecovered(**about, since=told.since),) if told else ()


def _create(command: CreateBanFile, record: Record | None, problem: str | None) -> Decision:
    if record is not None:
        return _refused("invalid-ban-file", "a ban file with this id was created before")
    if problem is not None:
        return _refused("invalid-ban-file", problem)
    about: dict[str, Any] = {
        "ban_file_id": command.ban_file_id,
        "name": command.name,
        "actor": command.actor,
        "occurred_at": command.issued_at,
    }
    created = BanFileCreated(
        **about,
        format=command.format,
        place=command.place,
        sealed_secret=command.sealed_secret,
        filters=command.filters,
        policy=command.policy,
    )
    return Decision((created, BanFilePaused(**about)) if command.paused else (created,))


def _change(command: ChangeBanFile, ban_file: BanFile, problem: str | None, about: dict[str, Any]) -> Decision:
    if problem is not None:
        return _refused("invalid-ban-file", problem)
    if command.place and command.sealed_secret is None and _is_elsewhere(command.place, ban_file.place):
        return _refused("invalid-ban-file", "another server needs its password, key or token named with it")
    wanted = {
        "name": command.name or ban_file.name,
        "place": _place(command.place, ban_file.place),
        "filters": command.filters or ban_file.filters,
        "policy": command.policy or ban_file.policy,
    }
    is_same = all(getattr(ban_file, field) == value for field, value in wanted.items())
    if is_same and command.sealed_secret is None:
        return Decision()
    return Decision((BanFileChanged.model_validate({**about, **wanted, "sealed_secret": command.sealed_secret}),))


def _is_elsewhere(given: BanFilePlace, before: BanFilePlace) -> bool:
    """Whether the secret would be shown to somebody else than before: whoever may change a file may not learn it."""
    if given.kind is BanFileKind.LOCAL:
        return False
    return not _is_same_server(given, before) or (before.checks_certificate and not given.checks_certificate)


def _place(given: BanFilePlace | None, before: BanFilePlace) -> BanFilePlace:
    """The key of a server stays known unless another one is named, or it is another server."""
    if given is None:
        return before
    if given.fingerprint is None and _is_same_server(given, before):
        return given.model_copy(update={"fingerprint": before.fingerprint})
    return given


def _is_same_server(one: BanFilePlace, other: BanFilePlace) -> bool:
    return (one.kind, one.host, port_of(one)) == (other.kind, other.host, port_of(other))


def _refused(code: RefusalCode, message: str) -> Decision:
    return Decision(refusal=Refusal(code=code, message=message))
