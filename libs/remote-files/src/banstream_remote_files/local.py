"""A folder of this machine behind the same port: for game servers on the same host, and for tests."""

import asyncio
import errno
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from banstream_remote_files.errors import NoSpace, NotThere, ReadRefused, RemoteFileError, TooLarge, WriteRefused
from banstream_remote_files.paths import checked
from banstream_remote_files.ports import MAX_READ_BYTES, Entry, RemoteFiles

T = TypeVar("T")

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@asynccontextmanager
async def local_files(root: Path, max_read_bytes: int = MAX_READ_BYTES) -> AsyncIterator[RemoteFiles]:
    """The files below `root`; a path that leads out of it is refused."""
    yield LocalFiles(root, max_read_bytes)


class LocalFiles:
    """Files below a folder; every write is forced to the disk before it counts as done."""

    host = "local"
    resumes = True

    def __init__(self, root: Path, max_read_bytes: int) -> None:
        self._root = root.resolve()
        self._max_read_bytes = max_read_bytes

    async def entries(self, folder: str) -> list[Entry]:
        """See the port."""
        return await self._reading(folder, _entries)

    async def size(self, path: str) -> int:
        """See the port."""
        return (await self._reading(path, Path.stat)).st_size

    async def read(self, path: str) -> bytes:
        """See the port."""
        content = await self.read_from(path, 0, self._max_read_bytes + 1)
        if len(content) > self._max_read_bytes:
            raise TooLarge(self.host, path, f"more than {self._max_read_bytes} bytes")
        return content

    async def read_from(self, path: str, offset: int, limit: int) -> bytes:
        """See the port."""
        return await self._reading(path, lambda place: _read(place, offset, limit))

    async def write(self, path: str, content: bytes) -> None:
        """See the port."""
        await self._writing(path, lambda place: _write(place, content))

    async def replace(self, source: str, target: str) -> None:
        """See the port."""
        destination = self._place(target)
        await self._writing(source, lambda place: _replace(place, destination))

    async def delete(self, path: str) -> None:
        """See the port."""
        await self._writing(path, Path.unlink)

    def _place(self, path: str) -> Path:
        try:
            place = (self._root / checked(path).lstrip("/")).resolve()
        except RuntimeError:  # until Python 3.13, which leaves it to whoever opens the file
            raise ReadRefused(self.host, path, "links that lead nowhere") from None
        if not place.is_relative_to(self._root):
            raise ReadRefused(self.host, path, "leads out of the folder")
        return place

    async def _reading(self, path: str, act: Callable[[Path], T]) -> T:
        return await self._doing(path, act, ReadRefused)

    async def _writing(self, path: str, act: Callable[[Path], T]) -> T:
        return await self._doing(path, act, WriteRefused)

    async def _doing(self, path: str, act: Callable[[Path], T], refused: type[RemoteFileError]) -> T:
        place = self._place(path)
        try:
            return await asyncio.to_thread(act, place)
        except FileNotFoundError as error:
            seen = place.parent.is_dir()
            raise (NotThere if seen else refused)(self.host, path, error.strerror or "no such file") from error
        except OSError as error:
            kind = NoSpace if error.errno in _FULL else refused
            raise kind(self.host, path, error.strerror or type(error).__name__) from error


def _read(place: Path, offset: int, limit: int) -> bytes:
    with place.open("rb") as stream:
        stream.seek(offset)
        return stream.read(limit)


def _write(place: Path, content: bytes) -> None:
    with place.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _replace(source: Path, target: Path) -> None:
    if target.exists():
        _keep_owner_and_mode(source, target)
    source.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _keep_owner_and_mode(source: Path, target: Path) -> None:
    """The game has to read and write the new file as it did the old one; the group is what others may give as well."""
    before = target.stat()
    try:
        os.chown(source, before.st_uid, before.st_gid)
    except PermissionError:
        with suppress(PermissionError):
            os.chown(source, -1, before.st_gid)
    shutil.copymode(target, source)


def _entries(folder: Path) -> list[Entry]:
    """What is there; a file that goes meanwhile is not."""
    entries = []
    for found in sorted(folder.iterdir()):
        with suppress(FileNotFoundError):
            status = found.lstat()
            is_folder = found.is_dir()
            if found.is_symlink():
                entries.append(Entry(found.name, is_folder))
                continue
            changed = datetime.fromtimestamp(status.st_mtime, UTC)
            entries.append(Entry(found.name, is_folder, None if is_folder else status.st_size, changed))
    return entries
