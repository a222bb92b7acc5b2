"""Hostile names and reasons made harmless for one line of a ban file (invariant 9; facts 1.4)."""

import re
import unicodedata

NAME_LENGTH = 64
REASON_LENGTH = 200

_SLASHES = re.compile("/{2,}")
_BLANKS = re.compile(" {2,}")


def plain(text: str | None, limit: int, otherwise: str, replaced: dict[str, str] | None = None) -> str:
    """One line of visible text, at most `limit` characters, `otherwise` when nothing is left.

    Control, format (right-to-left marks), surrogate, private and unassigned characters and every kind of line end
    become blanks, `//` becomes `/`; `replaced` says what else a format cannot have.
    """
    visible = "".join(map(_visible, unicodedata.normalize("NFC", (text or "")[: limit * 8])))
    for character, substitute in (replaced or {}).items():
        visible = visible.replace(character, substitute)
    short = _BLANKS.sub(" ", _SLASHES.sub("/", visible)).strip()
    if len(short) > limit:
        short = short[: limit - 1].rstrip() + "…"
    return short or otherwise


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    return " " if category[0] in "CZ" else character
