"""Text of others as it may be seen: nothing in it hides, turns around or piles up what is read. Pure."""

import re
import unicodedata

CUT = "…"
_MOST_COMBINING = 3
_JOINERS = "\u200c\u200d"
_INVISIBLE = frozenset("\u115f\u1160\u2800\u3164\uffa0\u034f\u17b4\u17b5")


def clean(text: str) -> str:
    """Without control, direction and format characters, fillers and piles of accents; blanks are one blank."""
    kept: list[str] = []
    combining = 0
    for character in text:
        category = unicodedata.category(character)
        combining = combining + 1 if category in {"Mn", "Me"} else 0
        if (category in {"Cf", "Cs", "Co"} and character not in _JOINERS) or character in _INVISIBLE:
            continue
        if combining <= _MOST_COMBINING:
            kept.append(" " if category in {"Cc", "Zs", "Zl", "Zp"} else character)
    return re.sub(r" {2,}", " ", "".join(kept)).strip(f" {_JOINERS}")


def cut(text: str, limit: int) -> str:
    """At most so many characters; the last one says that there were more."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + CUT
