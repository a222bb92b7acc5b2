"""Text that players and staff wrote, without what tells where somebody is or who they are elsewhere. Pure.

Coordinates give bases away; ids and addresses lead to people. A mark stands where something was taken out, so
that a reader sees that there was more.
"""

import re
from collections.abc import Iterable

MASK = "▒▒▒"

_NUMBER = r"[-+]?\d++(?:[.,]\d++)?"
_BLANK = r"\s*+"
"""Taken as a whole, as all blanks here: giving some of them back would take hours for a text of blanks."""
_SEPARATOR = rf"{_BLANK}[,;/|]{_BLANK}"
_BETWEEN = rf"{_SEPARATOR}|\s++"
_BEGIN, _END = r"(?<!\w)(?<!\d\.)", r"(?!\w|\.\d)"
"""Of numbers: a full stop behind the last one ends the sentence."""
_WORD = r"(?:\b(?:pos(?:ition)?|posi(?:ción|ção)|coords?|coord(?:inate|enada)s?|local(?:ização)?|grid)|坐标)"
_ADDRESSES = (
    r"(?<![\w:])(?=[0-9a-f:]{0,35}::|(?:[0-9a-f]{1,4}:){7})[0-9a-f:]{3,45}(?:\.\d{1,3}){0,3}",
    r"(?<!\d)(?<!\d\.)\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?!\.?\d)",
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
_FAR = r"\d{3,5}(?:\.\d++)?"
"""The game writes whole metres without a point."""
_TOLD = rf"{_BLANK}[:=]?{_BLANK}"
_COORDINATES = (
    rf"[(<\[{{]{_BLANK}{_NUMBER}(?:(?:{_BETWEEN}){_NUMBER}){{1,2}}{_BLANK}[)>\]}}]",
    rf"\b[xyz]{_TOLD}{_NUMBER}(?:(?:{_BETWEEN})?[xyz]{_TOLD}{_NUMBER}){{1,2}}",
    rf"{_WORD}{_TOLD}[(<\[]?{_BLANK}{_NUMBER}(?:(?:{_BETWEEN}){_NUMBER}){{0,2}}{_BLANK}[)>\]]?",
    rf"{_BEGIN}{_NUMBER}(?:{_SEPARATOR}{_NUMBER}){{2}}{_END}",
    rf"{_BEGIN}{_FAR}\s++-?\d{{1,4}}(?:\.\d++)?\s++{_FAR}{_END}",
    rf"{_BEGIN}[-+]?\d{{2,5}}[.,]\d++(?:{_BETWEEN})[-+]?\d{{2,5}}[.,]\d++{_END}",
    rf"{_BEGIN}{_FAR}(?:{_BLANK}[;/|]{_BLANK}|,\s++|\s++){_FAR}{_END}",
    rf"{_BEGIN}\d{{4,5}},\d{{4,5}}{_END}",
)


_SHORTEST_OWN_ID = 4


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


_IDENTIFYING = _any_of((*_ADDRESSES, *_IDS))
_PLACES = _any_of(_COORDINATES)
_MAY_IDENTIFY = re.compile(r"[:.@=-]|\d{7}|[0-9a-fA-F]{16}")
_NUMBERS = re.compile(r"\d\D+\d")
_NUMBER_ALONE = re.compile(r"\d")
_WORD_OF_A_PLACE = re.compile(r"[PpCcLl][Oo]|[Gg][Rr]|坐标")
"""What no match does without: most texts hold neither, which is seen at a fraction of the cost."""


def without_places(text: str) -> str:
    """The text without what looks like coordinates: pairs in brackets, triples, `x: 1 y: 2`, `pos 123 456`."""
    may_be_one = _NUMBERS.search(text) or (_WORD_OF_A_PLACE.search(text) and _NUMBER_ALONE.search(text))
    return _PLACES.sub(MASK, text) if may_be_one else text


def without_identifiers(text: str) -> str:
    """The text without network and e-mail addresses, ids of platforms, and numbers of seven digits or more."""
    return _IDENTIFYING.sub(MASK, text) if _MAY_IDENTIFY.search(text) else text


def without_own_id(text: str, own_id: str, name: str | None) -> str:
    """The text without the id of the player whom it is about, which may be short.

    Where ids are names, as of Minecraft, there is nothing to take out.
    """
    is_name = own_id.casefold() == (name or "").casefold()
    return text if is_name or len(own_id) < _SHORTEST_OWN_ID else text.replace(own_id, MASK)


def masked(text: str) -> str:
    """The text without either: what may be shown to everybody, and searched by everybody."""
    return without_places(without_identifiers(text))
