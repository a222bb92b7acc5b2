"""Whose an address is: an ASN database in MaxMind's format, read anew when its file changes."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import maxminddb
import structlog
from maxminddb.const import MODE_MEMORY

from banstream_gateway.vpn.verdicts import Address, two_letters

logger = structlog.stdlib.get_logger(__name__)

_IPV6 = 6
_LONGEST_NAME = 128

Signature = tuple[int, int, int]
"""Of a file: inode, time of change in ns, size."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose an address is. `country` is two letters; ASN databases of some makers have it."""

    asn: int | None = None
    operator: str | None = None
    country: str | None = None


NOBODY = Owner()


class AsnDatabase:
    """One file, held in memory: a file that is mapped instead kills the process when somebody overwrites it in place.

    A file that is missing or damaged is logged once; what was read before holds on.
    """

    def __init__(self, path: Path | None, *, failed: Callable[[], None]) -> None:
        self._path = path
        self._failed = failed
        self._reader: maxminddb.Reader | None = None
        self._seen: Signature | str | None = None
        self.built_at = 0
        """When the maker built what is in use, in seconds since 1970; 0 without a database."""

    @property
    def is_loaded(self) -> bool:
        """Whether there is one."""
        return self._reader is not None

    async def run(self, seconds: float) -> None:
        """Look after the file until cancelled."""
        while self._path is not None:
            await self.refresh()
            await asyncio.sleep(seconds)

    async def refresh(self) -> None:
        """Read the file if it is another one than last time."""
        path = self._path
        if path is None:
            return
        seen = await asyncio.to_thread(_signature, path)
        if seen == self._seen:
            return
        self._seen = seen
        try:
            reader, built_at = await asyncio.to_thread(_read, path)
        except Exception as error:  # noqa: BLE001 - a damaged file may fail in any way inside the library
            self._failed()
            logger.error("asn_database_unreadable", path=str(path), reason=repr(error), keeps_older=self.is_loaded)  # noqa: TRY400 - an operator's file, no bug of ours
        else:
            self._reader, self.built_at = reader, built_at
            logger.info("asn_database_loaded", path=str(path), built_at=built_at)

    def owner_of(self, address: Address) -> Owner:
        """Whose an address is, as far as the database knows."""
        reader = self._reader
        if reader is None or (address.version == _IPV6 and reader.metadata().ip_version != _IPV6):
            return NOBODY
        try:
            record = reader.get(address)
        except Exception as error:  # noqa: BLE001 - as above; a join never fails for it
            self._failed()
            logger.error("asn_database_damaged", reason=type(error).__name__)  # noqa: TRY400 - as above
            return NOBODY
        return _owner(record) if isinstance(record, Mapping) else NOBODY


def _signature(path: Path) -> Signature | str:
    try:
        found = path.stat()
    except OSError as error:
        return repr(error)
    return found.st_ino, found.st_mtime_ns, found.st_size


def _read(path: Path) -> tuple[maxminddb.Reader, int]:
    reader = maxminddb.open_database(path, MODE_MEMORY)
    reader.get("192.0.2.1")
    return reader, reader.metadata().build_epoch


def _owner(record: Mapping[str, object]) -> Owner:
    """MaxMind and DB-IP say `autonomous_system_number`, IPinfo `asn: "AS13335"`."""
    operator = _text(record, "autonomous_system_organization", "as_name", "name")
    return Owner(_number(record), operator, _country(record))


def _number(record: Mapping[str, object]) -> int | None:
    for name in ("autonomous_system_number", "asn"):
        text = str(record.get(name, "")).upper().removeprefix("AS")
        if text.isascii() and text.isdecimal():
            return int(text)
    return None


def _text(record: Mapping[str, object], *names: str) -> str | None:
    found = (record.get(name) for name in names)
    return next((text[:_LONGEST_NAME] for text in found if isinstance(text, str) and text), None)


def _country(record: Mapping[str, object]) -> str | None:
    nested = record.get("country")
    code = nested.get("iso_code") if isinstance(nested, Mapping) else nested
    return two_letters(record.get("country_code") or code)
