"""asyncssh's SFTP server in this process."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from banstream_remote_files.testing.ftp_server import PASSWORD, USER


@dataclass(slots=True)
class SftpFaults:
    """What goes wrong at the server: no space for writes, nothing may be written, cut after so many bytes written."""

    is_full: bool = False
    is_read_only: bool = False
    renames_onto_files: bool = True
    cut_stored_after: int | None = None


@dataclass(frozen=True, slots=True)
class SftpServer:
    """A running server: the folder it shows, its port, its public host key and that key's fingerprint."""

    root: Path
    port: int
    host_key: str
    fingerprint: str
    faults: SftpFaults


class _Login(asyncssh.SSHServer):
    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


@asynccontextmanager
async def sftp_server(root: Path, authorized_keys: Path | None = None) -> AsyncIterator[SftpServer]:
    """A server that shows `root` to `USER` with `PASSWORD` or a key of the file given."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    faults = SftpFaults()
    acceptor = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=_Login,
        server_host_keys=[key],
        sftp_factory=lambda channel: _files(channel, root, faults),
        authorized_client_keys=str(authorized_keys) if authorized_keys else None,
    )
    async with acceptor:
        public = key.export_public_key().decode().strip()
        yield SftpServer(root, acceptor.get_port(), public, key.get_fingerprint(), faults)


def _files(channel: asyncssh.SSHServerChannel[bytes], root: Path, faults: SftpFaults) -> asyncssh.SFTPServer:
    files = _Files(channel, chroot=str(root).encode())
    files.faults = faults
    return files


class _Files(asyncssh.SFTPServer):
    faults: SftpFaults
    written = 0

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if self.faults.is_read_only and pflags & asyncssh.FXF_WRITE:
            raise asyncssh.SFTPPermissionDenied("permission denied")
        return super().open(path, pflags, attrs)

    def write(self, file_obj: object, offset: int, data: bytes) -> int | Awaitable[int]:
        if self.faults.is_full:
            raise asyncssh.SFTPFailure("No space left on device")
        written = super().write(file_obj, offset, data)
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
