"""The keys of persons in a log's schema: personal fields locked and opened with them, and persons erased."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import asyncpg
import structlog
from msgspec.structs import replace
from prometheus_client import Counter

from banstream_contracts.infractions import Actor
from banstream_event_log import erasable, statements
from banstream_event_log.connections import Connection
from banstream_event_log.erasable import ErasableKey, NotOpened, Personal, persons_of
from banstream_event_log.events import LoggedEvent, NewEvent, OpenedEvent
from banstream_privacy.key_ring import KEY_BYTES, KeyRing
from banstream_privacy.vault import new_person_key

_PUT = """
    new_keys as (
        insert into erasable_keys (person, key) select * from unnest($1::text[], $2::bytea[])
        on conflict (person) do update set key = excluded.key
    )
"""
_TODO = "banstream log verify names them; put their keys back from a backup"
_ACTORS = 1000
"""Servers and staff that are remembered: each acts again and again."""
_ERASE = """
    insert into erasable_keys (person, erased_until) select unnest($1::text[]), $2
    on conflict (person) do update set key = null, erased_until = excluded.erased_until
"""


_ERASED_UNTIL = "select person, erased_until from erasable_keys where person = any($1) and erased_until > 0"
_LOCKED_SINCE = "select exists (select from erasable_keys where person = $1 and key is not null)"
NOT_OPENED = Counter(
    "banstream_keys_not_opened_total",
    "Times that something was read or locked of a person whose key is damaged, lost, or of a master key that is away",
    ["keys"],
)
for _keys_of in ("erasable", "person"):
    NOT_OPENED.labels(_keys_of)

logger = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Locks:
    """What events hold of whom, and the keys of these; `new` writes those that were made for it."""

    events: Sequence[NewEvent]
    personal: Sequence[Personal]
    keys: Mapping[str, bytes]
    new: Sequence[statements.Statement] = ()

    def locked(self, first: int, behind: int) -> list[NewEvent]:
        """Some of the events as the log keeps them, from a place up to the one before another."""
        events = self.events[first:behind]
        kept = erasable.each_locked([each.data for each in events], self.personal[first:behind], self.keys)
        return [
            each if data is each.data else replace(each, data=data) for each, data in zip(events, kept, strict=True)
        ]


async def locks(connection: Connection, events: Sequence[NewEvent]) -> Locks:
    """How events are locked, each person's with the key that there is or a new one.

    A key of another length than keys have locks nothing and opens nothing: a new one takes its place.
    """
    personal = [erasable.personal(each.type, each.stream, each.data) for each in events]
    persons = {person for each in personal for person in each}
    if not persons:
        return Locks(events, personal, {})
    held = await _keys(connection, persons)
    keys = {person: found.key for person, found in held.items() if found.key}
    made = {person: new_person_key() for person in sorted(persons - keys.keys())}
    new = [statements.Statement(_PUT, (list(made), list(made.values())))] if made else []
    return Locks(events, personal, keys | made, new)


async def opened(connection: Connection, events: Sequence[LoggedEvent]) -> list[LoggedEvent]:
    """Events of the log as they were, but for what was erased or does not open. Their hashes are of what it keeps."""
    persons = {person for each in events for person in persons_of(each.type, each.stream, each.data)}
    if not persons:
        return list(events)
    opening = _Opening(await _keys(connection, persons))
    shown = [opening.opened(each.type, each.stream, each.data, each.position) for each in events]
    opening.tell()
    return [each if data is each.data else replace(each, data=data) for each, data in zip(events, shown, strict=True)]


async def opened_to_fold(connection: Connection, rows: Sequence[asyncpg.Record]) -> list[OpenedEvent]:
    """The same of rows with the columns of `OpenedEvent`, the actor as JSON."""
    persons = {person for _, stream, _, kind, data, *_ in rows for person in persons_of(kind, stream, data)}
    opening = _Opening(await _keys(connection, persons) if persons else {})
    events = [
        OpenedEvent(position, stream, version, kind, opening.opened(kind, stream, data, position), _actor(actor), at)
        for position, stream, version, kind, data, actor, at in rows
    ]
    opening.tell()
    return events


async def not_opened(connection: Connection, events: Sequence[LoggedEvent]) -> dict[str, int]:
    """The persons of whom some of the events hold what does not open, each with the first position of that."""
    persons = {person for each in events for person in persons_of(each.type, each.stream, each.data)}
    if not persons:
        return {}
    opening = _Opening(await _keys(connection, persons))
    for each in events:
        opening.opened(each.type, each.stream, each.data, each.position)
    return opening.not_opened


_actor = lru_cache(_ACTORS)(Actor.model_validate_json)


async def erase(connection: Connection, persons: Iterable[str], position: int) -> None:
    """Take the keys of persons out: nothing up to the position can be read of them any more."""
    await connection.execute(_ERASE, sorted(persons), position)


async def has_key(connection: Connection, person: str) -> bool:
    """Whether anything was locked for a person since they were erased, if ever."""
    return bool(await connection.fetchval(_LOCKED_SINCE, person))


async def erased_until(connection: Connection, persons: Iterable[str]) -> dict[str, int]:
    """Up to which position persons were erased; those who never were have no entry."""
    rows = await connection.fetch(_ERASED_UNTIL, list(persons))
    return {row["person"]: row["erased_until"] for row in rows}


async def erased_since(connection: Connection, position: int) -> list[str]:
    """Who was erased behind a position: what was read before may hold what is erased."""
    rows = await connection.fetch("select person from erasable_keys where erased_until > $1", position)
    return [row["person"] for row in rows]


async def _keys(connection: Connection, persons: Iterable[str]) -> dict[str, ErasableKey]:
    rows = await connection.fetch(
        "select person, key, erased_until from erasable_keys where person = any($1)", list(persons)
    )
    return {row["person"]: ErasableKey(_ring(row["key"]), row["erased_until"]) for row in rows}


def _ring(kept: bytes | None) -> bytes | None:
    """The key, or several one behind the other, as where an older one was put back; None where it is none."""
    if not kept or len(kept) % KEY_BYTES:
        return None
    if len(kept) == KEY_BYTES:
        return kept
    return KeyRing(*(kept[begin : begin + KEY_BYTES] for begin in range(0, len(kept), KEY_BYTES)))


class _Opening:
    """Opens events with some keys, and notes what does not open: nobody else has to wait for that person's key."""

    def __init__(self, keys: erasable.Keys) -> None:
        self._keys = keys
        self.not_opened: dict[str, int] = {}

    def opened(self, kind: str, stream: str, data: Mapping[str, Any], position: int) -> Mapping[str, Any]:
        """An event as far as it opens."""
        try:
            return erasable.opened(kind, stream, data, position, self._keys)
        except NotOpened as fault:
            for person in fault.persons:
                self.not_opened.setdefault(person, position)
            return fault.event

    def tell(self) -> None:
        """Of how many persons, and where; `banstream log verify` says who they are."""
        if self.not_opened:
            NOT_OPENED.labels("erasable").inc(len(self.not_opened))
            first = min(self.not_opened.values())
            logger.error("erasable_keys_not_opened", count=len(self.not_opened), position=first, todo=_TODO)
