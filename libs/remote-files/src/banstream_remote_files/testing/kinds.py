"""One running server of each kind, for suites that every adapter must pass."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from banstream_remote_files.ftp import ftp_files
from banstream_remote_files.ftp_place import FtpPlace, Tls
from banstream_remote_files.local import local_files
from banstream_remote_files.ports import RemoteFiles
from banstream_remote_files.sftp import SftpPlace, sftp_files
from banstream_remote_files.testing.ftp_server import PASSWORD, USER, FtpServer, ftp_server
from banstream_remote_files.testing.sftp_server import SftpServer, sftp_server

KINDS = ("ftp", "ftps-explicit", "ftps-implicit", "ftp-list-only", "sftp", "local")
"""`ftp-list-only` is an old server: LIST instead of MLSD, no SIZE, no EPSV."""

MAX_READ_BYTES = 16_000_000
_TIMEOUT_SECONDS = 10.0
_OLD_SERVER_LACKS = frozenset({"MLSD", "MLST", "SIZE", "EPSV"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A running server: its folder, how to connect to it, and the server itself where it has faults to set."""

    name: str
    root: Path
    connect: Callable[[], AbstractAsyncContextManager[RemoteFiles]]
    server: FtpServer | SftpServer | None = None


def ftp_place(server: FtpServer, tls: Tls = Tls.NONE, authorities: Path | None = None) -> FtpPlace:
    """The place of a test's FTP server."""
    return FtpPlace(
        "127.0.0.1",
        USER,
        PASSWORD,
        server.port,
        tls,
        authorities=str(authorities) if authorities else None,
        timeout_seconds=_TIMEOUT_SECONDS,
        max_read_bytes=MAX_READ_BYTES,
    )


def sftp_place(server: SftpServer) -> SftpPlace:
    """The place of a test's SFTP server."""
    return SftpPlace(
        "127.0.0.1",
        USER,
        PASSWORD,
        host_key=server.host_key,
        port=server.port,
        timeout_seconds=_TIMEOUT_SECONDS,
        max_read_bytes=MAX_READ_BYTES,
    )


@asynccontextmanager
async def running(name: str, root: Path, certificate: Path) -> AsyncIterator[Kind]:
    """Start the server of that kind; `certificate` is for those with TLS."""
    match name:
        case "local":
            yield Kind(name, root, lambda: local_files(root, MAX_READ_BYTES))
        case "sftp":
            async with sftp_server(root) as sftp:
                yield Kind(name, root, lambda: sftp_files(sftp_place(sftp)), sftp)
        case "ftps-explicit" | "ftps-implicit":
            tls = Tls.IMPLICIT if name == "ftps-implicit" else Tls.EXPLICIT
            with ftp_server(root, certificate=certificate, is_implicit=tls is Tls.IMPLICIT) as secure:
                yield Kind(name, root, lambda: ftp_files(ftp_place(secure, tls, certificate)), secure)
        case _:
            with ftp_server(root) as plain:
                plain.faults.refused_commands |= _OLD_SERVER_LACKS if name == "ftp-list-only" else set()
                yield Kind(name, root, lambda: ftp_files(ftp_place(plain)), plain)
