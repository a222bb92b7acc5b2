"""A bucket of restrictions that was lost: who reads it learns that it is not whole, until it is filled again."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from banstream_contracts import streams, subjects
from banstream_event_log.log import read_opened
from banstream_infractions.buckets import Emptied, RestrictionsBucket
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import RESTRICTIONS, Bus, bus, issue, service
from banstream_testing.servers import NatsServer
from banstream_testing.streams import fresh_streams
from banstream_testing.waiting import eventually

PLAYERS = "12345"
HEAD = len(PLAYERS)
STREAM = f"KV_{RESTRICTIONS}"
WHOLE = None
"""What the mark says of a bucket that is whole: nothing."""


@pytest.fixture
async def to(nats: NatsServer) -> AsyncIterator[Bus]:
    async with bus(nats) as to:
        yield to


@pytest.fixture
async def log(nats: NatsServer, database: Database, to: Bus) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    """A log of five bans, of which NATS knows nothing any more."""
    async with service(nats, database):
        await to.send_all([issue(player) for player in PLAYERS])
    await fresh_streams(to.client)
    async with connected(database.service_url) as connection:
        yield connection


async def told(to: Bus) -> tuple[object, object]:
    """How far the bucket is, and where it will be whole."""
    position = await to.entry(RESTRICTIONS, streams.POSITION_KEY)
    return position, await to.entry(RESTRICTIONS, streams.FILLING_KEY)


async def deliver(
    bucket: RestrictionsBucket, log: "asyncpg.Connection[asyncpg.Record]", after: int, count: int
) -> None:
    await bucket.begin(await read_opened(log, after, count))
    await bucket.finish()


async def test_a_bucket_that_is_filled_anew_says_where_it_will_be_whole_over_another_leader_too(
    to: Bus, log: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    first = RestrictionsBucket(to.client.jetstream(), log)
    assert await first.resume() == 0
    assert await told(to) == (0, HEAD)
    await deliver(first, log, 0, 2)
    assert await told(to) == (2, HEAD)
    second = RestrictionsBucket(to.client.jetstream(), log)
    assert await second.resume() == 2
    assert await told(to) == (2, HEAD)
    await deliver(second, log, 2, HEAD)
    assert await told(to) == (HEAD, WHOLE)
    assert await RestrictionsBucket(to.client.jetstream(), log).resume() == HEAD
    assert await told(to) == (HEAD, WHOLE)


async def test_an_older_leader_that_finishes_leaves_a_mark_which_the_next_one_takes_away(
    to: Bus, log: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await RestrictionsBucket(to.client.jetstream(), log).resume()
    position = subjects.entry(RESTRICTIONS, streams.POSITION_KEY)
    await to.client.jetstream().publish(position, str(HEAD).encode())
    assert await RestrictionsBucket(to.client.jetstream(), log).resume() == HEAD
    assert await told(to) == (HEAD, WHOLE)


async def test_what_an_older_release_filled_is_whole(to: Bus, log: "asyncpg.Connection[asyncpg.Record]") -> None:
    await to.client.jetstream().publish(subjects.entry(RESTRICTIONS, streams.POSITION_KEY), b"2")
    assert await RestrictionsBucket(to.client.jetstream(), log).resume() == 2
    assert await told(to) == (2, WHOLE)


async def test_a_bucket_of_an_empty_log_is_whole_at_once(to: Bus, database: Database) -> None:
    async with connected(database.service_url) as log:
        assert await RestrictionsBucket(to.client.jetstream(), log).resume() == 0
    assert await told(to) == (0, WHOLE)


@pytest.mark.parametrize("is_busy", [False, True], ids=["idle", "busy"])
async def test_a_bucket_that_is_emptied_under_a_running_service_is_filled_again(
    to: Bus, nats: NatsServer, database: Database, *, is_busy: bool
) -> None:
    async with service(nats, database):
        await to.send_all([issue(player) for player in PLAYERS])

        async def is_whole() -> bool:
            held = [await to.entry(RESTRICTIONS, f"roblox={player}") for player in PLAYERS]
            return all(held) and (await told(to))[1] is WHOLE

        await eventually(is_whole)
        await to.client.jetstream().purge_stream(STREAM)

        async def is_whole_again() -> bool:
            if is_busy:
                await to.publish(issue("6"))
            return await is_whole()

        await eventually(is_whole_again)


async def test_a_running_bucket_that_is_gone_is_an_error_and_not_a_silence(
    to: Bus, log: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    bucket = RestrictionsBucket(to.client.jetstream(), log)
    await bucket.resume()
    await to.client.jetstream().purge_stream(STREAM)
    with pytest.raises(Emptied):
        await bucket.begin([])
    assert await told(to) == (0, HEAD)
