"""The newest pushes, bounded by age and by count, and the cursors into them. Pure.

A cursor is the incarnation of the stream and a sequence in it, so it means the same in every gateway.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

import msgspec

from banstream_gateway.feed.pushes import Push

_CURSOR = re.compile(r"([0-9a-z]{1,16})-(0|[1-9][0-9]{0,18})")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LEAST_DEAD = 1024


@dataclass(frozen=True, slots=True)
class Cursor:
    """What comes next is behind this sequence."""

    incarnation: str
    sequence: int

    def __str__(self) -> str:
        """As clients keep it."""
        return f"{self.incarnation}-{self.sequence}"


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A push at its place in the stream; `stored_at` is when the stream took it, in seconds."""

    sequence: int
    stored_at: float
    push: Push


@dataclass(frozen=True, slots=True)
class Page:
    """Entries in order, and the cursor that they lead to."""

    entries: Sequence[Entry]
    cursor: Cursor


class Expired(Exception):
    """The ring cannot say what came after this cursor."""


def parsed(text: str) -> Cursor:
    """Read a cursor. Raises ValueError for what never was one."""
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise ValueError("not a cursor")
    return Cursor(found[1], int(found[2]))


def incarnation_of(created_microseconds: int) -> str:
    """The name of a stream that was made at a time: short, and another one for a stream made anew."""
    name = ""
    while created_microseconds:
        created_microseconds, digit = divmod(created_microseconds, len(_DIGITS))
        name = _DIGITS[digit] + name
    return name or "0"


class Ring:
    """Pushes of the last `seconds`, at most `most` of them."""

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self.begin("0")

    def begin(self, incarnation: str) -> None:
        """Forget everything: what follows is of another stream, or does not follow what was here."""
        self.incarnation = incarnation
        self.newest: int | None = None
        """The last sequence that was looked at, of interest or not; None before the first."""
        self._floor = 0
        self._entries: list[Entry] = []
        self._first = 0

    def __len__(self) -> int:
        """How many pushes are held."""
        return len(self._entries) - self._first

    @property
    def cursor(self) -> Cursor:
        """Now: behind everything that was looked at."""
        return Cursor(self.incarnation, self.newest or 0)

    @property
    def oldest(self) -> Cursor:
        """The first cursor that anything can be read behind."""
        return Cursor(self.incarnation, self._floor)

    def settle(self, last: int) -> None:
        """The stream was seen whole as it was when `last` was its end: where nothing came, nothing is recent."""
        if self.newest is None:
            self.newest = self._floor = last

    def look(self, sequence: int) -> None:
        """A message was looked at; sequences may jump. Nothing is known of what came before the first."""
        if self.newest is None:
            self._floor = sequence - 1
        self.newest = sequence

    def add(self, entry: Entry) -> None:
        """Look at a message and keep what it has to tell."""
        self.look(entry.sequence)
        self._entries.append(entry)
        self.drop_until(entry.stored_at - self._seconds)
        if len(self) > self._most:
            self._drop(self._first + len(self) - self._most)

    def drop_old(self, now: float) -> None:
        """Drop what is too old at a time."""
        self.drop_until(now - self._seconds)

    def drop_until(self, oldest: float) -> None:
        """Drop what the stream took before a time."""
        first = self._first
        while first < len(self._entries) and self._entries[first].stored_at < oldest:
            first += 1
        self._drop(first)

    def after(self, cursor: Cursor, server_id: str | None, limit: int) -> Page:
        """What comes after a cursor for one server, or for none in particular. Raises Expired.

        A cursor ahead of everything here is another gateway's, which has seen more: nothing comes after it yet.
        """
        if cursor.incarnation != self.incarnation or cursor.sequence < self._floor:
            raise Expired
        start = bisect_right(self._entries, cursor.sequence, lo=self._first, key=attrgetter("sequence"))
        found: list[Entry] = []
        for index in range(start, len(self._entries)):
            entry = self._entries[index]
            if entry.push.server_id is None or entry.push.server_id == server_id:
                found.append(entry)
                if len(found) == limit:
                    return Page(found, Cursor(self.incarnation, entry.sequence))
        return Page(found, Cursor(self.incarnation, max(cursor.sequence, self.newest or 0)))

    def _drop(self, first: int) -> None:
        """Entries before an index are gone. They leave the list in bulk: taking each off its head would move all."""
        if first > self._first:
            self._floor = self._entries[first - 1].sequence
            self._first = first
        if self._first >= _LEAST_DEAD and self._first * 2 >= len(self._entries):
            del self._entries[: self._first]
            self._first = 0
