"""Text of others as it may be seen: nothing in it hides, turns around or piles up what is read. Pure."""

import re
import unicodedata

from banstream_privacy.visible import SHAPING, shaped

CUT = "…"
_BLANKS = frozenset({"Cc", "Zs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"
_LOOSE = re.compile(f"(?:^|(?<= ))[{SHAPING}]+")
"""What shapes nothing, having nothing in front of it."""


def clean(text: str) -> str:
    """What is seen of it, joined and varied as it was written; blanks and control characters are one blank."""
    blank = (" " if unicodedata.category(each) in _BLANKS else each for each in shaped(text))
    return re.sub(r" {2,}", " ", _LOOSE.sub("", "".join(blank))).strip(f" {_JOINERS}")


def cut(text: str, limit: int) -> str:
    """At most so many characters; the last one says that there were more."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + CUT
