"""Who may publish and subscribe to what on NATS: each user its own subjects and nothing else (design section 8).

Every user has an inbox of its own, `_INBOX.<user>.…`, which nobody else may read. Anybody who answers may publish to
inboxes: their names are random, and what comes there is matched to a question.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from banstream_contracts import streams, subjects
from banstream_contracts.streams import ConsumerSpec

GATEWAY = "gateway"
CONSOLE = "console"
OPERATOR = "operator"
"""The command line: whoever holds its password may do everything."""

SUBSCRIBERS_API = "banstream.subscribers.api"
"""Where JetStream of the account in `banstream_contracts.subscribers` is found, in place of `$JS.API`."""

_API = "$JS.API"


@dataclass(frozen=True, slots=True)
class Permissions:
    """The only subjects that a user may publish and subscribe to."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def inbox(user: str) -> str:
    """What the inboxes of a user begin with."""
    return f"_INBOX.{user}"


def of(user: str) -> Permissions | None:
    """What a user may do; None is everything. Raises KeyError for a name that is no user's."""
    return None if user == OPERATOR else _USERS[user]


def users() -> tuple[str, ...]:
    """Every user there is."""
    return (OPERATOR, *_USERS)


def _permissions(user: str, publish: Iterable[str], subscribe: Iterable[str] = ()) -> Permissions:
    return Permissions(tuple(sorted(set(publish))), (f"{inbox(user)}.>", *sorted(set(subscribe))))


def _decider(
    name: str,
    intake: ConsumerSpec,
    events: str,
    *,
    publish: Iterable[str] = (),
    buckets: Iterable[str] = (),
) -> Permissions:
    """A deciding service: it pulls its commands, relays its log, writes its buckets, answers its queries."""
    own = next(spec for spec in streams.STREAMS if spec.name == events)
    written = {f"KV_{bucket}": f"$KV.{bucket}.>" for bucket in buckets}
    return _permissions(
        name,
        (
            *_pulling(intake),
            *_making(intake),
            *own.subjects,
            *(_reading(events)),
            *written.values(),
            *(each for stream in written for each in _reading(stream)),
            subjects.dead(name),
            "_INBOX.>",
            *publish,
        ),
        (f"banstream.query.{name}.>",),
    )


def _pulling(spec: ConsumerSpec) -> tuple[str, ...]:
    """Take messages from a durable consumer and acknowledge them."""
    return (
        f"{_API}.CONSUMER.MSG.NEXT.{spec.stream}.{spec.name}",
        f"{_API}.CONSUMER.INFO.{spec.stream}.{spec.name}",
        f"$JS.ACK.{spec.stream}.{spec.name}.>",
    )


def _making(spec: ConsumerSpec) -> tuple[str, ...]:
    """Make a durable consumer anew, as a new leader does."""
    return tuple(f"{_API}.CONSUMER.{verb}.{spec.stream}.{spec.name}" for verb in ("DELETE", "DURABLE.CREATE"))


def _reading(stream: str) -> tuple[str, ...]:
    """See how a stream is, and single messages of it."""
    return (f"{_API}.STREAM.INFO.{stream}", f"{_API}.STREAM.MSG.GET.{stream}", f"{_API}.DIRECT.GET.{stream}.>")


def _purging(*names: str) -> tuple[str, ...]:
    """Take out what erased players left. NATS cannot bind a purge to subjects: who may, may empty the stream."""
    copied = (streams.EVENTS,) if streams.EVENTS in names else ()
    return (
        *(f"{_API}.STREAM.PURGE.{name}" for name in names),
        *(f"{SUBSCRIBERS_API}.STREAM.{verb}.{name}" for name in copied for verb in ("INFO", "PURGE")),
    )


def _following(stream: str) -> tuple[str, ...]:
    """Follow a stream by an ordered consumer of one's own."""
    return (
        f"{_API}.STREAM.INFO.{stream}",
        f"{_API}.CONSUMER.CREATE.{stream}",
        f"{_API}.CONSUMER.CREATE.{stream}.>",
        f"{_API}.CONSUMER.INFO.{stream}.*",
        f"{_API}.CONSUMER.DELETE.{stream}.*",
        f"$JS.FC.{stream}.>",
    )


def _serving_targets() -> tuple[str, ...]:
    """Durable consumers on EVENTS, one for each target; NATS cannot bind their names to one service."""
    events = streams.EVENTS
    return (
        *_reading(events),
        f"{_API}.CONSUMER.NAMES.{events}",
        f"{_API}.CONSUMER.INFO.{events}.*",
        f"{_API}.CONSUMER.DURABLE.CREATE.{events}.*",
        f"{_API}.CONSUMER.DELETE.{events}.*",
        f"{_API}.CONSUMER.MSG.NEXT.{events}.*",
        f"$JS.ACK.{events}.>",
    )


