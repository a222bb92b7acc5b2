"""Text of others inside a message of ours: shown as it is, formatting nothing, mentioning nobody. Pure.

Lengths are in UTF-16 code units, of which there are never fewer than of what Discord counts.
"""

import re
from collections.abc import Iterator

from banstream_privacy.visible import clean

CUT = "…"
_BREAK = "\u200b"
_LIKE_A_BACKTICK = "\u02cb"
_SPECIAL = frozenset("\\*_~|`<>[]()")
_AT_START = frozenset("#-+>")
_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#&=%+,;-]+")


def units(text: str) -> int:
    """The length that is counted."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def escaped(text: str, limit: int, *, links: bool = False) -> str:
    """A line for a place that knows markdown, cut to `limit`; with `links` a plain URL stays one."""
    return _joined(_pieces(clean(text), links=links), limit)


def in_code(text: str, limit: int) -> str:
    """Inline code."""
    return f"`{_joined(_verbatim(clean(text)), limit - 2)}`"


def in_block(text: str) -> str:
    """A code block of text that `chunks` made."""
    return f"```\n{text}\n```"


def chunks(text: str, size: int, most: int) -> tuple[list[str], int]:
    """Verbatim text in parts of at most `size`, cut at a line end or a blank, and how many characters did not fit."""
    pieces = list(_verbatim("\n".join(map(clean, text.split("\n"))).strip()))
    parts: list[str] = []
    begin = 0
    while begin < len(pieces) and len(parts) < most:
        end = _end(pieces, begin, size)
        parts.append("".join(pieces[begin:end]).strip())
        begin = end
    return parts, len(pieces) - begin


def _end(pieces: list[str], begin: int, size: int) -> int:
    length, end = 0, begin
    while end < len(pieces) and length + units(pieces[end]) <= size:
        length += units(pieces[end])
        end += 1
    if end == len(pieces):
        return end
    near = range(end, max(begin, end - size // 4), -1)
    between_lines = (at for at in near if pieces[at - 1] == "\n")
    at_blank = (at for at in near if pieces[at - 1].isspace())
    return next(between_lines, None) or next(at_blank, end)


def _joined(pieces: Iterator[str], limit: int) -> str:
    kept: list[str] = []
    length = 0
    for piece in pieces:
        if length + units(piece) > limit:
            while kept and length + units(CUT) > limit:
                length -= units(kept.pop())
            return "".join([*kept, CUT])
        kept.append(piece)
        length += units(piece)
    return "".join(kept)


def _pieces(text: str, *, links: bool) -> Iterator[str]:
    begin = 0
    for url in _URL.finditer(text) if links else ():
        yield from _escaped_characters(text[begin : url.start()], at_start=begin == 0)
        yield url[0]
        begin = url.end()
    yield from _escaped_characters(text[begin:], at_start=begin == 0)


def _escaped_characters(text: str, *, at_start: bool) -> Iterator[str]:
    """`@` and `://` are broken by something that is not seen, since a backslash stops neither everywhere."""
    for index, character in enumerate(text):
        if character in _SPECIAL or (at_start and index == 0 and character in _AT_START):
            yield f"\\{character}"
        elif character == "@" or (character == ":" and text.startswith("//", index + 1)):
            yield f"{character}{_BREAK}"
        else:
            yield character


def _verbatim(text: str) -> Iterator[str]:
    """Nothing is formatted inside code but its end."""
    for character in text:
        yield {"`": _LIKE_A_BACKTICK, "@": f"@{_BREAK}"}.get(character, character)
