"""Durable consumers on EVENTS that a service makes for each of its targets, named `<service>-<target id>`."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import nats.errors
from nats.aio.client import Client

from banstream_contracts import streams
from banstream_contracts.streams import ConsumerSpec
from banstream_runtime.streams import StreamsNotApplied, delete_consumer

_ACK_SECONDS = 120.0
_MAX_PENDING = 200
_NANOSECONDS = 1_000_000_000
_NOT_FOUND = 404


class Withheld(Exception):
    """NATS does not make, show or delete the consumer of one target, whatever it does for others; it says why."""


@dataclass(frozen=True, slots=True)
class Events:
    """EVENTS as it is: sequences of one that was `made` at another time mean nothing. `last` is its last sequence."""

    made: str
    last: int


async def events_now(client: Client) -> Events:
    """How EVENTS is."""
    info = await _call(client, f"STREAM.INFO.{streams.EVENTS}", {})
    return Events(str(info["created"]), int(info["state"]["last_seq"]))


def spec_of(service: str, target_id: str) -> ConsumerSpec:
    """What a target's consumer is called."""
    return _spec(f"{service}-{target_id}")


def since(moment: datetime) -> dict[str, Any]:
    """Where a consumer begins: with what was stored from then on."""
    return {"deliver_policy": "by_start_time", "opt_start_time": moment.isoformat().replace("+00:00", "Z")}


def behind(sequence: int) -> dict[str, Any]:
    """Where a consumer begins: with what follows a sequence."""
    return {"deliver_policy": "by_start_sequence", "opt_start_seq": sequence + 1}


async def create(client: Client, spec: ConsumerSpec, subjects: Sequence[str], start: dict[str, Any]) -> int:
    """A durable pull consumer of those subjects; returns how many messages wait for it. Raises StreamsNotApplied."""
    config = {
        "durable_name": spec.name,
        "filter_subjects": list(subjects),
        "ack_policy": "explicit",
        "ack_wait": int(spec.ack_wait * _NANOSECONDS),
        "max_ack_pending": spec.max_ack_pending,
        "max_deliver": -1,
        **start,
    }
    request = {"stream_name": spec.stream, "config": config}
    made = await _call(client, f"CONSUMER.DURABLE.CREATE.{spec.stream}.{spec.name}", request)
    return int(made.get("num_pending", 0))


async def make_anew(client: Client, spec: ConsumerSpec, subjects: Sequence[str], start: dict[str, Any]) -> int:
    """What a target's consumer has given and not seen acknowledged comes first again; returns how many messages wait.

    Raises Withheld.
    """
    with _of_one():
        await delete_consumer(client, spec)
        return await create(client, spec, subjects, start)


async def keep(client: Client, spec: ConsumerSpec, subjects: Sequence[str], start: dict[str, Any]) -> None:
    """See that a target that nothing is done for has its consumer, which shows what waits. Raises Withheld."""
    with _of_one():
        if not await exists(client, spec):
            await create(client, spec, subjects, start)


async def remove(client: Client, service: str, target_id: str) -> None:
    """Of a target that is gone. Raises Withheld."""
    with _of_one():
        await delete_consumer(client, spec_of(service, target_id))


async def exists(client: Client, spec: ConsumerSpec) -> bool:
    """Whether there is such a consumer. Raises StreamsNotApplied where NATS does not say."""
    operation = f"CONSUMER.INFO.{spec.stream}.{spec.name}"
    error = (await _ask(client, operation, {})).get("error")
    if error and error.get("code") != _NOT_FOUND:
        raise _refused(operation, error)
    return error is None


async def present(client: Client, service: str) -> set[str]:
    """The targets of a service that have a consumer."""
    prefix = f"{service}-"
    return {name.removeprefix(prefix) for name in await _names(client) if name.startswith(prefix)}


async def of_service(client: Client, service: str) -> list[ConsumerSpec]:
    """What a service has on EVENTS: its own consumer, if any, and those of its targets."""
    names = [name for name in await _names(client) if name == service or name.startswith(f"{service}-")]
    return [_spec(name) for name in names]


def _spec(name: str) -> ConsumerSpec:
    return ConsumerSpec(streams.EVENTS, name, "", _ACK_SECONDS, _MAX_PENDING)


async def _names(client: Client) -> list[str]:
    names: list[str] = []
    while True:
        page = await _call(client, f"CONSUMER.NAMES.{streams.EVENTS}", {"offset": len(names)})
        names += page.get("consumers") or []
        if not page.get("consumers") or len(names) >= page["total"]:
            return names


async def _call(client: Client, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    answer = await _ask(client, operation, request)
    if error := answer.get("error"):
        raise _refused(operation, error)
    return answer


def _refused(operation: str, error: dict[str, Any]) -> StreamsNotApplied:
    return StreamsNotApplied(f"{operation}: {error.get('description')}")


@contextmanager
def _of_one() -> Iterator[None]:
    try:
        yield
    except StreamsNotApplied as error:
        raise Withheld(f"NATS refuses its consumer ({error})") from None
    except nats.errors.Error as error:
        raise Withheld(f"NATS did not answer about its consumer ({type(error).__name__})") from None


async def _ask(client: Client, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    reply = await client.request(f"$JS.API.{operation}", json.dumps(request).encode(), timeout=10)
    answer: dict[str, Any] = json.loads(reply.data)
    return answer
