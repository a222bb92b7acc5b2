"""The bans behind a name or an address, and the names and addresses behind those."""

from collections.abc import Sequence
from datetime import UTC, datetime

from banstream_contracts.infractions import Punishment
from banstream_edge.check import Asking, of_those, strongest
from banstream_gateway.endpoints import Call
from banstream_gateway.held.ban_list import ListedBan
from banstream_gateway.held.standings import Restriction


def bans_in_force(call: Call, *keys: str, of: Sequence[str] = ()) -> list[Restriction]:
    """The bans that bind the asking server now, the first one first. An address has a KV key for each address key.

    `of` are the keys of the player who comes from it, and may be exempt.
    """
    lookup = call.gateway.restrictions.lookup
    held = of_those((each for key in reversed(keys) for each in lookup(key)), of)
    if not held:
        return held
    asking, now = Asking(call.server_id), datetime.now(UTC)
    return [each for each in held if Punishment.BAN in strongest([each], asking, now)]


def related_players(call: Call, *keys: str, of: Sequence[str] = ()) -> list[str]:
    """The names of the players who are banned with an address, each as first written; `of` as in `bans_in_force`."""
    names: dict[str, str] = {}
    for ban in _listed(call, *keys, of=of):
        if ban.player is not None:
            names.setdefault(ban.player.id, ban.name)
    return [*names.values()]


def related_addresses(call: Call, *keys: str) -> list[str]:
    """The addresses that are banned with a player, the last one first."""
    now = datetime.now(UTC)
    addresses = (ban.at(now).address for ban in reversed(_listed(call, *keys)))
    return [*dict.fromkeys(address for address in addresses if address)]


def bans_alone(call: Call, *keys: str) -> list[ListedBan]:
    """The bans of an address that are of no player."""
    return [ban for ban in _listed(call, *keys) if ban.player is None]


def _listed(call: Call, *keys: str, of: Sequence[str] = ()) -> list[ListedBan]:
    found = (call.gateway.ban_lists.bans.find(each.infraction_id) for each in bans_in_force(call, *keys, of=of))
    return [ban for ban in found if ban is not None]
