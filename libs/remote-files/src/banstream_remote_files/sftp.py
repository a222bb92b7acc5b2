"""SFTP by asyncssh: the server must be known by host key or fingerprint, else there is no connection."""

import asyncio
import stat
from collections.abc import AsyncIterator, Callable
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
from banstream_remote_files.patience import Patience
from banstream_remote_files.ports import MAX_READ_BYTES, Entry, RemoteFiles

_FOLDER = asyncssh.FILEXFER_TYPE_DIRECTORY
_ABSENT = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)
_UNTOLD = (*_ABSENT, asyncssh.SFTPPermissionDenied, asyncssh.SFTPFailure, asyncssh.SFTPOpUnsupported)
_FULL_WORDS = ("no space", "quota", "disk full")
_KEYS_ASKED_FOR = ((), ("ssh-ed25519",), ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"))
"""A server has several keys, and shows one of the kind that it is asked for; at first that is whichever it likes."""
_CHUNK = 256 * 1024


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
        yield SftpFiles(await _started(connection, place), place, connection.abort)
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
    for algorithms in _KEYS_ASKED_FOR:
        connection = await _known_by(place, fingerprint, keys, algorithms)
        if connection is not None:
            return connection
    raise NotTrusted(place.host, "", f"its host key is not {fingerprint}")


async def _known_by(
    place: SftpPlace, fingerprint: str, keys: list[asyncssh.SSHKey] | None, algorithms: tuple[str, ...]
) -> asyncssh.SSHClientConnection | None:
    """Log in to a server whose key of this kind is the expected one; None where it is not, or there is none."""
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
                server_host_key_algs=algorithms,
                agent_path=None,
                config=None,
            )
    except asyncssh.PermissionDenied:
        raise LoginRefused(place.host, "", f"not for user {place.user!r} with this password or key") from None
    except TimeoutError:
        raise Unreachable(place.host, "", f"no answer within {place.timeout_seconds:g} s") from None
    except (OSError, UnicodeError) as error:  # the latter of a host like a..example
        raise Unreachable(place.host, "", getattr(error, "strerror", None) or type(error).__name__) from error
    except asyncssh.Error as error:
        is_of_no_such_kind = bool(algorithms) and isinstance(error, asyncssh.KeyExchangeFailed)
        if is_of_no_such_kind or isinstance(error, asyncssh.HostKeyNotVerifiable):
            return None
        raise Unreachable(place.host, "", error.reason) from error


async def _started(connection: asyncssh.SSHClientConnection, place: SftpPlace) -> asyncssh.SFTPClient:
    try:
        async with asyncio.timeout(place.timeout_seconds):
            return await connection.start_sftp_client(path_errors="surrogateescape")
    except (TimeoutError, OSError, asyncssh.Error) as error:
        raise CutOff(place.host, "", f"no SFTP ({type(error).__name__})") from error


