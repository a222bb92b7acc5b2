"""The logs in a folder, and which of them comes next. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from banstream_contracts.text import control_character
from banstream_dayz_feed.lines.clock import start_of
from banstream_dayz_feed.lines.reading import first_start
from banstream_dayz_feed.position import Position
from banstream_remote_files.ports import Entry

HEAD = 4096
"""Bytes within which a log says when it began."""

_SUFFIX = ".adm"
_APART = timedelta(hours=1)
_LAST = datetime.max  # noqa: DTZ901 - the log knows no zone
_LONGEST_UNREAD = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Log:
    """A log in a listing; `start` is the time in its name, by its own clock, `size` in bytes where it is told."""

    name: str
    start: datetime | None
    size: int | None = None
    modified_at: datetime | None = None

    @property
    def order(self) -> tuple[datetime, str]:
        """By the time in the name; the one without is the one that is written now."""
        return self.start or _LAST, self.name


@dataclass(frozen=True, slots=True)
class Look:
    """What a host that cannot begin in the middle of a file told of its logs, and when, as all of them were read."""

    logs: tuple[Log, ...]
    at: datetime

    def holds(self, logs: Sequence[Log], position: Position, now: datetime, look_back: timedelta) -> bool:
        """Whether nothing has come since, as far as the host tells.

        It may tell old sizes and times, so that is believed for 10 minutes only, and for a third of `look_back`: what
        comes meanwhile may still act.
        """
        is_told = all(log.size is not None or log.modified_at for log in logs if log.name == position.file)
        is_to_be_read_again = position.is_quiet or position.is_odd
        is_recent = abs(now - self.at) < min(_LONGEST_UNREAD, look_back / 3)
        return is_told and is_recent and not is_to_be_read_again and self.logs == tuple(logs)


def logs_in(entries: Iterable[Entry]) -> list[Log]:
    """The logs of a listing, oldest first."""
    found = [
        Log(entry.name, start_of(entry.name), entry.size, entry.modified_at)
        for entry in entries
        if not entry.is_folder and entry.name.lower().endswith(_SUFFIX) and control_character(entry.name) is None
    ]
    return sorted(found, key=lambda log: log.order)


def first_of(logs: Sequence[Log], starts: dict[str, datetime | None], since: datetime) -> Log | None:
    """Where reading begins in a folder that is new: the log that was being written at `since`, else the oldest.

    `starts` are those of logs without a time in their name, by their first line.
    """

    def began(log: Log) -> datetime:
        return log.start or starts.get(log.name) or _LAST

    in_order = sorted(logs, key=lambda log: (began(log), log.name))
    earlier = [log for log in in_order if began(log) <= since]
    return earlier[-1] if earlier else in_order[0] if in_order else None


def later_than(position: Position, logs: Sequence[Log]) -> list[Log]:
    """Logs that were not read and come after the one that is, in order."""
    unseen = [log for log in logs if log.name not in position.seen and log.name != position.file]
    return [log for log in unseen if not is_late(log, position)]


def left_out(position: Position, logs: Sequence[Log]) -> list[Log]:
    """Logs that were not read and never will be, although they are written later: by a clock that was set far back."""
    unseen = [log for log in logs if log.name not in position.seen and log.name != position.file]
    return [log for log in unseen if is_late(log, position) and _is_written_later(log, position)]


def is_late(log: Log, position: Position) -> bool:
    """Reading goes forward only: what the rules remember is of a later time.

    In the hour that comes twice in autumn a log may begin before the one that it follows: it is written later, where
    the host tells when. Where it does not, the log is new all the same: what was there before is seen. Not so beside
    a log without a time in its name, of which it may be an old copy.
    """
    if log.start is None or position.started is None or log.start > position.started:
        return False
    is_new = log.modified_at is None and start_of(position.file) is not None
    return not (is_new or _is_written_later(log, position)) or position.started - log.start > _APART


def _is_written_later(log: Log, position: Position) -> bool:
    return bool(log.modified_at and position.modified_at and log.modified_at > position.modified_at)


def label_of(log: Log, head: bytes) -> str | None:
    """What findings call a log: the same whenever the same bytes are there. None while nobody can tell.

    A name that says when the log began says which one it is; else the first line does.
    """
    header = first_start(head)
    if log.start is not None and (header is None or abs(header - log.start) <= _APART):
        return log.name
    if header is not None:
        return f"{log.name}@{header:%Y-%m-%dT%H:%M:%S}"
    return log.name if len(head) >= HEAD else None
