"""Several statements that write, as one: the way to Postgres and back costs as much as writing a row or two."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from banstream_event_log.connections import Connection

_PARAMETER = re.compile(r"\$(\d+)")
_COMBINATIONS = 64


@dataclass(frozen=True, slots=True)
class Statement:
    """What one writes: `ctes` with names that no other has, over its own `values` as `$1` and on.

    `told` is an expression over these, and `then` does what is left to do where that is not null.
    """

    ctes: str
    values: Sequence[object]
    told: str = "null"
    then: "Callable[[Connection, Any], Awaitable[None]] | None" = None

    @property
    def rows(self) -> int:
        """How many it writes at most, by the longest of its lists."""
        return max((len(each) for each in self.values if isinstance(each, list | tuple)), default=1)


async def write(connection: Connection, statements: Sequence[Statement]) -> None:
    """All at once: each sees the rows that were there before, none what another one writes."""
    if not statements:
        return
    together = _together(tuple((each.ctes, len(each.values), each.told) for each in statements))
    told = await connection.fetchrow(together, *(value for each in statements for value in each.values))
    for each, value in zip(statements, told or (), strict=True):
        if each.then and value is not None:
            await each.then(connection, value)


@lru_cache(_COMBINATIONS)
def _together(parts: tuple[tuple[str, int, str], ...]) -> str:
    ctes, told, behind = [], [], 0
    for part, values, tells in parts:
        ctes.append(_renumbered(part, behind))
        told.append(_renumbered(tells, behind))
        behind += values
    return f"with {', '.join(ctes)} select {', '.join(told)}"


def _renumbered(part: str, behind: int) -> str:
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + behind}", part)
