"""A small KV bucket that every gateway holds in memory and writes by compare-and-set."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import orjson
import structlog

from banstream_contracts import subjects
from banstream_contracts.headers import EXPECTED_SUBJECT_SEQUENCE
from banstream_edge.bus import Bus
from banstream_edge.errors import Unavailable

logger = structlog.stdlib.get_logger(__name__)

Value = TypeVar("Value")

ASK_SECONDS = 1.0
_TRIES = 5
_WRONG_LAST_SEQUENCE = 10071
_NOT_FOUND = "404"


@dataclass(frozen=True, slots=True)
class Codec(Generic[Value]):
    """How values travel, and which of two is to be kept: `merged` has to be the same in whatever order they come.

    `read` raises ValueError.
    """

    read: Callable[[bytes], Value]
    write: Callable[[Value], bytes]
    merged: Callable[[Value, Value], Value]


@dataclass(frozen=True, slots=True)
class _Held(Generic[Value]):
    """A value; `revision` is that of the bucket where this process wrote or read it itself, else None."""

    value: Value
    raw: bytes
    revision: int | None


class SharedBucket(Generic[Value]):
    """The sink of a watch, and the only writer of this process.

    What vanishes from the bucket stays here: its values say by themselves how old they are.
    """

    is_behind = False

    def __init__(self, bus: Bus, name: str, codec: Codec[Value]) -> None:
        self.name = name
        self._bus = bus
        self._codec = codec
        self._held: dict[str, _Held[Value]] = {}
        self._told: Callable[[str], None] = lambda _key: None

    def on_news(self, told: Callable[[str], None]) -> None:
        """Tell of every key that another process has written."""
        self._told = told

    def get(self, key: str) -> Value | None:
        """What is known of a key."""
        held = self._held.get(key)
        return held.value if held else None

    def known(self) -> list[str]:
        """Every key that something was ever known of."""
        return [*self._held]

    def begin(self) -> None:
        """See Sink."""

    def complete(self) -> None:
        """See Sink."""

    def apply(self, key: str, value: bytes | None) -> None:
        """See Sink. Raises ValueError."""
        held = self._held.get(key)
        if value is not None and (held is None or held.raw != value):
            self._take(key, value, None)
            self._told(key)

    async def change(self, key: str, decide: Callable[[Value | None], Value | None]) -> Value | None:
        """Write what `decide` makes of the value that is there; None leaves it. Returns what was written.

        Asks again when another process was faster. Raises Unavailable.
        """
        for _ in range(_TRIES):
            held = self._held.get(key)
            if held is not None and held.revision is None:
                held = await self._refresh(key)
            wanted = decide(held.value if held else None)
            if wanted is None:
                return None
            raw = self._codec.write(wanted)
            revision = await self._write(key, raw, (held.revision or 0) if held else 0)
            if revision is not None:
                self._held[key] = _Held(wanted, raw, revision)
                return wanted
            await self._refresh(key)
        raise Unavailable(f"{self.name} is written too often")

    async def _write(self, key: str, raw: bytes, revision: int) -> int | None:
        """The new revision; None when the bucket is at another one than `revision`."""
        sent = {EXPECTED_SUBJECT_SEQUENCE: str(revision)}
        reply = await self._bus.ask(subjects.entry(self.name, key), raw, sent, ASK_SECONDS)
        answer = orjson.loads(reply.data)
        error = answer.get("error")
        if error is None:
            return int(answer["seq"])
        if error.get("err_code") == _WRONG_LAST_SEQUENCE:
            return None
        raise Unavailable(repr(error))

    async def _refresh(self, key: str) -> _Held[Value] | None:
        """Read the bucket itself; what is not there any more may be written anew on top of what was known."""
        subject = f"$JS.API.DIRECT.GET.KV_{self.name}.{subjects.entry(self.name, key)}"
        reply = await self._bus.ask(subject, b"", {}, ASK_SECONDS)
        headers = reply.headers or {}
        held = self._held.get(key)
        try:
            if headers.get("Status") == _NOT_FOUND:
                self._held.pop(key, None)
                if held is not None:
                    self._held[key] = _Held(held.value, held.raw, 0)
            elif "Status" in headers:
                raise Unavailable(f"{self.name}: {headers['Status']}")
            else:
                self._take(key, reply.data, int(headers["Nats-Sequence"]))
        except ValueError as error:
            logger.error("unreadable_entry", bucket=self.name, key=key, error=type(error).__name__)  # noqa: TRY400 - the value may be personal
            raise Unavailable(f"{self.name} holds what cannot be read") from None
        return self._held.get(key)

    def _take(self, key: str, raw: bytes, revision: int | None) -> None:
        held = self._held.get(key)
        value = self._codec.read(raw)
        merged = self._codec.merged(held.value, value) if held else value
        self._held[key] = _Held(merged, raw, revision)
