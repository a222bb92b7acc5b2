"""The port: what banstream does with files on other machines."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

MAX_READ_BYTES = 64 * 1024 * 1024
"""The most that one read takes into memory, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file or folder in a listing; `size` in bytes and `modified_at` (with zone) where the server tells them.

    Of a link neither is told but where it is that of its file.
    """

    name: str
    is_folder: bool = False
    size: int | None = None
    modified_at: datetime | None = None


class RemoteFiles(Protocol):
    """One open connection; requests on it are made one after the other.

    Paths are text with `/`, may hold blanks and any letter, and no control characters (`ValueError`).
    All methods raise `RemoteFileError`s. After `CutOff` the connection is of no more use.
    """

    @property
    def host(self) -> str:
        """Which server, for people."""
        ...

    @property
    def resumes(self) -> bool:
        """Whether `read_from` is sent only what it asks for; else all that is before the offset comes as well.

        True until the server was seen not to, which holds until it is seen to: as of the last read behind the begin.
        """
        ...

    async def entries(self, folder: str) -> list[Entry]:
        """What is in the folder, by name; `.` and `..` are left out. Raises `ReadRefused` for a folder that is not."""
        ...

    async def size(self, path: str) -> int:
        """The file's size in bytes. Raises `NotThere`."""
        ...

    async def read(self, path: str) -> bytes:
        """The whole file. Raises `NotThere`, `TooLarge`."""
        ...

    async def read_from(self, path: str, offset: int, limit: int) -> bytes:
        """At most `limit` bytes from byte `offset` on; nothing at or beyond the end. Raises `NotThere`."""
        ...

    async def write(self, path: str, content: bytes) -> None:
        """Store a whole file, meant for a new name: what stood there is lost, also if this fails half-way."""
        ...

    async def replace(self, source: str, target: str) -> None:
        """Rename, taking the place of `target` at once, with its permissions where the protocol has any.

        Raises `WriteRefused` where the server does not rename onto a file that is there, and where `source` is known to
        be a link; both files stay then.
        """
        ...

    async def delete(self, path: str) -> None:
        """Take the file away. Raises `NotThere`."""
        ...
