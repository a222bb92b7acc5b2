"""A relay that is far behind, against nats-py publishing the same bytes."""

import asyncio
import time
from contextlib import suppress

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy

from banstream_contracts import headers, streams
from banstream_event_log import postgres
from banstream_event_log.event_stream import EventStream
from banstream_event_log.relay import Relay
from banstream_infractions import operations
from banstream_infractions.relayed import rendered
from banstream_runtime.connection import connect
from banstream_runtime.garbage import spare_what_is_built
from banstream_runtime.streams import apply_streams
from banstream_testing.servers import nats_server
from banstream_testing.waiting import eventually
from bench.history import History
from bench.report import Figure
from bench.sizes import sized

WINDOW = 256
"""Messages on their way at once, as many as the relay's."""
SECONDS_FOR_ALL = 1800.0

Message = tuple[str, bytes, dict[str, str]]


async def relaying(history: History) -> list[Figure]:
    """The stream of events alone, in this process, each side on a NATS server of its own; then the whole service."""
    events = sized(500, 100_000, 100_000)
    spare_what_is_built()  # as services do
    with nats_server() as nats, nats_server() as beside:
        client, control = [await connect(each.settings(), "bench", timeout_seconds=30) for each in (nats, beside)]
        try:
            await asyncio.gather(apply_streams(client), apply_streams(control))
            took = await relayed(history, client.jetstream(), min(events, history.head))
            messages = await published(client, min(events, history.head))
            least = await publishing(control.jetstream(), messages)
        finally:
            await asyncio.gather(client.close(), control.close())
    rates = len(messages) / took, len(messages) / least
    note = f"until all are acknowledged; control: nats-py publishing the same bytes, {WINDOW} at a time"
    what = f"relay, {history.events:,} events behind"
    return [
        Figure(what, "/s", *rates, goal=10_000, of_value=True, note=note),
        await whole_service(history),
    ]


async def relayed(history: History, jetstream: JetStreamContext, events: int) -> float:
    """Seconds until so many events of the log are on the stream."""
    connection = await postgres.connect(history.system.admin_database_url, search_path=operations.SCHEMA)
    enough = asyncio.Event()

    async def reached(position: int) -> None:
        if position >= events:
            enough.set()

    sink = EventStream(
        jetstream,
        connection,
        stream=streams.INFRACTION_EVENTS,
        source=headers.SOURCE_INFRACTIONS,
        render=rendered,
    )
    began = time.perf_counter()
    running = asyncio.create_task(Relay(connection, [sink], asyncio.Event(), reached).run())
    try:
        waiting = asyncio.create_task(enough.wait())
        await asyncio.wait([running, waiting], return_when=asyncio.FIRST_COMPLETED)
        took = time.perf_counter() - began
        if not enough.is_set():
            waiting.cancel()
            await running
        return took
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        connection.terminate()


async def published(client: Client, events: int) -> list[Message]:
    """What the relay has published, in order."""
    found: list[Message] = []
    subscription = await client.jetstream().subscribe(
        "",
        stream=streams.INFRACTION_EVENTS,
        ordered_consumer=True,
        config=ConsumerConfig(deliver_policy=DeliverPolicy.ALL),
    )
    while len(found) < events:
        message = await subscription.next_msg(30)
        found.append((message.subject, message.data, dict(message.headers or {})))
    await subscription.unsubscribe()
    return found


async def publishing(jetstream: JetStreamContext, messages: list[Message]) -> float:
    """Seconds until all are acknowledged."""
    began = time.perf_counter()
    for first in range(0, len(messages), WINDOW):
        await asyncio.gather(
            *[
                await jetstream.publish_async(subject, payload, headers=named)
                for subject, payload, named in messages[first : first + WINDOW]
            ]
        )
    return time.perf_counter() - began


async def whole_service(history: History) -> Figure:
    """Infractions as it runs: the buckets of gateways, the ban list and the stream, one after the other."""
    client = await connect(history.system.nats.settings(), "bench", timeout_seconds=30)

    async def position() -> int:
        return (await client.jetstream().stream_info(streams.INFRACTION_EVENTS)).state.last_seq

    async def advanced() -> int:
        return await position() - first

    async def finished() -> bool:
        await asyncio.sleep(0.2)
        return await position() >= history.head

    try:
        first = await position()
        history.system.infractions.start()
        at_once = await eventually(advanced)
        began = time.perf_counter()
        await eventually(finished, SECONDS_FOR_ALL)
        took = time.perf_counter() - began
    finally:
        await client.close()
    rate = (history.events - at_once) / took if history.events > at_once else 0.0
    note = "every bucket and the stream, counted from the first batch; for information"
    return Figure("the same, all that infractions feeds", "/s", rate, note=note)
