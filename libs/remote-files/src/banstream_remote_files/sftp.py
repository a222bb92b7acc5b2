"""SFTP by asyncssh: the server must be known by host key or fingerprint, else there is no connection."""

import asyncio
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

import asyncssh

from banstream_remote_files.errors import (
    CutOff,
    LoginRefused,
    NoSpace,
    NotThere,
    NotTrusted,
    ReadRefused,
    RemoteFileError,
    TooLarge,
    Unreachable,
    WriteRefused,
)
from banstream_remote_files.paths import checked, folder_of
from banstream_remote_files.ports import MAX_READ_BYTES, Entry, RemoteFiles

_FOLDER = asyncssh.FILEXFER_TYPE_DIRECTORY
_LOST = (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, asyncssh.DisconnectError, asyncssh.ChannelOpenError)
_FULL = (asyncssh.SFTPNoSpaceOnFilesystem, asyncssh.SFTPQuotaExceeded)
_ABSENT = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)
_UNTOLD = (*_ABSENT, asyncssh.SFTPPermissionDenied, asyncssh.SFTPFailure, asyncssh.SFTPOpUnsupported)
_FULL_WORDS = ("no space", "quota", "disk full")


@dataclass(frozen=True, slots=True)
class SftpPlace:
    """An SFTP server and an account there.

    Either `host_key` (the server's public key as in `known_hosts`: `ssh-ed25519 AAAA…`) or `fingerprint`
    (`SHA256:…`) is needed. `password`, or `private_key` with its `passphrase`; in OpenSSH's own form
    a passphrase takes the package bcrypt.
    `timeout_seconds` is for connecting and for each single request.
    """

    host: str
    user: str
    password: str | None = field(default=None, repr=False)
    private_key: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)
    host_key: str | None = None
    fingerprint: str | None = None
    port: int = 22
    timeout_seconds: float = 30.0
    max_read_bytes: int = MAX_READ_BYTES


class _Pinned(asyncssh.SSHClient):
    """Takes the server whose key is the expected one, and no other."""

    def __init__(self, fingerprint: str) -> None:
        self._fingerprint = fingerprint

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002  # asyncssh's signature
        return key.get_fingerprint() == self._fingerprint


@asynccontextmanager
async def sftp_files(place: SftpPlace) -> AsyncIterator[RemoteFiles]:
    """Log in, and log out at the end. Raises `Unreachable`, `NotTrusted`, `LoginRefused`, `CutOff`."""
    connection = await _connected(place)
    try:
        yield SftpFiles(await _started(connection, place), place)
    finally:
        connection.abort()
        await connection.wait_closed()


def expected_fingerprint(place: SftpPlace) -> str:
    """The fingerprint the server must have. Raises ValueError when none is given or the key cannot be read."""
    if place.fingerprint:
        return place.fingerprint
    if not place.host_key:
        raise ValueError("an SFTP server needs its host key or fingerprint")
    try:
        return asyncssh.import_public_key(place.host_key).get_fingerprint()
    except asyncssh.KeyImportError as error:
        raise ValueError("the host key cannot be read") from error


def _client_keys(place: SftpPlace) -> list[asyncssh.SSHKey] | None:
    if not place.private_key:
        return None
    try:
        return [asyncssh.import_private_key(place.private_key, place.passphrase)]
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
        raise LoginRefused(place.host, "", "the private key cannot be read") from None


async def _connected(place: SftpPlace) -> asyncssh.SSHClientConnection:
    fingerprint, keys = expected_fingerprint(place), _client_keys(place)
    try:
        async with asyncio.timeout(place.timeout_seconds):
            return await asyncssh.connect(
                place.host,
                place.port,
                username=place.user,
                password=place.password,
                client_keys=keys,
                client_factory=lambda: _Pinned(fingerprint),
                known_hosts=([], [], []),
                agent_path=None,
                config=None,
            )
    except asyncssh.HostKeyNotVerifiable:
        raise NotTrusted(place.host, "", f"its host key is not {fingerprint}") from None
    except asyncssh.PermissionDenied:
        raise LoginRefused(place.host, "", f"not for user {place.user!r} with this password or key") from None
    except TimeoutError:
        raise Unreachable(place.host, "", f"no answer within {place.timeout_seconds:g} s") from None
    except OSError as error:
        raise Unreachable(place.host, "", error.strerror or type(error).__name__) from error
    except asyncssh.Error as error:
        raise Unreachable(place.host, "", error.reason) from error


