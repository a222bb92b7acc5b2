"""What every format is read into: rows that can be imported, and what is wrong with those that cannot. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import BinaryIO

from banstream_contracts.infractions import Punishment, Scope, Severity
from banstream_contracts.players import Player

LONGEST_RAW = 500
"""Characters of what stood in the source that a `Rejected` shows."""

REPLACED = "\ufffd"
"""What stands in a text where the bytes of the file were none."""


class Unreadable(Exception):
    """The file as a whole is not of this format, or cannot be read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Lifted:
    """Somebody lifted it in the other system; what that system does not know is None. `at` is aware, UTC."""

    at: datetime | None = None
    by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An infraction as it stands in the other system: about a player, an address, or a player known with an address.

    `key` is its id there, unique in the source and the same in every run. No punishment is a warning. Times are aware,
    in UTC; without `expires_at` it never ends. Texts are as they were found: of any length, with any character.
    `severity`, `scope` and `server_id` are None where the source says nothing of them.
    """

    key: str
    player: Player | None = None
    name: str | None = None
    address: str | None = None
    punishments: tuple[Punishment, ...]
    reason: str | None = None
    note: str | None = None
    evidence: str | None = None
    category: str | None = None
    severity: Severity | None = None
    scope: Scope | None = None
    server_id: str | None = None
    issued_at: datetime | None = None
    issued_by: str | None = None
    expires_at: datetime | None = None
    lifted: Lifted | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """What cannot be imported: where it stands (`line 17`, `bans[3]`), what is wrong and what to do, what stood there.

    `raw` is cut to `LONGEST_RAW` characters, see `rejected`. `key` is that of the row, None where it was not read.
    """

    place: str
    why: str
    raw: str
    key: str | None = None


def rejected(place: str, why: str, raw: object, key: str | None = None) -> Rejected:
    """With what stood there as text, cut."""
    text = as_text(raw)
    return Rejected(place, why, text if len(text) <= LONGEST_RAW else f"{text[: LONGEST_RAW - 1]}…", key)


def as_text(value: object) -> str:
    """What was found as text, whatever it is."""
    try:
        return value if isinstance(value, str) else repr(value)
    except RecursionError:
        return "(nested too deep to be shown)"


@dataclass(frozen=True, slots=True)
class Options:
    """What a reader may be told.

    `service` is whose ids a list holds that does not say so itself, `zone` that of times that name none, `mapping` a
    file that says what the columns of a table mean.
    """

    service: str | None = None
    zone: tzinfo = UTC
    mapping: Path | None = None


Source = Path | BinaryIO
"""A file by its path, or what comes through a pipe, which can be read once and forwards only."""

Found = Iterator[Row | Rejected]

Reader = Callable[[Source, Options], Found]
"""A generator: it reads as it goes, goes on after a bad row, and raises `Unreadable` for what is another format."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format by the name that a command is given; `summary` is one line of its help."""

    name: str
    summary: str
    read: Reader
