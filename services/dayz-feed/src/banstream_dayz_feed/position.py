"""How far a source is read: everything that a poll needs of the one before it. Pure."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from pydantic import TypeAdapter

from banstream_dayz_feed.lines.reading import ReadingState

ANCHOR = 64
"""Bytes before the offset that are kept, to know a log again: lines have times, so that no two logs are alike there."""

MOST_SEEN = 2000


@dataclass(frozen=True, slots=True)
class Position:
    """Where reading stands in a folder.

    `file` is the log that is read, `label` what findings call it; both are empty before the first. `started` is when
    it began by its own clock. `anchor` is what stands before the offset, in hex. `seen` are the logs that are done
    with, or were old when reading began. `is_quiet`: there is a later log, and nothing came to this one since.
    `is_odd`: this one did not hold what was read of it before. `end` and `modified_at` are as last seen. `note` is what
    admins should know, until the log has grown.
    """

    file: str = ""
    label: str = ""
    started: datetime | None = None
    reading: ReadingState = field(default_factory=ReadingState)
    anchor: str = ""
    seen: tuple[str, ...] = ()
    is_quiet: bool = False
    is_odd: bool = False
    end: int = 0
    modified_at: datetime | None = None
    lines: int = 0
    unknown_lines: int = 0
    note: str | None = None

    @property
    def kept(self) -> bytes:
        """The anchor as bytes."""
        return bytes.fromhex(self.anchor)

    def to_json(self) -> str:
        """As JSON."""
        return _POSITION.dump_json(self).decode()

    @staticmethod
    def from_json(text: str) -> "Position":
        """What `to_json` wrote. Raises ValueError."""
        return _POSITION.validate_json(text)

    def read(self, content: bytes, after: ReadingState, lines: int, unknown_lines: int) -> "Position":
        """After `content`, which stands at the offset; `after` says how much of it was whole lines."""
        used = after.offset - self.reading.offset
        return replace(
            self,
            reading=after,
            anchor=(self.kept + content[:used])[-ANCHOR:].hex(),
            end=self.reading.offset + len(content),
            is_quiet=False,
            is_odd=False,
            note=None if self.reading.offset else self.note,
            lines=self.lines + lines,
            unknown_lines=self.unknown_lines + unknown_lines,
        )

    def at_begin(self, file: str, label: str, started: datetime | None, named: datetime | None) -> "Position":
        """At the first byte of another log; `named` is the day that its name says."""
        seen = (*self.seen, self.file) if self.file and self.file != file else self.seen
        return Position(
            file=file,
            label=label,
            started=started,
            reading=ReadingState.at_begin(named),
            seen=tuple(name for name in dict.fromkeys(seen) if name != file)[-MOST_SEEN:],
            lines=self.lines,
            unknown_lines=self.unknown_lines,
        )

    def with_seen(self, *names: str) -> "Position":
        """These logs are not read any more."""
        return replace(self, seen=tuple(dict.fromkeys((*self.seen, *names)))[-MOST_SEEN:])


_POSITION = TypeAdapter(Position)