def _watching_health() -> tuple[str, ...]:
    """See how many commands wait for each service, and how many messages were put aside; read none of them."""
    waiting = (spec for spec in streams.CONSUMERS if spec.stream == streams.COMMANDS)
    return (
        f"{_API}.STREAM.INFO.{streams.DEAD}",
        *(f"{_API}.CONSUMER.INFO.{spec.stream}.{spec.name}" for spec in waiting),
    )


def _commands(*services: str) -> tuple[str, ...]:
    return tuple(f"banstream.command.{service}.>" for service in services)


def _queries(*services: str) -> tuple[str, ...]:
    return tuple(f"banstream.query.{service}.>" for service in services)


_DECIDERS = (streams.INFRACTIONS, streams.ABUSE_TRACKER, streams.NOTIFIER, streams.FTP_SYNC, streams.DAYZ_FEED)
_OWN_BUCKETS = (streams.PRESENCE_BUCKET, streams.RPC_CURSORS_BUCKET)

_WRITTEN_BY_CONSOLES = (streams.SESSIONS_BUCKET, streams.ATTEMPTS_BUCKET)
_OF_PEOPLE = (streams.ACCOUNTS_BUCKET, *_WRITTEN_BY_CONSOLES)
_WATCHED_BY_GATEWAYS = tuple(bucket.name for bucket in streams.BUCKETS if bucket.name not in _OF_PEOPLE)
_WATCHED_BY_CONSOLES = (*_OF_PEOPLE, streams.PRESENCE_BUCKET)

_USERS = {
    streams.INFRACTIONS: _decider(
        streams.INFRACTIONS,
        streams.INFRACTIONS_INTAKE,
        streams.INFRACTION_EVENTS,
        buckets=[bucket.name for bucket in streams.BUCKETS if bucket.follows_log],
        publish=(*_reading(streams.EVENTS), *_purging(streams.INFRACTION_EVENTS, streams.EVENTS)),
    ),
    streams.ABUSE_TRACKER: _decider(
        streams.ABUSE_TRACKER,
        streams.ABUSE_INTAKE,
        streams.ABUSE_EVENTS,
        publish=(
            *_pulling(streams.ABUSE_LISTENER),
            *_making(streams.ABUSE_LISTENER),
            *_pulling(streams.ABUSE_ERASURES),
            *_making(streams.ABUSE_ERASURES),
            *_reading(streams.EVENTS),
            *_purging(streams.ABUSE_EVENTS, streams.EVENTS),
            *_commands(streams.INFRACTIONS, streams.ABUSE_TRACKER),
        ),
    ),
    streams.NOTIFIER: _decider(
        streams.NOTIFIER,
        streams.NOTIFIER_INTAKE,
        streams.NOTIFIER_EVENTS,
        publish=(
            *_serving_targets(),
            *_commands(streams.NOTIFIER),
            *_queries(streams.INFRACTIONS),
            *_reading(f"KV_{streams.CREDENTIALS_BUCKET}"),
        ),
    ),
    streams.FTP_SYNC: _decider(
        streams.FTP_SYNC,
        streams.FTP_SYNC_INTAKE,
        streams.FTP_SYNC_EVENTS,
        publish=(
            *_serving_targets(),
            *_commands(streams.FTP_SYNC),
            *_queries(streams.INFRACTIONS, streams.ABUSE_TRACKER),
        ),
    ),
    streams.DAYZ_FEED: _decider(
        streams.DAYZ_FEED,
        streams.DAYZ_INTAKE,
        streams.DAYZ_EVENTS,
        publish=(*_commands(streams.DAYZ_FEED, streams.ABUSE_TRACKER), subjects.QUERY_ABUSE_COMMAND),
    ),
    GATEWAY: _permissions(
        GATEWAY,
        (
            *_commands(*_DECIDERS),
            *_queries(*_DECIDERS),
            *_following(streams.EVENTS),
            *(each for bucket in _WATCHED_BY_GATEWAYS for each in _following(f"KV_{bucket}")),
            *(each for bucket in _OWN_BUCKETS for each in (f"$KV.{bucket}.>", *_reading(f"KV_{bucket}"))),
        ),
    ),
    CONSOLE: _permissions(
        CONSOLE,
        (
            *_commands(*_DECIDERS),
            *_queries(*_DECIDERS),
            *(each for bucket in _WATCHED_BY_CONSOLES for each in _following(f"KV_{bucket}")),
            *(each for bucket in _WRITTEN_BY_CONSOLES for each in (f"$KV.{bucket}.>", *_reading(f"KV_{bucket}"))),
            *_following(streams.EVENTS),
            f"{_API}.CONSUMER.MSG.NEXT.{streams.EVENTS}.*",
            *_watching_health(),
        ),
    ),
}
