"""Answers to queries, straight from the tables."""

import asyncpg

from banstream_contracts.queries.notifier import (
    Attempt,
    Delivery,
    DeliveryPage,
    DeliveryStatus,
    GetTarget,
    ListDeliveries,
    ListTargets,
    TargetFound,
    TargetPage,
    TargetProgress,
)
from banstream_decider.paging import Condition, page
from banstream_decider.unreadable import UnreadableDocument, read_each
from banstream_notifier.projection import TARGETS

_MOST_ATTEMPTS = 20
_LAST_PLACE = 2**63 - 1
_TARGETS = """
    select document, coalesce(delivered, 0) as delivered, delivered_at, coalesce(since, failing_since) as failing_since,
        coalesce(reason, last_error) as last_error, target_id
    from targets left join progress using (target_id) left join stalls using (target_id)
"""
_ATTEMPTS = """
    select event_id, at, seconds, answer, error from (
        select *, row_number() over (partition by event_id order by at desc) as age
        from attempts where target_id = $1 and event_id = any($2)
    ) as latest where age <= $3 order by at
"""


class Reads:
    """Read-only; works on every process, leading or not."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def target(self, query: GetTarget) -> TargetFound:
        """One target; nulls of one that was removed. Of one that cannot be read: why, and how telling went."""
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow(f"{_TARGETS} where target_id = $1 and not is_removed", query.target_id)
        if row is None:
            return TargetFound(target=None)
        try:
            return _found(row)
        except UnreadableDocument as error:
            return TargetFound(target=None, progress=_progress(row), unreadable=str(error))

    async def targets(self, query: ListTargets) -> TargetPage:
        """A page by id, which begins with the time it was made; the cursor is the last id."""
        conditions: list[Condition] = [("not is_removed", None)]
        if query.cursor:
            conditions.append(("target_id > ?", query.cursor))
        rows = await page(self._pool, _TARGETS, conditions, "target_id", query.limit)
        shown = rows[: query.limit]
        items, unreadable = read_each(shown, _found, "target_id")
        return TargetPage(
            items=items,
            next=shown[-1]["target_id"] if len(rows) > query.limit else None,
            unreadable=unreadable,
        )

    async def deliveries(self, query: ListDeliveries) -> DeliveryPage:
        """A page, newest first; the cursor is a place."""
        conditions: list[Condition] = [("target_id = ?", query.target_id)]
        if query.status:
            conditions.append(("status = ?", query.status.value))
        if query.event_id:
            conditions.append(("event_id = ?", query.event_id))
        if query.cursor and query.cursor.isdecimal():
            conditions.append(("place < ?", min(int(query.cursor), _LAST_PLACE)))
        async with self._pool.acquire() as connection:
            rows = await page(connection, "select * from deliveries", conditions, "place desc", query.limit)
            shown = rows[: query.limit]
            events = [row["event_id"] for row in shown]
            attempts = await connection.fetch(_ATTEMPTS, query.target_id, events, _MOST_ATTEMPTS)
        return DeliveryPage(
            items=tuple(_delivery(row, attempts) for row in shown),
            next=str(shown[-1]["place"]) if len(rows) > query.limit else None,
        )


def _found(row: asyncpg.Record) -> TargetFound:
    return TargetFound(target=TARGETS.read(row["document"]).target, progress=_progress(row))


def _progress(row: asyncpg.Record) -> TargetProgress:
    return TargetProgress(
        delivered=row["delivered"],
        last_delivered_at=row["delivered_at"],
        failing_since=row["failing_since"],
        last_error=row["last_error"],
    )


def _delivery(row: asyncpg.Record, attempts: list[asyncpg.Record]) -> Delivery:
    tried = [each for each in attempts if each["event_id"] == row["event_id"]]
    return Delivery(
        event_id=row["event_id"],
        event_type=row["event_type"],
        status=DeliveryStatus(row["status"]),
        first_at=row["first_at"],
        last_at=row["last_at"],
        tries=row["tries"],
        message_id=row["message_id"],
        attempts=tuple(
            Attempt(at=each["at"], seconds=round(each["seconds"], 3), answer=each["answer"], error=each["error"])
            for each in tried
        ),
    )
