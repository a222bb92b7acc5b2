"""Who has the password of one service gets no further by where answers go (ADR 0038)."""

import json
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from nats.aio.client import Client

from banstream_contracts import nats_accounts, permissions, streams, subjects
from banstream_runtime.connection import connect
from banstream_runtime.streams import apply_streams
from banstream_testing.nats_cluster import HOSTS, nats_cluster
from banstream_testing.servers import NatsServer, nats_server
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.integration

COMMAND = "banstream.command.{}.x.y"
FORGED = subjects.entry(streams.CREDENTIALS_BUCKET, "forged")
CREDENTIALS = f"KV_{streams.CREDENTIALS_BUCKET}"
OWN = {
    **{
        user: (stream, subjects.relayed_event(f"{aggregate}.x", "y"))
        for (user, stream), aggregate in zip(
            streams.EVENTS_OF.items(), ("infraction", "abuse", "target", "ban_file", "log_source"), strict=True
        )
    },
    permissions.GATEWAY: ("KV_presence", "$KV.presence.x"),
    permissions.CONSOLE: ("KV_sessions", "$KV.sessions.x"),
}
"""A stream that each user may read, and a subject of it."""


@pytest.fixture(scope="module")
def node() -> Iterator[NatsServer]:
    """One server with the generated configuration."""
    with nats_cluster(hosts=HOSTS[:1]) as server:
        yield server


@pytest.fixture(scope="module")
def in_one() -> Iterator[NatsServer]:
    """One with all users where the streams are."""
    with nats_server() as server:
        yield server


@asynccontextmanager
async def session(server: NatsServer, user: str) -> AsyncIterator[Client]:
    client = await connect(server.settings(user), "test", timeout_seconds=30)
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def stored(server: NatsServer, user: str, subject: str) -> AsyncIterator[Client]:
    """The operator, with a message at the subject and a command for the user's service.

    Where it is an event, EVENTS has it too: that comes a moment later.
    """
    async with session(server, permissions.OPERATOR) as operator:
        await apply_streams(operator)
        jetstream = operator.jetstream()
        for name in (streams.COMMANDS, CREDENTIALS):
            await jetstream.purge_stream(name)
        await jetstream.publish(subject, b"forged")
        await jetstream.publish(COMMAND.format(user), b"forged")

        async def is_taken_over() -> bool:
            held = await contents(operator)
            return held[streams.EVENTS] == sum(held[each] for each in streams.EVENTS_OF.values())

        await eventually(is_taken_over)
        yield operator


async def contents(operator: Client) -> dict[str, int]:
    return {str(info.config.name): info.state.messages for info in await operator.jetstream().streams_info()}


async def misuse(server: NatsServer, user: str) -> None:
    """Ask what this user may, and name what it may not write for the answer."""
    stream, subject = OWN[user]
    async with session(server, user) as client:
        for target in (FORGED, COMMAND.format("infractions")):
            await client.publish(f"$JS.API.DIRECT.GET.{stream}.{subject}", b"", reply=target)
            await client.publish(f"$JS.API.STREAM.MSG.GET.{stream}", b'{"seq": 1}', reply=target)
            await client.publish(f"$JS.API.STREAM.INFO.{stream}", b"", reply=target)
            if user in streams.EVENTS_OF:
                await client.publish(f"$JS.API.CONSUMER.MSG.NEXT.COMMANDS.{user}", b"1", reply=target)
        for verb in ("PURGE", "DELETE"):
            await client.publish(
                f"$JS.API.DIRECT.GET.{stream}.{subject}.none", b"", reply=f"$JS.API.STREAM.{verb}.COMMANDS"
            )
        answer = await client.request(f"$JS.API.DIRECT.GET.{stream}.{subject}", b"", timeout=30)  # behind all of these
        assert answer.data == b"forged"


@pytest.mark.parametrize("user", OWN)
async def test_no_answer_goes_where_its_asker_may_not_publish(node: NatsServer, user: str) -> None:
    async with stored(node, user, OWN[user][1]) as operator:
        before = await contents(operator)
        await misuse(node, user)
        assert await contents(operator) == before


@pytest.mark.parametrize("user", OWN)
async def test_where_all_are_in_one_account_it_does(in_one: NatsServer, user: str) -> None:
    """As in `banstream up`, whose services are processes of one user anyway; so the others can fail."""
    async with stored(in_one, user, OWN[user][1]) as operator:
        await misuse(in_one, user)

        async def is_forged_and_gone() -> bool:
            found = await contents(operator)
            return found[CREDENTIALS] > 0 and streams.COMMANDS not in found

        await eventually(is_forged_and_gone)


@pytest.mark.parametrize(
    ("user", "bucket"), [("gateway", streams.PRESENCE_BUCKET), ("console", streams.SESSIONS_BUCKET)]
)
@pytest.mark.parametrize(
    "target",
    [FORGED, COMMAND.format("infractions"), "$JS.API.STREAM.PURGE.COMMANDS"],
    ids=["credential", "command", "request"],
)
async def test_nothing_is_delivered_to_a_subject_of_the_streams(
    node: NatsServer, user: str, bucket: str, target: str
) -> None:
    """Who follows a bucket makes consumers, which deliver wherever they are told, where somebody listens."""
    stream, own = f"KV_{bucket}", f"{permissions.inbox(user)}.heard"
    async with stored(node, "infractions", subjects.entry(bucket, "x")) as operator, session(node, user) as client:
        before = await contents(operator)
        heard = await client.subscribe(own)
        for place in (target, own):
            name = secrets.token_hex(4)
            config = {"name": name, "deliver_subject": place, "ack_policy": "none", "deliver_policy": "all"}
            request = json.dumps({"stream_name": stream, "config": config}).encode()
            made = await client.request(f"$JS.API.CONSUMER.CREATE.{stream}.{name}", request, timeout=30)
            assert "error" not in json.loads(made.data)
        assert (await heard.next_msg(timeout=30)).data == b"forged"
        assert await contents(operator) == before


def test_whatever_is_stored_crosses_over_to_the_streams() -> None:
    crossing = [subject.removesuffix(">") for subject in nats_accounts.stored()]
    kept = [subject for spec in streams.STREAMS for subject in spec.subjects]
    assert [subject for subject in kept if not any(subject.startswith(each) for each in crossing)] == []
