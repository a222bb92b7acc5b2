"""Rows into a table that holds none of them, by COPY in its text format: a fraction of what an upsert costs."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Protocol

from banstream_event_log.log import Connection

_ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))


class Row(Protocol):
    """A slotted dataclass that is named like the columns."""

    __slots__: tuple[str, ...]


async def copy(connection: Connection, rows: Sequence[Row], table: str) -> None:
    """Raises UniqueViolationError where one of them is there."""
    if not rows:
        return
    columns = rows[0].__slots__
    lines = written(map(attrgetter(*columns), rows))
    await connection.copy_to_table(table, source=_in_one(lines), columns=columns, format="text")


def written(rows: Iterable[Sequence[object]]) -> bytes:
    """Rows as COPY reads them: a line each. Raises KeyError for a type that no column has."""
    return "".join("\t".join([_FORMS[type(value)](value) for value in row]) + "\n" for row in rows).encode()


async def _in_one(text: bytes) -> AsyncIterator[bytes]:
    yield text


def _text(value: str) -> str:
    for character, escape in _ESCAPES:
        if character in value:
            value = value.replace(character, escape)
    return value


def _array(values: Sequence[str]) -> str:
    """None of them holds a line end."""
    joined = "\n".join(values)
    if '"' in joined or "\\" in joined:
        joined = joined.replace("\\", "\\\\").replace('"', '\\"')
    return _text('{"' + joined.replace("\n", '","') + '"}') if values else "{}"


_FORMS: Mapping[type, Callable[[Any], str]] = {
    str: _text,
    tuple: _array,
    datetime: datetime.isoformat,
    bool: lambda value: "t" if value else "f",
    type(None): lambda _value: "\\N",
}
