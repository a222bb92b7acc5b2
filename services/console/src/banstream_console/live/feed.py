"""The newest events that concern staff, in memory: filled from EVENTS, and told to whoever watches."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from banstream_console.live import events
from banstream_console.live.pulse import Pulse
from banstream_contracts import headers, subjects

logger = structlog.stdlib.get_logger(__name__)

KINDS = (
    "infraction.issued",
    "infraction.amended",
    "infraction.lifted",
    "infraction.reinstated",
    "request.opened",
    "request.approved",
    "request.rejected",
    "appeal.opened",
    "appeal.decided",
    "abuse.threshold_reached",
    "abuse.alert_raised",
    "call.opened",
    "target.broken",
    "ban_file.drifted",
    "ban_file.refused",
    "ban_file.failed",
    "ban_file.recovered",
    "player.erased",
)
"""What staff want to see as it happens; the rest is in the audit log, and so is each infraction of an import."""
LENGTH = 40
_LOOK_BACK = 5_000
"""Messages of EVENTS that are looked through at the start, whatever they are about."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event as it was published, without what is private."""

    id: str
    kind: str
    at: datetime
    actor: Mapping[str, Any]
    event: Mapping[str, Any]

    @property
    def player(self) -> tuple[str, str] | None:
        """Service and id of whom it is about."""
        match self.event.get("player"):
            case {"service": str(service), "id": str(player_id)}:
                return service, player_id
            case _:
                return None

    @property
    def infraction_id(self) -> str | None:
        """The infraction that it is about."""
        found = self.event.get("infraction_id")
        return str(found) if found else None


class Feed:
    """The newest first, each once; `pulse` rings with every one."""

    def __init__(self, pulse: Pulse) -> None:
        self.pulse = pulse
        self.is_known = False
        """Whether EVENTS was read, ever."""
        self._held: deque[Happening] = deque(maxlen=LENGTH)
        self._ids: set[str] = set()

    def newest(self, most: int) -> list[Happening]:
        """At most so many."""
        return list(self._held)[:most]

    def take(self, happening: Happening) -> None:
        """One more; an event that was read again after a gap is not told twice."""
        if happening.id in self._ids:
            return
        if len(self._held) == LENGTH:
            self._ids.discard(self._held[-1].id)
        self._held.appendleft(happening)
        self._ids.add(happening.id)
        self.pulse.change()


def happening_of(message_headers: Mapping[str, str], body: bytes) -> Happening | None:
    """What a message of EVENTS says; None for what cannot be read."""
    try:
        event = orjson.loads(body)
        kind = message_headers[headers.EVENT_TYPE].removeprefix("banstream.")
        at = datetime.fromisoformat(message_headers[headers.EVENT_TIME])
        actor = event.get("actor") or {}
        return Happening(message_headers[headers.EVENT_ID], kind, at, actor, event)
    except (ValueError, KeyError, AttributeError):
        return None


async def follow(client: Client, feed: Feed) -> None:
    """Keep the feed filled until cancelled; after a break it is read anew from a little before."""

    def begin() -> None:
        feed.is_known = True

    def take(message: Msg) -> None:
        happening = happening_of(message.headers or {}, message.data)
        if happening is None:
            logger.warning("unreadable_event", subject=message.subject)
        elif happening.event.get("import_id") is None:
            feed.take(happening)

    filters = [subjects.event(kind, "*") for kind in KINDS]
    await events.follow(client, filters, take, begin=begin, look_back=_LOOK_BACK)
