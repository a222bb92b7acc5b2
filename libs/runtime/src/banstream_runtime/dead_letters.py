"""What could not be handled is put aside with its reason, never dropped."""

from nats.aio.msg import Msg
from nats.js import JetStreamContext

from banstream_contracts import headers, subjects


async def bury(jetstream: JetStreamContext, consumer: str, message: Msg, reason: str) -> None:
    """Copy a JetStream message to the dead letters of `consumer` with where it came from and why it is there.

    The caller acknowledges the original only after this returned: a dead letter is then never lost either, and
    one that comes again meanwhile is stored once.
    """
    origin = message.metadata
    kept = {name: value for name, value in (message.headers or {}).items() if name != headers.MESSAGE_ID}
    await jetstream.publish(
        subjects.dead(consumer),
        message.data,
        headers={
            **kept,
            headers.MESSAGE_ID: f"dead {consumer} {origin.stream} {origin.sequence.stream} {origin.timestamp}",
            headers.DEAD_CONSUMER: consumer,
            headers.DEAD_SUBJECT: message.subject,
            headers.DEAD_REASON: _one_line(reason),
        },
    )


def _one_line(reason: str) -> str:
    """A header holds no line break; 1,000 characters are enough to see what is wrong."""
    return " ".join(reason.split())[:1000].encode("ascii", "replace").decode()
