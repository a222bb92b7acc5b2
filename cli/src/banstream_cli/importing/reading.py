"""Files and pipes as lines of text and as bytes that can be read twice, with bounds on what is held in memory."""

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import BinaryIO

from banstream_cli.importing.rows import Source, Unreadable

LONGEST_LINE = 1024 * 1024
"""Characters; what is longer is no line of any format."""

_WIDE = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end; `is_whole` is false where it was cut at `LONGEST_LINE`."""

    number: int
    text: str
    is_whole: bool = True

    @property
    def place(self) -> str:
        """As people are told."""
        return f"line {self.number}"


def lines(source: Source) -> Iterator[Line]:
    """The lines of a file as it is read, see `text_of`. Raises Unreadable where it cannot be opened."""
    with text_of(source) as text:
        number, is_whole = 0, True
        while part := text.readline(LONGEST_LINE):
            has_ended = part.endswith("\n")
            if is_whole:
                number += 1
                is_last = has_ended or len(part) < LONGEST_LINE
                yield Line(number, part.rstrip("\r\n"), is_whole=is_last)
            is_whole = has_ended


@contextmanager
def text_of(source: Source) -> Iterator[io.TextIOWrapper]:
    r"""Text without its byte order mark, line ends as `\n`.

    UTF-16 with its mark is read too, as PowerShell writes it. Bytes that are no text become `REPLACED`.
    """
    with opened(source) as file:
        buffered = file if isinstance(file, io.BufferedReader) else io.BufferedReader(_Raw(file))
        start = buffered.peek(3)[:3]
        encoding = next((name for mark, name in _WIDE.items() if start.startswith(mark)), "utf-8")
        if encoding != "utf-8" or start.startswith(codecs.BOM_UTF8):
            buffered.read(3 if encoding == "utf-8" else 2)
        text = io.TextIOWrapper(buffered, encoding=encoding, errors="replace")
        try:
            yield text
        except OSError as error:
            raise Unreadable(f"{name_of(source)} cannot be read: {error.strerror or error}") from error
        finally:
            text.detach()


@contextmanager
def seekable(source: Source) -> Iterator[BinaryIO]:
    """Bytes that can be read from any place, more than once; a pipe goes through a file that has no name."""
    with opened(source) as file:
        if file.seekable():
            yield file
            return
        with TemporaryFile() as copy:
            try:
                copyfileobj(file, copy)
            except OSError as error:
                raise Unreadable(f"{name_of(source)} cannot be kept: {error.strerror or error}") from error
            copy.seek(0)
            yield copy


@contextmanager
def opened(source: Source) -> Iterator[BinaryIO]:
    """A file, closed at the end; a stream that somebody else opened stays open. Raises Unreadable."""
    if not isinstance(source, Path):
        yield source
        return
    try:
        file = source.open("rb")
    except (OSError, ValueError) as error:
        raise Unreadable(f"{source} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    with file:
        yield file


def name_of(source: Source) -> str:
    """What a file is called where people are told of it."""
    return str(source) if isinstance(source, Path) else "what was piped in"


class _Raw(io.RawIOBase):
    """A stream of bytes of any kind, so that it can be looked into."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # what a buffer is
        """Fill the buffer as far as there is something."""
        found = self._stream.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)
