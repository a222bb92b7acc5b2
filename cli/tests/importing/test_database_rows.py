import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from banstream_cli.importing.converting import Entry
from banstream_cli.importing.formats.database_rows import (
    Cells,
    Shape,
    is_sqlite,
    quoted,
    sqlite_entries,
    table_entries,
    tables_of,
)
from banstream_cli.importing.rows import Rejected, Unreadable

SHAPE = Shape(("id", "name"), "Write it with a SELECT.")


def read(content: bytes, shape: Shape = SHAPE) -> list[Entry | Rejected]:
    return list(table_entries(io.BytesIO(content), shape))


def cells(content: bytes) -> list[tuple[str, str]]:
    return [(each.value["id"], each.value["name"]) for each in read(content) if isinstance(each, Entry)]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"id\tname\n1\tAnn\n2\tNULL\n", id="mysql"),
        pytest.param(b"id\tname\r\n1\tAnn\r\n2\tNULL\r\n", id="mysql-on-windows"),
        pytest.param(b"id,name\n1,Ann\n2,\n", id="psql-csv"),
        pytest.param(b'id;name\r\n"1";"Ann"\r\n"2";NULL', id="semicolons"),
        pytest.param(b'\xef\xbb\xbf"ID","Name"\n"1","Ann"\n"2",\\N\n', id="byte-order-mark-and-capitals"),
        pytest.param("id\tname\n1\tAnn\n2\tNULL\n".encode("utf-16"), id="utf-16-of-powershell"),
        pytest.param(b'"id"\t"name"\n"1"\t"Ann"\n"2"\t\n', id="quoted-between-tabs"),
        pytest.param(b"name\tid\nAnn\t1\nNULL\t2\n", id="other-order"),
    ],
)
def test_a_table_reads_the_same_in_every_dress(content: bytes) -> None:
    assert cells(content) == [("1", "Ann"), ("2", "")]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        pytest.param(rb"a\tb\nc", "a\tb\nc", id="tab-and-line"),
        pytest.param(rb"C:\\new\\\\x", r"C:\new\\x", id="backslashes"),
        pytest.param(rb"a\0b", "a\0b", id="nul"),
        pytest.param(rb"end\\", "end\\", id="backslash-at-the-end"),
        pytest.param(rb"50\% \q", r"50\% \q", id="no-escape"),
        pytest.param(b"a\rb", "a\rb", id="carriage-return-in-a-cell"),
        pytest.param(b'"quoted"', '"quoted"', id="quotation-marks-mean-nothing"),
    ],
)
def test_escapes_of_mysql_are_undone(written: bytes, meant: str) -> None:
    assert cells(b"id\tname\n1\t" + written + b"\n") == [("1", meant)]


def test_a_line_end_in_a_quoted_cell_belongs_to_it_and_lines_are_counted_on() -> None:
    first, second = read(b'id,name\n1,"Ann\nLee"\n2,Bob\n')

    assert isinstance(first, Entry)
    assert isinstance(second, Entry)
    assert first.value["name"] == "Ann\nLee"
    assert (first.place, second.place) == ("line 2", "line 4")


def test_a_second_header_begins_another_table_and_a_row_that_looks_like_one_column_does_not() -> None:
    assert cells(b"id\tname\n1\tAnn\nname\tx\tid\nBob\t0\t2\nCid\t0\tid\n") == [
        ("1", "Ann"),
        ("2", "Bob"),
        ("id", "Cid"),
    ]


def test_a_row_of_another_width_is_rejected_and_the_next_is_read() -> None:
    wrong, right = read(b"id\tname\n1\tAnn\tLee\n2\tBob\n")

    assert isinstance(wrong, Rejected)
    assert (wrong.place, wrong.why) == ("line 2", "has 3 cells, where the header has 2")
    assert isinstance(right, Entry)


def test_a_quotation_mark_left_open_is_told_and_does_not_hold_the_whole_file() -> None:
    found = read(b'id,name\n1,"Ann\n' + b"2,Bob\n" * 40_000)

    assert isinstance(found[0], Rejected)
    assert found[0].place == "line 2"
    assert "quotation mark" in found[0].why
    assert len(found) > 1000


def test_a_line_that_never_ends_is_cut() -> None:
    long, right = read(b"id\tname\n1\t" + b"x" * 3_000_000 + b"\n2\tBob\n")

    assert isinstance(long, Rejected)
    assert "longer than" in long.why
    assert len(long.raw) <= 500
    assert isinstance(right, Entry)
    assert right.place == "line 3"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"\n", "is empty", id="blank"),
        pytest.param(
            b"id\tnick\n1\tAnn\n", "no column name (but id, nick). Write it with a SELECT.", id="other-columns"
        ),
        pytest.param(b"1\tAnn\n", "no column id, name", id="no-header"),
        pytest.param(b"id\tname\tNAME\n", "two of its columns are called name", id="doubled"),
        pytest.param(b"-- MySQL dump 10.13\n", "an SQL dump", id="dump"),
        pytest.param(b"H:2,block:9", "an H2 database", id="h2"),
        pytest.param(b"SQLite format 3\0\x10\0", "an SQLite database", id="sqlite-through-a-pipe"),
        pytest.param(b" id | name \n----+------\n", "no column id, name", id="psql-without-csv"),
    ],
)
def test_another_file_is_refused_with_what_to_do(content: bytes, said: str) -> None:
    with pytest.raises(Unreadable) as error:
        read(content)

    assert said in str(error.value)


@pytest.mark.parametrize(
    ("cell", "is_set"),
    [(cell, True) for cell in ("1", "\1", "t", "True", "b'1'")]
    + [(cell, False) for cell in ("0", "\0", "f", "", "b'0'")],
    ids=repr,
)
def test_flags_are_read_as_every_driver_prints_them(cell: str, *, is_set: bool) -> None:
    assert Cells({"active": cell}).is_set("active") is is_set


def test_what_is_no_flag_is_told() -> None:
    with pytest.raises(ValueError, match="active is 'maybe'"):
        Cells({"active": "maybe"}).is_set("active")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "a base?#%.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute('create table "odd ""name" (Id integer, Name text, Active bit, Address blob, At real)')
        connection.execute(
            'insert into "odd ""name" values (7, ?, ?, ?, 12.0), (8, cast(? as text), null, null, 1.5)',
            ("Ann", b"\1", b"\xc0\0\2\7", b"\xff"),
        )
    return path


def _all(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    for name in tables_of(connection):
        yield name, f"select * from {quoted(name)}"


def test_an_sqlite_file_is_read_by_its_columns_and_left_as_it_was(database: Path) -> None:
    before = database.read_bytes()

    first, second = sqlite_entries(database, _all)

    assert isinstance(first, Entry)
    assert isinstance(second, Entry)
    assert [first.value[name] for name in ("id", "name", "address", "at")] == ["7", "Ann", "c0000207", "12"]
    assert first.value.is_set("active")
    assert not second.value.is_set("active")
    assert second.value["name"] == "\ufffd"
    assert second.place == 'odd "name, row 2'
    assert database.read_bytes() == before
    assert is_sqlite(database)


def test_an_sqlite_file_that_is_broken_is_refused(database: Path) -> None:
    database.write_bytes(database.read_bytes()[:100])

    with pytest.raises(Unreadable, match="SQLite"):
        list(sqlite_entries(database, _all))
