"""What of a text is seen: one list of what shows nothing, for whoever shows texts and whoever searches them. Pure."""

import re
import unicodedata

SHAPING = "\u180b-\u180d\u180f\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""Joiners and variants, as part of a pattern: they show nothing either, but how their neighbours look is up to them."""

_UNSEEN = (
    r"\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f"
    r"\u202a-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ue000-\uf8ff\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd"
    r"\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
    r"\U000f0000-\U0010ffff"
)
"""Format characters, which have no width or turn around what is read, fillers, halves of a character, private use."""

_NEVER_SEEN = re.compile(f"[{_UNSEEN}]+")
_NOT_SEEN = re.compile(f"[{_UNSEEN}{SHAPING}]+")
_SHAPES = re.compile(f"[{SHAPING}]")
_MOST_ACCENTS = 3
"""On a letter; piles of them cover the lines above and below."""
_MAY_PILE = re.compile(rf"[^\w\x00-\u02ff]{{{_MOST_ACCENTS + 1}}}")
"""An accent is no letter: most texts have not so many in a row, which is seen at a fraction of the cost."""
_BLANKS = frozenset({"Cc", "Zs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"
_LOOSE = re.compile(f"(?:^|(?<= ))[{SHAPING}]+")
"""What shapes nothing, having nothing in front of it."""


def visible(text: str) -> str:
    """Text as it is compared: without what shows nothing, which could stand between any two letters of a name."""
    return text if text.isascii() else _lowered(_NOT_SEEN.sub("", text))


def shaped(text: str) -> str:
    """Text as it is shown: what is visible, and what joins and varies it."""
    return text if text.isascii() else _lowered(_NEVER_SEEN.sub("", text))


def clean(text: str) -> str:
    """Text as it is shown in a line: what is seen of it, as it was shaped; blanks and control characters are one blank.

    Empty where nothing is seen.
    """
    blank = (" " if unicodedata.category(each) in _BLANKS else each for each in shaped(text))
    return re.sub(r" {2,}", " ", _LOOSE.sub("", "".join(blank))).strip(f" {_JOINERS}")


def _lowered(text: str) -> str:
    """Without the accents that are too many; what shapes stands between accents as if it were not there."""
    if not _MAY_PILE.search(text):
        return text
    kept: list[str] = []
    accents = 0
    for character in text:
        if not _SHAPES.match(character):
            accents = accents + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        if accents <= _MOST_ACCENTS:
            kept.append(character)
    return "".join(kept)
