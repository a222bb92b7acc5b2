"""The logs of all services as one list, the last recorded first. Pure.

Each log has positions of its own, so a place in the list is a position in each log. Events of a log keep its order,
also where its clock was set back: one that says a later time than a newer one stands directly behind that.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from banstream_console.problems.exceptions import Unfit
from banstream_console.problems.field_errors import Wrong
from banstream_contracts import streams
from banstream_contracts.queries.audit import EventPage
from banstream_contracts.queries.infractions import HistoryEntry

SERVICES = (streams.INFRACTIONS, streams.ABUSE_TRACKER, streams.NOTIFIER, streams.FTP_SYNC, streams.DAYZ_FEED)

END = 0
"""The place before a whole log: there is nothing more of it."""

_LETTERS = dict(zip("ianfd", SERVICES, strict=True))
_STEP = re.compile(r"([ianfd])([0-9]{1,18})")

Places = Mapping[str, int]
"""By service the position before which to go on; services that are not named begin at their end."""


@dataclass(frozen=True, slots=True)
class Line:
    """One event and whose log it is in."""

    service: str
    entry: HistoryEntry


def cursor_of(places: Places) -> str:
    """As it stands in an address."""
    letters = {service: letter for letter, service in _LETTERS.items()}
    return "-".join(f"{letters[service]}{position}" for service, position in places.items())


def places_of(cursor: str | None) -> dict[str, int]:
    """The inverse. Raises Unfit."""
    places: dict[str, int] = {}
    for step in (cursor or "").split("-") if cursor else ():
        found = _STEP.fullmatch(step)
        if found is None:
            raise Unfit({"cursor": Wrong("cursor")})
        places[_LETTERS[found[1]]] = int(found[2])
    return places


def merged(pages: Mapping[str, EventPage], places: Places, limit: int) -> tuple[list[Line], dict[str, int] | None]:
    """The lines to show of one page of each log that answered, and where to go on; None at the end of all.

    What is older than where some log was left may have something of that log before it, so it waits.
    """
    horizon = max((min(_times(page)) for page in pages.values() if page.next_at), default=None)
    placed = [each for service, page in pages.items() for each in _placed(service, page)]
    ordered = sorted((each for each in placed if horizon is None or each[0] >= horizon), key=_order, reverse=True)
    ready = [line for _, line in ordered[:limit]]
    following = {service: _next(service, pages[service], ready, places) for service in pages}
    kept = {service: position for service, position in places.items() if service not in pages}
    if all(position == END for position in following.values()):
        return ready, None
    return ready, {**kept, **{service: place for service, place in following.items() if place is not None}}


def _placed(service: str, page: EventPage) -> Iterator[tuple[datetime, Line]]:
    """Each event with the time that places it, which is never later than that of a newer one."""
    for entry, at in zip(page.items, accumulate(_times(page), min), strict=False):
        yield at, Line(service, entry)


def _times(page: EventPage) -> list[datetime]:
    """Of its events, and of where it was left."""
    return [entry.recorded_at for entry in page.items] + ([page.next_at] if page.next_at else [])


def _order(placed: tuple[datetime, Line]) -> tuple[datetime, int, int]:
    at, line = placed
    return at, -SERVICES.index(line.service), line.entry.position


def _next(service: str, page: EventPage, shown: Sequence[Line], places: Places) -> int | None:
    """Before which position this log goes on; None where nothing of it was shown yet."""
    own = [line.entry.position for line in shown if line.service == service]
    if len(own) == len(page.items):
        return END if page.next is None else page.next
    return min(own) if own else places.get(service)
