"""Carries an attempt to where a file is, whatever it is reached by."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import aiohttp
import asyncssh

from banstream_contracts.ban_files import BanFileKind, BanFilePlace
from banstream_ftp_sync.applying.applier import Keep, apply_at
from banstream_ftp_sync.applying.field_applier import apply_to_field
from banstream_ftp_sync.applying.nitrado import NitradoBans, NitradoPlace
from banstream_ftp_sync.applying.plan import Target
from banstream_ftp_sync.applying.receipts import Receipt
from banstream_ftp_sync.places import LocalPlace, Opened, port_of
from banstream_remote_files.errors import NotThere, Unreachable
from banstream_remote_files.ftp import ftp_files
from banstream_remote_files.ftp_place import FtpPlace
from banstream_remote_files.local import local_files
from banstream_remote_files.ports import RemoteFiles
from banstream_remote_files.sftp import sftp_files


@dataclass(frozen=True, slots=True)
class Reached:
    """A place that is opened, and the session for HTTP; `path` is empty of a field."""

    opened: Opened
    path: str
    session: aiohttp.ClientSession

    async def apply(self, target: Target, keep: Keep) -> Receipt:
        """Bring the file up to date, see `applier`. Raises ValueError for an impossible path."""
        if isinstance(self.opened, NitradoPlace):
            return await apply_to_field(NitradoBans(self.session, self.opened), target, keep)
        return await apply_at(self._files, self.path, target, keep)

    async def read(self) -> bytes | None:
        """What the file holds, None when it is not there. Raises RemoteFileError or NitradoError."""
        if isinstance(self.opened, NitradoPlace):
            return (await NitradoBans(self.session, self.opened).read()).encode("utf-8", "surrogatepass")
        async with self._files() as files:
            try:
                return await files.read(self.path)
            except NotThere:
                return None

    def _files(self) -> AbstractAsyncContextManager[RemoteFiles]:
        match self.opened:
            case LocalPlace(root=root):
                return local_files(root)
            case FtpPlace() as place:
                return ftp_files(place)
            case NitradoPlace():
                raise TypeError("a field is no file")
            case place:
                return sftp_files(place)


def reached(opened: Opened, place: BanFilePlace, session: aiohttp.ClientSession) -> Reached:
    """A place that can be gone to."""
    return Reached(opened, opened.path if isinstance(opened, LocalPlace) else place.path or "", session)


def is_unknown(place: BanFilePlace) -> bool:
    """Whether a server has first to be met: nothing secret is told to one whose key is not kept yet."""
    return place.kind is BanFileKind.SFTP and place.fingerprint is None


async def met(place: BanFilePlace, timeout_seconds: float) -> str:
    """The fingerprint of the key that an SFTP server shows; nothing is told to it. Raises Unreachable."""
    host = place.host or ""
    try:
        async with asyncio.timeout(timeout_seconds):
            key = await asyncssh.get_server_host_key(host, port_of(place), config=None)
    except (OSError, asyncssh.Error, TimeoutError, UnicodeError) as error:  # the last of a host like a..example
        raise Unreachable(host, "", str(error) or type(error).__name__) from error
    if key is None:
        raise Unreachable(host, "", "it showed no key")
    return key.get_fingerprint()
