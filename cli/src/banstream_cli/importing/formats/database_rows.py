r"""Rows of a database's table: as `mysql --batch` prints them, as CSV with a header, or in an SQLite file.

Sources: the MySQL manual, 6.5.1.3 (`--batch`: tabs between cells; line feed, tab, NUL and backslash escaped; NULL as
such); RFC 4180 and PostgreSQL's `\copy … csv header`; facts peers 5.0.
"""

import csv
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

from banstream_cli.importing.converting import Entry
from banstream_cli.importing.reading import LONGEST_LINE, opened, text_of
from banstream_cli.importing.rows import Rejected, Source, Unreadable, rejected

WRITTEN_BY_MYSQL = "Write it with mysql --batch --default-character-set=utf8mb4 DATABASE < FILE, of a file that holds:"
"""Before the statements that give a table of a format."""

Entries = Iterator[Entry | Rejected]

_SQLITE = b"SQLite format 3\0"
_ESCAPES = {"n": "\n", "t": "\t", "0": "\0", "\\": "\\"}
_NULLS = frozenset({"NULL", r"\N"})
_SHOWN_COLUMNS = 12


class Cells:
    """The cells of a row by their columns' names, whose case does not matter; a column that is not there is empty."""

    def __init__(self, cells: Mapping[str, str]) -> None:
        self._cells = cells

    def __contains__(self, column: str) -> bool:
        """Whether there is such a column."""
        return column.lower() in self._cells

    def __getitem__(self, column: str) -> str:
        """The cell without blanks around it, empty for NULL."""
        return self._cells.get(column.lower(), "").strip()

    def is_set(self, column: str) -> bool:
        """What a flag says, as databases and drivers print it. Raises ValueError for what is none."""
        cell = self._cells.get(column.lower(), "")
        match cell if cell in {"\0", "\1"} else cell.strip().lower():
            case "1" | "\1" | "t" | "true" | "b'1'" | "0x01" | "yes":
                return True
            case "0" | "\0" | "f" | "false" | "b'0'" | "0x00" | "no" | "":
                return False
            case _:
                raise ValueError(f"{column} is {cell[:20]!r}, where 1 or 0 was expected")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a table is known by: `needed` columns, in lower case; `how` says how such a file is made."""

    needed: tuple[str, ...]
    how: str


def is_sqlite(source: Source) -> bool:
    """Whether a file is an SQLite database; what comes through a pipe is not looked at. Raises Unreadable."""
    if not isinstance(source, Path):
        return False
    with opened(source) as file:
        return file.read(len(_SQLITE)) == _SQLITE


def table_entries(source: Source, shape: Shape) -> Entries:
    """Every row, its value `Cells`. A line that names all the needed columns is the header of another table.

    Raises Unreadable.
    """
    with text_of(source) as text:
        text.reconfigure(newline="\n")  # a carriage return may stand in a cell
        lines = _Lines(text)
        first = next(lines, "")
        _refuse_others(first, shape)
        is_batch = "\t" in first and not first.startswith('"')
        records = _batch(first, lines) if is_batch else _separated(first, lines)
        yield from _with_header(records, shape)


def sqlite_entries(source: Path, choose: Callable[[sqlite3.Connection], Iterator[tuple[str, str]]]) -> Entries:
    """The rows of an SQLite file, which is not written to; `choose` names (table, SELECT). Raises Unreadable."""
    try:
        with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.text_factory = lambda content: content.decode(errors="replace")
            for table, select in [*choose(connection)]:
                yield from _selected(connection, table, select)
    except sqlite3.Error as error:
        raise Unreadable(f"{source} cannot be read as an SQLite database: {error}") from error


def tables_of(connection: sqlite3.Connection) -> dict[str, frozenset[str]]:
    """The columns of each table of a database, in lower case."""
    names = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
    columns = "select lower(name) from pragma_table_info(?)"
    return {name: frozenset(column for (column,) in connection.execute(columns, (name,))) for name in names}


def quoted(name: str) -> str:
    """A name of a table as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def _selected(connection: sqlite3.Connection, table: str, select: str) -> Entries:
    cursor = connection.execute(select)
    columns = [column[0].lower() for column in cursor.description]
    for number, values in enumerate(cursor, start=1):
        cells = {column: _text(value) for column, value in zip(columns, values, strict=True)}
        yield Entry(f"{table}, row {number}", Cells(cells), repr(values))


