"""SourceBans++ 2.x: the bundle `sbpp-export-<uuid>.zip` of its "Full data export".

Source: facts peers 5.1, and SourceBans++' own page "Full data export": `manifest.json` with `format_version`, and
`entities/bans.jsonl`, `comms.jsonl`, `admins.jsonl`, an object a line: columns of the tables, the primary key named
`id`, null for what is absent, `authid` as SteamID64 with `authid_steam2` beside it. The case and underscores of the
names of columns differ between its page and its tables, so neither counts here.
"""

import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, cast
from zipfile import BadZipFile, ZipFile

from banstream_cli.importing.converting import Entry, converted
from banstream_cli.importing.formats.database_rows import Cells
from banstream_cli.importing.formats.sourcebans_table import key_of, rows_of
from banstream_cli.importing.json_reading import of_object_line
from banstream_cli.importing.reading import Line, lines, seekable
from banstream_cli.importing.rows import Format, Found, Options, Rejected, Row, Source, Unreadable, rejected

_WHAT = "bundle of SourceBans++ (sbpp-export-….zip, its Full data export)"
_VERSION = 1
_MANIFEST, _ADMINS = "manifest.json", "entities/admins.jsonl"
_LISTS = {"entities/bans.jsonl": True, "entities/comms.jsonl": False}
"""Whether it holds bans."""

_LARGEST = 4 * 1024 * 1024 * 1024
_LARGEST_MANIFEST = 1024 * 1024
_MOST_ADMINS = 100_000
_STATES = {"unbanned": "U", "deleted": "D"}
_KINDS = {"mute": "1", "gag": "2", "silence": "3"}
_BROKEN = (BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error)


def read(source: Source, _options: Options) -> Found:
    """Bans, mutes, gags and silences; addresses seen with banned Steam ids, comments and demos are left."""
    with seekable(source) as file:
        bundle = _opened(file)
        admins = _admins(bundle)

        def rows(entry: Entry) -> Iterator[Row]:
            yield from rows_of(replace(entry, value=_cells(entry, admins)))

        def key(entry: Entry) -> str | None:
            return key_of(replace(entry, value=_cells(entry, admins)))

        yield from converted(_entries(bundle), rows, key)


def _opened(file: BinaryIO) -> ZipFile:
    try:
        bundle = ZipFile(file)
        names = set(bundle.namelist())
        if _MANIFEST not in names or names.isdisjoint(_LISTS):
            raise Unreadable(f"this is no {_WHAT}: {_MANIFEST} or entities/bans.jsonl is missing in it")
        with bundle.open(_MANIFEST) as manifest:
            content = manifest.read(_LARGEST_MANIFEST).decode(errors="replace")
    except _BROKEN as error:
        raise Unreadable(f"this is no {_WHAT}, or it is damaged: {error}") from error
    _check_version(content)
    return bundle


def _check_version(manifest: str) -> None:
    match of_object_line(Line(1, manifest)):
        case Entry(value={"format_version": int(version)}) if version == _VERSION:
            return
        case Entry(value={"format_version": version}):
            raise Unreadable(
                f"the bundle is of format_version {version!r}, and {_VERSION} is known: is there a newer banstream?"
            )
        case _:
            raise Unreadable(f"this is no {_WHAT}: its {_MANIFEST} says no format_version")


def _entries(bundle: ZipFile) -> Iterator[Entry | Rejected]:
    for name, is_ban in _LISTS.items():
        for entry in _objects(bundle, name):
            yield entry if isinstance(entry, Rejected) else replace(entry, value=(is_ban, entry.value))


def _objects(bundle: ZipFile, name: str) -> Iterator[Entry | Rejected]:
    """The objects of one file of the bundle; of one that is not there, none."""
    if name not in bundle.namelist():
        return
    if bundle.getinfo(name).file_size > _LARGEST:
        raise Unreadable(f"{name} is larger than {_LARGEST // 1024**3} GiB in the bundle")
    number = 0
    try:
        with bundle.open(name) as file:
            for line in lines(cast("BinaryIO", file)):
                number = line.number
                if line.text.strip():
                    yield of_object_line(line, f"{name}, line {number}")
    except _BROKEN as error:
        yield rejected(f"{name}, after line {number}", f"{error}: what follows is not read, get the bundle again", "")


def _admins(bundle: ZipFile) -> dict[str, str]:
    """Names by number."""
    names: dict[str, str] = {}
    for entry in _objects(bundle, _ADMINS):
        if isinstance(entry, Entry) and len(names) < _MOST_ADMINS and isinstance(user := entry.value.get("user"), str):
            names[str(entry.value.get("id"))] = user
    return names


def _cells(entry: Entry, admins: dict[str, str]) -> Cells:
    """As the tables have them."""
    is_ban, columns = entry.value
    cells = {name.lower().replace("_", ""): _cell(value) for name, value in columns.items()}
    cells["bid"] = cells.get("id", "")
    cells["authid"] = cells.get("authid") or cells.get("authidsteam2", "")
    cells["removetype"] = cells.get("removetype") or _STATES.get(cells.get("state", ""), "")
    cells["admin"] = admins.get(cells.get("aid", ""), "")
    cells["remover"] = admins.get(cells.get("removedby", ""), "")
    if is_ban:
        cells.setdefault("ip", "")
    else:
        cells.pop("ip", None)
        cells["type"] = cells.get("typeraw") or cells.get("type") or _KINDS.get(cells.get("mutekind", ""), "")
    return Cells(cells)


def _cell(value: object) -> str:
    if value is None or isinstance(value, (list, dict)):
        return ""
    return str(value)


FORMAT = Format("sourcebans", "SourceBans++ 2.x: sbpp-export-….zip, its Full data export", read)
