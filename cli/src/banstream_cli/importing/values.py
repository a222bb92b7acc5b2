"""Values as other systems write them: times, ends that never come, ids, addresses, texts. Pure.

Everything raises ValueError whose message says what was found.
"""

import math
import re
from datetime import UTC, datetime, tzinfo
from ipaddress import ip_address
from typing import Any

from banstream_cli.importing.rows import REPLACED, as_text
from banstream_contracts.players import Player
from banstream_privacy.addresses import canonical_address, is_nobodys

NEVER = frozenset(
    {
        *("", "0", "-1", "false", "none", "null", "nil", "\\n", "n/a", "-"),
        *("never", "forever", "permanent", "perm", "infinity", "infinite"),
    }
)
"""Ends that never come, in lower case."""

_FAR_YEAR = 2900
"""Ends from then on are another way to say never."""

_LONGEST_NUMBER = 30
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]*)?")
_OFFSET = re.compile(r"\s+([+-][0-9]{2}:?[0-9]{2})$")
_ZONE_NAMES = re.compile(r"\s*(?:UTC|GMT)$", re.IGNORECASE)
_STEAM_HEX = re.compile(r"(?:steam:)?(1100001[0-9a-f]{8})", re.IGNORECASE)
_LONGEST_SHOWN = 60


def shown(value: object) -> str:
    """What was found, short enough for a message."""
    text = as_text(value)
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…")


def number(value: object, what: str) -> int:
    """A whole number, or a text of one; what stands behind a decimal point is left out."""
    match value:
        case int() if not isinstance(value, bool):
            return value
        case float() if math.isfinite(value):
            return int(value)
        case str() if len(value) <= _LONGEST_NUMBER and _NUMBER.fullmatch(value.strip()):
            return int(value.strip().partition(".")[0])
        case _:
            raise ValueError(f"{what} is {shown(value)}, no number")


def of_seconds(value: object, what: str = "the time") -> datetime:
    """Seconds since 1970, as a number or its text."""
    return _since_1970(number(value, what), 1, what)


def of_milliseconds(value: object, what: str = "the time") -> datetime:
    """Milliseconds since 1970, as a number or its text."""
    return _since_1970(number(value, what), 1000, what)


def of_text(value: object, zone: tzinfo, what: str = "the time") -> datetime:
    """`2026-01-31 12:00:00 +0100`, ISO 8601; one that names no zone is in `zone`."""
    written = value.strip() if isinstance(value, str) else ""
    try:
        moment = datetime.fromisoformat(_OFFSET.sub(r"\1", _ZONE_NAMES.sub("+00:00", written)))
        aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{what} is {shown(value)}, which is no time like 2026-01-31 12:00:00 +0100") from None


def is_never(value: object) -> bool:
    """Whether it is one of the ways to say that there is no end: nothing, false, 0, -1, "forever" and so on."""
    if value is None or value is False:
        return True
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value in {0, -1}
    return isinstance(value, str) and value.strip().lower() in NEVER


def begin_of_seconds(value: object, what: str = "when it was issued") -> datetime | None:
    """When it began by seconds since 1970; None where nothing or 0 says so."""
    return None if is_never(value) else of_seconds(value, what)


def end_of_seconds(value: object, what: str = "its end") -> datetime | None:
    """When it ends by seconds since 1970; None for never, and for what is so far away that it is meant so."""
    return None if is_never(value) else _unless_far(of_seconds(value, what))


def end_of_milliseconds(value: object, what: str = "its end") -> datetime | None:
    """The same by milliseconds."""
    return None if is_never(value) else _unless_far(of_milliseconds(value, what))


def end_of_text(value: object, zone: tzinfo, what: str = "its end") -> datetime | None:
    """The same by text."""
    return None if is_never(value) else _unless_far(of_text(value, zone, what))


def text(value: object) -> str | None:
    """A text as it is, a number as its digits; None where there is nothing to read."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return str(value) if str(value).strip() else None


def player(service: str, value: object) -> Player:
    """A player in canonical form; of Steam every form of an id, that of FiveM (`steam:110000…`) too."""
    found = None if isinstance(value, float) else text(value)
    if found is None:
        raise ValueError(f"the {service} id is {shown(value)}, no id")
    if REPLACED in found:
        raise ValueError(f"the {service} id {shown(found)} holds what is no UTF-8; write the file as UTF-8")
    return Player(service=service, id=_steam(found.strip()) if service == "steam" else found.strip())


def address(value: object) -> str:
    """A single address, canonical."""
    if isinstance(value, bytes) and len(value) in {4, 16}:
        return _somebodys(canonical_address(_of_bytes(value)))
    found = text(value)
    if found is None:
        raise ValueError(f"the IP address is {shown(value)}")
    if any(sign in found for sign in "*/") or " - " in found or re.fullmatch(r"[0-9.]+-[0-9.]+", found.strip()):
        raise ValueError(f"{shown(found)} is a range: single addresses are banned, ranges marked (banstream vpn add)")
    try:
        return _somebodys(canonical_address(found))
    except ValueError as error:
        raise ValueError(f"{shown(found)}: {error}") from None


def members(value: object) -> dict[str, Any]:
    """An object of JSON."""
    match value:
        case dict():
            return value
        case _:
            raise ValueError(f"{shown(value)} stands where an object was expected")


def _since_1970(count: int, parts: int, what: str) -> datetime:
    try:
        return datetime.fromtimestamp(count // parts, UTC).replace(microsecond=count % parts * (1_000_000 // parts))
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"{what} is {shown(count)}, which is in no year that there is") from None


def _unless_far(moment: datetime) -> datetime | None:
    return moment if moment.year < _FAR_YEAR else None


def _steam(found: str) -> str:
    if in_hex := _STEAM_HEX.fullmatch(found):
        return str(int(in_hex[1], 16))
    return found.upper()


def _of_bytes(value: bytes) -> str:
    return str(ip_address(value))


def _somebodys(found: str) -> str:
    if is_nobodys(found):
        raise ValueError(f"{found} is no address of a player")
    return found
