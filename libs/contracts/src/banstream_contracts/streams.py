"""Streams, consumers and buckets as data. One deploy step creates them, services only bind (design section 5)."""

from dataclasses import dataclass
from typing import Literal

from banstream_contracts import subjects

HOUR = 3600.0
DAY = 24 * HOUR

COMMANDS = "COMMANDS"
EVENTS = "EVENTS"
"""What everybody reads: all events of all services."""
INFRACTION_EVENTS = "INFRACTION_EVENTS"
ABUSE_EVENTS = "ABUSE_EVENTS"
NOTIFIER_EVENTS = "NOTIFIER_EVENTS"
FTP_SYNC_EVENTS = "FTP_SYNC_EVENTS"
DAYZ_EVENTS = "DAYZ_EVENTS"
"""What one service's relay writes and EVENTS takes over: a stream has one writer (ADR 0004, 0007)."""
DEAD = "DEAD"

INFRACTIONS = "infractions"
"""The durable consumer of infractions on COMMANDS, and its queue group for queries."""
ABUSE_TRACKER = "abuse-tracker"
"""The same of the abuse tracker; also its durable consumer on EVENTS."""
NOTIFIER = "notifier"
"""The same of the notifier; on EVENTS each of its targets has a consumer of its own, `notifier-<target id>`."""
FTP_SYNC = "ftp-sync"
"""The same of ftp-sync; on EVENTS it has a consumer, and each of its ban files one of its own, `ftp-sync-<id>`."""
DAYZ_FEED = "dayz-feed"
"""The same of the feed of DayZ logs."""

EVENTS_OF = {
    INFRACTIONS: INFRACTION_EVENTS,
    ABUSE_TRACKER: ABUSE_EVENTS,
    NOTIFIER: NOTIFIER_EVENTS,
    FTP_SYNC: FTP_SYNC_EVENTS,
    DAYZ_FEED: DAYZ_EVENTS,
}
"""The stream that each service's relay writes."""

RESTRICTIONS_BUCKET = "restrictions"
CREDENTIALS_BUCKET = "credentials"
ADMINS_BUCKET = "admins"
NETWORKS_BUCKET = "networks"
PRESENCE_BUCKET = "presence"
"""The last beat of each game server, written by gateways; a server without one is not online."""
BAN_LIST_BUCKET = "ban-list"
"""Bans in clear for the gateways, personal data sealed."""
RPC_CURSORS_BUCKET = "rpc-cursors"
"""How far each game server has taken its RPC events, written by gateways."""
ACCOUNTS_BUCKET = "accounts"
SESSIONS_BUCKET = "sessions"
"""Where people are signed in, written by the console."""
ATTEMPTS_BUCKET = "sign-in-attempts"
"""Attempts to sign in that failed, written by the console."""

POSITION_KEY = "position"
"""In each bucket that infractions writes: the log position up to which every entry has been written."""
FILLING_KEY = "filling"
"""There too, while the bucket is filled from the beginning of the log: the position from which on it is whole.

Deleted then. A bucket that is whole keeps the mark of that deletion: one that was emptied has none.
"""

SESSION_SECONDS = 30 * DAY
"""How long a session may be at most, whatever the console's own limits are."""
ATTEMPTS_SECONDS = HOUR
"""How long after the last one attempts are remembered."""
PRESENCE_SECONDS = 900.0
"""How long after its last beat a server counts as online."""

DUPLICATE_WINDOW = 60.0
"""So long NATS stores no message of the same id again; up to twice as long it has the id in memory.

What makes a command take effect once is not this but the outcome that its service keeps (ADR 0033).
"""

CLEARED_TTL_SECONDS = 3600
"""How long the entry of a player with no restriction left stays, so that every gateway hears of it."""


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """One stream. Ages in seconds; `max_age` None keeps for ever.

    `sources` are the streams whose events it takes over, each in its order; nobody else writes to it.
    """

    name: str
    subjects: tuple[str, ...]
    retention: Literal["limits", "workqueue"]
    max_age: float | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BucketSpec:
    """One KV bucket, with entries that may end by themselves, all of them after `max_age` seconds where it is set.

    `follows_log`: infractions writes it in log order, and says in it how far it is.
    """

    name: str
    max_age: float | None = None
    follows_log: bool = True


@dataclass(frozen=True, slots=True)
class ConsumerSpec:
    """A durable pull consumer of one service. `also` are subjects that it hears besides its own."""

    stream: str
    name: str
    subject: str
    ack_wait: float
    max_ack_pending: int
    also: tuple[str, ...] = ()

    @property
    def subjects(self) -> tuple[str, ...]:
        """All that it hears."""
        return (self.subject, *self.also)


