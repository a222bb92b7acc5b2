"""How long something lasts, as people type and read it. Pure."""

import re

from banstream_console.problems.exceptions import Unfit
from banstream_console.problems.field_errors import Wrong
from banstream_contracts.infractions import MAX_DURATION_SECONDS

PERMANENT = "permanent"
_UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_PART = re.compile(r"([0-9]{1,10})\s*([wdhms])")
_DAYS = (1, 3, 7, 14, 30, 90, 180, 365)

CHOICES = (*(str(days * 86_400) for days in _DAYS), PERMANENT)
"""Seconds, or `permanent`."""


def chosen(given: str, field: str = "duration") -> int | None:
    """Seconds of a choice, None for good. Raises Unfit for what is none of them."""
    if given not in CHOICES:
        raise Unfit({field: Wrong("choice")})
    return None if given == PERMANENT else int(given)


def seconds_of(text: str, field: str) -> int:
    """`7d`, `1d 12h`, or seconds as a number. Raises Unfit."""
    typed = text.strip().lower()
    parts = _PART.findall(typed)
    if typed.isascii() and typed.isdigit():
        seconds = int(typed[:12])
    elif parts and not _PART.sub("", typed).strip():
        seconds = sum(int(number) * _UNITS[unit] for number, unit in parts)
    else:
        raise Unfit({field: Wrong("duration")})
    if not 1 <= seconds <= MAX_DURATION_SECONDS:
        raise Unfit({field: Wrong("duration-range")})
    return seconds


def written(seconds: int | None) -> str:
    """`1d 12h`, as it can be typed; empty for none."""
    said: list[str] = []
    left = seconds or 0
    for unit in ("d", "h", "m", "s"):
        number, left = divmod(left, _UNITS[unit])
        if number:
            said.append(f"{number}{unit}")
    return " ".join(said)
