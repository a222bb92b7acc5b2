"""What somebody did to infractions, straight from the log."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import asyncpg

from banstream_contracts.infraction_messages import EVENT
from banstream_contracts.queries.undoing import Doer, Done, DonePage, ListDone
from banstream_contracts.streams import ABUSE_TRACKER
from banstream_decider.audit import LARGEST_PAGE_BYTES
from banstream_decider.events import event_of
from banstream_event_log.connections import Connection
from banstream_event_log.erasure import opened
from banstream_event_log.events import LoggedEvent
from banstream_event_log.log import logged_event
from banstream_event_log.searching import Search, recordable, search
from banstream_infractions.domain.undoing import AnyOfInfraction, Happened, done

_DECISIONS = (
    "infraction.issued",
    "infraction.imported",
    "infraction.amended",
    "infraction.lifted",
    "infraction.reinstated",
)
_SERVED = "infraction.served"
_OTHERS = (_SERVED, "infraction.expired", "appeal.code_renewed", "evidence.attached")
_WHOLE = """
    with happened as (
        select *, data ->> 'infraction_id' as infraction_id,
            type = any($3) and recorded_at >= $5 and recorded_at < $6 and actor @> $7 and data @> $8 as is_theirs
        from event_log where stream = any($1) and data ->> 'infraction_id' = any($2) and type = any($4)
    ), placed as (
        select *, lead(type) over (partition by infraction_id order by position) as next_type,
            max(position) filter (where is_theirs) over (partition by infraction_id) as their_last
        from happened
    )
    select * from placed where their_last = any($9) and (type <> $10 or next_type is distinct from $10)
    order by position
"""
"""All that happened to infractions whose last event of theirs is one of some. Time connected is told of every few
minutes: the last of it says all.
"""


class UndoingReads:
    """Read-only; works on every process, leading or not."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def done(self, query: ListDone) -> DonePage:
        """A page; it ends early rather than grow too big for a message."""
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            found = await search(connection, _search(query), query.limit)
            told = await _told(connection, query, found.events)
        now = datetime.now(UTC)
        items: list[Done] = []
        size = 0
        for events in told:
            if each := done(events, now):
                size += len(each.model_dump_json(exclude_none=True).encode())
                if items and size > LARGEST_PAGE_BYTES:
                    return DonePage(items=tuple(items), next=items[-1].position)
                items.append(each)
        return DonePage(items=tuple(items), next=found.next)


def _search(query: ListDone) -> Search:
    by = query.by
    return Search(
        types=_DECISIONS if by.policy_id is None else _DECISIONS[:1],
        actor=by.id if by.policy_id is None else ABUSE_TRACKER,
        admin=(by.admin.service, by.admin.id) if by.admin else None,
        policy_id=by.policy_id,
        since=query.since,
        until=query.until,
        before=query.before,
    )


async def _told(connection: Connection, query: ListDone, found: Sequence[LoggedEvent]) -> list[Iterator[Happened]]:
    """All that happened to each infraction of which an event that was found is the last that they did, in that order.

    What they did to it before leads to other pages, where it is left out.
    """
    streams, ids = {each.stream for each in found}, {each.data["infraction_id"] for each in found}
    positions = [each.position for each in found]
    types = [*_DECISIONS, *_OTHERS]
    theirs = (recordable(query.since), recordable(query.until), *_said_by(query.by))
    rows = await connection.fetch(_WHOLE, [*streams], [*ids], _DECISIONS, types, *theirs, positions, _SERVED)
    events = await opened(connection, [logged_event(row) for row in rows])
    told = defaultdict[int, list[tuple[LoggedEvent, bool]]](list)
    for row, event in zip(rows, events, strict=True):
        told[row["their_last"]].append((event, row["is_theirs"]))
    return [_happened(told[position]) for position in positions if position in told]


def _said_by(by: Doer) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the actor and the data of an event of theirs hold."""
    if by.policy_id is not None:
        return {"kind": "system", "id": ABUSE_TRACKER}, {"policy_id": by.policy_id}
    if by.admin is not None:
        return {"admin": by.admin.model_dump()}, {}
    return {"kind": by.kind, "id": by.id}, {}


def _happened(told: Iterable[tuple[LoggedEvent, bool]]) -> Iterator[Happened]:
    for logged, is_theirs in told:
        yield Happened(cast("AnyOfInfraction", event_of(logged, EVENT)), logged.position, is_theirs)
