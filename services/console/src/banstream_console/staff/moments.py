"""A day and time as a form has it, in the site's zone. Pure."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from banstream_console.problems.exceptions import Unfit
from banstream_console.problems.field_errors import Wrong

_YEARS = range(2000, 9001)


def read_moment(text: str, field: str, zone: ZoneInfo) -> datetime:
    """What was typed; one that names its zone is of that. Raises Unfit."""
    if not text:
        raise Unfit({field: Wrong("needed")})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unfit({field: Wrong("moment")}) from None
    if moment.year not in _YEARS:
        raise Unfit({field: Wrong("millennium")})
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def typed(moment: datetime, zone: ZoneInfo) -> str:
    """As the field of a form has it."""
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(timespec="seconds")
