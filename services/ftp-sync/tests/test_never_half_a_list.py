"""The most important property of ftp-sync: what it could not learn as a whole unbans nobody."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from nats.aio.msg import Msg
from prometheus_client import REGISTRY

from banstream_contracts import headers, subjects
from banstream_contracts.ban_files import BanFileFormat
from banstream_contracts.commands.ban_files import CreateBanFile
from banstream_contracts.queries import ban_files as queries
from banstream_ftp_sync import following
from banstream_privacy.transit import seal, sealing_public_key
from banstream_testing.fixtures import Database
from banstream_testing.ftp_sync import (
    BansStandIn,
    ask,
    ftp_sync,
    ftp_sync_url,
    infraction,
    local_place,
    new_ban_file,
)
from banstream_testing.infractions import Bus, bus
from banstream_testing.notifier import happen, lifted
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

COUNT = 5
BANS_SECONDS = 0.5
"""An attempt soon gives up on bans that do not come."""


def lines(file: Path) -> int:
    return len(file.read_text().splitlines())


@pytest.fixture
async def to(nats: NatsServer) -> AsyncIterator[Bus]:
    async with bus(nats) as connected:
        yield connected


@pytest.fixture
async def url(database: Database) -> str:
    return await ftp_sync_url(database)


async def until_outcome(to: Bus, made: CreateBanFile, *outcomes: str) -> Any:
    async def progress() -> Any:
        found = await ask(to, subjects.QUERY_BAN_FILE, queries.GetBanFile(ban_file_id=made.ban_file_id))
        progress = found["progress"]
        return progress if progress and progress["outcome"] in outcomes else None

    return await eventually(progress)


def attempts() -> float:
    return REGISTRY.get_sample_value("banstream_ftp_sync_attempts_total", {"outcome": "failed"}) or 0.0


async def until_written(to: Bus, made: CreateBanFile) -> None:
    """It is looked at again soon after a write: then nothing is left to do."""
    await until_outcome(to, made, "applied", "unchanged")


async def until_failed(to: Bus, made: CreateBanFile, why: str) -> None:
    """Attempts before the first load say that the bans are not loaded yet."""

    async def is_told() -> bool:
        return why in (await until_outcome(to, made, "failed"))["reason"]

    await eventually(is_told)


async def written(nats: NatsServer, to: Bus, url: str, file: Path, told: BansStandIn) -> CreateBanFile:
    """A file that holds all bans, of a service that has stopped since."""
    made = new_ban_file(local_place(file))
    async with told.answering(to), ftp_sync(nats, url, file.parent, ftp_sync_bans_seconds=BANS_SECONDS):
        await to.send(made)
        await until_written(to, made)
    assert lines(file) == COUNT
    return made


def bans() -> BansStandIn:
    return BansStandIn([infraction(number) for number in range(COUNT)])


async def test_a_load_that_fails_in_the_middle_writes_nothing(
    nats: NatsServer, to: Bus, url: str, tmp_path: Path
) -> None:
    file = tmp_path / "ban.txt"
    made = await written(nats, to, url, file, bans())
    before = file.read_bytes()
    told = BansStandIn(bans().bans[1:], fails_after=2)
    async with told.answering(to), ftp_sync(nats, url, tmp_path, ftp_sync_bans_seconds=BANS_SECONDS):
        await until_failed(to, made, "the bans are not known: infractions could not answer")
        assert file.read_bytes() == before
        told.fails_after = None
        await until_written(to, made)
        assert lines(file) == COUNT - 1


async def test_nobody_who_answers_is_no_empty_list(nats: NatsServer, to: Bus, url: str, tmp_path: Path) -> None:
    file = tmp_path / "ban.txt"
    made = await written(nats, to, url, file, bans())
    before = file.read_bytes()
    async with ftp_sync(nats, url, tmp_path, ftp_sync_bans_seconds=BANS_SECONDS):
        await until_failed(to, made, "is away")
        assert file.read_bytes() == before


async def test_an_older_copy_of_the_log_unbans_nobody(nats: NatsServer, to: Bus, url: str, tmp_path: Path) -> None:
    file = tmp_path / "ban.txt"
    made = await written(nats, to, url, file, bans())
    before = file.read_bytes()
    async with (
        BansStandIn(position=999).answering(to),
        ftp_sync(nats, url, tmp_path, ftp_sync_bans_seconds=BANS_SECONDS),
    ):
        await until_failed(to, made, "is it a copy?")
        assert file.read_bytes() == before


async def test_a_key_that_opens_no_address_does_not_ask_for_all_bans_again_and_again(
    nats: NatsServer, to: Bus, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_LONGEST_PAUSE", 0.05)
    told = BansStandIn(
        [infraction(1, address_hash="0" * 64)], sealed=seal(sealing_public_key(b"o" * 32), "203.0.113.7")
    )
    made = new_ban_file(local_place(tmp_path / "banned_ip.cfg"), BanFileFormat.SOURCE_ADDRESSES)
    async with told.answering(to), ftp_sync(nats, url, tmp_path, ftp_sync_bans_seconds=BANS_SECONDS):
        await to.send(made)
        await until_failed(to, made, "for another key")
        first = attempts()

        async def was_tried_often() -> bool:
            return attempts() - first >= 20

        await eventually(was_tried_often, 60)
        assert told.asked <= 2, "at the start, and once for what infractions seals now"


async def test_an_event_whose_infraction_cannot_be_asked_for_takes_no_line_out(
    nats: NatsServer, to: Bus, url: str, tmp_path: Path
) -> None:
    file, told = tmp_path / "ban.txt", bans()
    made = new_ban_file(local_place(file))
    async with told.answering(to), ftp_sync(nats, url, tmp_path, ftp_sync_bans_seconds=BANS_SECONDS):
        await to.send(made)
        await until_written(to, made)
        before = file.read_bytes()
        told.fails_after = told.asked
        await happen(to, lifted(1))
        await until_outcome(to, made, "failed")
        assert file.read_bytes() == before
        told.bans = told.bans[:1] + told.bans[2:]
        told.fails_after = None
        await until_written(to, made)
        assert lines(file) == COUNT - 1


async def test_an_answer_from_before_an_event_is_not_the_one_that_it_tells_of(
    nats: NatsServer, to: Bus, url: str, tmp_path: Path
) -> None:
    file, told = tmp_path / "ban.txt", bans()
    told.position = 0
    made = new_ban_file(local_place(file))
    async with told.answering(to), ftp_sync(nats, url, tmp_path, ftp_sync_bans_seconds=BANS_SECONDS):
        await to.send(made)
        await until_written(to, made)
        await happen(to, lifted(1))
        await until_failed(to, made, "from before its own event")
        assert lines(file) == COUNT
        told.bans, told.position = told.bans[:1] + told.bans[2:], 1
        await until_written(to, made)
        assert lines(file) == COUNT - 1


class _Unprotecting(BansStandIn):
    """The abuse tracker cannot say who is protected."""

    async def on_protected(self, message: Msg) -> None:
        """An answer without players."""
        await self.client.publish(message.reply, b"", headers={headers.QUERY_ERROR: "test"})


async def test_who_is_protected_is_known_before_anything_is_written(
    nats: NatsServer, to: Bus, url: str, tmp_path: Path
) -> None:
    file = tmp_path / "ban.txt"
    made = new_ban_file(local_place(file))
    async with (
        _Unprotecting(bans().bans).answering(to),
        ftp_sync(nats, url, tmp_path, ftp_sync_bans_seconds=BANS_SECONDS),
    ):
        await to.send(made)
        await until_failed(to, made, "could not answer")
        assert not file.exists()


async def test_a_service_that_was_off_converges_without_events(
    nats: NatsServer, to: Bus, url: str, tmp_path: Path
) -> None:
    file = tmp_path / "ban.txt"
    await written(nats, to, url, file, bans())
    told = BansStandIn([infraction(2), infraction(7)])
    async with told.answering(to), ftp_sync(nats, url, tmp_path, ftp_sync_bans_seconds=BANS_SECONDS):

        async def converged() -> bool:
            return lines(file) == len(told.bans)

        await eventually(converged)


async def test_a_look_at_the_interval_finds_what_no_event_told(
    nats: NatsServer, to: Bus, url: str, tmp_path: Path
) -> None:
    file, told = tmp_path / "ban.txt", bans()
    made = new_ban_file(local_place(file))
    async with told.answering(to), ftp_sync(nats, url, tmp_path, ftp_sync_check_seconds=0.5):
        await to.send(made)
        await until_outcome(to, made, "applied", "unchanged")
        told.bans = told.bans[1:]

        async def converged() -> bool:
            return lines(file) == COUNT - 1

        await eventually(converged)