def _relayed(*aggregates: str) -> tuple[str, ...]:
    return tuple(subjects.relayed_events(aggregate) for aggregate in aggregates)


STREAMS = (
    StreamSpec(COMMANDS, (subjects.COMMANDS,), "workqueue"),
    StreamSpec(
        INFRACTION_EVENTS,
        _relayed(*subjects.INFRACTIONS_AGGREGATES),
        "limits",
        max_age=7 * DAY,
    ),
    StreamSpec(ABUSE_EVENTS, _relayed(*subjects.ABUSE_AGGREGATES), "limits", max_age=7 * DAY),
    StreamSpec(NOTIFIER_EVENTS, _relayed(*subjects.NOTIFIER_AGGREGATES), "limits", max_age=7 * DAY),
    StreamSpec(FTP_SYNC_EVENTS, _relayed(*subjects.FTP_SYNC_AGGREGATES), "limits", max_age=7 * DAY),
    StreamSpec(DAYZ_EVENTS, _relayed(*subjects.DAYZ_AGGREGATES), "limits", max_age=7 * DAY),
    StreamSpec(
        EVENTS,
        (subjects.EVENTS,),
        "limits",
        max_age=90 * DAY,
        sources=(INFRACTION_EVENTS, ABUSE_EVENTS, NOTIFIER_EVENTS, FTP_SYNC_EVENTS, DAYZ_EVENTS),
    ),
    StreamSpec(DEAD, (subjects.DEAD,), "limits", max_age=365 * DAY),
)
BUCKETS = (
    BucketSpec(RESTRICTIONS_BUCKET),
    BucketSpec(CREDENTIALS_BUCKET),
    BucketSpec(ADMINS_BUCKET),
    BucketSpec(NETWORKS_BUCKET),
    BucketSpec(BAN_LIST_BUCKET),
    BucketSpec(PRESENCE_BUCKET, max_age=PRESENCE_SECONDS, follows_log=False),
    BucketSpec(RPC_CURSORS_BUCKET, max_age=HOUR, follows_log=False),
    BucketSpec(ACCOUNTS_BUCKET),
    BucketSpec(SESSIONS_BUCKET, max_age=SESSION_SECONDS, follows_log=False),
    BucketSpec(ATTEMPTS_BUCKET, max_age=ATTEMPTS_SECONDS, follows_log=False),
)
INFRACTIONS_INTAKE = ConsumerSpec(
    COMMANDS, INFRACTIONS, subjects.INFRACTIONS_COMMANDS, ack_wait=30.0, max_ack_pending=2000
)
ABUSE_INTAKE = ConsumerSpec(COMMANDS, ABUSE_TRACKER, subjects.ABUSE_COMMANDS, ack_wait=30.0, max_ack_pending=2000)
ABUSE_LISTENER = ConsumerSpec(
    EVENTS,
    ABUSE_TRACKER,
    subjects.event("infraction.lifted", "*"),
    ack_wait=30.0,
    max_ack_pending=2000,
    also=(subjects.event("infraction.expired", "*"), subjects.event("infraction.amended", "*")),
)
"""Where a ban may have ended, and nothing else: an event that it need not hear costs it as much as one that it must."""
ABUSE_ERASURES = ConsumerSpec(
    EVENTS, "abuse-tracker-erasures", subjects.event("player.erased", "*"), ack_wait=30.0, max_ack_pending=2000
)
NOTIFIER_INTAKE = ConsumerSpec(COMMANDS, NOTIFIER, subjects.NOTIFIER_COMMANDS, ack_wait=30.0, max_ack_pending=2000)
FTP_SYNC_INTAKE = ConsumerSpec(COMMANDS, FTP_SYNC, subjects.FTP_SYNC_COMMANDS, ack_wait=30.0, max_ack_pending=2000)
DAYZ_INTAKE = ConsumerSpec(COMMANDS, DAYZ_FEED, subjects.DAYZ_COMMANDS, ack_wait=30.0, max_ack_pending=2000)
CONSUMERS = (
    INFRACTIONS_INTAKE,
    ABUSE_INTAKE,
    ABUSE_LISTENER,
    ABUSE_ERASURES,
    NOTIFIER_INTAKE,
    FTP_SYNC_INTAKE,
    DAYZ_INTAKE,
)