def _text(value: object) -> str:
    """Bytes are hexadecimal, but for the one byte of a flag; a whole number has no point."""
    match value:
        case None:
            return ""
        case float() if value.is_integer():
            return str(int(value))
        case b"\0" | b"\1":
            return str(value[0])
        case bytes():
            return value.hex()
        case _:
            return str(value)


class _Lines:
    """Lines with their ends, counted; one that is too long is cut, and the rest of it left out."""

    def __init__(self, text: TextIOWrapper) -> None:
        self._text = text
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_LINE + 1)
        if not line:
            raise StopIteration
        self.number += 1
        rest = line
        while rest and not rest.endswith("\n"):
            rest = self._text.readline(LONGEST_LINE)
        return line


@dataclass(frozen=True, slots=True)
class _Record:
    place: str
    cells: list[str]
    raw: str


def _refuse_others(first: str, shape: Shape) -> None:
    if not first.strip():
        raise Unreadable(f"the file is empty: there are no rows, or the command that writes it failed. {shape.how}")
    if first.startswith("SQLite format 3"):
        raise Unreadable("this is an SQLite database, which cannot come through a pipe: name its file")
    if first.startswith("H:2,"):
        raise Unreadable(f"this is an H2 database, which H2 alone can read: move it to MySQL first. {shape.how}")
    if first.startswith(("-- ", "/*", "INSERT ", "CREATE ")):
        raise Unreadable(f"this is an SQL dump: load it into a database and select from that. {shape.how}")


def _batch(first: str, lines: _Lines) -> Iterator[_Record | Rejected]:
    yield from _of_batch(first, lines.number)
    for line in lines:
        yield from _of_batch(line, lines.number)


def _of_batch(line: str, number: int) -> Iterator[_Record | Rejected]:
    content = line.removesuffix("\n").removesuffix("\r")
    if len(line) > LONGEST_LINE:
        yield rejected(f"line {number}", f"is longer than {LONGEST_LINE} characters", line)
    elif content:
        yield _Record(f"line {number}", [_unescaped(cell) for cell in content.split("\t")], content)


def _unescaped(cell: str) -> str:
    if cell in _NULLS:
        return ""
    if "\\" not in cell:
        return cell
    parts = iter(cell.split("\\"))
    read = [next(parts)]
    for part in parts:
        if part:
            read.append(_ESCAPES.get(part[0], f"\\{part[0]}") + part[1:])
        else:  # two backslashes are one that stands for itself: what follows is as it is
            read.append("\\" + next(parts, ""))
    return "".join(read)


def _separated(first: str, lines: _Lines) -> Iterator[_Record | Rejected]:
    read: list[str] = []

    def fed() -> Iterator[str]:
        read.append(first)
        yield first
        for line in lines:
            read.append(line)
            yield line

    reader = csv.reader(fed(), delimiter=max(",;\t", key=first.count))
    place = "line 1"
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield rejected(place, f"is no CSV ({error}): is a quotation mark left open?", "".join(read))
        else:
            if cells is None:
                return
            if cells:
                yield _Record(place, ["" if cell in _NULLS else cell for cell in cells], "".join(read).rstrip("\r\n"))
        read.clear()
        place = f"line {lines.number + 1}"


def _with_header(records: Iterator[_Record | Rejected], shape: Shape) -> Entries:
    header: list[str] = []
    for record in records:
        if isinstance(record, Rejected):
            yield record
        elif not header or _is_header(record.cells, shape):
            header = _header(record.cells, shape)
        elif len(record.cells) != len(header):
            why = f"has {len(record.cells)} cells, where the header has {len(header)}"
            yield rejected(record.place, why, record.raw)
        else:
            yield Entry(record.place, Cells(dict(zip(header, record.cells, strict=True))), record.raw)


def _is_header(cells: list[str], shape: Shape) -> bool:
    return {cell.strip().lower() for cell in cells}.issuperset(shape.needed)


def _header(cells: list[str], shape: Shape) -> list[str]:
    header = [cell.strip().lower() for cell in cells]
    if missing := [column for column in shape.needed if column not in header]:
        shown = ", ".join(cell[:40] for cell in header[:_SHOWN_COLUMNS])
        raise Unreadable(f"its first line names no column {', '.join(missing)} (but {shown}). {shape.how}")
    if doubled := next((column for column in header if column and header.count(column) > 1), None):
        raise Unreadable(f"two of its columns are called {doubled}: give one another name, with AS. {shape.how}")
    return header
