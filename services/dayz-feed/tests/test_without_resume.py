"""Hosts that cannot begin in the middle of a file: an idle log stays where it is, and no line is missed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from banstream_contracts.events.log_sources import LogSourceAdded
from banstream_contracts.infractions import Actor
from banstream_contracts.log_sources import Login, LogSourceKind
from banstream_dayz_feed import polling
from banstream_dayz_feed.ledger import Ledger, Standing, Told
from banstream_dayz_feed.logs import Look, logs_in
from banstream_dayz_feed.places import Places
from banstream_dayz_feed.position import Position
from banstream_dayz_feed.record import Record, evolve
from banstream_dayz_feed.worker import Worker
from banstream_remote_files.ports import Entry
from banstream_remote_files.testing.ftp_server import PASSWORD, USER, FtpServer
from banstream_testing.abuse import SERVER_ID
from banstream_testing.dayz_feed import DAYZ_FEED_KEY, Folder, file_name, placed, sealed_secret
from banstream_testing.dayz_polls import START, Feed, LazyFolder, log, read_at_once

pytest_plugins = ["banstream_remote_files.testing.fixtures"]

OTHER = "F" * 40
LATER = START + timedelta(hours=4)
FIRST = log(START, placed(START, 4))
MORE = placed(START + timedelta(seconds=700), 3, OTHER)
NAME, NEXT = file_name(START), file_name(LATER)


def without_resume(folder: Folder, content: bytes = FIRST) -> Feed:
    """A feed that has read the log of the host."""
    folder.resumes = False
    folder.logs[NAME] = content
    feed = Feed(folder)
    feed.poll()
    folder.read_at.clear()
    return feed


@pytest.mark.parametrize("tells", ["size", "time", "both", "neither"])
def test_an_idle_log_is_fetched_only_where_the_host_tells_neither_size_nor_time(tells: str) -> None:
    folder = Folder()
    folder.tells_sizes = tells in {"size", "both"}
    if tells in {"time", "both"}:
        folder.modified_at[NAME] = START.replace(tzinfo=UTC)
    feed = without_resume(folder)
    feed.poll()
    assert bool(folder.read_at) == (tells == "neither")
    folder.logs[NAME] += MORE
    if tells == "time":
        folder.modified_at[NAME] += timedelta(seconds=1)
    feed.poll()
    assert feed.acts == read_at_once(**{NAME: FIRST + MORE})


def test_a_host_that_begins_in_the_middle_is_always_asked_for_what_follows() -> None:
    folder = Folder()
    feed = without_resume(folder)
    folder.resumes = True
    feed.poll()
    assert folder.read_at == []
    folder.logs[NAME] += MORE
    for _ in range(3):
        feed.poll()
    assert len(folder.read_at) == 3
    folder.resumes = False
    for _ in range(3):
        feed.poll()
    assert len(folder.read_at) == 4


def test_lines_behind_an_old_size_are_late_and_not_lost() -> None:
    folder = LazyFolder()
    feed = without_resume(folder)
    feed.poll()
    folder.logs[NAME] += MORE
    for minutes in (5, 4):
        feed.now += timedelta(minutes=minutes)
        feed.poll()
    assert feed.acts == read_at_once(**{NAME: FIRST})
    feed.now += timedelta(minutes=1)
    feed.poll()
    assert feed.acts == read_at_once(**{NAME: FIRST + MORE})


def test_lines_behind_an_old_size_are_read_before_the_next_log_also_where_they_come_after_it() -> None:
    folder = LazyFolder()
    feed = without_resume(folder)
    feed.poll()
    folder.logs |= {NAME: FIRST + MORE[:-9], NEXT: log(LATER, placed(LATER, 3))}
    feed.poll()
    assert (feed.at.file, feed.at.is_quiet) == (NAME, True)
    folder.logs[NAME] = FIRST + MORE
    for _ in range(3):
        feed.poll()
    assert feed.at.file == NEXT
    assert feed.acts == read_at_once(**folder.logs)


def test_a_log_that_shrank_is_begun_anew_though_the_listing_stays_as_it_is() -> None:
    folder = Folder()
    feed = without_resume(folder)
    folder.logs[NAME] = FIRST[:-200]
    for _ in range(2):
        feed.poll()
    assert "another log stood in place of" in feed.position_note


def test_the_next_log_is_begun_by_the_second_poll_that_shows_it() -> None:
    folder = Folder()
    feed = without_resume(folder)
    folder.logs[NEXT] = log(LATER)
    for _ in range(2):
        feed.poll()
    assert feed.at.file == NEXT


def test_a_log_that_is_gone_is_not_looked_for_again_and_again() -> None:
    folder = Folder()
    feed = without_resume(folder)
    folder.logs = {"old.ADM": log(START - timedelta(days=1), FIRST)}
    feed.poll()
    folder.read_at.clear()
    for _ in range(3):
        feed.poll()
    assert folder.read_at == []


@pytest.mark.parametrize(
    ("look_back", "minutes", "holds"),
    [(1800, 9.9, True), (1800, 10, False), (86_400, 10, False), (60, 0.3, True), (60, 0.4, False), (1800, -10, False)],
)
def test_a_listing_is_believed_for_a_while_within_which_lines_may_act(
    look_back: float, minutes: float, *, holds: bool
) -> None:
    at, logs = datetime(2026, 8, 25, tzinfo=UTC), logs_in([Entry(NAME, size=1), Entry("link.ADM")])
    now, within = at + timedelta(minutes=minutes), timedelta(seconds=look_back)
    assert Look(tuple(logs), at).holds(logs, Position(NAME), now, within) == holds


def test_a_long_log_comes_a_few_times_and_not_once_for_each_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "READ_BYTES", 1000)
    folder = Folder()
    folder.resumes = False
    folder.logs[NAME] = FIRST + placed(START + timedelta(seconds=90), 400, OTHER)
    feed = Feed(folder)
    feed.poll()
    assert feed.acts == read_at_once(**folder.logs)
    assert sum(offset for _, offset in folder.read_at) < 3 * len(folder.logs[NAME])


class _Stepping(Ledger):
    """Keeps a position in memory, and lets the next poll begin when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.at = Standing()
        self._may_go_on = asyncio.Semaphore(0)
        self._polls: asyncio.Queue[None] = asyncio.Queue()

    async def polled_again(self) -> None:
        """Until a poll has ended; the one after it waits."""
        await asyncio.wait_for(self._polls.get(), 30)

    async def standing(self, _record: Record) -> Standing:
        return self.at

    async def save(
        self, _record: Record, position: Position, memory: bytes, begin: bytes | None, _found: Sequence[Told]
    ) -> None:
        self.at = Standing(position, memory, begin or self.at.begin)

    async def polled(self, _record: Record, _now: datetime) -> None:
        self._polls.put_nowait(None)
        await self._may_go_on.acquire()

    def go_on(self) -> None:
        self._may_go_on.release()


