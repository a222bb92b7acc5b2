"""Streams that are made anew are on as many nodes as before, and on three where none was."""

import pytest
from nats.aio.client import Client

from banstream_cli.examination import bus_checks
from banstream_contracts import streams
from banstream_runtime.connection import connect
from banstream_runtime.streams import apply_streams, rebuild_streams
from banstream_testing.nats_cluster import nats_cluster

pytestmark = pytest.mark.integration


async def replicas(client: Client) -> dict[str, int]:
    return {str(info.config.name): info.config.num_replicas or 0 for info in await client.jetstream().streams_info()}


async def test_no_stream_is_on_one_node_alone_after_a_restore() -> None:
    """Into a NATS that is as new as the database, and again where the first was killed half-way."""
    with nats_cluster() as cluster:
        client = await connect(cluster.settings(), "test", timeout_seconds=30)
        await rebuild_streams(client)
        made = await replicas(client)
        for name in made.keys() - {streams.COMMANDS, streams.DEAD}:
            await client.jetstream().delete_stream(name)
        await rebuild_streams(client)
        again = await replicas(client)
        await client.close()
    assert made == again == dict.fromkeys(made, 3)


async def test_doctor_finds_streams_on_one_node_alone() -> None:
    with nats_cluster() as cluster:
        client = await connect(cluster.settings(), "test", timeout_seconds=30)
        await apply_streams(client, 1)
        seen, todo = await bus_checks.copies(client)
        assert seen.startswith(f"on one node alone: {streams.COMMANDS}, ")
        assert todo == "run `banstream streams apply --replicas 3`"
        await apply_streams(client, 3)
        assert await bus_checks.copies(client) == ("every stream and bucket is on several nodes", "")
        await client.close()
