"""What the list of bans is asked for, from the parameters of an address. Pure."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from banstream_console.access.people import Person
from banstream_console.problems.exceptions import Unfit
from banstream_console.problems.field_errors import Wrong
from banstream_console.staff.listing import MOMENT_AND_ID, PAGE_LENGTH, Filters
from banstream_console.staff.players_named import as_searched
from banstream_contracts.queries.search import SearchInfractions

PARAMETERS = (
    "search",
    "state",
    "punishment",
    "category",
    "severity",
    "scope",
    "server",
    "service",
    "issuer",
    "since",
    "until",
)
MINE = "me"
_YEARS = range(1970, 2201)


def question_of(filters: Filters, person: Person, zone: ZoneInfo) -> SearchInfractions:
    """What an address asks for; both days of a span belong to it. Raises Unfit or ValidationError."""
    issuer = filters.get("issuer")
    last = _day(filters, "until", zone)
    return SearchInfractions.model_validate(
        {
            "search": as_searched(filters.get("search")),
            "state": filters.get("state"),
            "punishment": filters.get("punishment"),
            "category": filters.get("category"),
            "severity": filters.get("severity"),
            "scope": filters.get("scope"),
            "server_id": filters.get("server"),
            "player_service": filters.get("service"),
            "issuer_id": person.account.id if issuer == MINE else issuer,
            "since": _day(filters, "since", zone),
            "until": last + timedelta(days=1) if last else None,
            "cursor": filters.cursor(MOMENT_AND_ID),
            "limit": PAGE_LENGTH,
        }
    )


def _day(filters: Filters, name: str, zone: ZoneInfo) -> datetime | None:
    """The beginning of a day; years near the ends of datetime are refused. Raises Unfit."""
    given = filters.get(name)
    if given is None:
        return None
    try:
        day = date.fromisoformat(given)
    except ValueError:
        day = date.min
    if day.year not in _YEARS:
        raise Unfit({name: Wrong("day")})
    return datetime.combine(day, time(), zone)
