"""The log as staff read it: every service answers the same question about its own."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

import asyncpg
from pydantic import BaseModel

from banstream_contracts.public_events import EVENT_MODELS, published
from banstream_contracts.queries.audit import EventPage, ListEvents
from banstream_contracts.queries.infractions import HistoryEntry
from banstream_event_log.erasure import opened
from banstream_event_log.events import LoggedEvent
from banstream_event_log.searching import Found, Search, search

LARGEST_PAGE_BYTES = 600_000
"""A message holds a megabyte."""

TYPES = tuple(str(model.model_fields["type"].default) for model in EVENT_MODELS)


async def events(pool: "asyncpg.Pool[asyncpg.Record]", query: ListEvents) -> EventPage:
    """The page that is asked for; it ends early rather than grow too big for a message."""
    wanted = Search(
        types=types_of(query.kinds),
        actor=query.actor,
        player=(query.player.service, query.player.id) if query.player else None,
        since=query.since,
        until=query.until,
        before=query.before,
    )
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        found = await search(connection, wanted, query.limit)
        read = await opened(connection, found.events)
        items = _that_fit([entry(each) for each in read])
        if len(items) < len(read):
            found = Found(found.events[: len(items)], items[-1].position)
        return EventPage(items=items, next=found.next, next_at=await _recorded_at(connection, found))


def types_of(kinds: Sequence[str]) -> list[str] | None:
    """The types that patterns name, None for all. A type that this release does not know is looked for as it is."""
    if not kinds or "*" in kinds:
        return None
    known = {each for each in TYPES for kind in kinds if fnmatchcase(each, kind)}
    return sorted(known | {kind for kind in kinds if not kind.endswith("*")})


def entry(event: LoggedEvent) -> HistoryEntry:
    """An event without what is private."""
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


async def _recorded_at(connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]", found: Found) -> Any:  # noqa: ANN401 - asyncpg's
    if found.next is None:
        return None
    return await connection.fetchval("select recorded_at from event_log where position = $1", found.next)


def _that_fit(entries: Sequence[HistoryEntry]) -> tuple[HistoryEntry, ...]:
    """As many as a message holds, one at least."""
    size = 0
    shown: list[HistoryEntry] = []
    for each in entries:
        size += _size(each)
        if shown and size > LARGEST_PAGE_BYTES:
            break
        shown.append(each)
    return tuple(shown)


def _size(model: BaseModel) -> int:
    return len(model.model_dump_json(exclude_none=True).encode())
