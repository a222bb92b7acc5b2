"""From bytes to lines with events: in pieces of any size, with the offset of every line, and able to go on later."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from banstream_dayz_feed.lines.clock import YEARS, Clock, moment_of
from banstream_dayz_feed.lines.events import Event, ListClosed, ListedPlayer, ListOpened, Ornament, SessionStarted
from banstream_dayz_feed.lines.grammar import parse
from banstream_dayz_feed.lines.mods import read_mod_line

LONGEST_LINE = 8192
"""Bytes; the longest real line is below 600. Longer ones are unknown and are not kept in memory."""

_BOM = b"\xef\xbb\xbf"
_TIMED = re.compile(
    r"(?:([0-2][0-9]):([0-5][0-9]):([0-5][0-9]) \| | ?([0-9]{1,2}):([0-5][0-9]):([0-5][0-9])(?:\.[0-9]{1,3})? )"
)
_HEADER = re.compile(r"AdminLog started on ([0-9]{4}-[0-9]{2}-[0-9]{2}) at ([0-9]{2}:[0-9]{2}:[0-9]{2})")
_RPT_HEADER = re.compile(r"Current time:  ([0-9]{4})/([0-9]{2})/([0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2})")
_ORNAMENT = re.compile(r"\s*|\*+(?:EOF\*+)?")
_HOURS = 24


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a log: where it stands, when it was written by the log's clock, and what it says.

    `moment` is seconds since 1970 on the log's clock, None where no day is known. `event` is None for unknown ones.
    """

    file: str
    offset: int
    moment: int | None
    text: str
    event: Event | None


@dataclass(frozen=True, slots=True)
class ReadingState:
    """Where a reader stands: enough to go on with the byte at `offset`."""

    offset: int = 0
    moment: int | None = None
    is_in_list: bool = False
    is_skipping: bool = False
    is_begin: bool = False

    @classmethod
    def at_begin(cls, started: datetime | None) -> "ReadingState":
        """Before the first byte of a log of which so much is known."""
        return cls(moment=moment_of(started) if started else None, is_begin=True)


class Reader:
    """Reads one file. `started` is its day where no header says it: from the file's name, for example."""

    def __init__(self, file: str, state: ReadingState | None = None, started: datetime | None = None) -> None:
        state = state or ReadingState.at_begin(started)
        self._file = file
        self._offset = state.offset
        self._clock = Clock(state.moment, state.is_begin)
        self._is_in_list = state.is_in_list
        self._is_skipping = state.is_skipping
        self._tail = b""

    @property
    def state(self) -> ReadingState:
        """Where to go on: at the first byte of the line that is not whole yet."""
        clock = self._clock
        return ReadingState(self._offset, clock.moment, self._is_in_list, self._is_skipping, clock.is_begin)

    def feed(self, chunk: bytes) -> Iterator[Line]:
        """The lines that end in this piece, one by one; a cut one waits for its end."""
        *whole, tail = (self._tail + chunk).split(b"\n")
        for raw in whole:
            line = None if self._is_skipping else self._line(raw)
            self._offset += len(raw) + 1
            self._is_skipping = False
            self._tail = b""
            if line is not None:
                yield line
        yield from self._keep(tail)

    def finish(self) -> Line | None:
        """What is left at the end of a file that grows no more: a line if the grammar finds it whole."""
        raw, self._tail = self._tail, b""
        if not raw or self._is_skipping:
            return None
        line = self._line(raw)
        self._offset += len(raw)
        return line

    def _keep(self, tail: bytes) -> Iterator[Line]:
        self._tail = tail
        if self._is_skipping or len(tail) > LONGEST_LINE:
            if not self._is_skipping:
                yield self._line(tail)
            self._is_skipping = True
            self._offset += len(tail)
            self._tail = b""

    def _line(self, raw: bytes) -> Line:
        offset = self._offset
        if offset == 0 and raw.startswith(_BOM):
            raw = raw[len(_BOM) :]
        if len(raw) > LONGEST_LINE:
            return Line(self._file, offset, self._clock.moment, raw[:200].decode(errors="backslashreplace") + "…", None)
        text = raw.decode(errors="backslashreplace")
        text = text.removesuffix("\r")
        event = self._read(text)
        return Line(self._file, offset, self._clock.moment, text, event)

    def _read(self, text: str) -> Event | None:
        timed = _TIMED.match(text)
        if timed is None:
            return self._read_untimed(text)
        hour, minute, second = (int(part) for part in timed.groups() if part is not None)
        if hour >= _HOURS:
            return None
        if self._clock.moment is not None:
            self._clock = self._clock.at(hour * 3600 + minute * 60 + second)
        event = parse(text[timed.end() :])
        if isinstance(event, ListedPlayer) and not self._is_in_list:
            return None
        self._is_in_list = isinstance(event, ListOpened) or (self._is_in_list and not isinstance(event, ListClosed))
        return event

    def _read_untimed(self, text: str) -> Event | None:
        if _ORNAMENT.fullmatch(text):
            return Ornament()
        started = _start(text)
        if started is None:
            return read_mod_line(text)
        self._clock = Clock(moment_of(started), is_begin=True)
        self._is_in_list = False
        return SessionStarted(started)


def first_start(head: bytes) -> datetime | None:
    """The first header in the beginning of a log."""
    for line in head.split(b"\n"):
        started = _start(line.removeprefix(_BOM).decode(errors="backslashreplace").removesuffix("\r"))
        if started is not None:
            return started
    return None


def _start(text: str) -> datetime | None:
    if match := _HEADER.fullmatch(text):
        written = f"{match[1]}T{match[2]}"
    elif match := _RPT_HEADER.fullmatch(text):
        written = f"{match[1]}-{match[2]}-{match[3]}T{match[4]}"
    else:
        return None
    try:
        started = datetime.fromisoformat(written)
    except ValueError:
        return None
    return started if started.year in YEARS else None
