"""Files that fail, shorten or tell, around real ones: faults at an exact step, whatever the server."""

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import TypeVar

from banstream_remote_files.errors import CutOff
from banstream_remote_files.ports import Entry, RemoteFiles

T = TypeVar("T")
Hook = Callable[[int, str, str], None]
"""Called with the number of a request from 1 on, its name and its path."""


class Cut(Enum):
    """How a request breaks: not sent, answered to nobody, or a write that stored only its first half."""

    BEFORE = "before"
    AFTER = "after"
    TORN = "torn"


class Watched:
    """Calls `before` before every request."""

    def __init__(self, files: RemoteFiles, before: Hook) -> None:
        self.host = files.host
        self.files = files
        self.requests = 0
        self._before = before

    @property
    def resumes(self) -> bool:
        """See the port."""
        return self.files.resumes

    async def entries(self, folder: str) -> list[Entry]:
        """See the port."""
        return await self.sent("entries", folder, lambda: self.files.entries(folder))

    async def size(self, path: str) -> int:
        """See the port."""
        return await self.sent("size", path, lambda: self.files.size(path))

    async def read(self, path: str) -> bytes:
        """See the port."""
        return await self.sent("read", path, lambda: self.files.read(path))

    async def read_from(self, path: str, offset: int, limit: int) -> bytes:
        """See the port."""
        return await self.sent("read_from", path, lambda: self.files.read_from(path, offset, limit))

    async def write(self, path: str, content: bytes) -> None:
        """See the port."""
        await self.sent("write", path, lambda: self.files.write(path, content))

    async def replace(self, source: str, target: str) -> None:
        """See the port."""
        await self.sent("replace", source, lambda: self.files.replace(source, target))

    async def delete(self, path: str) -> None:
        """See the port."""
        await self.sent("delete", path, lambda: self.files.delete(path))

    async def sent(self, name: str, path: str, request: Callable[[], Awaitable[T]]) -> T:
        """Pass a request on."""
        self.requests += 1
        self._before(self.requests, name, path)
        return await request()


class Cutting(Watched):
    """Breaks at request number `at`, and every request after it."""

    def __init__(self, files: RemoteFiles, at: int, how: Cut) -> None:
        super().__init__(files, lambda *_: None)
        self.is_cut = False
        self._at = at
        self._how = how

    async def write(self, path: str, content: bytes) -> None:
        """Store a half when this is the request that breaks and it is to be torn."""
        is_torn = self.requests + 1 == self._at and self._how is Cut.TORN
        stored = content[: len(content) // 2] if is_torn else content
        await self.sent("write", path, lambda: self.files.write(path, stored))

    async def sent(self, name: str, path: str, request: Callable[[], Awaitable[T]]) -> T:
        """Pass a request on, or break."""
        self.requests += 1
        if self.is_cut or (self.requests == self._at and self._how is Cut.BEFORE):
            self.is_cut = True
            raise CutOff(self.host, path, f"cut by the test before {name}")
        try:
            return await request()
        finally:
            if self.requests == self._at:
                self.is_cut = True
                raise CutOff(self.host, path, f"cut by the test after {name}")


class Short(Watched):
    """Reads at most so many bytes, as if that were all."""

    def __init__(self, files: RemoteFiles, most: int) -> None:
        super().__init__(files, lambda *_: None)
        self._most = most

    async def read(self, path: str) -> bytes:
        """The beginning of the file."""
        return (await self.files.read(path))[: self._most]
