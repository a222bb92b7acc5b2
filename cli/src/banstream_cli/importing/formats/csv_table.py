"""Any CSV (or table between tabs) whose columns a mapping file explains.

Source: facts peers 5.8, which found no public description of the CSV of hosted services.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import partial
from typing import Any

from banstream_cli.importing.converting import Entry, converted
from banstream_cli.importing.formats.csv_mapping import Mapping, read_mapping
from banstream_cli.importing.formats.database_rows import Cells, Shape, table_entries
from banstream_cli.importing.formats.odd_addresses import address_beside
from banstream_cli.importing.rows import Format, Found, Lifted, Options, Row, Source
from banstream_cli.importing.text_lists import key_of_address
from banstream_cli.importing.values import address, is_never, number, player
from banstream_contracts.infractions import Punishment, Severity

_NOT = frozenset({"", "0", "false", "f", "no", "n", "null", "none", "-"})


@dataclass(frozen=True, slots=True)
class _Read:
    """A row's fields by the mapping."""

    cells: Cells
    mapping: Mapping
    zone: tzinfo

    def __getitem__(self, field: str) -> str:
        column: str | None = getattr(self.mapping.columns, field)
        return self.cells[column.strip()] if column else ""

    def moment(self, field: str) -> datetime | None:
        """When; None for an empty cell. Raises ValueError."""
        return self.mapping.moment(self[field], self.zone, field) if self[field] else None


def read(source: Source, options: Options) -> Found:
    """Rows by the mapping of the options."""
    mapping = read_mapping(options.mapping)
    shape = Shape(mapping.columns.named, f"The mapping {options.mapping} names columns as the first line does.")
    yield from converted(
        table_entries(source, shape), partial(_rows, mapping, options), partial(_key_of, mapping, options)
    )


def _rows(mapping: Mapping, options: Options, entry: Entry) -> Iterable[Row]:
    read = _Read(entry.value, mapping, options.zone)
    punishments = _punishments(read)
    if punishments is None:
        return
    notes = [read["note"]] if read["note"] else []
    whom = _whom(read, options, notes)
    issued_at = read.moment("issued_at")
    severity = read["severity"].lower()
    yield Row(
        key=read["key"] or _key(read, punishments),
        **whom,
        name=read["name"] or None,
        punishments=punishments,
        reason=read["reason"] or None,
        note="\n".join(notes) or None,
        evidence=read["evidence"] or None,
        category=read["category"] or mapping.category,
        severity=Severity(severity) if severity else mapping.severity,
        issued_at=issued_at,
        issued_by=read["issued_by"] or None,
        expires_at=_end(read, issued_at),
        lifted=_lifted(read),
    )


def _key_of(mapping: Mapping, options: Options, entry: Entry) -> str | None:
    return _Read(entry.value, mapping, options.zone)["key"] or None


def _punishments(read: _Read) -> tuple[Punishment, ...] | None:
    """None where such rows are not wanted."""
    if read.mapping.columns.punishments is None:
        return read.mapping.punishments or ()
    meanings = {word.strip().lower(): meaning for word, meaning in read.mapping.punishment.items()}
    word = read["punishments"]
    if word.lower() not in meanings:
        raise ValueError(f'the mapping does not say what {word[:60]!r} means: [punishment] "{word[:60]}" = ["ban"]')
    meaning = meanings[word.lower()]
    return None if isinstance(meaning, str) else meaning


def _whom(read: _Read, options: Options, notes: list[str]) -> dict[str, Any]:
    service = (read["service"] or read.mapping.service or options.service or "").lower()
    if read["player"]:
        return {"player": player(service, read["player"]), "address": address_beside(read["address"], notes)}
    if not read["address"]:
        raise ValueError("it names neither a player nor an address")
    return {"address": address(read["address"])}


def _key(read: _Read, punishments: tuple[Punishment, ...]) -> str:
    """Where no column is an id: whom it is about, since when, and what it is."""
    known = read["player"] or key_of_address(address(read["address"]))
    return ":".join(filter(None, (known, read["issued_at"], "+".join(punishments))))


def _end(read: _Read, issued_at: datetime | None) -> datetime | None:
    columns = read.mapping.columns
    if columns.expires_at:
        return read.mapping.end(read["expires_at"], read.zone, "expires_at")
    for field, seconds in (("lasts_seconds", 1), ("lasts_minutes", 60)):
        lasts = read[field]
        if not getattr(columns, field) or is_never(lasts) or lasts.lower() in map(str.lower, read.mapping.never):
            continue
        if issued_at is None:
            raise ValueError(f"it lasts {lasts[:30]}, and nothing says since when")
        return issued_at + timedelta(seconds=number(lasts, field) * seconds)
    return None


def _lifted(read: _Read) -> Lifted | None:
    """A mapped `lifted` decides; else a time or a name of whoever lifted it does."""
    told = (read["lifted_at"], read["lifted_by"], read["lifted_reason"])
    is_lifted = read["lifted"].lower() not in _NOT if read.mapping.columns.lifted else any(told[:2])
    if not is_lifted:
        return None
    at = read.mapping.end(read["lifted_at"], read.zone, "lifted_at") if read["lifted_at"] else None
    return Lifted(at, read["lifted_by"] or None, read["lifted_reason"] or None)


FORMAT = Format("csv", "any CSV with a header, whose columns a mapping file explains (--mapping)", read)
