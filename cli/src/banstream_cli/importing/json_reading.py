"""JSON as it is read: elements of lists one after the other, whatever the length of the file.

The parts that are held in memory are bounded; a file that breaks off gives what stands before.
"""

import re
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from typing import Any, TextIO

from banstream_cli.importing.converting import Entry
from banstream_cli.importing.reading import Line, lines, text_of
from banstream_cli.importing.rows import Rejected, Source, Unreadable, rejected

_CHUNK = 256 * 1024
_LARGEST = 64 * 1024 * 1024
_LONGEST_NUMBER = 300
_BEYOND_NUMBER = 3
"""Characters behind a number that may still be of it: `1` of `1e-5`."""

_BLANK = re.compile(r"[ \t\n\r]*")


class Broken(ValueError):
    """It is no JSON from some place on; the message says what is wrong."""


def _whole_number(digits: str) -> int | float:
    """A number of any length; Python refuses long ones, which would end the reading of all."""
    return int(digits) if len(digits) <= _LONGEST_NUMBER else float(digits)


_DECODER = JSONDecoder(parse_int=_whole_number, strict=False)


class JsonText:
    """Values one after the other, from a text that is read in chunks."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._buffer = ""
        self._at = 0
        self._is_over = False

    def sign(self) -> str:
        """The next character that is no blank, which stays; "" at the end."""
        while True:
            blank = _BLANK.match(self._buffer, self._at)
            self._at = blank.end() if blank else self._at
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more(_CHUNK):
                return ""

    def take(self, expected: str) -> str:
        """The next character, one of `expected`. Raises Broken."""
        found = self.sign()
        if not found:
            raise Broken("the file ends in the midst of it")
        if found not in expected:
            raise Broken("it holds NUL bytes" if found == "\0" else f"{found!r} stands where one of {expected} should")
        self._at += 1
        return found

    def value(self) -> tuple[Any, str]:
        """The next value, and its text. Raises Broken."""
        self.sign()
        wanted = _CHUNK
        while True:
            try:
                found, end = _DECODER.raw_decode(self._buffer, self._at)
            except RecursionError:
                raise Broken("it is nested too deep") from None
            except JSONDecodeError as error:
                trouble = error.msg
            else:
                if end + _BEYOND_NUMBER <= len(self._buffer) or not self._more(_CHUNK):
                    raw = self._buffer[self._at : end]
                    self._at = end
                    return found, raw
                continue
            if "\0" in self._buffer[self._at :]:
                raise Broken("it holds NUL bytes")
            if len(self._buffer) - self._at > _LARGEST:
                raise Broken(f"it is no JSON, or one entry is larger than {_LARGEST // 1024 // 1024} MiB")
            if not self._more(wanted):
                raise Broken(f"it is no JSON, or breaks off ({trouble})")
            wanted *= 2

    def _more(self, wanted: int) -> bool:
        if self._is_over:
            return False
        found = self._text.read(wanted)
        if not found:
            self._is_over = True
            return False
        self._buffer = self._buffer[self._at :] + found
        self._at = 0
        return True


def list_elements(source: Source, what: str) -> Iterator[Entry | Rejected]:
    """The elements of a file that is one list, as `[3]`. Raises Unreadable for anything else; `what` says for what."""
    with text_of(source) as text:
        read = JsonText(text)
        if read.sign() != "[":
            raise Unreadable(f"this is no {what}: that is a JSON list, which begins with [")
        yield from _until_broken(_elements(read, ""), what)


def member_elements(source: Source, wanted: str, what: str) -> Iterator[Entry | Rejected]:
    """The elements of the list `wanted` of a file that is one object, as `wanted[3]`; other members are passed over.

    `version` is yielded as an entry of that place, wherever it stands. Raises Unreadable for anything else.
    """
    with text_of(source) as text:
        read = JsonText(text)
        if read.sign() != "{":
            raise Unreadable(f"this is no {what}: that is a JSON object, which begins with {{")
        yield from _until_broken(_members(read, wanted, what), what)


def documents(source: Source, what: str) -> Iterator[Entry | Rejected]:
    """Whole values one after the other, with line ends or nothing between them. Raises Unreadable."""
    with text_of(source) as text:
        read = JsonText(text)
        if read.sign() not in {"{", "["}:
            raise Unreadable(f"this is no {what}: that is JSON, which begins with {{ or [")
        yield from _until_broken(_documents(read), what)


def object_lines(source: Source) -> Iterator[Entry | Rejected]:
    """An object a line; a broken line is rejected, and empty ones are passed over."""
    for line in lines(source):
        if line.text.strip():
            yield of_object_line(line)


def of_object_line(line: Line, place: str | None = None) -> Entry | Rejected:
    """The object of a line."""
    where = place or line.place
    if not line.is_whole:
        return rejected(where, "the line is longer than any entry", line.text)
    try:
        found = _DECODER.decode(line.text)
    except RecursionError:
        return rejected(where, "it is nested too deep", line.text)
    except ValueError as error:
        return rejected(where, f"it is no JSON: {error}", line.text)
    if not isinstance(found, dict):
        return rejected(where, "it is no JSON object", line.text)
    return Entry(where, found, line.text)


def _until_broken(entries: Iterator[Entry], what: str) -> Iterator[Entry | Rejected]:
    last = None
    try:
        for entry in entries:
            last = entry.place
            yield entry
    except Broken as error:
        if last is None:
            raise Unreadable(f"this is no {what}, or it is damaged: {error}") from None
        yield rejected(f"after {last}", f"{error}: what follows is not read, get the file again", "")


def _elements(read: JsonText, name: str) -> Iterator[Entry]:
    read.take("[")
    number = 0
    while read.sign() != "]":
        value, raw = read.value()
        yield Entry(f"{name}[{number}]", value, raw)
        number += 1
        if read.sign() != "]":
            read.take(",")
    read.take("]")


def _members(read: JsonText, wanted: str, what: str) -> Iterator[Entry]:
    read.take("{")
    is_there = False
    while read.sign() != "}":
        name, _ = read.value()
        read.take(":")
        if read.sign() == "[":
            is_there = is_there or name == wanted
            for entry in _elements(read, str(name)):
                if name == wanted:
                    yield entry
        else:
            value, raw = read.value()
            if name == "version":
                yield Entry("version", value, raw)
        if read.sign() != "}":
            read.take(",")
    if not is_there:
        raise Unreadable(f"this is no {what}: it has no list {wanted!r}")


def _documents(read: JsonText) -> Iterator[Entry]:
    number = 0
    while read.sign():
        value, raw = read.value()
        number += 1
        yield Entry(f"document {number}", value, raw)
        if read.sign() == ",":
            read.take(",")
