"""Rows into a table that holds none of them, by COPY in its binary format, a value at a time.

For rows that hold many numbers: as text these cost more than all the rest. Others go by `copying`.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from struct import Struct

from banstream_event_log.connections import Connection

_BEGIN = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_TRUE, _FALSE = b"\0\0\0\1\1", b"\0\0\0\1\0"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TEXT, _INTEGER = 25, 23
"""Types of elements, as Postgres numbers them."""

_fields = Struct(">h").pack
_size = Struct(">i").pack
_moment = Struct(">iq").pack
_array = Struct(">iiiiii").pack
"""Bytes of it, dimensions, whether there are nulls, type, elements, number of the first."""


async def copy_packed(
    connection: Connection, rows: Sequence[Sequence[bytes]], columns: Sequence[str], table: str
) -> None:
    """Rows of packed values. Raises UniqueViolationError where one of them is there."""
    if rows:
        await connection.copy_to_table(table, source=_in_one(packed(rows)), columns=columns, format="binary")


def packed(rows: Sequence[Sequence[bytes]]) -> bytes:
    """As COPY reads them."""
    begin = _fields(len(rows[0]))
    return b"".join([_BEGIN, *[begin + b"".join(row) for row in rows], _END])


async def _in_one(content: bytes) -> AsyncIterator[bytes]:
    yield content


def text(value: str | None) -> bytes:
    """Postgres refuses what is no UTF-8 or holds NUL."""
    if value is None:
        return _NULL
    encoded = value.encode()
    return _size(len(encoded)) + encoded


def moment(value: datetime | None) -> bytes:
    """Of a `timestamptz`, to the microsecond."""
    return _NULL if value is None else _moment(8, (value - _EPOCH) // _MICROSECOND)


def flag(value: bool) -> bytes:
    """Of a `boolean`."""
    return _TRUE if value else _FALSE


def texts(values: Sequence[str]) -> bytes:
    """Of a `text[]`."""
    return _array_of(_TEXT, len(values), b"".join(map(text, values)))


def numbers(values: bytes) -> bytes:
    """Of an `integer[]`, from four bytes each, big-endian: sizes and numbers in turns, put together by four copies."""
    count = len(values) // 4
    content, found = bytearray(values), bytearray(b"\0\0\0\4\0\0\0\0" * count)
    for place in range(4):
        found[4 + place :: 8] = content[place::4]
    return _array_of(_INTEGER, count, bytes(found))


def _array_of(kind: int, count: int, content: bytes) -> bytes:
    if not count:
        return _array(12, 0, 0, kind, 0, 0)[:16]
    return _array(20 + len(content), 1, 0, kind, count, 1) + content
