"""The durable consumers of targets on EVENTS: one each, named after it."""

import json
from typing import Any

from nats.aio.client import Client

from banstream_contracts import streams
from banstream_contracts.streams import ConsumerSpec
from banstream_notifier.choosing import subjects_of
from banstream_notifier.ledger import Place
from banstream_notifier.record import Record
from banstream_runtime.streams import StreamsNotApplied, delete_consumer

_PREFIX = f"{streams.NOTIFIER}-"
_ACK_SECONDS = 120.0
_MAX_PENDING = 200
_NANOSECONDS = 1_000_000_000
_NOT_FOUND = 404


def spec_of(target_id: str) -> ConsumerSpec:
    """What a target's consumer is called."""
    return ConsumerSpec(streams.EVENTS, f"{_PREFIX}{target_id}", "", _ACK_SECONDS, _MAX_PENDING)


async def made_at(client: Client) -> str:
    """When EVENTS was made: sequences of another one mean nothing."""
    return str((await _call(client, f"STREAM.INFO.{streams.EVENTS}", {}))["created"])


async def take(client: Client, record: Record, place: Place | None, made: str) -> ConsumerSpec:
    """Make a target's consumer anew behind what is settled: what was taken and not settled comes first again."""
    spec = spec_of(record.target.id)
    await delete_consumer(client, spec)
    await _create(client, spec, record, place if place and place.stream == made else None)
    return spec


async def keep(client: Client, record: Record) -> None:
    """See that a target that is not told anything has its consumer, which shows what waits."""
    spec = spec_of(record.target.id)
    answer = await _ask(client, f"CONSUMER.INFO.{spec.stream}.{spec.name}", {})
    if answer.get("error", {}).get("code") == _NOT_FOUND:
        await _create(client, spec, record, None)


async def present(client: Client) -> set[str]:
    """The targets that have a consumer."""
    names: list[str] = []
    while True:
        page = await _call(client, f"CONSUMER.NAMES.{streams.EVENTS}", {"offset": len(names)})
        names += page.get("consumers") or []
        if not page.get("consumers") or len(names) >= page["total"]:
            return {name.removeprefix(_PREFIX) for name in names if name.startswith(_PREFIX)}


async def remove(client: Client, target_id: str) -> None:
    """Of a target that was removed."""
    await delete_consumer(client, spec_of(target_id))


async def _create(client: Client, spec: ConsumerSpec, record: Record, place: Place | None) -> None:
    start: dict[str, Any] = {
        "deliver_policy": "by_start_time",
        "opt_start_time": record.target.created_at.isoformat().replace("+00:00", "Z"),
    }
    if place is not None:
        start = {"deliver_policy": "by_start_sequence", "opt_start_seq": place.sequence + 1}
    config = {
        "durable_name": spec.name,
        "filter_subjects": subjects_of(record),
        "ack_policy": "explicit",
        "ack_wait": int(spec.ack_wait * _NANOSECONDS),
        "max_ack_pending": spec.max_ack_pending,
        "max_deliver": -1,
        **start,
    }
    request = {"stream_name": spec.stream, "config": config}
    await _call(client, f"CONSUMER.DURABLE.CREATE.{spec.stream}.{spec.name}", request)


async def _call(client: Client, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    answer = await _ask(client, operation, request)
    if error := answer.get("error"):
        raise StreamsNotApplied(f"{operation}: {error.get('description')}")
    return answer


async def _ask(client: Client, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    reply = await client.request(f"$JS.API.{operation}", json.dumps(request).encode(), timeout=10)
    answer: dict[str, Any] = json.loads(reply.data)
    return answer