class SftpFiles:
    """The files of an account on an SFTP server; `give_up` ends the connection at once."""

    resumes = True

    def __init__(self, client: asyncssh.SFTPClient, place: SftpPlace, give_up: Callable[[], None]) -> None:
        self.host = place.host
        self._client = client
        self._place = place
        self._give_up = give_up

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

    async def read(self, path: str) -> bytes:
        """See the port."""
        most = self._place.max_read_bytes
        content = await self.read_from(path, 0, most + 1)
        if len(content) > most:
            raise TooLarge(self.host, path, f"more than {most} bytes")
        return content

    async def read_from(self, path: str, offset: int, limit: int) -> bytes:
        """See the port."""
        content = bytearray()
        async with self._told(checked(path), ReadRefused) as patience, self._client.open(path, "rb") as file:
            while len(content) < limit:
                asked = min(_CHUNK, limit - len(content))
                chunk = cast("bytes", await file.read(asked, offset + len(content)))  # bytes in binary mode
                if not chunk:
                    break
                content += chunk
                patience.renew()
        return bytes(content)

    async def write(self, path: str, content: bytes) -> None:
        """See the port."""
        async with self._told(checked(path), WriteRefused) as patience, self._client.open(path, "wb") as file:
            for start in range(0, len(content), _CHUNK):
                await file.write(content[start : start + _CHUNK])
                patience.renew()
            try:
                await file.fsync()  # else a host that loses its power may keep the new name and not what is in it
            except _UNTOLD as error:
                if _is_full(error):
                    raise

    async def replace(self, source: str, target: str) -> None:
        """See the port; OpenSSH's extension replaces, the protocol's own rename (version 3) does not."""
        async with self._told(checked(source), WriteRefused):
            if await self._behind_links(source) != source:
                raise WriteRefused(self.host, source, "a link, and what it leads to would stay where it is")
            destination = await self._behind_links(checked(target))
            await self._keep_owner_and_mode(source, destination)
            try:
                await self._client.posix_rename(source, destination)
            except asyncssh.SFTPOpUnsupported:
                await self._client.rename(source, destination)

    async def delete(self, path: str) -> None:
        """See the port."""
        async with self._told(checked(path), WriteRefused):
            await self._client.remove(path)

    async def _behind_links(self, path: str) -> str:
        """The file itself where the path is a link: several servers may share the list behind it."""
        with suppress(*_UNTOLD):
            if await self._client.islink(path):
                return str(await self._client.realpath(path))
        return path

    async def _keep_owner_and_mode(self, source: str, target: str) -> None:
        """The game has to read and write the new file as it did the old one, as far as the server lets us."""
        with suppress(*_UNTOLD):
            before, now = await self._client.stat(target), await self._client.stat(source)
            if before.uid is not None and before.gid is not None and (before.uid, before.gid) != (now.uid, now.gid):
                with suppress(*_UNTOLD):
                    await self._client.chown(source, before.uid, before.gid)
            if before.permissions is not None:
                await self._client.chmod(source, stat.S_IMODE(before.permissions))

    @asynccontextmanager
    async def _told(self, path: str, refused: type[RemoteFileError]) -> AsyncIterator[Patience]:
        patience = Patience(self._place.timeout_seconds, self._give_up)
        try:
            yield patience
        except (OSError, asyncssh.Error) as error:
            if (task := asyncio.current_task()) and task.cancelling():
                raise asyncio.CancelledError from error
            if patience.is_over:
                raise CutOff(self.host, path, f"silent for {self._place.timeout_seconds:g} s") from None
            raise await self._error_of(error, path, refused) from error
        finally:
            patience.stop()

    async def _error_of(self, error: Exception, path: str, refused: type[RemoteFileError]) -> RemoteFileError:
        match error:
            case asyncssh.SFTPConnectionLost() | asyncssh.SFTPNoConnection() | asyncssh.DisconnectError():
                return CutOff(self.host, path, error.reason or "the connection broke")
            case asyncssh.SFTPNoSpaceOnFilesystem() | asyncssh.SFTPQuotaExceeded():
                return NoSpace(self.host, path, error.reason)
            case asyncssh.SFTPNoSuchFile() | asyncssh.SFTPNoSuchPath():
                return await self._absent(path, refused, error.reason)
            case asyncssh.SFTPError():
                is_full = refused is WriteRefused and _is_full(error)
                return (NoSpace if is_full else refused)(self.host, path, error.reason)
            case _:
                return CutOff(self.host, path, str(error) or type(error).__name__)

    async def _absent(self, path: str, refused: type[RemoteFileError], reason: str) -> RemoteFileError:
        """A missing folder is no proof of a missing file: the account may have been moved."""
        try:
            async with asyncio.timeout(self._place.timeout_seconds):
                has_folder = await self._client.isdir(folder_of(path))
        except (TimeoutError, OSError, asyncssh.Error):
            return CutOff(self.host, path, "the connection broke")
        return (NotThere if has_folder else refused)(self.host, path, reason)


def _is_full(error: asyncssh.SFTPError) -> bool:
    return any(word in error.reason.lower() for word in _FULL_WORDS)


def _entry(found: asyncssh.SFTPName) -> Entry:
    name = str(found.filename)  # typed as bytes, but text where the folder was given as text
    is_folder = found.attrs.type == _FOLDER
    if found.attrs.type == asyncssh.FILEXFER_TYPE_SYMLINK:
        return Entry(name)
    modified = found.attrs.mtime
    when = datetime.fromtimestamp(modified, UTC) if modified is not None else None
    return Entry(name, is_folder, None if is_folder else found.attrs.size, when)
