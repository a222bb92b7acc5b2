"""A page of rows under conditions that depend on what was asked."""

import asyncpg

from banstream_event_log.log import Connection

Condition = tuple[str, object]
"""SQL of ours with a `?` for its value, or with none."""


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
