"""One event as one line: for people, or as a CloudEvent in JSON."""

from collections.abc import Mapping
from typing import Any

import orjson
from nats.aio.msg import Msg

from banstream_cli.arguments.times import show_moment
from banstream_cli.shown.wording import STYLES, actor, event_details, reason, whom
from banstream_contracts import headers
from banstream_contracts.public_events import published
from banstream_event_log.events import LoggedEvent

_PREFIX = "banstream."

Parts = list[tuple[str, str]]


def cloud_event_of(message: Msg) -> dict[str, Any]:
    """A message of EVENTS in CloudEvents' JSON format."""
    given = message.headers or {}
    return {
        "specversion": "1.0",
        "id": given.get(headers.EVENT_ID),
        "type": given.get(headers.EVENT_TYPE),
        "source": given.get(headers.EVENT_SOURCE),
        "subject": given.get(headers.EVENT_SUBJECT),
        "time": given.get(headers.EVENT_TIME),
        "position": int(given.get(headers.EVENT_POSITION, "0")),
        "datacontenttype": "application/json",
        "data": _body(message),
    }


def cloud_event_from_log(event: LoggedEvent, source: str = headers.SOURCE_INFRACTIONS) -> dict[str, Any]:
    """A row of a log in the form in which it was published: what is private stays in the log."""
    occurred_at = event.occurred_at.isoformat().replace("+00:00", "Z")
    given = headers.cloud_event(
        event_id=event.event_id,
        event_type=event.type,
        source=source,
        subject=event.stream,
        occurred_at=event.occurred_at,
        position=event.position,
    )
    return {
        "specversion": "1.0",
        "id": given[headers.EVENT_ID],
        "type": given[headers.EVENT_TYPE],
        "source": given[headers.EVENT_SOURCE],
        "subject": given[headers.EVENT_SUBJECT],
        "time": given[headers.EVENT_TIME],
        "position": event.position,
        "datacontenttype": "application/json",
        "data": published({**event.data, "type": event.type, "actor": dict(event.actor), "occurred_at": occurred_at}),
    }


def line(event: Mapping[str, Any], *, utc: bool) -> Parts:
    """Time, type, whom, what, why and by whom, each with its style."""
    body: Mapping[str, Any] = event.get("data") or {}
    event_type = str(event.get("type") or "-").removeprefix(_PREFIX)
    why = reason(body)
    return [
        (show_moment(str(event.get("time") or "-"), utc=utc), "dim"),
        (event_type, STYLES.get(event_type, "magenta")),
        (whom(body), "bold"),
        (event_details(event_type, body, utc=utc), ""),
        (f'"{why}"' if why else "", ""),
        (f"by {actor(body.get('actor') or {})}", "dim"),
    ]


def _body(message: Msg) -> dict[str, Any]:
    """Whatever cannot be read is shown as empty: the tail goes on."""
    try:
        body = orjson.loads(message.data)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}
