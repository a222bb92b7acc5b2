"""Whatever happens to an infraction may change the wall."""

from datetime import UTC, datetime

from nats.aio.client import Client
from nats.aio.msg import Msg

from banstream_console.live import events
from banstream_console.live.pulse import Pulse
from banstream_contracts import headers, subjects


async def follow(client: Client, pulse: Pulse, delay_minutes: float) -> None:
    """Ring for every event of an infraction until cancelled; and after every gap, since events may have been in it.

    What happened while nobody looked is in the next answer anyway.
    """

    def take(message: Msg) -> None:
        pulse.change()
        if delay_minutes:
            pulse.change_in(_until_shown(message, delay_minutes))

    await events.follow(client, [subjects.INFRACTION_EVENTS], take, begin=pulse.change)


def _until_shown(message: Msg, delay_minutes: float) -> float:
    """Seconds until what happened may be seen; a time that cannot be read counts from now."""
    now = datetime.now(UTC)
    try:
        happened = datetime.fromisoformat((message.headers or {})[headers.EVENT_TIME])
    except (KeyError, ValueError):
        happened = now
    return delay_minutes * 60 - (now - happened).total_seconds()
