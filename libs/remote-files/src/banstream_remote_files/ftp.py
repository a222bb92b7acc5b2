"""FTP and FTPS by aioftp: passive mode, binary, one connection."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager

import aioftp

from banstream_remote_files.errors import CutOff, NotThere, ReadRefused, RemoteFileError, TooLarge, WriteRefused
from banstream_remote_files.ftp_connecting import connected, hung_up
from banstream_remote_files.ftp_place import FtpPlace
from banstream_remote_files.ftp_replies import entries_of_list, entry_of_mlsd, error_of_read, error_of_write, spoken
from banstream_remote_files.ftp_transfer import GONE, fetched, stored
from banstream_remote_files.paths import checked, folder_of, name_of
from banstream_remote_files.ports import Entry, RemoteFiles

_MAX_LISTING_BYTES = 16 * 1024 * 1024
_UNKNOWN_COMMAND = ("500", "502", "504")


@asynccontextmanager
async def ftp_files(place: FtpPlace) -> AsyncIterator[RemoteFiles]:
    """Log in, and log out at the end. Raises `Unreachable`, `NotTrusted`, `LoginRefused`, `CutOff`."""
    client = await connected(place)
    try:
        yield FtpFiles(client, place)
    finally:
        await hung_up(client)


class FtpFiles:
    """The files of an account on an FTP server."""

    def __init__(self, client: aioftp.Client, place: FtpPlace) -> None:
        self.host = place.host
        self.resumes = True
        self._client = client
        self._place = place
        self._is_broken = False

    async def entries(self, folder: str) -> list[Entry]:
        """See the port; modification times only by MLSD, as LIST gives them in an unknown zone."""
        encoding = self._place.encoding
        with self._reading(checked(folder)):
            try:
                return _sorted(entry_of_mlsd(line, encoding) for line in await self._lines(f"MLSD {folder}"))
            except aioftp.StatusCodeError as error:
                if error.received_codes[-1] not in _UNKNOWN_COMMAND:
                    raise
            return _sorted(entries_of_list(await self._lines(f"LIST {folder}"), encoding))

    async def size(self, path: str) -> int:
        """See the port."""
        try:
            with self._reading(checked(path)):
                await self._client.command("TYPE I", "200")
                _, lines = await self._client.command(f"SIZE {path}", "213")
                return int(lines[-1])
        except ReadRefused as refusal:
            found = await self._found(path, refusal)
            if found.size is None:
                raise
            return found.size

    async def read(self, path: str) -> bytes:
        """See the port."""
        most = self._place.max_read_bytes
        content = await self.read_from(path, 0, most + 1)
        if len(content) > most:
            raise TooLarge(self.host, path, f"more than {most} bytes")
        return content

    async def read_from(self, path: str, offset: int, limit: int) -> bytes:
        """See the port."""
        try:
            with self._reading(checked(path)):
                return await self._fetched(path, offset, limit)
        except ReadRefused as refusal:
            found = await self._found(path, refusal)
            if offset and found.size is not None and offset >= found.size:
                return b""
            raise

    async def write(self, path: str, content: bytes) -> None:
        """See the port."""
        with self._writing(checked(path)):
            await stored(self._client, f"STOR {path}", self._place.timeout_seconds, content)

    async def replace(self, source: str, target: str) -> None:
        """See the port."""
        destination = checked(target)
        with self._writing(checked(source)):
            await self._client.rename(source, destination)

    async def delete(self, path: str) -> None:
        """See the port."""
        try:
            with self._writing(checked(path)):
                await self._client.command(f"DELE {path}", "2xx")
        except WriteRefused as refusal:
            await self._found(path, refusal)
            raise

    async def _fetched(self, path: str, offset: int, limit: int) -> bytes:
        command, seconds = f"RETR {path}", self._place.timeout_seconds
        content, has_resumed = await fetched(self._client, command, seconds, offset, limit)
        if offset:
            self.resumes = has_resumed
        return content

    async def _lines(self, command: str) -> list[bytes]:
        content, _ = await fetched(self._client, command, self._place.timeout_seconds, 0, _MAX_LISTING_BYTES)
        if len(content) == _MAX_LISTING_BYTES:
            raise ValueError("a listing without end")
        return [line for line in content.splitlines() if line.strip()]

    async def _found(self, path: str, refusal: RemoteFileError) -> Entry:
        """The file in its folder's listing; only a listing without it proves that it is not there.

        One that has the name in other letters, big or small, does not: to Windows that is the same file.
        """
        try:
            listing = await self.entries(folder_of(path))
        except ReadRefused:
            raise refusal from None
        alike = [entry for entry in listing if entry.name.casefold() == name_of(path).casefold()]
        for entry in alike:
            if entry.name == name_of(path):
                return entry
        if alike:
            raise type(refusal)(self.host, path, f"{refusal.detail}; there is {alike[0].name}") from None
        raise NotThere(self.host, path, refusal.detail) from None

    @contextmanager
    def _reading(self, path: str) -> Iterator[None]:
        with self._told(path):
            try:
                yield
            except aioftp.StatusCodeError as error:
                code, detail = self._heard(error)
                raise error_of_read(code)(self.host, path, detail) from None

    @contextmanager
    def _writing(self, path: str) -> Iterator[None]:
        with self._told(path):
            try:
                yield
            except aioftp.StatusCodeError as error:
                code, detail = self._heard(error)
                raise error_of_write(code, detail)(self.host, path, detail) from None

    def _heard(self, error: aioftp.StatusCodeError) -> tuple[str, str]:
        code = str(error.received_codes[-1])
        return code, spoken(code, error.info, self._place.password)

    @contextmanager
    def _told(self, path: str) -> Iterator[None]:
        """Whatever breaks the order of question and answer makes the connection useless from then on."""
        if self._is_broken:
            raise CutOff(self.host, path, "the connection broke earlier")
        self._is_broken = True
        try:
            yield
            self._is_broken = False
        except CutOff:
            raise
        except RemoteFileError:
            self._is_broken = False
            raise
        except TimeoutError:
            raise CutOff(self.host, path, f"silent for {self._place.timeout_seconds:g} s") from None
        except OSError as error:
            raise CutOff(self.host, path, error.strerror or type(error).__name__) from error
        except GONE as error:
            raise CutOff(self.host, path, f"the connection is gone ({error!r})") from error
        except (ValueError, ArithmeticError, LookupError, aioftp.AIOFTPException) as error:
            raise CutOff(self.host, path, f"an answer that cannot be read ({type(error).__name__})") from error


def _sorted(entries: Iterable[Entry]) -> list[Entry]:
    named = [entry for entry in entries if entry.name not in {".", "..", ""}]
    return sorted(named, key=lambda entry: entry.name)
