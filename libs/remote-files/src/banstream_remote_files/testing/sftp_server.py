"""asyncssh's SFTP server in this process."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import asyncssh

from banstream_remote_files.testing.ftp_server import PASSWORD, USER


@dataclass(slots=True)
class SftpFaults:
    """What goes wrong at the server: no space for writes, nothing may be written, cut after so many bytes written.

    `bytes_per_second` is how fast a slow line takes and gives, `at_transfer` is called before each answer to a read or
    a write.
    """

    is_full: bool = False
    is_read_only: bool = False
    renames_onto_files: bool = True
    cut_stored_after: int | None = None
    bytes_per_second: int | None = None
    at_transfer: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class SftpServer:
    """A running server: the folder it shows, its port, its first public host key and the fingerprints of all."""

    root: Path
    port: int
    host_key: str
    fingerprints: tuple[str, ...]
    faults: SftpFaults

    @property
    def fingerprint(self) -> str:
        """That of the first key."""
        return self.fingerprints[0]


class _Login(asyncssh.SSHServer):
    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


@asynccontextmanager
async def sftp_server(
    root: Path, authorized_keys: Path | None = None, kinds: Sequence[str] = ("ssh-ed25519",)
) -> AsyncIterator[SftpServer]:
    """A server that shows `root` to `USER` with `PASSWORD` or a key of the file given; `kinds` are of its own keys."""
    keys = [asyncssh.generate_private_key(kind) for kind in kinds]
    faults = SftpFaults()
    acceptor = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=_Login,
        server_host_keys=keys,
        sftp_factory=lambda channel: _Files(channel, root, faults),
        authorized_client_keys=str(authorized_keys) if authorized_keys else None,
    )
    async with acceptor:
        public = keys[0].export_public_key().decode().strip()
        fingerprints = tuple(key.get_fingerprint() for key in keys)
        yield SftpServer(root, acceptor.get_port(), public, fingerprints, faults)


class _Files(asyncssh.SFTPServer):
    written = 0

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], root: Path, faults: SftpFaults) -> None:
        super().__init__(channel, chroot=str(root).encode())
        self.faults = faults
        self._line = asyncio.Lock()

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if self.faults.is_read_only and pflags & asyncssh.FXF_WRITE:
            raise asyncssh.SFTPPermissionDenied("permission denied")
        return super().open(path, pflags, attrs)

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        found = cast("bytes", super().read(file_obj, offset, size))
        await self._carry(found)
        return found

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        if self.faults.is_full:
            raise asyncssh.SFTPFailure("No space left on device")
        await self._carry(data)
        written = cast("int", super().write(file_obj, offset, data))
        self.written += len(data)
        if self.faults.cut_stored_after is not None and self.written > self.faults.cut_stored_after:
            self.channel.get_connection().abort()
        return written

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        if self.faults.is_read_only:
            raise asyncssh.SFTPPermissionDenied("permission denied")
        if not self.faults.renames_onto_files:
            raise asyncssh.SFTPOpUnsupported("no such extension")
        super().posix_rename(oldpath, newpath)

    async def _carry(self, data: bytes) -> None:
        self.faults.at_transfer()
        if self.faults.bytes_per_second is not None:
            async with self._line:
                await asyncio.sleep(len(data) / self.faults.bytes_per_second)
