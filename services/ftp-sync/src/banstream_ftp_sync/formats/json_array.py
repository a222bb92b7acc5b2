"""A JSON array in a file as elements that give back its bytes: what is between and around them is kept. Pure."""

import codecs
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from banstream_ftp_sync.formats.editing import Fate

_BLANK = re.compile(r"[ \t\n\r]*")
_BEFORE = "\n  "
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Element:
    """An element as it is written, and the blanks around it."""

    before: str
    text: str
    after: str


@dataclass(frozen=True, slots=True)
class JsonArray:
    """The elements of an array; `head` goes as far as `[`, `inside` is what an empty array holds."""

    elements: tuple[Element, ...]
    mark: bytes
    head: str
    inside: str
    tail: str

    @classmethod
    def split(cls, content: bytes) -> Self:
        """Take a file apart. Raises ValueError for what is no JSON array in UTF-8."""
        mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
        text = content[len(mark) :].decode("utf-8")
        start = _blank_end(text, 0)
        if text[start : start + 1] != "[":
            raise ValueError("no JSON array")
        inside_end = _blank_end(text, start + 1)
        if text[inside_end : inside_end + 1] == "]":
            return cls((), mark, text[: start + 1], text[start + 1 : inside_end], _tail(text, inside_end))
        elements, end = _elements(text, start + 1)
        return cls(tuple(elements), mark, text[: start + 1], "", _tail(text, end))

    @property
    def texts(self) -> tuple[str, ...]:
        """The elements as they are written."""
        return tuple(element.text for element in self.elements)

    def narrowed(self, text: str) -> str:
        """The text as this file can hold it."""
        return text

    def rewritten(self, fates: Sequence[Fate | str], added: Sequence[str]) -> bytes:
        """The file after an edit."""
        elements = [
            element if fate is Fate.KEPT else replace(element, text=fate)
            for element, fate in zip(self.elements, fates, strict=True)
            if not isinstance(fate, Fate) or fate is Fate.KEPT
        ]
        body = self._joined(elements, added) if elements or added else self._emptied()
        return self.mark + f"{self.head}{body}{self.tail}".encode()

    def _joined(self, elements: list[Element], added: Sequence[str]) -> str:
        before = self.elements[0].before if self.elements else _BEFORE
        last_after = self.elements[-1].after if self.elements else "\n"
        if added and elements and elements[-1] is self.elements[-1]:
            elements[-1] = replace(elements[-1], after="")
        elements += [Element(before, text, "") for text in added]
        if not self.elements:
            elements[0] = replace(elements[0], before=self.inside + before)
        elements[-1] = replace(elements[-1], after=last_after)
        return ",".join(element.before + element.text + element.after for element in elements)

    def _emptied(self) -> str:
        return self.elements[0].before.removesuffix(_BEFORE) if self.elements else self.inside


def _elements(text: str, start: int) -> tuple[list[Element], int]:
    elements: list[Element] = []
    while True:
        begin = _blank_end(text, start)
        end = _value_end(text, begin)
        following = _blank_end(text, end)
        elements.append(Element(text[start:begin], text[begin:end], text[end:following]))
        match text[following : following + 1]:
            case ",":
                start = following + 1
            case "]":
                return elements, following
            case _:
                raise ValueError("no JSON array")


def _value_end(text: str, begin: int) -> int:
    try:
        _, end = _DECODER.raw_decode(text, begin)
    except RecursionError:
        raise ValueError("JSON nested too deep") from None
    return end


def _tail(text: str, end: int) -> str:
    if _blank_end(text, end + 1) != len(text):
        raise ValueError("more than a JSON array")
    return text[end:]


def _blank_end(text: str, start: int) -> int:
    blank = _BLANK.match(text, start)
    return blank.end() if blank else start
