"""Streams for a test, and knowing when the server has heard what a client said."""

import json
from collections.abc import Mapping
from contextlib import suppress

from nats.aio.client import Client
from nats.js.api import StreamConfig, StreamInfo
from nats.js.errors import BadRequestError

from banstream_contracts import headers, streams, subjects
from banstream_runtime.streams import StreamsNotApplied, apply_streams
from banstream_testing.waiting import eventually

_FEEDING = frozenset(streams.EVENTS_OF.values())
_MADE: dict[str, dict[str, StreamConfig]] = {}
"""The settings that streams had when they were made, by server and name."""


async def fresh_streams(client: Client) -> None:
    """Nothing but empty streams. A stream made anew may have to wait until the files of the old one are gone.

    What no test has used since it was made is left alone: to make all of them takes longer than most tests.
    """
    jetstream = client.jetstream()
    made = _MADE.setdefault(client.connected_url.netloc if client.connected_url else "", {})
    there = await jetstream.streams_info()
    used = {info.config.name for info in there if not _is_untouched(info, made)}
    if used & _FEEDING:
        used.add(streams.EVENTS)  # would look for those that it takes over from only after a while
    for info in there:
        if info.config.name in used:
            await jetstream.delete_stream(info.config.name or "")

    async def applied() -> bool:
        try:
            await apply_streams(client)
        except StreamsNotApplied:
            return False
        return True

    await eventually(applied)
    if not made:
        made.update({info.config.name or "": info.config for info in await jetstream.streams_info()})


def _is_untouched(info: StreamInfo, made: Mapping[str, StreamConfig]) -> bool:
    """Whether nothing was ever published there, nobody reads it who should not, and its settings are as they were."""
    durable = sum(spec.stream == info.config.name for spec in streams.CONSUMERS)
    is_empty = info.state.last_seq == 0 and info.state.consumer_count == durable
    return is_empty and info.config == made.get(info.config.name or "")


async def make_room_for(client: Client, consumers: int) -> None:
    """EVENTS anew, with a limit that cannot be changed later."""
    answer = json.loads((await client.request(f"$JS.API.STREAM.INFO.{streams.EVENTS}", b"", timeout=10)).data)
    config = {**answer["config"], "max_consumers": consumers}
    await client.jetstream().delete_stream(streams.EVENTS)

    async def made() -> bool:
        request = json.dumps(config).encode()
        reply = await client.request(f"$JS.API.STREAM.CREATE.{streams.EVENTS}", request, timeout=10)
        return "error" not in json.loads(reply.data)

    await eventually(made)


async def nothing_happened(client: Client) -> None:
    """Leave the buckets that infractions has not written as it does of an empty log."""
    first = {headers.EXPECTED_SUBJECT_SEQUENCE: "0"}
    for bucket in (bucket.name for bucket in streams.BUCKETS if bucket.follows_log):
        with suppress(BadRequestError):
            await client.jetstream().publish(subjects.entry(bucket, streams.POSITION_KEY), b"0", headers=first)


async def settled(client: Client) -> None:
    """Wait until the server has taken everything that the client wrote, subscriptions too.

    The client library's `flush` does not say that: its ping is written past what still waits to be written.
    """
    inbox = client.new_inbox()
    echo = await client.subscribe(inbox)
    await client.publish(inbox, b"")
    await echo.next_msg(60)
    await echo.unsubscribe()
