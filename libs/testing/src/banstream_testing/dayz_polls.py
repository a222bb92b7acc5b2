"""Polls of a folder of DayZ logs without a service around them."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from banstream_dayz_feed.logs import Look, logs_in
from banstream_dayz_feed.polling import Kept, Poll
from banstream_dayz_feed.position import Position
from banstream_dayz_feed.replay import Replay
from banstream_dayz_feed.rules.detector import Detector
from banstream_dayz_feed.rules.findings import Finding
from banstream_dayz_feed.rules.rules_file import check_rules
from banstream_remote_files.ports import Entry
from banstream_testing.dayz_feed import Folder, header

START = datetime(2026, 8, 25, 21, 3, 13)  # noqa: DTZ001 - the log knows no zone
RULES = check_rules({"build_rate": {"limit": 2}, "banned_class": {"classes": ["Shelter*"]}})
LIVE = "DayZServer_x64.ADM"


class Feed:
    """What a worker keeps between polls, all of it as bytes, as the ledger does."""

    def __init__(self, folder: Folder, now: datetime = START + timedelta(minutes=10)) -> None:
        self.folder = folder
        self.now = now.replace(tzinfo=UTC)
        self.position = Position().to_json()
        self.memory = self._detector().state()
        self.begin = self.memory
        self.found: dict[str, Finding] = {}
        self.found_twice = 0
        self.fails_after: int | None = None
        self.look: Look | None = None

    async def save(self, kept: Kept) -> None:
        """See the port; fails after as many as `fails_after` says."""
        if self.fails_after is not None:
            self.fails_after -= 1
            if self.fails_after < 0:
                raise ConnectionResetError
        self.position, self.memory = kept.position.to_json(), kept.memory
        self.begin = kept.begin if kept.begin is not None else self.begin
        for finding in kept.findings:
            self.found_twice += finding.key in self.found
            self.found[finding.key] = finding

    def poll(self) -> None:
        """Look into the folder once."""
        detector = self._detector()
        detector.resume(self.memory)
        poll = Poll(
            self.folder,  # type: ignore[arg-type]  # reading only
            "/logs",
            self,
            Position.from_json(self.position),
            detector,
            self._detector,
            self.begin,
            ZoneInfo("UTC"),
            timedelta(minutes=30),
            lambda: self.now,
            self.look,
        )
        asyncio.run(poll.run())
        self.look = poll.look

    @property
    def at(self) -> Position:
        """Where reading stands."""
        return Position.from_json(self.position)

    @property
    def position_note(self) -> str:
        """What admins should know."""
        return self.at.note or ""

    @property
    def acts(self) -> list[tuple[str, str, str, int]]:
        """What was found: rule, player, file and offset."""
        return sorted((each.rule, each.player_id, each.file, each.offset) for each in self.found.values())

    def _detector(self) -> Detector:
        return Detector(RULES, "server", ZoneInfo("UTC"))


class LazyFolder(Folder):
    """Of a file that is open, Windows tells size and time as they were when it was opened or closed last."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[str, Entry] = {}

    async def entries(self, folder: str) -> list[Entry]:
        """See the port."""
        return [self._told.setdefault(each.name, each) for each in await super().entries(folder)]

    async def read_from(self, path: str, offset: int, limit: int) -> bytes:
        """See the port."""
        content = await super().read_from(path, offset, limit)
        for each in await super().entries("/logs"):
            if path.endswith(each.name):
                self._told[each.name] = each
        return content


def log(start: datetime, *parts: bytes) -> bytes:
    """A log with its header."""
    return header(start) + b"".join(parts)


def read_at_once(**logs: bytes) -> list[tuple[str, str, str, int]]:
    """What a replay of whole logs finds, as `Feed.acts`."""
    replay = Replay(RULES, "server")
    found: list[Finding] = []
    for name, content in logs.items():
        replay.begin(name, logs_in([Entry(name)])[0].start)
        found += [*replay.feed(content), *replay.end()]
    return sorted((each.rule, each.player_id, each.file, each.offset) for each in found)
