"""How long a ban lasts, as people type it. Pure."""

import re

from banstream_contracts.infractions import MAX_DURATION_SECONDS

PERMANENT = "permanent"
_FOR_EVER = frozenset({PERMANENT, "perm", "permanente", "永久"})
_UNITS = {"w": 7 * 86_400, "d": 86_400, "h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:[0-9]{1,9}[wdhms])+")
_PART = re.compile(r"([0-9]+)([wdhms])")


def seconds_of(text: str) -> int | None:
    """Seconds of `7d`, `12h`, `1d12h`; None for one that never ends. Raises ValueError."""
    plain = text.replace(" ", "").lower()
    if plain in _FOR_EVER:
        return None
    if not _DURATION.fullmatch(plain):
        raise ValueError("is no duration")
    seconds = sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(plain))
    if not 0 < seconds <= MAX_DURATION_SECONDS:
        raise ValueError("is nothing, or more than a hundred years")
    return seconds
