"""Text that players and staff wrote, without what tells where somebody is or who they are elsewhere. Pure.

Coordinates give bases away; ids and addresses lead to people. A mark stands where something was taken out, so
that a reader sees that there was more.
"""

import re
from collections.abc import Iterable

MASK = "▒▒▒"

_NUMBER = r"[-+]?\d+(?:[.,]\d+)?"
_BETWEEN = r"\s*[,;/|]\s*|\s+"
_PLACE_WORDS = r"pos(?:ition)?|posi(?:ción|ção)|coords?|coord(?:inate|enada)s?|local(?:ização)?|grid"
_ADDRESSES = (
    r"(?<![\w:])(?=[0-9a-f:]{0,35}::|(?:[0-9a-f]{1,4}:){7})[0-9a-f:]{3,45}(?:\.\d{1,3}){0,3}",
    r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?![\d.])",
    r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}",
)
_IDS = (
    r"\bsteam_\d:\d:\d+",
    r"\[[a-z]:\d:\d+(?::\d+)?\]",
    r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b",
    r"(?<![\w-])[a-z0-9_-]{43}=",
    r"\b(?=[0-9a-f]*\d)[0-9a-f]{16,}\b",
    r"\d{7,}",
)
_COORDINATES = (
    rf"[(<\[{{]\s*{_NUMBER}(?:(?:{_BETWEEN}){_NUMBER}){{1,2}}\s*[)>\]}}]",
    rf"\b[xyz]\s*[:=]?\s*{_NUMBER}(?:(?:{_BETWEEN})?\s*[xyz]\s*[:=]?\s*{_NUMBER}){{1,2}}",
    rf"(?:\b(?:{_PLACE_WORDS})|坐标)\s*[:=]?\s*[(<\[]?\s*{_NUMBER}(?:(?:{_BETWEEN}){_NUMBER}){{0,2}}\s*[)>\]]?",
    rf"(?<![\w.]){_NUMBER}(?:\s*[,;/|]\s*{_NUMBER}){{2}}(?![\w.])",
    r"(?<![\w.])[-+]?\d{2,5}[.,]\d+(?:\s*[,;/|]\s*|\s+)[-+]?\d{2,5}[.,]\d+(?![\w.])",
    r"(?<![\w.])\d{3,5}(?:\s*[;/|]\s*|,\s+|\s+)\d{3,5}(?![\w.])",
    r"(?<![\w.])\d{4,5},\d{4,5}(?![\w.])",
)


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


_IDENTIFYING = _any_of((*_ADDRESSES, *_IDS))
_PLACES = _any_of(_COORDINATES)
_MAY_IDENTIFY = re.compile(r"[:.@=-]|\d{7}|[0-9a-fA-F]{16}")
_MAY_BE_A_PLACE = re.compile(r"\d\D+\d|(?:[PpCcLl][Oo]|[Gg][Rr]|坐标)\D*\d")
"""What no match does without: most texts hold neither, which is seen at a fraction of the cost."""


def without_places(text: str) -> str:
    """The text without what looks like coordinates: pairs in brackets, triples, `x: 1 y: 2`, `pos 123 456`."""
    return _PLACES.sub(MASK, text) if _MAY_BE_A_PLACE.search(text) else text


def without_identifiers(text: str) -> str:
    """The text without network and e-mail addresses, ids of platforms, and numbers of seven digits or more."""
    return _IDENTIFYING.sub(MASK, text) if _MAY_IDENTIFY.search(text) else text


def masked(text: str) -> str:
    """The text without either: what may be shown to everybody, and searched by everybody."""
    return without_places(without_identifiers(text))
