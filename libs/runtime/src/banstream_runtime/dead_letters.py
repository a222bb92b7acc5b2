"""What could not be handled is put aside with its reason, never dropped."""

from nats.aio.client import Client
from nats.aio.msg import Msg
from prometheus_client import Counter

from banstream_contracts import headers, subjects

_KEPT = ("traceparent", "tracestate", headers.EVENT_ID)
_ROOM_FOR_HEADERS = 8192

DEAD_LETTERS = Counter("banstream_dead_letters_total", "Messages put aside, by the consumer that did", ["consumer"])


async def bury(client: Client, service: str, message: Msg, reason: str, *, consumer: str = "") -> None:
    """Copy a JetStream message to the dead letters of `service` with where it came from and why it is there.

    `consumer` is whose message it was, where that is not the service's own: NATS lets a service publish dead letters
    under its own name only.
    The caller acknowledges the original only after this returned: a dead letter is then never lost either, and
    one that comes again meanwhile is stored once. Of its headers only the trace and an event's id go along: a
    header that means something to JetStream could have the letter refused, and its consumer would stand still.
    """
    origin, whose = message.metadata, consumer or service
    sent = message.headers or {}
    data = message.data[: client.max_payload - _ROOM_FOR_HEADERS]
    await client.jetstream().publish(
        subjects.dead(service),
        data,
        headers={
            **{name: sent[name] for name in _KEPT if name in sent},
            headers.MESSAGE_ID: f"dead {whose} {origin.stream} {origin.sequence.stream} {origin.timestamp}",
            headers.DEAD_CONSUMER: whose,
            headers.DEAD_SUBJECT: message.subject,
            headers.DEAD_REASON: _one_line(reason),
            **({headers.DEAD_CUT: str(len(message.data))} if len(data) < len(message.data) else {}),
        },
    )
    DEAD_LETTERS.labels(whose).inc()


def _one_line(reason: str) -> str:
    """A header holds no line break; 1,000 characters are enough to see what is wrong."""
    return " ".join(reason.split())[:1000].encode("ascii", "replace").decode()
