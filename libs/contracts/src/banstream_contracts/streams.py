"""Streams, consumers and buckets as data. One deploy step creates them, services only bind (design section 5)."""

from dataclasses import dataclass
from typing import Literal

from banstream_contracts import subjects

HOUR = 3600.0
DAY = 24 * HOUR

COMMANDS = "COMMANDS"
EVENTS = "EVENTS"
DEAD = "DEAD"

INFRACTIONS = "infractions"
"""The durable consumer of infractions on COMMANDS, and its queue group for queries."""

RESTRICTIONS_BUCKET = "restrictions"
CREDENTIALS_BUCKET = "credentials"

POSITION_KEY = "position"
"""In both buckets: the log position up to which every entry has been written."""

CLEARED_TTL_SECONDS = 3600
"""How long the entry of a player with no restriction left stays, so that every gateway hears of it."""


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """One stream. Ages and windows in seconds; `max_age` None keeps for ever."""

    name: str
    subjects: tuple[str, ...]
    retention: Literal["limits", "workqueue"]
    duplicate_window: float
    max_age: float | None = None


@dataclass(frozen=True, slots=True)
class BucketSpec:
    """One KV bucket, with entries that may end by themselves."""

    name: str


@dataclass(frozen=True, slots=True)
class ConsumerSpec:
    """A durable pull consumer of one service."""

    stream: str
    name: str
    subject: str
    ack_wait: float
    max_ack_pending: int


STREAMS = (
    StreamSpec(COMMANDS, (subjects.COMMANDS,), "workqueue", duplicate_window=HOUR),
    StreamSpec(EVENTS, (subjects.EVENTS,), "limits", duplicate_window=120.0, max_age=90 * DAY),
    StreamSpec(DEAD, (subjects.DEAD,), "limits", duplicate_window=120.0, max_age=365 * DAY),
)
BUCKETS = (BucketSpec(RESTRICTIONS_BUCKET), BucketSpec(CREDENTIALS_BUCKET))
CONSUMERS = (ConsumerSpec(COMMANDS, INFRACTIONS, subjects.INFRACTIONS_COMMANDS, ack_wait=30.0, max_ack_pending=2000),)
