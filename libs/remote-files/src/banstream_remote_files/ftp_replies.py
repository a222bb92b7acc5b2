"""What an FTP server's answer means; codes by RFC 959, texts where servers use one code for several things. Pure.

Listings are MLSD by RFC 3659, and LIST as Unix and as Windows write it. A name that is not in the server's encoding
is somebody else's file: it is kept as it is, and hides no other one.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from banstream_remote_files.errors import CutOff, NoSpace, ReadRefused, RemoteFileError, WriteRefused
from banstream_remote_files.ports import Entry

_FULL_CODES = frozenset({"452", "552"})
_FULL_WORDS = ("no space", "disk full", "quota", "not enough space", "insufficient storage")
_CUT_CODES = frozenset({"421", "425", "426"})
_MAX_DETAIL = 200
_STAMP = re.compile(r"\d{14}")
_FOLDERS = frozenset({"dir", "cdir", "pdir"})
_MONTH = r"[^\W\d月월]\S*"
_DAY = rf"(?:\d{{1,2}}\.? +{_MONTH}|(?:{_MONTH}|\d{{1,2}}[月월]) +\d{{1,2}})"
_DATE = rf"{_DAY} +(?:\d{{4}}|\d{{1,2}}:\d\d)|\d{{4}}-\d\d-\d\d +\d\d:\d\d"
_UNIX = re.compile(rf"([-a-zA-Z])[-rwxsStTlL]{{9}}\S? +\d+ .{{0,200}}?(\d{{1,20}}) +(?:{_DATE}) +(.+)")
_TOTAL = re.compile(r"[^\W\d_]+:? +[\d.,]+[KMG]?")
_WINDOWS = re.compile(r"\d\d[-/]\d\d[-/]\d{2,4} +\d\d:\d\d ?(?:[AP]M)? +(<[A-Z]+>|[\d,]+) +(.+)")


def spoken(code: str, lines: Iterable[str] | str, secret: str) -> str:
    """The answer as one short printable line, without the password should the server repeat it."""
    text = lines if isinstance(lines, str) else " ".join(lines)
    safe = text.replace(secret, "***") if secret else text
    printable = "".join(character if character.isprintable() else " " for character in safe)
    return f"{code} {printable.strip()}"[:_MAX_DETAIL]


def is_full(code: str, detail: str) -> bool:
    """Whether the answer says that nothing more can be stored."""
    return code in _FULL_CODES or any(word in detail.lower() for word in _FULL_WORDS)


def error_of_read(code: str) -> type[RemoteFileError]:
    """Which error an unwelcome answer to a reading command is; whether the file is there is asked separately."""
    return CutOff if code in _CUT_CODES else ReadRefused


def error_of_write(code: str, detail: str) -> type[RemoteFileError]:
    """Which error an unwelcome answer to a writing command is."""
    if is_full(code, detail):
        return NoSpace
    return CutOff if code in _CUT_CODES else WriteRefused


def entry_of_mlsd(line: bytes, encoding: str) -> Entry:
    """A file or folder by its facts; a time that is none is not told. What is said of a link is not of its file."""
    facts, _, name = line.decode(encoding, "surrogateescape").rstrip().partition(" ")
    told = {key.lower(): value for key, _, value in (fact.partition("=") for fact in facts.split(";"))}
    kind = told.get("type", "file").lower()
    if "link" in kind:
        return Entry(name)
    is_folder = kind in _FOLDERS
    return Entry(name, is_folder, _size(told.get("size", ""), is_folder=is_folder), _moment(told.get("modify", "")))


def entries_of_list(lines: Sequence[bytes], encoding: str) -> list[Entry]:
    """A whole listing; `ls` begins it with its total, in its own language. Raises ValueError, see `entry_of_list`.

    A word and a number alone may be anything, and do not say that the folder is empty.
    """
    total = _TOTAL.fullmatch(lines[0].decode(encoding, "replace").strip()) if lines else None
    is_total = total is not None and (len(lines) > 1 or total[0].startswith("total ") or total[0].endswith(" 0"))
    return [entry_of_list(line, encoding) for line in lines[is_total:]]


def entry_of_list(line: bytes, encoding: str) -> Entry:
    """A file or folder without its time, whose zone is unknown. Raises ValueError for a line in no known form.

    The size of a link is not that of its file.
    """
    text = line.decode(encoding, "surrogateescape").rstrip()
    if found := _UNIX.fullmatch(text):
        kind, size, name = found.groups()
        if kind == "l":
            link, _, target = name.rpartition(" -> ")
            return Entry(link or name, target.endswith("/"))
        return Entry(name, kind == "d", _size(size, is_folder=kind == "d"))
    if found := _WINDOWS.fullmatch(text):
        is_folder = found[1].startswith("<")
        return Entry(found[2], is_folder, _size(found[1].replace(",", ""), is_folder=is_folder))
    raise ValueError("a listing in no known form")


def _size(text: str, *, is_folder: bool) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and not is_folder else None


def _moment(text: str) -> datetime | None:
    if not _STAMP.match(text):
        return None
    try:
        return datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
