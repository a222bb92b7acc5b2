"""The files of copies: written so that a crash leaves the one before or the new one, and read only as far as they hold.

Everything here blocks; whoever must not wait calls it in a thread.
"""

import errno
import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from banstream_gateway.copies import blocks
from banstream_gateway.copies.blocks import DIGEST_BYTES, LARGEST_BYTES, LENGTH_BYTES, Chain, first_line

FOLDER_MODE = 0o700
_FILE_MODE = 0o600
_ROOM = 2
"""A copy is written only where this many times its size is free, so that it is not what fills the disk."""


class NotUsable(Exception):
    """There is no copy to answer from; the text says why."""


class NoCopy(NotUsable):
    """Nobody has written one."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a copy holds: its bytes up to `end`, as of a Unix time and a position of the log."""

    end: int
    as_of: float
    position: int


def path_of(folder: Path, bucket: str) -> Path:
    """Where the copy of a bucket is."""
    return folder / f"{bucket}.copy"


def opened(folder: Path, bucket: str) -> BinaryIO:
    """The copy of a bucket, to read. Raises NotUsable."""
    try:
        return path_of(folder, bucket).open("rb")
    except FileNotFoundError:
        raise NoCopy("there is none") from None
    except OSError as error:
        raise NotUsable(f"it cannot be opened: {error.strerror}") from None


def examined(file: BinaryIO, bucket: str, keys: Sequence[bytes]) -> Found:
    """Look through a whole copy for what can be believed of it, under any of the keys. Raises NotUsable.

    What was being added when a process or the machine died is left out.
    """
    try:
        for key in keys:
            file.seek(0)
            found = _found(file, bucket, key)
            if found is not None:
                return found
    except OSError as error:
        raise NotUsable(f"it cannot be read: {error.strerror}") from None
    raise NotUsable("it is damaged, unfinished, or was written with another address key")


def blocks_of(file: BinaryIO, bucket: str, found: Found) -> Iterator[blocks.Block]:
    """The blocks of an examined copy. Raises OSError."""
    file.seek(len(first_line(bucket)))
    while file.tell() < found.end:
        length = int.from_bytes(file.read(LENGTH_BYTES))
        yield blocks.read(file.read(length))
        file.seek(DIGEST_BYTES, os.SEEK_CUR)


class Lock:
    """One process writes the copies of a folder. The system lets go of it when that ends in any way."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lock"
        self._handle: int | None = None

    def take(self) -> bool:
        """Whether this process may write from now on; makes the folder if need be. Raises OSError.

        A lock whose file somebody has removed is lost: another process may have one on the file that came after it.
        """
        if self._handle is not None:
            if _is_at(self._path, self._handle):
                return True
            self.release()
        self._path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, _FILE_MODE)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            if isinstance(error, BlockingIOError):
                return False
            raise
        self._handle = handle
        return True

    def release(self) -> None:
        """Let another process write."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


class CopyFile:
    """A copy while it is written: whole beside the one before, put in its place, and then added to.

    Every method raises OSError, and after one of these the copy is closed.
    """

    def __init__(self, folder: Path, bucket: str, key: bytes) -> None:
        """Raises OSError where there is no room for one like the last."""
        self._path = path_of(folder, bucket)
        self._beside = self._path.with_suffix(".new")
        _require_room(self._path)
        handle = os.open(self._beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FILE_MODE)
        self._file = os.fdopen(handle, "wb", buffering=0)
        line = first_line(bucket)
        self._chain = Chain(key, line)
        self.written_bytes = 0
        self._unwritten = line

    def is_in_place(self) -> bool:
        """Whether it is still there, for whoever starts next."""
        return _is_at(self._path, self._file.fileno())

    def add(self, added: Iterable[bytes]) -> None:
        """Write blocks behind all others."""
        content = self._unwritten + b"".join(map(self._chain.signed, added))
        self._unwritten = b""
        rest = memoryview(content)
        while rest:
            rest = rest[self._file.write(rest) :]
        self.written_bytes += len(content)

    def put_in_place(self) -> None:
        """Replace the copy before with this one."""
        os.fsync(self._file.fileno())
        self._beside.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def settle(self) -> None:
        """What was added survives the machine."""
        os.fdatasync(self._file.fileno())

    def close(self) -> None:
        """Leave what is in place, and nothing of this one beside it. Closed already, it stays as it is."""
        with suppress(OSError):
            if not self._file.closed and _is_at(self._beside, self._file.fileno()):
                self._beside.unlink()
        self._file.close()


def _found(file: BinaryIO, bucket: str, key: bytes) -> Found | None:
    """How far a copy holds under a key; None where it does not even begin so."""
    line = first_line(bucket)
    if file.read(len(line)) != line:
        raise NotUsable("it is no copy that this version has written")
    chain, end, found = Chain(key, line), len(line), None
    while (block := _next(file, chain)) is not None:
        end += LENGTH_BYTES + len(block) + DIGEST_BYTES
        head = blocks.read_head(block)
        if head.as_of != blocks.UNFINISHED:
            found = Found(end, head.as_of, head.position)
    return found


def _next(file: BinaryIO, chain: Chain) -> bytes | None:
    length = int.from_bytes(file.read(LENGTH_BYTES))
    if not 0 < length <= LARGEST_BYTES:
        return None
    block, digest = file.read(length), file.read(DIGEST_BYTES)
    return block if len(block) == length and chain.holds(block, digest) else None


def _is_at(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except OSError:
        return False


def _require_room(path: Path) -> None:
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return
    disk = os.statvfs(path.parent)
    if disk.f_bavail * disk.f_frsize < _ROOM * size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
