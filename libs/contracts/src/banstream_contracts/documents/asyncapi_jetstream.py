"""Streams, buckets and consumers in words and as data: AsyncAPI has no place of its own for them."""

from collections.abc import Iterator
from dataclasses import asdict
from fnmatch import fnmatchcase
from typing import Any

from banstream_contracts import streams
from banstream_contracts.entries import ENTRIES
from banstream_contracts.streams import BucketSpec, ConsumerSpec, StreamSpec


def jetstream() -> dict[str, Any]:
    """Everything in `streams`, for the extension `x-jetstream`. Seconds, as there."""
    return {
        "streams": {spec.name: _values(spec) for spec in streams.STREAMS},
        "buckets": {spec.name: _values(spec) for spec in streams.BUCKETS},
        "consumers": {f"{spec.stream}/{spec.name}": _values(spec) for spec in streams.CONSUMERS},
    }


def description() -> str:
    """The same for people, in CommonMark."""
    return "\n".join(
        [
            "Bans for game servers as an event stream: commands go in, decisions come out as CloudEvents.",
            "",
            "The document speaks as the service: it receives commands and queries, and sends events.",
            "",
            *(_stream(spec) for spec in streams.STREAMS),
            *(_bucket(spec) for spec in streams.BUCKETS),
            *(_consumer(spec) for spec in streams.CONSUMERS),
        ]
    )


def stream_of(address: str) -> str | None:
    """The stream that keeps what is published there."""
    for spec in streams.STREAMS:
        if any(fnmatchcase(address, subject.removesuffix(">") + "*") for subject in spec.subjects):
            return spec.name
    return None


def _values(spec: Any) -> dict[str, Any]:  # noqa: ANN401 - any of the specs, which are dataclasses
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(spec).items()}


def _stream(spec: StreamSpec) -> str:
    return f"- Stream `{spec.name}` of {_listed(spec.subjects)}: {', '.join(_rules(spec))}."


def _rules(spec: StreamSpec) -> Iterator[str]:
    if spec.sources:
        yield f"taken over from {_listed(spec.sources)}"
    yield "a work queue, where a message goes when it is acknowledged" if spec.retention == "workqueue" else "a log"
    yield f"kept for {_duration(spec.max_age)}" if spec.max_age else "no age limit"
    yield f"the same `Nats-Msg-Id` is stored once in {_duration(streams.DUPLICATE_WINDOW)}"


def _bucket(spec: BucketSpec) -> str:
    keys = [entry.key for entry in ENTRIES if entry.bucket == spec.name]
    kept = f", kept for {_duration(spec.max_age)}" if spec.max_age else ""
    return f"- KV bucket `{spec.name}` with the keys {_listed(keys)}: the last value of each key{kept}."


def _consumer(spec: ConsumerSpec) -> str:
    return (
        f"- Durable consumer `{spec.name}` on `{spec.stream}` of {_listed(spec.subjects)}: acknowledged within"
        f" {_duration(spec.ack_wait)}, at most {spec.max_ack_pending} messages at a time."
    )


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _duration(seconds: float) -> str:
    for unit, size in (("days", streams.DAY), ("hours", streams.HOUR), ("minutes", 60.0)):
        if seconds % size == 0:
            return f"{seconds / size:g} {unit.removesuffix('s') if seconds == size else unit}"
    return f"{seconds:g} seconds"
