"""Streams for a test, and knowing when the server has heard what a client said."""

from contextlib import suppress

from nats.aio.client import Client
from nats.js.errors import BadRequestError

from banstream_contracts import headers, streams, subjects
from banstream_runtime.streams import StreamsNotApplied, apply_streams
from banstream_testing.waiting import eventually


async def fresh_streams(client: Client) -> None:
    """Nothing but empty streams. A stream made anew may have to wait until the files of the old one are gone."""
    jetstream = client.jetstream()
    for info in await jetstream.streams_info():
        await jetstream.delete_stream(info.config.name or "")

    async def applied() -> bool:
        try:
            await apply_streams(client)
        except StreamsNotApplied:
            return False
        return True

    await eventually(applied)


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
