"""Personal data of infractions, opened: what the log holds locked under the key of the person."""

from collections.abc import Iterable
from dataclasses import dataclass

from banstream_event_log.log import Connection
from banstream_privacy.vault import unlock, unwrap

_LOCKED = """
    select stream, data ->> 'infraction_id' as infraction_id,
        data ->> 'sealed_address' as address, data ->> 'sealed_name' as name
    from event_log where stream = any($1) and type = 'infraction.issued'
        and (data ->> 'sealed_address' is not null or data ->> 'sealed_name' is not null)
        and position > coalesce((select erased_until from erasable_keys where person = stream), 0)
"""


@dataclass(frozen=True, slots=True)
class Personal:
    """What an infraction was issued with, in clear."""

    address: str | None = None
    name: str | None = None


NOTHING = Personal()


async def opened(connection: Connection, master_key: bytes, streams: Iterable[str]) -> dict[str, Personal]:
    """By infraction, of the log streams named; none of a person whose key was deleted."""
    persons = list(streams)
    if not persons:
        return {}
    wrapped = await connection.fetch("select person, wrapped from person_keys where person = any($1)", persons)
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
