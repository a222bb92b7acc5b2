"""Whether the keys there are open what is sealed and locked, and the address key matches what is restricted."""

from banstream_cli.direct.database import Connection
from banstream_cli.direct.event_logs import EVENT_LOGS
from banstream_cli.examination.findings import Skipped
from banstream_cli.installation.installation_keys import address_key_of, master_key_of
from banstream_cli.settings import Settings
from banstream_infractions.key_uses import is_any_address_restricted, of_address_key_at_the_ends
from banstream_privacy.key_ring import KEY_BYTES, keys_of
from banstream_privacy.vault import opens

_LOOKED_AT = 200
_ENDS = """
    (select person, wrapped from infractions.person_keys order by person limit $1)
    union (select person, wrapped from infractions.person_keys order by person desc limit $1)
"""
"""Both ends, since `banstream keys rewrap` goes from one to the other and may have been stopped."""


_LENGTHS = """
    select count(key) as keys, count(*) filter (where length(key) = 0 or length(key) % $1 > 0) as damaged
    from {}.erasable_keys
"""


async def opened(connection: Connection, settings: Settings) -> tuple[str, str]:
    """The keys of some persons open. Where none does, what is sealed meanwhile is for a key that may be lost."""
    rows = await connection.fetch(_ENDS, _LOOKED_AT)
    if not rows:
        return "nobody has one yet", ""
    master_key = master_key_of(settings)
    if master_key is None:
        raise Skipped("the master key is not known here: set BANSTREAM_MASTER_KEY")
    keys = keys_of(master_key)
    by_key = [sum(opens(key, row["person"], row["wrapped"]) for row in rows) for key in keys]
    lost = len(rows) - sum(by_key)
    seen = f"{len(rows) - lost} of {len(rows)} that were looked at open"
    if len(keys) > 1:
        seen += f", {by_key[0]} with the first master key"
    return seen, "put the older master key behind the one in use; then `banstream keys rewrap`" if lost else ""


async def lengths(connection: Connection) -> tuple[str, str]:
    """Of the keys that logs lock personal fields with: a damaged one opens nothing of its person."""
    damaged, keys = list[str](), 0
    for log in EVENT_LOGS.values():
        if await connection.fetchval("select to_regclass($1) is not null", f"{log.schema}.erasable_keys"):
            (row,) = await connection.fetch(_LENGTHS.format(log.schema), KEY_BYTES)
            keys += row["keys"]
            damaged += [f"{row['damaged']} of {log.name}"] if row["damaged"] else []
    seen = f"damaged: {', '.join(damaged)}" if damaged else f"{keys} are as long as keys are"
    return seen, "`banstream log verify` names the persons; put their keys back from a backup" if damaged else ""


async def matched(connection: Connection, settings: Settings) -> tuple[str, str]:
    """Restricted addresses are known by a key that gateways have: who comes from another one is let in."""
    if not await is_any_address_restricted(connection):
        return "none is restricted", ""
    master_key, address_key = master_key_of(settings), address_key_of(settings)
    if master_key is None or address_key is None:
        raise Skipped("the keys are not known here: set BANSTREAM_MASTER_KEY and BANSTREAM_ADDRESS_KEY")
    uses = await of_address_key_at_the_ends(connection, master_key, address_key, _LOOKED_AT)
    seen = f"{sum(uses.by_key)} of {uses.total} that were looked at match"
    if len(uses.by_key) > 1:
        seen += f", {uses.by_key[0]} with the first address key"
    todo = "put the older address key behind the one in use: bans of these addresses hold nobody"
    return seen, todo if uses.by_none else ""
