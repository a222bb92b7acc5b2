"""Answers to queries, straight from the read models and the log."""

from collections.abc import Callable
from typing import Any

import asyncpg

from banstream_contracts.events import published
from banstream_contracts.infractions import Credential, Infraction
from banstream_contracts.queries import (
    CommandFound,
    CredentialPage,
    GetCommand,
    GetHistory,
    GetInfraction,
    HistoryEntry,
    HistoryPage,
    InfractionFound,
    InfractionPage,
    InfractionsStatus,
    ListCredentials,
    ListInfractions,
)
from banstream_contracts.results import CommandResult
from banstream_event_log.events import LoggedEvent
from banstream_event_log.log import head, logged_event

_IN_FORCE = (
    "status = 'active' and (lifetime = 'permanent' or (lifetime = 'timed' and expires_at > now())"
    " or (lifetime = 'online' and coalesce((document ->> 'time_left_seconds')::bigint, 0) > 0))"
)


class Reads:
    """Read-only; works on every process, leading or not."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", is_leading: Callable[[], bool]) -> None:
        self._pool = pool
        self._is_leading = is_leading

    async def infraction(self, query: GetInfraction) -> InfractionFound:
        """One infraction."""
        document = await self._pool.fetchval("select document from infractions where id = $1", query.infraction_id)
        return InfractionFound(infraction=Infraction.model_validate(document) if document else None)

    async def infractions(self, query: ListInfractions) -> InfractionPage:
        """A page, newest first; the cursor is the last id of the page before."""
        conditions: list[tuple[str, object]] = [("true", None)]
        if query.player:
            conditions.append(("player_token = ?", query.player.token))
        if query.server_id:
            conditions.append(("server_id = ?", query.server_id))
        if query.category:
            conditions.append(("category = ?", query.category))
        if query.cursor:
            conditions.append(("id < ?", query.cursor))
        if query.active is not None:
            conditions.append((_IN_FORCE if query.active else f"not ({_IN_FORCE})", None))
        rows = await self._page("select document from infractions", conditions, "id desc", query.limit)
        items = tuple(Infraction.model_validate(row["document"]) for row in rows[: query.limit])
        return InfractionPage(items=items, next=items[-1].id if len(rows) > query.limit else None)

    async def history(self, query: GetHistory) -> HistoryPage:
        """What happened to a player, newest first; the cursor is a version of the player's stream."""
        conditions: list[tuple[str, object]] = [("stream = ?", f"player:{query.player}")]
        if query.cursor and query.cursor.isdecimal():
            conditions.append(("version < ?", int(query.cursor)))
        rows = await self._page("select * from event_log", conditions, "version desc", query.limit)
        events = [logged_event(row) for row in rows[: query.limit]]
        following = str(events[-1].version) if len(rows) > query.limit else None
        return HistoryPage(items=tuple(_entry(event) for event in events), next=following)

    async def command(self, query: GetCommand) -> CommandFound:
        """What became of a command."""
        outcome = await self._pool.fetchval(
            "select outcome from command_outcomes where command_id = $1", query.command_id
        )
        return CommandFound(result=CommandResult.model_validate(outcome) if outcome else None)

    async def credentials(self, query: ListCredentials) -> CredentialPage:
        """A page, newest first."""
        conditions: list[tuple[str, object]] = [("kind = ?", query.kind)]
        if query.cursor:
            conditions.append(("id < ?", query.cursor))
        rows = await self._page("select document from credentials", conditions, "id desc", query.limit)
        items = tuple(Credential.model_validate(row["document"]) for row in rows[: query.limit])
        return CredentialPage(items=items, next=items[-1].id if len(rows) > query.limit else None)

    async def status(self) -> InfractionsStatus:
        """Log, relay and schema."""
        async with self._pool.acquire() as connection:
            return InfractionsStatus(
                head=await head(connection),
                relayed=await connection.fetchval("select coalesce(max(position), 0) from relay_position"),
                leading=self._is_leading(),
                schema_version=await connection.fetchval("select max(number) from schema_migrations"),
            )

    async def _page(
        self, select: str, conditions: list[tuple[str, object]], order: str, limit: int
    ) -> list[asyncpg.Record]:
        """One row more than asked for tells whether another page follows. Conditions are ours, values parameters."""
        parts, values = [], []
        for condition, value in conditions:
            if "?" in condition:
                values.append(value)
                parts.append(condition.replace("?", f"${len(values)}"))
            else:
                parts.append(condition)
        where = " and ".join(parts)
        return await self._pool.fetch(f"{select} where {where} order by {order} limit {limit + 1}", *values)


def _entry(event: LoggedEvent) -> HistoryEntry:
    body: dict[str, Any] = published(dict(event.data))
    return HistoryEntry.model_validate(
        {
            "position": event.position,
            "event_id": event.event_id,
            "type": event.type,
            "occurred_at": event.occurred_at,
            "recorded_at": event.recorded_at,
            "actor": event.actor,
            "event": body,
        }
    )
