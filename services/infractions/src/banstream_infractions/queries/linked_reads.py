"""Who else is known at the addresses of a player, straight from the infractions that there are.

What was recorded of somebody before they were erased is as if it had not been, and so is what was recorded of an
address alone before that was erased.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import asyncpg

from banstream_contracts.players import Player, address_token, service_and_id
from banstream_contracts.queries.linked import GetLinked, KnownThere, Link, LinkedFound, SharedAddress
from banstream_event_log.connections import Connection
from banstream_event_log.erasure import erased_until
from banstream_infractions.domain.links import Exemption, linked
from banstream_infractions.domain.restricting import HOLDS_ADDRESS, IN_FORCE

_MOST_LINKS, _MOST_ADDRESSES, _MOST_IDS = 50, 20, 5
_MOST_EXEMPTING = 200
"""Infractions of the addresses from which somebody is exempt."""

_ERASED_UNTIL = "coalesce((select erased_until from erasable_keys where person = infractions.stream), 0)"
_READABLE = f"""
    ({_ERASED_UNTIL} = 0 or exists (
        select from event_log where stream = infractions.stream and position > {_ERASED_UNTIL}
            and type in ('infraction.issued', 'infraction.imported') and data ->> 'infraction_id' = infractions.id
    ))
"""
"""Whether it was recorded, or imported again, since its player or its address was erased, if ever."""
_ADDRESSES = f"""
    select address_token, max(id) as newest from infractions
    where player_token = $1 and address_token is not null and {_READABLE} group by address_token
"""
_EXEMPT_AT = f"""
    select address_token, id as newest from infractions
    where jsonb_exists(document, 'exempt') and document -> 'exempt' @> $1 and address_token is not null and {_READABLE}
    order by id desc limit $2
"""
_EXEMPTIONS = f"""
    select id, address_token, player_token, document -> 'exempt' as exempt
    from infractions where address_token = any($1) and jsonb_exists(document, 'exempt') and {_READABLE}
    order by id desc limit $2
"""
_KNOWN = f"""
    with here as materialized (
        select id, address_token, player_token from infractions
        where address_token = any($1) and player_token is not null and {_READABLE}
    ),
    players as (
        select player_token, max(id) as newest from here where player_token <> $2 group by player_token
    ),
    addresses as (
        select address_token, count(distinct player_token) as players from here group by address_token
    )
    select
        (select count(*) from players) as total,
        (select coalesce(jsonb_object_agg(address_token, players), '{{}}') from addresses) as players,
        array(select player_token from players order by newest desc limit $3) as newest
"""
_SIDES = f"""
    select address_token, player_token, count(*) as count, max(id) as newest,
        min((document ->> 'issued_at')::timestamptz) as first_at,
        max((document ->> 'issued_at')::timestamptz) as last_at,
        (array_agg(id order by id desc))[1:{_MOST_IDS}] as ids,
        (array_agg(document ->> 'player_name' order by id desc)
            filter (where document ->> 'player_name' is not null))[1] as name
    from infractions where address_token = any($1) and player_token = any($2) and {_READABLE}
    group by address_token, player_token
"""
_BINDING = f"""
    select distinct address_token from infractions
    where address_token = any($1) and not is_warning and {IN_FORCE} and {HOLDS_ADDRESS}
