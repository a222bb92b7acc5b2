"""HTTP webhooks: a CloudEvent in structured mode, signed by the Standard Webhooks scheme."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
import orjson
from standardwebhooks import Webhook

from banstream_notifier.destinations import Destination
from banstream_notifier.envelope import Envelope, cloud_event
from banstream_notifier.outcomes import Gone, Sent, TryLater
from banstream_notifier.outside import Answer, request

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
USER_AGENT = "banstream-notifier/0.1.0"
_GONE = 410
_ASKED_TO_WAIT = frozenset({429, 503})
_LONGEST_WAIT = 3600.0


async def send(session: aiohttp.ClientSession, destination: Destination, told: Envelope, now: datetime) -> Sent:
    """Send one event; any 2xx is success. Raises NotSent."""
    body = orjson.dumps(cloud_event(told))
    sent = {"Content-Type": CONTENT_TYPE, "User-Agent": USER_AGENT, **signed(destination, told, body, now)}
    answer = await request(session, "POST", destination.url, is_read=False, data=body, headers=sent)
    if 200 <= answer.status < 300:  # noqa: PLR2004 - every 2xx
        return Sent(answer.status)
    if answer.status == _GONE:
        raise Gone(f"{answer.status}: the receiver wants no more", answer.status)
    said = "a redirect, where nothing is sent" if 300 <= answer.status < 400 else "not accepted"  # noqa: PLR2004
    raise TryLater(f"{answer.status}: {said}", answer.status, _retry_after(answer, now))


def signed(destination: Destination, told: Envelope, body: bytes, now: datetime) -> dict[str, str]:
    """The three headers. The id is the event's, the same in every try: by it receivers know what they have."""
    webhook_id = str(told.event_id)
    now = now.astimezone(UTC)
    signature = Webhook(destination.secret or "").sign(webhook_id, now, body.decode())
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }


def _retry_after(answer: Answer, now: datetime) -> float | None:
    """Whole seconds or a date; anything else is left to our own pauses."""
    value = answer.headers.get("Retry-After", "")
    if answer.status not in _ASKED_TO_WAIT:
        return None
    try:
        seconds = float(value) if value.isdecimal() else (parsedate_to_datetime(value) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):  # no date, one without a zone, or none of the calendar
        return None
    return min(max(seconds, 0.0), _LONGEST_WAIT)
