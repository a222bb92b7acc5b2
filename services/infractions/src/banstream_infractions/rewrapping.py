"""The keys of persons, wrapped anew with the first of several master keys, while the service goes on (ADR 0024)."""

from collections.abc import Callable
from dataclasses import dataclass

import asyncpg

from banstream_event_log import postgres
from banstream_privacy.key_ring import keys_of
from banstream_privacy.vault import opens, rewrapped

_PAGE = 1000
_NEXT = "select person, wrapped from person_keys where person > $1 order by person limit $2"
_REPLACE = "update person_keys set wrapped = $3 where person = $1 and wrapped = $2"
"""Never an insert: who is erased meanwhile stays erased."""


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """How many keys there are, how many were wrapped anew, and how many none of the master keys opens."""

    persons: int = 0
    rewrapped: int = 0
    unreadable: int = 0


async def rewrap(
    dsn: str, schema: str, master_key: bytes, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> Rewrapped:
    """Go through every key as an administrator. May be stopped and run again: what is done is left alone."""
    connection = await postgres.connect(dsn, search_path=schema)
    try:
        expected = int(await connection.fetchval("select count(*) from person_keys"))
        found, last = Rewrapped(), ""
        while page := await connection.fetch(_NEXT, last, _PAGE):
            changes, unreadable = _changes(master_key, page)
            async with connection.transaction():
                await connection.executemany(_REPLACE, changes)
            found = Rewrapped(found.persons + len(page), found.rewrapped + len(changes), found.unreadable + unreadable)
            last = page[-1]["person"]
            progress(min(found.persons, expected), expected)
        return found
    finally:
        await connection.close()


def _changes(master_key: bytes, page: list[asyncpg.Record]) -> tuple[list[tuple[str, bytes, bytes]], int]:
    """Person, wrapped as it is and as it is to be; and how many cannot be opened, or not as a whole."""
    first, changes, unreadable = keys_of(master_key)[0], list[tuple[str, bytes, bytes]](), 0
    for row in page:
        person, wrapped = row["person"], row["wrapped"]
        if opens(first, person, wrapped):
            continue
        anew = rewrapped(master_key, person, wrapped)
        unreadable += not opens(first, person, anew)
        if anew != wrapped:
            changes.append((person, wrapped, anew))
    return changes, unreadable
