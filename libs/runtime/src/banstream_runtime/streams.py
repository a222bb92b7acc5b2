"""Streams, buckets and consumers of JetStream: made and changed as the contracts say, and how full they are."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

from nats.aio.client import Client
from nats.errors import NoRespondersError

from banstream_contracts import nats_accounts, streams, subjects, subscribers
from banstream_contracts.streams import BucketSpec, ConsumerSpec, StreamSpec

COPY = f"{nats_accounts.COPY}.{streams.EVENTS}"
"""What the copy is called among the streams that were applied."""

_API = "$JS.API"
_CALL_SECONDS = 10.0
_GONE_SECONDS, _AGAIN_SECONDS = 10.0, 0.2
_CLUSTER_REPLICAS = 3
_NANOSECONDS = 1_000_000_000

Made = TypeVar("Made")


class StreamsNotApplied(Exception):
    """NATS refused a stream, bucket or consumer; the message is its own."""


@dataclass(frozen=True, slots=True)
class Lag:
    """Messages that wait for a consumer: not delivered yet, and delivered without having been acknowledged."""

    pending: int
    unacknowledged: int


@dataclass(frozen=True, slots=True)
class Size:
    """What a stream holds, as stored on one node."""

    messages: int
    bytes: int


async def apply_streams(client: Client, replicas: int | None = None, *, copy: bool = False) -> list[str]:
    """Create what is missing, update what differs, touch no data; returns what was created or updated.

    Without `replicas` a stream keeps those it has, and a new one has 3 in a cluster and 1 elsewhere.
    A consumer whose settings cannot be changed in place is left to its service, which makes it anew.
    Whoever fills a stream or bucket that was created begins anew, as a relay looks only then what is there.
    `copy` makes the copy of EVENTS that subscribers read, which takes as much room again; one that is there is updated,
    and made anew where EVENTS was.
    """
    changes = {config["name"]: await _apply(client, _API, config, replicas) for config in _configs()}
    changed = [name for name, change in changes.items() if change]
    filling = {filled_by(name) for name, change in changes.items() if change == "created"}
    for consumer in streams.CONSUMERS:
        if consumer.stream == streams.COMMANDS and consumer.name in filling:
            await delete_consumer(client, consumer)
        await create_consumer(client, consumer)
    there = await _copy(client)
    if copy or there:
        changed += [COPY] if await _apply_copy(client, there, replicas) else []
    return changed


async def _copy(client: Client) -> dict[str, Any] | None:
    """Only the operator may ask; a NATS without an account of subscribers does not answer."""
    try:
        return await _call(client, f"STREAM.INFO.{streams.EVENTS}", {}, api=subscribers.API, missing_ok=True)
    except NoRespondersError:
        return None


async def _apply_copy(client: Client, there: dict[str, Any] | None, replicas: int | None) -> str | None:
    """A copy goes on behind what it has: of an EVENTS that is younger it would leave out as much."""
    if there is None or _made_at(there) >= _made_at(await _call(client, f"STREAM.INFO.{streams.EVENTS}", {})):
        return await _apply(client, subscribers.API, copy_config(), replicas)
    await _call(client, f"STREAM.DELETE.{streams.EVENTS}", {}, api=subscribers.API)
    replicas = replicas or int(there["config"]["num_replicas"])
    return await _once_gone(lambda: _apply(client, subscribers.API, copy_config(), replicas))


def _made_at(stream: dict[str, Any] | None) -> datetime:
    return datetime.fromisoformat((stream or {})["created"])


async def rebuild_streams(client: Client) -> None:
    """Make every stream and bucket anew that the relays fill from the logs; what waits to be done is kept.

    For after a restore: what is there may be of another history. All get as many replicas as any had, so that one that
    is begun again after a kill is told by what is kept; where nothing was there, as many as new streams.
    Raises StreamsNotApplied.
    """
    replicas = None
    for config in _configs():
        name = config["name"]
        existing = await _call(client, f"STREAM.INFO.{name}", {}, missing_ok=True)
        if existing is None:
            continue
        replicas = max(replicas or 1, int(existing["config"].get("num_replicas", 1)))
        if name not in {streams.COMMANDS, streams.DEAD}:
            await _call(client, f"STREAM.DELETE.{name}", {})
    await _once_gone(lambda: apply_streams(client, replicas))


async def _once_gone(make: Callable[[], Awaitable[Made]]) -> Made:
    """A stream that was deleted may have to wait until its files are gone. Raises what NATS still refuses then."""
    until = time.monotonic() + _GONE_SECONDS
    while True:
        try:
            return await make()
        except StreamsNotApplied:
            if time.monotonic() >= until:
                raise
            await asyncio.sleep(_AGAIN_SECONDS)


async def create_consumer(client: Client, spec: ConsumerSpec, seconds: float = _CALL_SECONDS) -> None:
    """Create or update a durable pull consumer. Raises StreamsNotApplied, and TimeoutError after `seconds`."""
    request = {"stream_name": spec.stream, "config": consumer_config(spec)}
    await _call(client, f"CONSUMER.DURABLE.CREATE.{spec.stream}.{spec.name}", request, seconds=seconds)


async def delete_consumer(client: Client, spec: ConsumerSpec, seconds: float = _CALL_SECONDS) -> None:
    """Delete a durable consumer; one that is not there is no error. Raises as `create_consumer` does."""
    await _call(client, f"CONSUMER.DELETE.{spec.stream}.{spec.name}", {}, missing_ok=True, seconds=seconds)


async def consumer_lag(client: Client, spec: ConsumerSpec) -> Lag | None:
    """How far a durable consumer is behind; None of one that is not there."""
    info = await _call(client, f"CONSUMER.INFO.{spec.stream}.{spec.name}", {}, missing_ok=True)
    return Lag(int(info["num_pending"]), int(info["num_ack_pending"])) if info else None


async def stream_size(client: Client, name: str) -> Size:
    """What a stream holds. Raises StreamsNotApplied where there is none."""
    info = await _call(client, f"STREAM.INFO.{name}", {}) or {}
    return Size(int(info["state"]["messages"]), int(info["state"]["bytes"]))


def filled_by(name: str) -> str | None:
    """The service whose relay writes a stream, or the stream of a bucket; None where no relay does."""
    buckets = {f"KV_{spec.name}": streams.INFRACTIONS for spec in streams.BUCKETS if spec.follows_log}
    return (buckets | {stream: service for service, stream in streams.EVENTS_OF.items()}).get(name)


def stream_config(spec: StreamSpec) -> dict[str, Any]:
    """The spec in the words of the JetStream API (durations in nanoseconds)."""
    sources = {"sources": [_source(name) for name in spec.sources]} if spec.sources else {}
    return {
        "name": spec.name,
        "subjects": list(spec.subjects),
        **sources,
        "retention": spec.retention,
        "storage": "file",
        "discard": "new" if spec.retention == "workqueue" else "old",
        "max_age": int((spec.max_age or 0) * _NANOSECONDS),
        "duplicate_window": int(streams.DUPLICATE_WINDOW * _NANOSECONDS),
        "allow_direct": True,
    }


def copy_config() -> dict[str, Any]:
    """The copy of EVENTS in the account of subscribers, in the words of the JetStream API."""
    (events,) = (spec for spec in streams.STREAMS if spec.name == streams.EVENTS)
    return {
        "name": events.name,
        "mirror": subscribers.copy_origin(),
        "retention": "limits",
        "storage": "file",
        "discard": "old",
        "max_age": int((events.max_age or 0) * _NANOSECONDS),
    }


def _source(name: str) -> dict[str, Any]:
    """What a relay published there, under the subjects that everybody reads."""
    return {"name": name, "subject_transforms": [{"src": subjects.RELAYED_EVENTS, "dest": subjects.EVENTS}]}


def bucket_config(spec: BucketSpec) -> dict[str, Any]:
    """A KV bucket of history 1 is a stream `KV_<name>`; entries may carry a time to live of their own."""
    return {
        "name": f"KV_{spec.name}",
        "subjects": [f"$KV.{spec.name}.>"],
        "retention": "limits",
        "storage": "file",
        "discard": "new",
        "max_msgs_per_subject": 1,
        "max_age": int((spec.max_age or 0) * _NANOSECONDS),
        "duplicate_window": int(streams.DUPLICATE_WINDOW * _NANOSECONDS),
        "allow_rollup_hdrs": True,
        "allow_direct": True,
        "allow_msg_ttl": True,
        "deny_delete": True,
    }


def consumer_config(spec: ConsumerSpec) -> dict[str, Any]:
    """The spec in the words of the JetStream API."""
    return {
        "durable_name": spec.name,
        **({"filter_subjects": list(spec.subjects)} if spec.also else {"filter_subject": spec.subject}),
        "deliver_policy": "all",
        "ack_policy": "explicit",
        "ack_wait": int(spec.ack_wait * _NANOSECONDS),
        "max_ack_pending": spec.max_ack_pending,
        "max_deliver": -1,
    }


def _configs() -> Iterator[dict[str, Any]]:
    yield from (stream_config(spec) for spec in streams.STREAMS)
    yield from (bucket_config(spec) for spec in streams.BUCKETS)


async def _apply(
    client: Client, api: str, config: dict[str, Any], replicas: int | None
) -> Literal["created", "updated"] | None:
    """What had to be done with the stream."""
    name = config["name"]
    existing = await _call(client, f"STREAM.INFO.{name}", {}, api=api, missing_ok=True)
    before = existing["config"] if existing else {"num_replicas": replicas_here(client)}
    wanted = {**config, "num_replicas": replicas or before["num_replicas"]}
    if existing and not _differs(before, wanted):
        return None
    await _call(client, f"STREAM.{'UPDATE' if existing else 'CREATE'}.{name}", {**before, **wanted}, api=api)
    return "updated" if existing else "created"


def replicas_here(client: Client) -> int:
    """On how many nodes a new stream is."""
    return _CLUSTER_REPLICAS if client._server_info.get("cluster") else 1  # noqa: SLF001 - there is no public way


def _differs(existing: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return any(existing.get(key, 0 if value == 0 else None) != value for key, value in wanted.items())


async def _call(
    client: Client,
    operation: str,
    request: dict[str, Any],
    *,
    api: str = _API,
    missing_ok: bool = False,
    seconds: float = _CALL_SECONDS,
) -> dict[str, Any] | None:
    reply = await client.request(f"{api}.{operation}", json.dumps(request).encode(), timeout=seconds)
    answer: dict[str, Any] = json.loads(reply.data)
    error = answer.get("error")
    if error is None:
        return answer
    if missing_ok and error.get("code") == 404:  # noqa: PLR2004 - JetStream's code for not found
        return None
    raise StreamsNotApplied(f"{operation}: {error.get('description')}")
