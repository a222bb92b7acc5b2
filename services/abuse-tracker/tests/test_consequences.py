"""What is asked of infractions is stored before the relay goes on, so that a crash loses no ban."""

import asyncio
from typing import Any

from nats.aio.client import Client

from banstream_abuse_tracker.consequences import Consequences
from banstream_abuse_tracker.relayed import sinks
from banstream_event_log.event_stream import EventStream
from banstream_event_log.forgetting import Forgetting
from banstream_testing.abuse_in_memory import Tracker


class Slow:
    """JetStream that stores what it is given when it is let."""

    def __init__(self) -> None:
        self.is_asked = asyncio.Event()
        self.may_store = asyncio.Event()

    async def publish(self, *_message: Any, **_how: Any) -> None:
        self.is_asked.set()
        await self.may_store.wait()


async def test_a_crossing_is_delivered_when_its_ban_is_stored_and_no_sooner() -> None:
    tracker = Tracker()
    tracker.report(*["clip"] * 10)
    jetstream: Any = Slow()
    connection: Any = None
    delivering = asyncio.ensure_future(Consequences(jetstream, connection).deliver(tracker.log))
    await jetstream.is_asked.wait()
    await asyncio.sleep(0)
    assert not delivering.done()
    jetstream.may_store.set()
    await delivering


def test_a_ban_is_on_its_way_before_anybody_hears_of_its_crossing() -> None:
    connection: Any = None
    assert [type(each) for each in sinks(Client().jetstream(), connection)] == [Consequences, EventStream, Forgetting]
