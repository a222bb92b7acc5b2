"""Each user of NATS may do what its service does, and nothing else (design section 8)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from nats import errors
from nats.aio.client import Client

from banstream_contracts import permissions, streams, subjects
from banstream_testing.servers import NATS_PASSWORD, NatsServer
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.integration

LAST = "nobody.may.do.this"
LIMITED = tuple(user for user in permissions.users() if user != permissions.OPERATOR)
DECIDERS = (streams.INFRACTIONS, streams.ABUSE_TRACKER, streams.NOTIFIER, streams.FTP_SYNC, streams.DAYZ_FEED)
_ACTIONS = ("STREAM.CREATE", "STREAM.UPDATE", "STREAM.DELETE", "STREAM.PURGE", "STREAM.MSG.DELETE", "STREAM.SNAPSHOT")
_STREAMS = (*(spec.name for spec in streams.STREAMS), *(f"KV_{spec.name}" for spec in streams.BUCKETS))

DESTRUCTIVE = tuple(f"$JS.API.{action}.{stream}" for action in _ACTIONS for stream in _STREAMS)
"""What nobody but the operator may do to any stream."""
EVENTS_WRITTEN = tuple(
    subject.replace(">", "x.y")
    for spec in streams.STREAMS
    if spec.name.endswith("_EVENTS")
    for subject in spec.subjects
)
PUBLISHED = (
    *(f"banstream.command.{service}.x.y" for service in DECIDERS),
    *(f"banstream.query.{service}.x" for service in DECIDERS),
    *EVENTS_WRITTEN,
    subjects.event("infraction.issued", "roblox=1"),
    *(f"$KV.{bucket.name}.x" for bucket in streams.BUCKETS),
    *(subjects.dead(service) for service in DECIDERS),
    *(f"$JS.API.CONSUMER.MSG.NEXT.COMMANDS.{service}" for service in DECIDERS),
    *(f"$JS.ACK.COMMANDS.{service}.1.1.1.1.0" for service in DECIDERS),
    "anything.else",
)
"""Of each kind of subject that somebody may publish to, one."""
SUBSCRIBED = (
    ">",
    "banstream.>",
    "banstream.command.>",
    subjects.EVENTS,
    "$KV.>",
    "$JS.>",
    "$SYS.>",
    "_INBOX.>",
    *(f"_INBOX.{user}.>" for user in permissions.users()),
    *(f"banstream.query.{service}.>" for service in DECIDERS),
)

ALLOWED: dict[str, set[str]] = {
    streams.INFRACTIONS: {
        *(f"$KV.{bucket.name}.x" for bucket in streams.BUCKETS if bucket.follows_log),
    },
    streams.ABUSE_TRACKER: {"banstream.command.infractions.x.y", "banstream.command.abuse-tracker.x.y"},
    streams.NOTIFIER: {"banstream.command.notifier.x.y", "banstream.query.infractions.x"},
    streams.FTP_SYNC: {
        "banstream.command.ftp-sync.x.y",
        "banstream.query.infractions.x",
        "banstream.query.abuse-tracker.x",
    },
    streams.DAYZ_FEED: {"banstream.command.dayz-feed.x.y", "banstream.command.abuse-tracker.x.y"},
    permissions.GATEWAY: {
        *(f"banstream.command.{service}.x.y" for service in DECIDERS),
        *(f"banstream.query.{service}.x" for service in DECIDERS),
        "$KV.presence.x",
        "$KV.rpc-cursors.x",
    },
    permissions.CONSOLE: {
        *(f"banstream.command.{service}.x.y" for service in DECIDERS),
        *(f"banstream.query.{service}.x" for service in DECIDERS),
        "$KV.sessions.x",
        "$KV.sign-in-attempts.x",
    },
}
"""What each may publish of `PUBLISHED` besides its own stream, dead letters and consumer: written a second time."""
PURGED = {
    streams.INFRACTIONS: {streams.INFRACTION_EVENTS, streams.EVENTS},
    streams.ABUSE_TRACKER: {streams.ABUSE_EVENTS, streams.EVENTS},
}
"""What erasing a player takes something out of (docs/erasure.md)."""


@asynccontextmanager
async def session(nats_server: NatsServer, user: str) -> AsyncIterator[tuple[Client, list[str]]]:
    """A connection as a user, and what the server refuses on it."""
    client, refused = Client(), list[str]()

    async def keep(error: Exception) -> None:
        refused.append(str(error))

    await client.connect(
        nats_server.url, user=user, password=NATS_PASSWORD, inbox_prefix=permissions.inbox(user), error_cb=keep
    )
    try:
        yield client, refused
    finally:
        await client.close()


async def refusals(client: Client, refused: list[str], tried: tuple[str, ...], verb: str) -> set[str]:
    """Which of these the server refuses. It answers in order, so the refusal of the last one, `LAST`, ends it."""
    for subject in (*tried, LAST):
        if verb == "publish":
            await client.publish(subject, b"")
        else:
            await client.subscribe(subject)
    await client.flush()

    async def is_through() -> bool:
        return any(f'"{LAST}"' in each.lower() for each in refused)

    await eventually(is_through)
    return {subject for subject in tried if any(f'"{subject.lower()}"' in each.lower() for each in refused)}


@pytest.mark.parametrize("user", LIMITED)
async def test_a_user_publishes_what_its_service_does_and_nothing_else(nats: NatsServer, user: str) -> None:
    own_stream = next((spec for spec in streams.STREAMS if spec.name == _own_events(user)), None)
    own = {each.replace(">", "x.y") for each in own_stream.subjects} if own_stream else set()
    if user in DECIDERS:
        own |= {
            subjects.dead(user),
            f"$JS.API.CONSUMER.MSG.NEXT.COMMANDS.{user}",
            f"$JS.ACK.COMMANDS.{user}.1.1.1.1.0",
        }
    async with session(nats, user) as (client, refused):
        found = await refusals(client, refused, PUBLISHED, "publish")
    assert found == set(PUBLISHED) - own - ALLOWED[user]


@pytest.mark.parametrize("user", LIMITED)
async def test_no_user_changes_a_stream_and_two_empty_what_erasing_takes_from(nats: NatsServer, user: str) -> None:
    purged = {f"$JS.API.STREAM.PURGE.{stream}" for stream in PURGED.get(user, ())}
    async with session(nats, user) as (client, refused):
        assert await refusals(client, refused, DESTRUCTIVE, "publish") == set(DESTRUCTIVE) - purged


@pytest.mark.parametrize("user", LIMITED)
async def test_a_user_hears_its_own_inbox_and_its_questions_only(nats: NatsServer, user: str) -> None:
    own = {f"_INBOX.{user}.>", f"banstream.query.{user}.>"}
    async with session(nats, user) as (client, refused):
        found = await refusals(client, refused, SUBSCRIBED, "subscribe")
    assert found == set(SUBSCRIBED) - own


async def test_a_console_sees_how_much_waits_and_reads_none_of_it(nats: NatsServer) -> None:
    seen = (*(f"$JS.API.CONSUMER.INFO.COMMANDS.{service}" for service in DECIDERS), "$JS.API.STREAM.INFO.DEAD")
    kept_from = (
        "$JS.API.STREAM.INFO.COMMANDS",
        "$JS.API.CONSUMER.LIST.COMMANDS",
        "$JS.API.CONSUMER.INFO.COMMANDS.somebody",
        "$JS.API.STREAM.MSG.GET.DEAD",
        "$JS.API.DIRECT.GET.DEAD.banstream.dead.infractions",
        *(f"$JS.API.CONSUMER.CREATE.{stream}" for stream in (streams.COMMANDS, streams.DEAD)),
    )
    async with session(nats, permissions.CONSOLE) as (client, refused):
        assert await refusals(client, refused, (*seen, *kept_from), "publish") == set(kept_from)


async def test_a_wrong_password_and_an_unknown_user_are_refused(nats: NatsServer) -> None:
    for user, password in (("gateway", "wrong"), ("somebody", NATS_PASSWORD)):
        client = Client()
        with pytest.raises(errors.Error):
            await client.connect(nats.url, user=user, password=password, allow_reconnect=False)
        await client.close()


def _own_events(user: str) -> str:
    return {
        streams.INFRACTIONS: streams.INFRACTION_EVENTS,
        streams.ABUSE_TRACKER: streams.ABUSE_EVENTS,
        streams.NOTIFIER: streams.NOTIFIER_EVENTS,
        streams.FTP_SYNC: streams.FTP_SYNC_EVENTS,
        streams.DAYZ_FEED: streams.DAYZ_EVENTS,
    }.get(user, "")
