"""What it costs that an acknowledged message is on disk: durable publishes with and without a sync for each."""

import asyncio
import json
import time

from nats.aio.client import Client

from banstream_contracts import streams, subjects
from banstream_runtime.connection import connect
from banstream_runtime.streams import apply_streams
from banstream_testing.nats_cluster import HOSTS, nats_cluster
from bench.report import Figure

BODY = json.dumps({"type": "IssueInfraction", "reason": "x" * 400}).encode()
SUBJECT = subjects.COMMANDS.replace(">", "infractions.IssueInfraction.bench")
SECONDS, ROUNDS, WRITERS = 1.5, 3, 64
SYNCED, RELAXED = "always", "1s"


async def measure() -> list[Figure]:
    """One node and three, one writer and many; the control is the same without a sync for each message."""
    figures: list[Figure] = []
    for hosts, name in ((HOSTS[:1], "one node"), (HOSTS, "three nodes, 3 replicas")):
        with nats_cluster([], hosts, SYNCED) as synced, nats_cluster([], hosts, RELAXED) as relaxed:
            pair = [await connect(each.settings(), "bench", timeout_seconds=30) for each in (synced, relaxed)]
            for client in pair:
                await apply_streams(client)
            figures += [await compared(pair, name, writers) for writers in (1, WRITERS)]
            for client in pair:
                await client.close()
    return figures


async def compared(pair: list[Client], name: str, writers: int) -> Figure:
    """In alternating rounds; the median counts."""
    rates: list[list[float]] = [[], []]
    delays: list[float] = []
    for _ in range(ROUNDS):
        for client, found in zip(pair, rates, strict=True):
            took = await publishing(client, writers)
            found.append(len(took) / SECONDS)
            if client is pair[0]:
                delays += took
    value, control = (sorted(found)[ROUNDS // 2] for found in rates)
    note = f"synced: p99 {sorted(delays)[int(len(delays) * 0.99)] * 1000:.1f} ms; control: sync_interval {RELAXED}"
    return Figure(f"durable publishes, {name}, {writers} at a time", "/s", value, control, note=note)


async def publishing(client: Client, writers: int) -> list[float]:
    """The seconds that each acknowledged message took."""
    until = time.perf_counter() + SECONDS
    jetstream = client.jetstream()
    took: list[float] = []

    async def write() -> None:
        while time.perf_counter() < until:
            began = time.perf_counter()
            await jetstream.publish(SUBJECT, BODY, stream=streams.COMMANDS)
            took.append(time.perf_counter() - began)

    await asyncio.gather(*(write() for _ in range(writers)))
    await jetstream.purge_stream(streams.COMMANDS)
    return took
