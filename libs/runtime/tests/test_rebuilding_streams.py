"""Streams made anew after a restore."""

import pytest
from nats.aio.client import Client

from banstream_contracts import streams
from banstream_runtime import streams as applying
from banstream_runtime.connection import connect
from banstream_runtime.streams import StreamsNotApplied, rebuild_streams
from banstream_testing.servers import NatsServer
from banstream_testing.streams import fresh_streams

pytestmark = pytest.mark.integration


async def test_a_stream_whose_files_are_not_gone_yet_is_asked_for_again(
    nats: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = 2
    apply = applying.apply_streams

    async def refused_at_first(client: Client, replicas: int | None = None, *, copy: bool = False) -> list[str]:
        nonlocal refusals
        if refusals:
            refusals -= 1
            raise StreamsNotApplied("the store is still there")
        return await apply(client, replicas, copy=copy)

    client = await connect(nats.settings(), "test", timeout_seconds=30)
    await fresh_streams(client)
    context = client.jetstream()
    old = ("banstream.log.abuse.recorded.x", "banstream.command.infractions.issue.x", "banstream.dead.infractions")
    for subject in old:
        await context.publish(subject, b"old")
    monkeypatch.setattr(applying, "apply_streams", refused_at_first)
    await rebuild_streams(client)
    assert (await context.stream_info(streams.ABUSE_EVENTS)).state.messages == 0
    assert (await context.stream_info(streams.COMMANDS)).state.messages == 1, "what waits to be done is kept"
    assert (await context.stream_info(streams.DEAD)).state.messages == 1, "and so is what could not be done"
    await fresh_streams(client)
    await client.close()


async def test_what_nats_refuses_for_another_reason_is_told_at_last(
    nats: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(_client: Client, _replicas: int | None = None, *, copy: bool = False) -> list[str]:
        raise StreamsNotApplied(f"insufficient resources, copy {copy}")

    client = await connect(nats.settings(), "test", timeout_seconds=30)
    await fresh_streams(client)
    with monkeypatch.context() as patched:
        patched.setattr(applying, "apply_streams", refused)
        patched.setattr(applying, "_GONE_SECONDS", 0.3)
        with pytest.raises(StreamsNotApplied, match="insufficient resources"):
            await rebuild_streams(client)
    await fresh_streams(client)
    await client.close()
