"""Durations and moments as operators write and read them."""

import re
from datetime import UTC, datetime, timedelta

_UNITS = {"w": 7 * 86_400, "d": 86_400, "h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(r"^(?:[0-9]{1,9}[wdhms])+$")
_PART = re.compile(r"([0-9]+)([wdhms])")

PERMANENT = "permanent"


def parse_duration(text: str) -> int:
    """Seconds of `7d`, `12h`, `30m` or `1d12h`. Raises ValueError."""
    if not _DURATION.match(text):
        raise ValueError(f"{text!r} is no duration; write 7d, 12h, 30m or 1d12h")
    seconds = sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    if seconds == 0:
        raise ValueError("a duration is longer than nothing")
    return seconds


def parse_lifetime(text: str) -> int | None:
    """Seconds, or None for `permanent`. Raises ValueError."""
    return None if text == PERMANENT else parse_duration(text)


def parse_moment(text: str, now: datetime) -> datetime:
    """A date, a time, or how long ago (`10m`). One without a zone is local. Raises ValueError."""
    if _DURATION.match(text):
        return _ago(parse_duration(text), now)
    try:
        return parse_time(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time; write 10m (ago), 2026-01-31 or 2026-01-31T12:00:00Z") from None


def parse_time(text: str) -> datetime:
    """A date or a time. One without a zone is local. Raises ValueError."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):  # the first and the last year have days that other zones do not know
        raise ValueError(f"{text!r} is no time; write 2026-01-31 or 2026-01-31T12:00:00Z") from None


def show_duration(seconds: int) -> str:
    """In the largest units that fit: `7d`, `1d12h`."""
    parts = []
    for unit, size in list(_UNITS.items())[1:]:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def show_moment(moment: datetime | str, *, utc: bool = False) -> str:
    """To the second: local time with its offset, or UTC; an offset of zero is a Z. `parse_moment` reads it again.

    What is no time there is shown as it is.
    """
    try:
        known = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        shown = known.astimezone(UTC if utc else None)
    except (ValueError, OverflowError):  # as above
        return str(moment)
    if shown.utcoffset():
        return shown.isoformat(" ", "seconds")
    return f"{shown.replace(tzinfo=None).isoformat('T' if utc else ' ', 'seconds')}Z"


def _ago(seconds: int, now: datetime) -> datetime:
    try:
        return now - timedelta(seconds=seconds)
    except OverflowError:
        raise ValueError("that is before all time") from None
