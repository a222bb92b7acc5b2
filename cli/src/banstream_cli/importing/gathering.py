"""What files hold, ready to be sent: read by a format, tidied, each row once. It can be gone through several times."""

import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from banstream_cli.importing.rows import Format, Options, Rejected, Row, Unreadable, rejected
from banstream_cli.importing.tidying import Sendable, Where, tidied
from banstream_cli.terminal.exits import Stuck
from banstream_contracts.infractions import Punishment

STDIN = Path("-")
_MUTES = {Punishment.VOICE_BLOCK, Punishment.CHAT_BLOCK}


class Kind(StrEnum):
    """Which infractions are wanted."""

    BANS = "bans"
    MUTES = "mutes"
    WARNINGS = "warnings"


class Skipped(StrEnum):
    """Why a row is not sent, about which nothing is wrong."""

    OTHER_KIND = "other_kind"
    TWICE = "twice"


@dataclass(frozen=True, slots=True)
class NotSent:
    """A row that is there, and is not sent."""

    key: str
    why: Skipped


Entry = Sendable | Rejected | NotSent


@dataclass(frozen=True, slots=True)
class File:
    """A file that can be read again and again, and what people call it."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Gathering:
    """What to read, and how. Without `kinds` everything is wanted."""

    files: tuple[File, ...]
    form: Format
    options: Options
    where: Where
    kinds: frozenset[Kind] = frozenset()


@contextmanager
def readable_again(paths: Sequence[Path]) -> Iterator[tuple[File, ...]]:
    """The files; what comes through a pipe is copied into one for as long as this lasts. Raises Stuck."""
    with ExitStack() as stack:
        yield tuple(_again(path, stack) for path in paths)


def entries(gathering: Gathering) -> Iterator[Entry]:
    """Everything that the files hold, in their order. Raises Stuck for a file that is not of the format."""
    seen: dict[str, int] = {}
    for file in gathering.files:
        place = f"{file.name}: " if len(gathering.files) > 1 else ""
        for found in _read(file, gathering):
            if isinstance(found, Rejected):
                yield replace(found, place=f"{place}{found.place}")
                continue
            if not is_wanted(found.punishments, gathering.kinds):
                yield NotSent(found.key, Skipped.OTHER_KIND)
                continue
            entry = tidied(found, gathering.where)
            yield _once(entry, seen, place) if isinstance(entry, Sendable) else entry


def is_wanted(punishments: Iterable[str], kinds: frozenset[Kind]) -> bool:
    """Whether what punishes so is of one of these kinds; without any, everything is."""
    if not kinds:
        return True
    named = set(punishments)
    return (
        (Kind.BANS in kinds and Punishment.BAN in named)
        or (Kind.MUTES in kinds and bool(named & _MUTES))
        or (Kind.WARNINGS in kinds and not named)
    )


def _read(file: File, gathering: Gathering) -> Iterator[Row | Rejected]:
    try:
        yield from gathering.form.read(file.path, gathering.options)
    except Unreadable as error:
        raise Stuck(f"{file.name}: {error}") from error
    except OSError as error:
        raise Stuck(f"{file.name} cannot be read: {error.strerror or error}") from error


def _once(entry: Sendable, seen: dict[str, int], place: str) -> Entry:
    """Files may overlap, as active bans and a history do; two that differ are not taken for each other."""
    content = hash(repr(entry.body))
    if entry.key not in seen:
        seen[entry.key] = content
        return entry
    if seen[entry.key] == content:
        return NotSent(entry.key, Skipped.TWICE)
    why = "another row before it has the same id; import what is of two systems under two names (--source)"
    return rejected(f"{place}row {entry.key}", why, entry.body, entry.key)


def _again(path: Path, stack: ExitStack) -> File:
    try:
        if path == STDIN:
            return File("stdin", _copied(sys.stdin.buffer, stack))
        with path.open("rb") as opened:
            return File(str(path), path if path.is_file() else _copied(opened, stack))
    except OSError as error:
        raise Stuck(f"{path} cannot be read: {error.strerror or error}") from error


def _copied(pipe: BinaryIO, stack: ExitStack) -> Path:
    copy = stack.enter_context(NamedTemporaryFile(prefix="banstream-import-"))  # noqa: SIM115 - the stack closes it
    shutil.copyfileobj(pipe, copy)
    copy.flush()
    return Path(copy.name)
