"""A bucket that was lost: who reads it learns that it is not whole, until it is filled again."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import asyncpg
import pytest
from nats.js.api import DeliverPolicy
from nats.js.errors import Error
from services.infractions.tests.account_commands import invite
from services.infractions.tests.ban_list_commands import minecraft_ban
from services.infractions.tests.scenes import about, make_admin

from banstream_contracts import streams, subjects
from banstream_contracts.accounts import Role
from banstream_contracts.commands.command import Command
from banstream_contracts.commands.credentials import CreateCredential
from banstream_contracts.commands.networks import MarkNetworks
from banstream_contracts.networks import NetworkKind, NetworkMark
from banstream_event_log.log import read_opened
from banstream_infractions.sinks.ban_list import BanListBucket
from banstream_infractions.sinks.buckets import Emptied, RestrictionsBucket
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MASTER_KEY, RESTRICTIONS, Bus, bus, issue, service
from banstream_testing.servers import NatsServer
from banstream_testing.streams import fresh_streams
from banstream_testing.waiting import eventually

PLAYERS = "12345"
HEAD = len(PLAYERS)
STREAM = f"KV_{RESTRICTIONS}"
OTHER_KEY = b"o" * 32
WHOLE = None
"""What the mark says of a bucket that is whole: nothing."""
COMMANDS: dict[str, Callable[[], Command]] = {
    RESTRICTIONS: lambda: issue("1"),
    streams.CREDENTIALS_BUCKET: lambda: CreateCredential(
        **about(credential_id="e" * 24, kind="server", name="EU 1", scopes=("check",), key_hash="0" * 64)
    ),
    streams.ADMINS_BUCKET: make_admin,
    streams.NETWORKS_BUCKET: lambda: MarkNetworks(**about(marks=(NetworkMark(network="AS7", kind=NetworkKind.VPN),))),
    streams.ACCOUNTS_BUCKET: lambda: invite("olga", Role.OWNER, at=datetime.now(UTC)),
    streams.BAN_LIST_BUCKET: lambda: minecraft_ban("griefer"),
}
"""For each bucket what puts one entry into it."""


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


async def told(to: Bus, bucket: str = RESTRICTIONS) -> tuple[object, object]:
    """How far the bucket is, and where it will be whole."""
    return await to.entry(bucket, streams.POSITION_KEY), await to.entry(bucket, streams.FILLING_KEY)


async def keys(to: Bus, bucket: str) -> set[str]:
    """All that the bucket holds, the mark of a deletion too."""
    info = await to.client.jetstream().stream_info(f"KV_{bucket}", subjects_filter=">")
    return {*(info.state.subjects or {})}


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
    assert await RestrictionsBucket(to.client.jetstream(), log).resume() == 0
    assert await told(to) == (0, HEAD)


async def test_a_bucket_that_was_emptied_a_moment_ago_gets_no_position_without_the_rest(
    to: Bus, log: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """Or who starts now would take the little that came since for all there is."""
    bucket = RestrictionsBucket(to.client.jetstream(), log)
    await bucket.resume()
    await deliver(bucket, log, 0, HEAD - 1)
    await to.client.jetstream().purge_stream(STREAM)
    with pytest.raises(Error, match="wrong last sequence"):
        await deliver(bucket, log, HEAD - 1, 1)
    assert await told(to) == (None, None)
    assert await RestrictionsBucket(to.client.jetstream(), log).resume() == 0
    assert await told(to) == (0, HEAD)


@pytest.mark.parametrize("name", COMMANDS)
async def test_every_bucket_that_is_emptied_under_a_running_service_says_so_and_is_filled_again(
    to: Bus, nats: NatsServer, database: Database, name: str
) -> None:
    async with service(nats, database):
        position = (await to.send(COMMANDS[name]())).position

        async def is_whole() -> bool:
            return await told(to, name) == (position, WHOLE)

        await eventually(is_whole)
        before = await keys(to, name)
        said = await to.client.jetstream().subscribe(
            subjects.entry(name, streams.FILLING_KEY), ordered_consumer=True, deliver_policy=DeliverPolicy.NEW
        )
        await to.client.jetstream().purge_stream(f"KV_{name}")
        assert [(await said.next_msg(60)).data for _ in range(2)] == [str(position).encode(), b""]
        await eventually(is_whole)
        assert await keys(to, name) == before
        assert len(before - {subjects.entry(name, key) for key in (streams.POSITION_KEY, streams.FILLING_KEY)}) == 1


async def test_a_list_that_another_key_sealed_is_filled_anew_and_says_so(
    to: Bus, nats: NatsServer, database: Database
) -> None:
    name = streams.BAN_LIST_BUCKET
    async with service(nats, database):
        position = (await to.send(minecraft_ban("griefer"))).position

        async def is_whole() -> bool:
            return await told(to, name) == (position, WHOLE)

        await eventually(is_whole)
    async with connected(database.service_url) as log:
        kept = BanListBucket(to.client.jetstream(), log, MASTER_KEY)
        assert await kept.resume() == position
        assert await told(to, name) == (position, WHOLE)
        anew = BanListBucket(to.client.jetstream(), log, OTHER_KEY)
        assert await anew.resume() == 0
        assert await told(to, name) == (0, position)
