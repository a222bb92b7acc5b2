"""A page of rows under conditions that depend on what was asked."""

import asyncpg

from banstream_event_log.connections import Connection

Condition = tuple[str, object]
"""SQL of ours with a `?` for its value, or with none."""

_LARGEST_BIGINT = 2**63 - 1


def before(column: str, cursor: str | None, largest: int = _LARGEST_BIGINT) -> list[Condition]:
    """The condition of a page that goes on below a number; none where the cursor is no number.

    `largest` is what the column can hold: a cursor from outside may say more, which Postgres would refuse.
    """
    if cursor is None or not cursor.isdecimal():
        return []
    return [(f"{column} < ?", min(int(cursor), largest))]


async def page(
    connection: "Connection | asyncpg.Pool[asyncpg.Record]",
    select: str,
    conditions: list[Condition],
    order: str,
    limit: int,
) -> list[asyncpg.Record]:
    """One row more than asked for tells whether another page follows. Conditions are ours, values parameters."""
    parts, values = ["true"], []
    for condition, value in conditions:
        if "?" in condition:
            values.append(value)
            parts.append(condition.replace("?", f"${len(values)}"))
        else:
            parts.append(condition)
    where = " and ".join(parts)
    return await connection.fetch(f"{select} where {where} order by {order} limit {limit + 1}", *values)