async def _started(connection: asyncssh.SSHClientConnection, place: SftpPlace) -> asyncssh.SFTPClient:
    try:
        async with asyncio.timeout(place.timeout_seconds):
            return await connection.start_sftp_client(path_errors="surrogateescape")
    except (TimeoutError, OSError, asyncssh.Error) as error:
        raise CutOff(place.host, "", f"no SFTP ({type(error).__name__})") from error


class SftpFiles:
    """The files of an account on an SFTP server."""

    def __init__(self, client: asyncssh.SFTPClient, place: SftpPlace) -> None:
        self.host = place.host
        self._client = client
        self._place = place

    async def entries(self, folder: str) -> list[Entry]:
        """See the port."""
        async with self._told(checked(folder), ReadRefused):
            listing = [_entry(found) async for found in self._client.scandir(folder)]
        return sorted((entry for entry in listing if entry.name not in {".", ".."}), key=lambda entry: entry.name)

    async def size(self, path: str) -> int:
        """See the port."""
        async with self._told(checked(path), ReadRefused):
            size = (await self._client.stat(path)).size
        if size is None:
            raise ReadRefused(self.host, path, "the server tells no sizes")
        return size

    async def exists(self, path: str) -> bool:
        """See the port."""
        try:
            async with self._told(checked(path), ReadRefused):
                await self._client.stat(path)
        except NotThere:
            return False
        return True

    async def read(self, path: str) -> bytes:
        """See the port."""
        most = self._place.max_read_bytes
        content = await self.read_from(path, 0, most + 1)
        if len(content) > most:
            raise TooLarge(self.host, path, f"more than {most} bytes")
        return content

    async def read_from(self, path: str, offset: int, limit: int) -> bytes:
        """See the port."""
        async with self._told(checked(path), ReadRefused), self._client.open(path, "rb") as file:
            return cast("bytes", await file.read(limit, offset))  # binary mode gives bytes, typed or not

    async def write(self, path: str, content: bytes) -> None:
        """See the port."""
        async with self._told(checked(path), WriteRefused), self._client.open(path, "wb") as file:
            await file.write(content)

    async def replace(self, source: str, target: str) -> None:
        """See the port; OpenSSH's extension replaces, the protocol's own rename (version 3) does not."""
        destination = checked(target)
        async with self._told(checked(source), WriteRefused):
            await self._keep_mode(source, destination)
            try:
                await self._client.posix_rename(source, destination)
            except asyncssh.SFTPOpUnsupported:
                await self._client.rename(source, destination)

    async def delete(self, path: str) -> None:
        """See the port."""
        async with self._told(checked(path), WriteRefused):
            await self._client.remove(path)

    async def _keep_mode(self, source: str, target: str) -> None:
        """The game has to read the new file as it did the old one; a server that cannot say keeps its own rules."""
        with suppress(*_UNTOLD):
            mode = (await self._client.stat(target)).permissions
            if mode is not None:
                await self._client.chmod(source, stat.S_IMODE(mode))

    @asynccontextmanager
    async def _told(self, path: str, refused: type[RemoteFileError]) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._place.timeout_seconds):
                yield
        except _LOST as error:
            raise CutOff(self.host, path, error.reason or "the connection broke") from error
        except _FULL as error:
            raise NoSpace(self.host, path, error.reason) from error
        except _ABSENT as error:
            raise await self._absent(path, refused, error.reason) from error
        except asyncssh.SFTPError as error:
            is_full = refused is WriteRefused and any(word in error.reason.lower() for word in _FULL_WORDS)
            raise (NoSpace if is_full else refused)(self.host, path, error.reason) from error
        except TimeoutError:
            raise CutOff(self.host, path, f"silent for {self._place.timeout_seconds:g} s") from None
        except (OSError, asyncssh.Error) as error:
            raise CutOff(self.host, path, str(error) or type(error).__name__) from error

    async def _absent(self, path: str, refused: type[RemoteFileError], reason: str) -> RemoteFileError:
        """A missing folder is no proof of a missing file: the account may have been moved."""
        try:
            async with asyncio.timeout(self._place.timeout_seconds):
                has_folder = await self._client.isdir(folder_of(path))
        except (TimeoutError, OSError, asyncssh.Error):
            return CutOff(self.host, path, "the connection broke")
        return (NotThere if has_folder else refused)(self.host, path, reason)


def _entry(found: asyncssh.SFTPName) -> Entry:
    name = str(found.filename)  # typed as bytes, but text where the folder was given as text
    is_folder = found.attrs.type == _FOLDER
    modified = found.attrs.mtime
    when = datetime.fromtimestamp(modified, UTC) if modified is not None else None
    return Entry(name, is_folder, None if is_folder else found.attrs.size, when)
