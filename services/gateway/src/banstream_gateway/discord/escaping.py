"""Text of others inside a message of ours: shown as it is, formatting nothing, mentioning nobody. Pure."""

import re
import unicodedata

_CUT = "…"
_UNSEEN = "\u200b"
_MARKS = re.compile(r"[\\*_~|`<>\[\]()#+-]")
_UNWANTED = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0\u034f")
_MOST_COMBINING = 3


def escaped(text: str, limit: int) -> str:
    """Text for a place that knows markdown, cut so that at most `limit` UTF-16 units are left.

    A backslash stops neither `@` nor `://` everywhere; something that is not seen does.
    """
    kept: list[str] = []
    length = 0
    for character in _visible(text):
        piece = _piece(character)
        if length + _units(piece) > limit:
            while kept and length + 1 > limit:
                length -= _units(kept.pop())
            return "".join([*kept, _CUT])
        kept.append(piece)
        length += _units(piece)
    return "".join(kept)


def _piece(character: str) -> str:
    if character in "@:":
        return f"{character}{_UNSEEN}"
    return f"\\{character}" if _MARKS.match(character) else character


def _visible(text: str) -> str:
    """Without direction marks, fillers and piles of accents; blanks are one blank."""
    kept: list[str] = []
    combining = 0
    for character in text:
        category = unicodedata.category(character)
        combining = combining + 1 if category in {"Mn", "Me"} else 0
        if character in _FILLERS or combining > _MOST_COMBINING:
            continue
        kept.append(" " if character.isspace() else "" if category in _UNWANTED else character)
    return re.sub(r" {2,}", " ", "".join(kept)).strip()


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
