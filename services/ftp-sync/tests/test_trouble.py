"""That a file is not as it should be, and that it is again: each is told once, whoever says so and however often."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from banstream_contracts.ban_files import BanFileFormat, BanFileKind, BanFilePlace
from banstream_contracts.commands import ban_files as commands
from banstream_contracts.commands.command import Command
from banstream_decider.ports import Received
from banstream_ftp_sync.batch import Batch
from banstream_ftp_sync.places import Rules
from banstream_ftp_sync.record import Record, Trouble
from banstream_ftp_sync.sealing import Opener
from banstream_runtime.identifiers import new_id
from banstream_testing.abuse import asked

ID = "a" * 24
SINCE = datetime(2026, 1, 2, tzinfo=UTC)
CREATED = commands.CreateBanFile(
    **asked(
        ban_file_id=ID,
        name="Chernarus 1",
        format=BanFileFormat.DAYZ,
        place=BanFilePlace(kind=BanFileKind.LOCAL, path="/srv/ban.txt"),
    )
)


def failure(since: datetime = SINCE, reason: str = "no connection") -> commands.ReportFailure:
    return commands.ReportFailure(**asked(ban_file_id=ID, since=since, reason=reason))


def refusal(reason: str = "lines are gone") -> commands.ReportRefusal:
    return commands.ReportRefusal(**asked(ban_file_id=ID, reason=reason))


def recovery() -> commands.ReportRecovery:
    return commands.ReportRecovery(**asked(ban_file_id=ID))


def paused() -> commands.PauseBanFile:
    return commands.PauseBanFile(**asked(ban_file_id=ID))


def played(*given: Command) -> tuple[Record, Sequence[str]]:
    """The file after it was made and these, and what was told of it."""
    batch = Batch(0, {}, new_id, Opener(bytes(range(32)), Rules((Path("/srv"),))))
    for command in (CREATED, *given):
        batch.decide(Received(command))  # type: ignore[arg-type]  # of the union
    return batch.changed[ID], [event.type.removeprefix("ban_file.") for event in batch.events[1:]]


def test_a_failure_and_its_end_are_told_once_each_and_the_next_failure_again() -> None:
    later = failure(SINCE + timedelta(hours=1), "no space")
    _, told = played(failure(), failure(), later, recovery(), recovery(), later)
    assert told == ["failed", "recovered", "failed"]


def test_what_was_never_amiss_does_not_recover() -> None:
    assert played(recovery()) == (played()[0], [])


def test_a_refusal_is_told_again_only_for_another_reason_or_after_a_recovery() -> None:
    _, told = played(refusal(), failure(), refusal(), refusal("too short"), recovery(), refusal("too short"))
    assert told == ["refused", "refused", "recovered", "refused"]


def test_a_failure_that_turns_into_a_refusal_lasts_since_it_began() -> None:
    failed, _ = played(failure())
    refused, _ = played(failure(), refusal())
    assert failed.trouble == Trouble(since=SINCE, reason="no connection")
    assert refused.trouble == Trouble(since=SINCE, reason="lines are gone")


def test_a_file_that_is_paused_is_in_no_trouble_and_what_fails_when_it_is_resumed_is_told_anew() -> None:
    resumed = commands.ResumeBanFile(**asked(ban_file_id=ID))
    late = (refusal(), failure(), recovery())
    _, told = played(failure(), paused(), *late, resumed, failure())
    assert told == ["failed", "paused", "resumed", "failed"]


def test_trouble_outlasts_a_change_and_starts_no_new_worker() -> None:
    changed = commands.ChangeBanFile(**asked(ban_file_id=ID, name="other"))
    record, told = played(failure(), changed, failure())
    assert told == ["failed", "changed"]
    after, _ = played(failure(), changed, failure(), recovery())
    assert after.since_version == record.since_version
