"""Personal data of infractions, opened: what the log holds locked under the key of the person."""

from collections.abc import Iterable
from dataclasses import dataclass

from banstream_event_log.log import Connection
from banstream_privacy.vault import opens, unlock, unwrap

_LOCKED = """
    select stream, data ->> 'infraction_id' as infraction_id,
        data ->> 'sealed_address' as address, data ->> 'sealed_name' as name
    from event_log where stream = any($1) and type = 'infraction.issued'
        and (data ->> 'sealed_address' is not null or data ->> 'sealed_name' is not null)
        and position > coalesce((select erased_until from erasable_keys where person = stream), 0)
"""


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


async def opened(connection: Connection, master_key: bytes, streams: Iterable[str]) -> dict[str, Personal]:
    """By infraction, of the log streams named; none of a person whose key was deleted.

    Raises cryptography's InvalidTag where the key of one of them does not open.
    """
    persons = list(streams)
    if not persons:
        return {}
    wrapped = await connection.fetch(_WRAPPED, persons)
    keys = {row["person"]: unwrap(master_key, row["person"], row["wrapped"]) for row in wrapped}
    rows = await connection.fetch(_LOCKED, list(keys))
    return {
        row["infraction_id"]: Personal(
            *(
                unlock(keys[row["stream"]], row["stream"], locked) if locked else None
                for locked in (row["address"], row["name"])
            )
        )
        for row in rows
    }


async def unreadable(connection: Connection, master_key: bytes, streams: Iterable[str]) -> set[str]:
    """Those of the log streams whose key is there and does not open."""
    rows = await connection.fetch(_WRAPPED, list(streams))
    return {row["person"] for row in rows if not opens(master_key, row["person"], row["wrapped"])}


async def check_master_key(connection: Connection, master_key: bytes) -> None:
    """Raises MasterKeyUnfit where it opens none of those keys of persons that are looked at."""
    rows = await connection.fetch(_ENDS, _LOOKED_AT)
    if rows and not any(opens(master_key, row["person"], row["wrapped"]) for row in rows):
        raise MasterKeyUnfit("BANSTREAM_MASTER_KEY opens no key of a person: put the one back that belongs here")
