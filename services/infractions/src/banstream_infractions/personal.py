"""Personal data of infractions, opened: what the log holds locked under the key of the person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import asyncpg
from cryptography.exceptions import InvalidTag

from banstream_event_log.connections import Connection
from banstream_privacy.vault import unlock, unwrapped

_LOCKED = """
    select stream, data ->> 'infraction_id' as infraction_id,
        data ->> 'sealed_address' as address, data ->> 'sealed_name' as name
    from event_log where stream = any($1) and type in ('infraction.issued', 'infraction.imported')
        and (data ->> 'sealed_address' is not null or data ->> 'sealed_name' is not null)
        and position > coalesce((select erased_until from erasable_keys where person = stream), 0)
    order by position
"""
"""What was imported again has what came last, of each."""


_WRAPPED = "select person, wrapped from person_keys where person = any($1)"
_LOOKED_AT = 100
_ENDS = """
    (select person, wrapped from person_keys order by person limit $1)
    union (select person, wrapped from person_keys order by person desc limit $1)
"""
"""Both ends, since wrapping keys anew goes from one to the other and may have been stopped."""


class MasterKeyUnfit(Exception):
    """The master key is another than the one with which the keys of persons were wrapped."""


@dataclass(frozen=True, slots=True)
class Personal:
    """What an infraction was issued with, in clear."""

    address: str | None = None
    name: str | None = None


NOTHING = Personal()


@dataclass(frozen=True, slots=True)
class Found:
    """Personal data by infraction, and the infractions of which there is some that does not open."""

    opened: Mapping[str, Personal]
    unreadable: frozenset[str] = frozenset()


async def found(connection: Connection, master_key: bytes, streams: Iterable[str]) -> Found:
    """Of the infractions of the log streams named; nothing of a person whose key was deleted."""
    persons = list(streams)
    if not persons:
        return Found({})
    wrapped = {row["person"]: row["wrapped"] for row in await connection.fetch(_WRAPPED, persons)}
    keys = {person: unwrapped(master_key, person, each) for person, each in wrapped.items()}
    personal, unreadable = dict[str, Personal](), set[str]()
    for row in await connection.fetch(_LOCKED, list(keys)):
        try:
            before = personal.get(row["infraction_id"], NOTHING)
            personal[row["infraction_id"]] = _personal(keys[row["stream"]], row, before)
        except (InvalidTag, ValueError):
            unreadable.add(row["infraction_id"])
    return Found(personal, frozenset(unreadable))


async def check_master_key(connection: Connection, master_key: bytes) -> None:
    """Raises MasterKeyUnfit where it opens none of those keys of persons that are looked at."""
    rows = await connection.fetch(_ENDS, _LOOKED_AT)
    if rows and all(unwrapped(master_key, row["person"], row["wrapped"]) is None for row in rows):
        raise MasterKeyUnfit("BANSTREAM_MASTER_KEY opens no key of a person: put the one back that belongs here")


def _personal(key: bytes | None, row: asyncpg.Record, before: Personal) -> Personal:
    if key is None:
        raise InvalidTag("the key of a person does not open")
    address, name = (unlock(key, row["stream"], each) if each else None for each in (row["address"], row["name"]))
    return Personal(address or before.address, name or before.name)