"""


@dataclass(frozen=True, slots=True)
class _Side:
    """What is known of one player at one address."""

    known: KnownThere
    newest: str
    name: str | None


@dataclass(frozen=True, slots=True)
class _Here:
    """Everything at some addresses, by their tokens; sides also by the token of the player."""

    exemptions: Sequence[Exemption] = ()
    erased: frozenset[Player] = frozenset()
    sides: Mapping[tuple[str, str], _Side] = field(default_factory=dict)
    players: Mapping[str, int] = field(default_factory=dict)
    binding: frozenset[str] = frozenset()

    def exempt(self, address: str | None = None) -> set[Player]:
        """Who is exempt at one of the addresses, or at any, but for those who were erased."""
        here = (each for each in self.exemptions if address in {None, address_token(each.address_hash)})
        return {player for each in here for player in each.exempt} - self.erased

    def has(self, address: str, player: Player) -> bool:
        """Whether a player is known there by an infraction of theirs."""
        return (address, player.token) in self.sides

    def shared(self, address: str, player: Player, other: Player) -> SharedAddress | None:
        """An address of a player as another one shares it; None where they do not."""
        hash_of_it = address.partition("=")[2]
        naming = [each for each in self.exemptions if each.address_hash == hash_of_it and each.names((player, other))]
        if not self.has(address, other) and not any(each.names((other,)) for each in naming):
            return None
        own, theirs = (self.sides.get((address, each.token)) for each in (player, other))
        exempt_alone = sum(not self.has(address, each) for each in self.exempt(address))
        return SharedAddress(
            address_hash=hash_of_it,
            own=own.known if own else None,
            theirs=theirs.known if theirs else None,
            exempt_from=tuple(each.infraction_id for each in naming[:_MOST_IDS]),
            players=self.players.get(address, 0) + exempt_alone,
            binds=address in self.binding,
        )

    def newest(self, other: Player) -> tuple[str, _Side | None]:
        """The newest infraction that tells of somebody, and their newest side."""
        sides = [side for (_, token), side in self.sides.items() if token == other.token]
        side = max(sides, key=lambda each: each.newest, default=None)
        named = [each.infraction_id for each in self.exemptions if each.names((other,))]
        return max([*named, *([side.newest] if side else [])]), side


class LinkedReads:
    """Read-only; works on every process, leading or not."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def linked(self, query: GetLinked) -> LinkedFound:
        """The newest links of a player; everything is read at one moment."""
        player, now = query.player, datetime.now(UTC)
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            all_addresses = await _addresses_of(connection, player)
            addresses = all_addresses[:_MOST_ADDRESSES]
            at_first = await _exemptions(connection, addresses)
            row = await connection.fetchrow(_KNOWN, addresses, player.token, _MOST_LINKS)
            if row is None:
                raise LookupError("a select of counts always has a row")
            exempt = at_first.exempt() - {player}
            sides = await _sides(
                connection, addresses, {player.token, *row["newest"], *(each.token for each in exempt)}
            )
            binding = frozenset(each["address_token"] for each in await connection.fetch(_BINDING, addresses))
        here = replace(at_first, sides=sides, players=row["players"], binding=binding)
        known = {token for _, token in sides}
        exempt_alone = [each for each in exempt if each.token not in known]
        others = sorted(
            (*map(_player, row["newest"]), *exempt_alone), key=lambda each: (here.newest(each)[0], str(each))
        )
        return LinkedFound(
            at=now,
            items=tuple(_link(player, each, addresses, here, now) for each in others[: -_MOST_LINKS - 1 : -1]),
            total=row["total"] + len(exempt_alone),
            addresses=len(addresses),
            addresses_total=len(all_addresses),
        )


async def _addresses_of(connection: Connection, player: Player) -> list[str]:
    """The tokens, the newest first; who was erased is exempt from nothing that anybody is told of."""
    rows = await connection.fetch(_ADDRESSES, player.token)
    if not await erased_until(connection, [f"player:{player}"]):
        named = [player.model_dump(mode="json")]
        rows += await connection.fetch(_EXEMPT_AT, named, _MOST_EXEMPTING)
    newest_first = sorted(rows, key=lambda row: str(row["newest"]), reverse=True)
    return list(dict.fromkeys(str(row["address_token"]) for row in newest_first))


async def _exemptions(connection: Connection, addresses: list[str]) -> _Here:
    """The newest first; and who in them was erased."""
    exemptions = [
        Exemption(
            row["id"],
            row["address_token"].partition("=")[2],
            _player(row["player_token"]) if row["player_token"] else None,
            frozenset(map(Player.model_validate, row["exempt"])),
        )
        for row in await connection.fetch(_EXEMPTIONS, addresses, _MOST_EXEMPTING)
    ]
    persons = {f"player:{player}": player for each in exemptions for player in each.exempt}
    return _Here(exemptions, frozenset(persons[each] for each in await erased_until(connection, persons)))


async def _sides(connection: Connection, addresses: list[str], tokens: Iterable[str]) -> dict[tuple[str, str], _Side]:
    return {
        (row["address_token"], row["player_token"]): _Side(
            KnownThere(
                count=row["count"], first_at=row["first_at"], last_at=row["last_at"], infraction_ids=tuple(row["ids"])
            ),
            row["newest"],
            row["name"],
        )
        for row in await connection.fetch(_SIDES, addresses, list(tokens))
    }


def _link(player: Player, other: Player, addresses: Iterable[str], here: _Here, now: datetime) -> Link:
    shared = [each for address in addresses if (each := here.shared(address, player, other))]
    _, side = here.newest(other)
    return linked(player, other, side.name if side else None, shared, here.exemptions, now)


def _player(token: str) -> Player:
    service, player_id = service_and_id(token)
    return Player(service=service, id=player_id)
