"""Text of others inside a message of ours: shown as it is, formatting nothing, mentioning nobody. Pure."""

import re

from banstream_privacy.visible import clean

_CUT = "…"
_UNSEEN = "\u200b"
_MARKS = re.compile(r"[\\*_~|`<>\[\]()#+-]")


def escaped(text: str, limit: int) -> str:
    """Text for a place that knows markdown, cut so that at most `limit` UTF-16 units are left.

    A backslash stops neither `@` nor `://` everywhere; something that is not seen does.
    """
    kept: list[str] = []
    length = 0
    for character in clean(text):
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


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
