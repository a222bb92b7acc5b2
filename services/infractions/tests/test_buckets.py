"""How far a bucket is: told with what is put into it, and now and then where nothing is."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from banstream_contracts import streams
from banstream_event_log.chain import GENESIS, link
from banstream_event_log.events import LoggedEvent
from banstream_event_log.relay import Seldom
from banstream_infractions.sinks.buckets import Bucket, Entry
from banstream_testing.event_logs import NOW, connected, event
from banstream_testing.fixtures import Database
from banstream_testing.infractions import Bus, bus, issue, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

FOLLOWING = [bucket.name for bucket in streams.BUCKETS if bucket.follows_log]


@pytest.fixture
async def to(nats: NatsServer) -> AsyncIterator[Bus]:
    async with bus(nats) as to:
        yield to


@pytest.fixture
async def log(database: Database) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    async with connected(database.service_url) as connection:
        yield connection


def at(*positions: int) -> list[LoggedEvent]:
    return [link(event(version=position), position, NOW, GENESIS) for position in positions]


async def told(to: Bus) -> int:
    return int(await to.entry(streams.NETWORKS_BUCKET, streams.POSITION_KEY) or 0)


async def test_the_position_alone_is_told_at_once_and_then_seldom_and_always_with_an_entry(
    to: Bus, log: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    bucket = Bucket(to.client.jetstream(), log, streams.NETWORKS_BUCKET, Seldom(3600))
    await bucket.resume()
    steps: list[int] = []
    rounds: list[tuple[list[Entry], list[LoggedEvent]]] = [
        ([], at(1)),
        ([], at(2, 3)),
        ([("one", b"{}", {})], at(4)),
        ([], at(5)),
        ([], []),
    ]
    for entries, events in rounds:
        await bucket.follow(entries, events)
        await bucket.finish()
        steps.append(await told(to))
    assert steps == [1, 1, 4, 4, 4]


async def test_who_comes_after_goes_on_from_what_was_told(to: Bus, log: "asyncpg.Connection[asyncpg.Record]") -> None:
    before = Bucket(to.client.jetstream(), log, streams.NETWORKS_BUCKET, Seldom(3600))
    await before.resume()
    for events in (at(1), at(2)):
        await before.follow([], events)
    await before.finish()
    after = Bucket(to.client.jetstream(), log, streams.NETWORKS_BUCKET, Seldom(0))
    assert await after.resume() == 1
    await after.follow([], at(2))
    await after.finish()
    assert await told(to) == 2


async def test_every_bucket_gets_to_the_end_of_the_log_whatever_it_holds(
    to: Bus, nats: NatsServer, database: Database
) -> None:
    async with service(nats, database):
        for player in "12345":
            position = (await to.send(issue(player))).position

        async def all_are_there() -> bool:
            found = [int(await to.entry(name, streams.POSITION_KEY) or 0) for name in FOLLOWING]
            return found == [position] * len(FOLLOWING)

        await eventually(all_are_there)
