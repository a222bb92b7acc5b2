"""The durable consumers of targets on EVENTS, one each, named after it; and what EVENTS still holds."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import NotFoundError

from banstream_contracts import headers, streams
from banstream_contracts.streams import ConsumerSpec
from banstream_decider import event_consumers
from banstream_notifier.choosing import subjects_of
from banstream_notifier.ledger import Place
from banstream_notifier.record import Record


def spec_of(target_id: str) -> ConsumerSpec:
    """What a target's consumer is called."""
    return event_consumers.spec_of(streams.NOTIFIER, target_id)


async def made_at(client: Client) -> str:
    """When EVENTS was made: sequences of another one mean nothing."""
    return (await event_consumers.events_now(client)).made


async def holds(client: Client, sequence: int, event_id: UUID) -> bool:
    """Whether EVENTS still has an event where it stood; where it cannot be asked, telling the event will show it."""
    try:
        return await stored(client, sequence, event_id) is not None
    except nats.errors.Error:
        return True


async def stored(client: Client, sequence: int, event_id: UUID) -> Msg | None:
    """An event where it stood on EVENTS, as a consumer gives it; None where it is there no more. Raises nats errors."""
    try:
        found = await client.jetstream().get_msg(streams.EVENTS, sequence)
    except NotFoundError:
        return None
    if found.headers is None or found.headers.get(headers.EVENT_ID) != str(event_id) or found.time is None:
        return None
    place = Msg.Metadata.SequencePair(consumer=0, stream=sequence)
    origin = Msg.Metadata(place, 0, 1, found.time, streams.EVENTS, "")
    return Msg(client, found.subject or "", "", found.data or b"", found.headers, origin)


async def take(client: Client, record: Record, place: Place | None, made: str) -> int:
    """Make a target's consumer anew behind what is settled: what was taken and not settled comes first again.

    Returns how many messages wait for it. Raises Withheld.
    """
    spec = spec_of(record.target.id)
    is_of_this = place and place.stream == made
    start = event_consumers.behind(place.sequence) if place and is_of_this else _since_made(record)
    return await event_consumers.make_anew(client, spec, subjects_of(record), start)


async def keep(client: Client, record: Record) -> None:
    """See that a target that is not told anything has its consumer, which shows what waits. Raises Withheld."""
    await event_consumers.keep(client, spec_of(record.target.id), subjects_of(record), _since_made(record))


async def acknowledge(messages: Mapping[int, Msg], reached: int) -> None:
    """Messages by their place, up to one, each once."""
    for place in [each for each in messages if each <= reached]:
        message = messages[place]
        if not message._ackd:  # noqa: SLF001 - the client's own note, of which it has no public form
            await message.ack()


def _since_made(record: Record) -> dict[str, Any]:
    return event_consumers.since(record.target.created_at)
