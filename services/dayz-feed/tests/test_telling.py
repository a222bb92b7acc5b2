"""What was found is told until the term of reading ends."""

import asyncio
from contextlib import suppress

from nats.aio.client import Client

from banstream_contracts.abuse_commands import RecordIncidents
from banstream_contracts.log_source_queries import FindingStatus
from banstream_dayz_feed.ledger import Ledger
from banstream_dayz_feed.sending import Sender
from banstream_runtime.tasks import ended


class _LosesOne(Ledger):
    """Nothing is open; a cancellation of the first question is lost, as `asyncio.wait_for` of Python 3.11 may do it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def open(self, _status: FindingStatus, _most: int) -> list[tuple[str, RecordIncidents]]:
        if not self.asked.is_set():
            self.asked.set()
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
        self.has_found.set()
        await asyncio.sleep(0)
        return []


async def test_telling_ends_although_its_cancellation_was_lost() -> None:
    ledger = _LosesOne()
    telling = asyncio.create_task(Sender(Client(), ledger).run())
    await ledger.asked.wait()
    telling.cancel()
    try:
        ended_in_time, _ = await asyncio.wait([telling], timeout=5)
        assert ended_in_time == {telling}
    finally:
        await ended(telling)
