"""How often a source is looked at: seldom and more seldom while it fails, and as it says once it is well."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from banstream_contracts.events.log_sources import LogSourceAdded
from banstream_contracts.infractions import Actor
from banstream_dayz_feed.ledger import Ledger, Standing, Told
from banstream_dayz_feed.places import Places
from banstream_dayz_feed.position import Position
from banstream_dayz_feed.record import Record, evolve
from banstream_dayz_feed.worker import Worker
from banstream_testing.abuse import SERVER_ID
from banstream_testing.dayz_feed import DAYZ_FEED_KEY, local_login

FAILURES = 4


class _Nothing(Ledger):
    """Knows nothing of a source; after some failures its folder is there."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._failures = 0

    async def standing(self, _record: Record) -> Standing:
        return Standing()

    async def save(
        self, record: Record, position: Position, memory: bytes, begin: bytes | None, found: Sequence[Told]
    ) -> None:
        pass

    async def polled(self, record: Record, now: datetime) -> None:
        pass

    async def failed(self, _record: Record, _now: datetime, _error: str) -> None:
        self._failures += 1
        if self._failures == FAILURES:
            self._folder.mkdir()


@dataclass(slots=True)
class _Hurried(Worker):
    """Notes its pauses and makes none."""

    pauses: list[float] = field(default_factory=list)
    has_paused: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def pause_seconds(self) -> float:
        self.pauses.append(Worker.pause_seconds.__get__(self))
        if len(self.pauses) > FAILURES:
            self.has_paused.set()
        return 0.0


def source() -> Record:
    added = LogSourceAdded(
        source_id="a" * 24,
        name="n",
        server_id=SERVER_ID,
        login=local_login("logs"),
        time_zone="UTC",
        poll_seconds=10,
        look_back_seconds=600,
        rules={},
        actor=Actor(kind="system", id="test"),
        occurred_at=datetime.now(UTC),
    )
    return evolve(None, added)


@pytest.mark.parametrize(
    ("longest", "pauses"),
    [(60.0, [20.0, 40.0, 60.0, 60.0, 10.0]), (5.0, [10.0] * 5)],
    ids=["longest-pause", "never-more-often-than-it-says"],
)
async def test_a_source_that_fails_is_tried_more_and_more_seldom_until_it_is_well(
    tmp_path: Path, longest: float, pauses: list[float]
) -> None:
    worker = _Hurried(source(), _Nothing(tmp_path / "logs"), Places(DAYZ_FEED_KEY, tmp_path), longest)
    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(worker.has_paused.wait(), 30)
    running.cancel()
    await asyncio.wait({running})
    assert worker.pauses[: len(pauses)] == pauses
