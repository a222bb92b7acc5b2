"""Whole logs through the rules: what they would find, and how much of the logs is understood."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from banstream_dayz_feed.lines.events import ModLine, Ornament
from banstream_dayz_feed.lines.reading import Line, Reader
from banstream_dayz_feed.rules.detector import Detector
from banstream_dayz_feed.rules.findings import Finding
from banstream_dayz_feed.rules.rule_settings import RuleSettings

_MOST_KINDS = 10_000
_TIME = re.compile(r"^[ 0-9]?[0-9]:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)? (?:\| )?")


@dataclass(slots=True)
class Tally:
    """How many lines were read. `unknown` has the texts without their times, `undated` are of an unknown day."""

    lines: int = 0
    of_mods: int = 0
    ornaments: int = 0
    undated: int = 0
    unknown_lines: int = 0
    unknown: Counter[str] = field(default_factory=Counter)

    @property
    def parsed(self) -> int:
        """Lines in the game's own grammar."""
        return self.lines - self.of_mods - self.unknown_lines

    def count(self, line: Line) -> None:
        """One more line."""
        self.lines += 1
        if line.event is None:
            self.unknown_lines += 1
            text = _TIME.sub("", line.text)
            if text in self.unknown or len(self.unknown) < _MOST_KINDS:
                self.unknown[text] += 1
        elif isinstance(line.event, ModLine):
            self.of_mods += 1
        elif isinstance(line.event, Ornament):
            self.ornaments += 1
        if line.moment is None and _TIME.match(line.text):
            self.undated += 1


class Replay:
    """Files of one server, in the order they were written."""

    def __init__(self, settings: RuleSettings, server: str = "", zone: tzinfo = UTC) -> None:
        self.detector = Detector(settings, server, zone)
        self.tally = Tally()
        self._reader = Reader("")

    def begin(self, file: str, started: datetime | None = None) -> None:
        """The next file; `started` is its time where no header says it."""
        self._reader = Reader(file, started=started)

    def feed(self, chunk: bytes) -> Iterator[Finding]:
        """What a piece of the file shows."""
        for line in self._reader.feed(chunk):
            yield from self._examine(line)

    def end(self) -> Iterator[Finding]:
        """What the last line shows that no line end follows."""
        line = self._reader.finish()
        if line is not None:
            yield from self._examine(line)

    def conclude(self) -> Iterator[Finding]:
        """What is left after the last file."""
        return self.detector.conclude()

    def _examine(self, line: Line) -> Iterator[Finding]:
        self.tally.count(line)
        return self.detector.examine(line)
