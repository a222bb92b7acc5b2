"""Polls one source for ever, by itself: its faults and its pauses are nobody else's."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from banstream_dayz_feed import gauges
from banstream_dayz_feed.incidents import known_finding, record_command
from banstream_dayz_feed.ledger import Ledger, Told
from banstream_dayz_feed.logs import Look
from banstream_dayz_feed.places import InvalidLogin, Places
from banstream_dayz_feed.polling import Kept, Poll
from banstream_dayz_feed.record import Record
from banstream_dayz_feed.rules.detector import Detector
from banstream_dayz_feed.rules.rules_file import check_rules
from banstream_decider.leader import PASSING
from banstream_remote_files.errors import RemoteFileError
from banstream_runtime.tasks import heed_cancellation

logger = structlog.stdlib.get_logger(__name__)

_LONGEST_ERROR = 500


@dataclass(slots=True)
class Worker:
    """One source in one version. What it knows is in the ledger, but for the last look: any fault begins from there."""

    record: Record
    ledger: Ledger
    places: Places
    longest_pause_seconds: float
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    failures: int = 0
    look: Look | None = None

    async def run(self) -> None:
        """Until cancelled."""
        gauges.begin(self.record.source.id)
        try:
            while True:
                heed_cancellation()
                self.failures = 0 if await self._try() else self.failures + 1
                await asyncio.sleep(self.pause_seconds)
        finally:
            gauges.forget(self.record.source.id)

    @property
    def pause_seconds(self) -> float:
        """Until the next poll: twice as long with each failure in a row."""
        seconds = float(self.record.source.poll_seconds)
        doubled: float = seconds * 2.0 ** min(self.failures, 30)
        return max(seconds, min(doubled, self.longest_pause_seconds))

    async def _try(self) -> bool:
        log = logger.bind(source_id=self.record.source.id)
        try:
            poll = await self._poll()
        except PASSING:
            raise
        except (RemoteFileError, InvalidLogin) as error:
            log.warning("poll_failed", error=str(error))
            await self._failed(str(error))
            return False
        except Exception as error:
            log.exception("poll_broken")
            await self._failed(f"a fault of ours: {error!r}")
            return False
        gauges.polled(self.record.source.id, max(poll.position.end - poll.position.reading.offset, 0))
        await self.ledger.polled(self.record, self.now())
        return True

    async def _failed(self, error: str) -> None:
        printable = "".join(each if each.isprintable() else " " for each in error)
        await self.ledger.failed(self.record, self.now(), printable[:_LONGEST_ERROR])

    async def _poll(self) -> Poll:
        standing = await self.ledger.standing(self.record)
        source = self.record.source
        detector = self._detector()
        if anew := detector.resume(standing.memory):
            logger.warning("memory_not_understood", source_id=source.id, rules=anew)
        async with self.places.connect(self.record) as files:
            poll = Poll(
                files,
                source.login.folder,
                self,
                standing.position,
                detector,
                self._detector,
                standing.begin,
                ZoneInfo(source.time_zone),
                timedelta(seconds=source.look_back_seconds),
                self.now,
                self.look,
            )
            await poll.run()
            self.look = poll.look
            return poll

    async def save(self, kept: Kept) -> None:
        """What a poll has come to."""
        look_back, now = timedelta(seconds=self.record.source.look_back_seconds), self.now()
        told = []
        for finding in kept.findings:
            known = known_finding(finding, now, look_back)
            told.append(Told(known, record_command(finding, known)))
        await self.ledger.save(self.record, kept.position, kept.memory, kept.begin, told)

    def _detector(self) -> Detector:
        source = self.record.source
        rules, zone = check_rules(source.rules), ZoneInfo(source.time_zone)
        return Detector(rules, source.server_id, zone, self.places.address_key)