@dataclass(slots=True)
class _Unhurried(Worker):
    """Its ledger makes the pauses."""

    @property
    def pause_seconds(self) -> float:
        return 0.0


def source(server: FtpServer) -> Record:
    added = LogSourceAdded(
        source_id="a" * 24,
        name="n",
        server_id=SERVER_ID,
        login=Login(kind=LogSourceKind.FTP, host="127.0.0.1", port=server.port, user=USER, folder="/"),
        sealed_secret=sealed_secret(PASSWORD),
        time_zone="UTC",
        poll_seconds=10,
        look_back_seconds=1800,
        rules={},
        actor=Actor(kind="system", id="test"),
        occurred_at=datetime.now(UTC),
    )
    return evolve(None, added)


@asynccontextmanager
async def polling_of(server: FtpServer) -> AsyncIterator[_Stepping]:
    ledger = _Stepping()
    worker = _Unhurried(source(server), ledger, Places(DAYZ_FEED_KEY), 900.0)
    running = asyncio.create_task(worker.run())
    try:
        yield ledger
    finally:
        running.cancel()
        await asyncio.wait({running})


async def test_what_an_ftp_server_can_is_noticed_by_its_answers(plain_ftp: FtpServer) -> None:
    """Its software may become another one, either way."""
    path = plain_ftp.root / NAME
    path.write_bytes(FIRST)
    async with polling_of(plain_ftp) as ledger:

        async def transfers_of_a_poll() -> list[str]:
            plain_ftp.commands.clear()
            ledger.go_on()
            await ledger.polled_again()
            return [each.split()[0] for each in plain_ftp.commands if each.split()[0] in {"MLSD", "REST", "RETR"}]

        await ledger.polled_again()
        assert await transfers_of_a_poll() == ["MLSD", "REST", "RETR"]
        plain_ftp.faults.refused_commands |= {"REST"}
        assert await transfers_of_a_poll() == ["MLSD", "REST", "RETR"]
        for _ in range(2):
            assert await transfers_of_a_poll() == ["MLSD"]
        path.write_bytes(FIRST + MORE)
        assert await transfers_of_a_poll() == ["MLSD", "REST", "RETR"]
        assert await transfers_of_a_poll() == ["MLSD"]
        plain_ftp.faults.refused_commands.clear()
        path.write_bytes(FIRST + MORE + MORE)
        for _ in range(2):
            assert await transfers_of_a_poll() == ["MLSD", "REST", "RETR"]
        assert ledger.at.position.reading.offset == path.stat().st_size
