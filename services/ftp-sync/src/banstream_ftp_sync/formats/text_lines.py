"""A text file as lines that give back its bytes: byte order mark, encoding and every line end are kept. Pure."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from banstream_ftp_sync.formats.editing import Fate

_ENDS = re.compile("(\r\n|\r|\n)")
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line and its end, which the last one may lack."""

    text: str
    end: str


@dataclass(frozen=True, slots=True)
class TextLines:
    """The lines of a file.

    A file that is no valid UTF-8 takes ASCII from us, as its encoding is anybody's guess. `ends_last_line` says
    whether a file that was empty gets a line end at its end.
    """

    lines: tuple[Line, ...]
    mark: bytes
    encoding: str
    is_ascii_only: bool
    newline: str
    ends_last_line: bool

    @classmethod
    def split(cls, content: bytes, newline: str, *, ends_last_line: bool = True) -> Self:
        """Take a file apart. Raises ValueError for UTF-16 that would not come out as it went in."""
        mark, encoding = next(((mark, name) for mark, name in _BYTE_ORDER_MARKS if content.startswith(mark)), (b"", ""))
        body = content[len(mark) :]
        text = _decoded(body, encoding or "utf-8")
        parts = _ENDS.split(text)
        lines = [Line(part, end) for part, end in zip(parts[::2], [*parts[1::2], ""], strict=True) if part or end]
        first_end = next((line.end for line in lines if line.end), newline)
        is_ascii_only = not encoding.startswith("utf-16") and _is_foreign(body)
        return cls(tuple(lines), mark, encoding or "utf-8", is_ascii_only, first_end, ends_last_line)

    @property
    def texts(self) -> tuple[str, ...]:
        """The lines without their ends."""
        return tuple(line.text for line in self.lines)

    def narrowed(self, text: str) -> str:
        """The text as this file can hold it."""
        return text.encode("ascii", "replace").decode() if self.is_ascii_only else text

    def rewritten(self, fates: Sequence[Fate | str], added: Sequence[str]) -> bytes:
        """The file after an edit; whether its last line has an end stays as it was."""
        lines = [
            line if fate is Fate.KEPT else replace(line, text=fate)
            for line, fate in zip(self.lines, fates, strict=True)
            if not isinstance(fate, Fate) or fate is Fate.KEPT
        ]
        if added and lines and not lines[-1].end:
            lines[-1] = replace(lines[-1], end=self.newline)
        lines += [Line(text, self.newline) for text in added]
        if lines and self._is_open:
            lines[-1] = replace(lines[-1], end="")
        return self.mark + _encoded("".join(line.text + line.end for line in lines), self.encoding)

    @property
    def _is_open(self) -> bool:
        return not self.lines[-1].end if self.lines else not self.ends_last_line


def _decoded(body: bytes, encoding: str) -> str:
    if encoding == "utf-8":
        return body.decode("utf-8", "surrogateescape")
    text = body.decode(encoding, "surrogatepass")
    if _encoded(text, encoding) != body:
        raise ValueError("no valid UTF-16")
    return text


def _encoded(text: str, encoding: str) -> bytes:
    return text.encode(encoding, "surrogateescape" if encoding == "utf-8" else "surrogatepass")


def _is_foreign(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False
