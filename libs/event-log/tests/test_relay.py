"""From where on the relay goes on: each sink from what it has, and nobody from what was not stored."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import asyncpg
import pytest

from banstream_contracts import headers, streams, subjects
from banstream_event_log import relay as relaying
from banstream_event_log.chain import GENESIS, link
from banstream_event_log.event_stream import EventStream, told_position
from banstream_event_log.events import LoggedEvent
from banstream_event_log.fresh import Fresh
from banstream_event_log.log import read_opened
from banstream_event_log.relay import Relay, remember_position
from banstream_runtime.connection import connect
from banstream_testing.event_logs import NOW, append_all, connected, event
from banstream_testing.fixtures import Database
from banstream_testing.servers import NatsServer
from banstream_testing.streams import fresh_streams

EVENTS = 5
PATIENCE_SECONDS, NEVER_SECONDS = 20.0, 3600.0


class Full(Exception):
    """A sink takes nothing more."""


@dataclass
class Sink:
    """Has what it has, and takes so much more."""

    has: int
    room: int = EVENTS
    got: list[int] = field(default_factory=list)

    async def resume(self) -> int:
        return self.has

    async def deliver(self, events: Sequence[LoggedEvent]) -> None:
        if len(events) > self.room:
            raise Full
        self.got += [each.position for each in events]
        if not events and self.got:
            raise Full  # nothing follows: the test is over


@pytest.fixture
async def log(database: Database) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    await append_all(database.service_url, *(event(version=version) for version in range(1, EVENTS + 1)))
    async with connected(database.service_url) as connection:
        yield connection


async def relayed(log: "asyncpg.Connection[asyncpg.Record]", *sinks: Sink) -> list[int]:
    """Until one is full: which positions it said to have reached."""
    told: list[int] = []

    async def tell(position: int) -> None:
        told.append(position)

    with pytest.raises(Full):
        await Relay(log, sinks, asyncio.Event(), tell).run()
    return told


async def test_each_sink_gets_what_follows_what_it_has(log: "asyncpg.Connection[asyncpg.Record]") -> None:
    ahead, behind = Sink(4), Sink(2)
    assert await relayed(log, ahead, behind) == [2, EVENTS]
    assert (ahead.got, behind.got) == ([5], [3, 4, 5])


async def test_what_one_has_not_stored_was_not_relayed(log: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Who asks how far it was goes on from there: the bans of the abuse tracker do."""
    assert await relayed(log, Sink(0), Sink(1, room=0)) == [0]


class Committed(Fresh):
    """Gets an event as soon as it was looked at in vain."""

    def __init__(self, appended: asyncio.Event) -> None:
        super().__init__()
        self._appended = appended

    def after(self, position: int, limit: int) -> list[LoggedEvent]:
        found = super().after(position, limit)
        if not found:
            self.put([link(new := event(), position + 1, NOW, GENESIS)], [new])
            self._appended.set()
        return found


async def test_what_is_committed_while_it_looks_waits_for_no_timer(
    log: "asyncpg.Connection[asyncpg.Record]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relaying, "_IDLE_SECONDS", NEVER_SECONDS)
    sink, appended = Sink(EVENTS, room=0), asyncio.Event()

    async def tell(_position: int) -> None:
        """Nobody asks."""

    with pytest.raises(Full):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await Relay(log, [sink], appended, tell, Committed(appended)).run()


async def test_a_stream_whose_events_have_aged_out_goes_on_from_what_was_remembered(
    nats: NatsServer, log: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    client = await connect(nats.settings(), "test", timeout_seconds=30)
    await fresh_streams(client)
    jetstream, name = client.jetstream(), streams.INFRACTION_EVENTS
    told_at = subjects.relayed_event("infraction.issued", "x")
    stream = EventStream(jetstream, log, stream=name, source="test", render=lambda _event: (told_at, {}))
    await remember_position(log, "test", 4)
    assert await stream.resume() == 0
    told = {headers.EVENT_POSITION: "3"}
    await jetstream.publish(told_at, b"{}", headers=told)
    assert (await stream.resume(), await told_position(jetstream, name)) == (3, 3)
    await stream.deliver(await read_opened(log, 3, 1))
    sent = (await jetstream.get_last_msg(name, subjects.RELAYED_EVENTS)).headers or {}
    assert sent[headers.MESSAGE_ID] == sent[headers.EVENT_ID]  # what is told again within a minute is not stored again
    await jetstream.purge_stream(name)
    assert (await stream.resume(), await told_position(jetstream, name)) == (4, 0)
    await jetstream.publish(subjects.entry(streams.ACCOUNTS_BUCKET, streams.POSITION_KEY), b"5")
    assert await told_position(jetstream, name) == 5
    assert await told_position(jetstream, streams.ABUSE_EVENTS) == 0
    await client.close()
