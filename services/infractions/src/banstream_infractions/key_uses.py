"""Which of several keys still open and match: what an operator has to know before one is taken out (ADR 0024)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import asyncpg

from banstream_event_log.connections import Connection
from banstream_infractions.domain.restricting import RESTRICTING
from banstream_infractions.personal import NOTHING, found
from banstream_privacy.addresses import address_hash
from banstream_privacy.key_ring import keys_of
from banstream_privacy.vault import opens

_PAGE = 1000
_PERSONS = "select person, wrapped from person_keys where person > $1 order by person limit $2"
_OF_ADDRESSES = (
    "select id, stream, document ->> 'address_hash' as hash from infractions where address_token is not null"
)
_PUNISHED, _WARNED = (f"{_OF_ADDRESSES} and {each}" for each in RESTRICTING)
_KNOWN = f"""(
    {_PUNISHED} and (expires_at is null or expires_at > now())
    union all {_WARNED} and player_token is null
) as known"""
"""What gateways know by an address; a warning that runs out while its player is connected they know by the player."""
_NEXT = f"select * from {_KNOWN} where id > $1 order by id limit $2"
_ENDS = f"(select * from {_KNOWN} order by id limit $1) union (select * from {_KNOWN} order by id desc limit $1)"
"""The oldest, which an old key knows, and the newest, which are of keys that gateways have."""


@dataclass(frozen=True, slots=True)
class Uses:
    """How many things go by each key of a ring, in its order, and by none of them; and of how many nobody can say."""

    by_key: tuple[int, ...]
    by_none: int
    unknown: int = 0

    @property
    def total(self) -> int:
        """Of all that was looked at."""
        return sum(self.by_key) + self.by_none + self.unknown


async def is_any_address_restricted(connection: Connection) -> bool:
    """Whether there is anything to know of an address key."""
    return bool(await connection.fetchval(f"select exists (select from {_KNOWN})"))


async def of_master_key(connection: Connection, master_key: bytes) -> Uses:
    """The first key that opens the key of each person."""
    keys, uses, last = keys_of(master_key), Counter[int](), ""
    while page := await connection.fetch(_PERSONS, last, _PAGE):
        uses.update(_first(opens(key, row["person"], row["wrapped"]) for key in keys) for row in page)
        last = page[-1]["person"]
    return _uses(uses, keys)


async def of_address_key(connection: Connection, master_key: bytes, address_key: bytes) -> Uses:
    """The key that each address is known by that something in force restricts."""
    keys, uses, last = keys_of(address_key), Counter[int](), ""
    while page := await connection.fetch(_NEXT, last, _PAGE):
        uses.update(await _known_by(connection, master_key, keys, page))
        last = page[-1]["id"]
    return _uses(uses, keys)


async def of_address_key_at_the_ends(connection: Connection, master_key: bytes, address_key: bytes, most: int) -> Uses:
    """The same of the oldest and of the newest, so many of each."""
    keys, rows = keys_of(address_key), await connection.fetch(_ENDS, most)
    return _uses(Counter(await _known_by(connection, master_key, keys, rows)), keys)


_NONE, _UNKNOWN = -1, -2


async def _known_by(
    connection: Connection, master_key: bytes, keys: tuple[bytes, ...], rows: "list[asyncpg.Record]"
) -> list[int]:
    streams = {row["stream"] for row in rows}
    personal = (await found(connection, master_key, streams)).opened
    addresses = [(row["hash"], personal.get(row["id"], NOTHING).address) for row in rows]
    return [_UNKNOWN if in_clear is None else _key_of(keys, known_by, in_clear) for known_by, in_clear in addresses]


def _key_of(keys: tuple[bytes, ...], known_by: str, address: str) -> int:
    return _first(address_hash(key, address) == known_by for key in keys)


def _first(fits: Iterable[bool]) -> int:
    return next((number for number, each in enumerate(fits) if each), _NONE)


def _uses(uses: Counter[int], keys: tuple[bytes, ...]) -> Uses:
    return Uses(tuple(uses[number] for number in range(len(keys))), uses[_NONE], uses[_UNKNOWN])
