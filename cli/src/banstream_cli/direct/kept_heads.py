"""Heads of the logs, kept in a file that is only ever added to: where each log ended, and when that was seen."""

import errno
import fcntl
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from banstream_cli.direct.event_logs import LogName
from banstream_cli.stack.private_file import sync_folder
from banstream_cli.terminal.exits import Stuck
from banstream_cli.terminal.target_file import writing
from banstream_event_log.verification import Head

_LONGEST_LINE = 4096
_MODE = 0o600


class KeptHead(BaseModel):
    """A line of the file. `database` is where the log was, without user and password."""

    model_config = ConfigDict(frozen=True)

    kept_at: AwareDatetime
    database: str
    log: LogName
    position: Annotated[int, Field(ge=1, strict=True)]
    hash: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]

    @property
    def head(self) -> Head:
        """Without where it was kept and when."""
        return Head(self.position, self.hash)


@dataclass(frozen=True, slots=True)
class HeadsFile:
    """The file as it was when it was opened: `heads` is what it held."""

    path: Path
    handle: int
    heads: tuple[KeptHead, ...]

    def append(self, heads: Iterable[KeptHead]) -> None:
        """Write them behind all others, durably, or none of them. Raises Stuck."""
        lines = "".join(f"{each.model_dump_json()}\n" for each in heads).encode()
        with writing(self.path), _held(self.handle, fcntl.LOCK_EX):
            size = os.fstat(self.handle).st_size
            begins = b"" if not size or os.pread(self.handle, 1, size - 1) == b"\n" else b"\n"
            _write_whole(self.handle, begins + lines, size)
            sync_folder(self.path.resolve().parent)


@contextmanager
def heads_file(path: Path) -> Iterator[HeadsFile]:
    """Open it to be read and added to; one that is not there is made, for its owner only.

    Raises Stuck where it cannot be written, or holds anything else than heads.
    """
    with writing(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK, _MODE)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Stuck(f"{path} is no file that heads can be kept in")
        with writing(path), _held(handle, fcntl.LOCK_SH):
            heads = tuple(_read(handle, path))
        yield HeadsFile(path, handle, heads)
    finally:
        os.close(handle)


def _read(handle: int, path: Path) -> Iterator[KeptHead]:
    with open(handle, "rb", closefd=False) as file:
        for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE), b""), 1):
            try:
                yield KeptHead.model_validate_json(line)
            except ValidationError as error:
                raise Stuck(
                    f"{path}: line {number} is no head of a log: name the file that `log verify --heads` wrote,"
                    " or take out a line that is damaged"
                ) from error


def _write_whole(handle: int, lines: bytes, size: int) -> None:
    """All of it or, on a full disk, nothing: half a line would be taken for damage."""
    try:
        written = os.write(handle, lines)
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, size)
        raise
    if written < len(lines):
        os.ftruncate(handle, size)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@contextmanager
def _held(handle: int, lock: int) -> Iterator[None]:
    """Others that read or write the file wait meanwhile."""
    fcntl.flock(handle, lock)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)
