"""Documents that this release cannot read: each stands for itself, is counted, and is told once."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar

import structlog
from prometheus_client import Gauge

UNREADABLE = Gauge(
    "banstream_unreadable_documents",
    "Documents that this release cannot read, in the process that serves them",
    ["table"],
)
_TODO = "the release that wrote it; if it is damaged, banstream rebuild"

logger = structlog.stdlib.get_logger(__name__)

Read = TypeVar("Read")


class Row(Protocol):
    """Of a table."""

    def __getitem__(self, column: str, /) -> Any:  # noqa: ANN401 - whatever it holds
        """What stands in a column."""


AnyRow = TypeVar("AnyRow", bound=Row)


class UnreadableDocument(ValueError):
    """A later release has made it, or it is damaged. The message says where it is wrong, never with a value."""


def read_each(
    rows: Iterable[AnyRow], read: Callable[[AnyRow], Read], key: str
) -> tuple[tuple[Read, ...], tuple[str, ...]]:
    """What could be read of rows, and the ids of those that could not be."""
    found: list[Read] = []
    unreadable: list[str] = []
    for row in rows:
        try:
            found.append(read(row))
        except ValueError:
            unreadable.append(row[key])
    return tuple(found), tuple(unreadable)


class Complaint:
    """What was told of the documents of a table, in a term of the process that serves them."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._told: frozenset[str] = frozenset()

    def tell(self, unreadable: Mapping[str, str]) -> None:
        """Those that cannot be read now, by id, and why; of these, say what is new."""
        for key in sorted(unreadable.keys() - self._told):
            logger.error("document_unreadable", table=self._table, id=key, reason=unreadable[key], todo=_TODO)
        self._told = frozenset(unreadable)
        UNREADABLE.labels(self._table).set(len(unreadable))

    def end(self) -> None:
        """Another process serves them now, or none."""
        self._told = frozenset()
        UNREADABLE.clear()
