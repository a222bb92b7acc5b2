"""Answers for plugins of game servers: infractions by player or address with counts, admins, tiering policies."""

import asyncpg

from banstream_contracts.admins import Admin
from banstream_contracts.infractions import Infraction, Punishment
from banstream_contracts.players import address_token
from banstream_contracts.queries.plugins import (
    AdminPage,
    FindInfractions,
    FoundInfractions,
    ListAdmins,
    ListTieringPolicies,
    TieringPolicyPage,
)
from banstream_contracts.tiering import TieringPolicy
from banstream_infractions.domain.restricting import HOLDS_ADDRESS, IN_FORCE

_FIND = f"""
with found as materialized (
    select id, document from infractions
    where (player_token = $1 or address_token = any($2))
    and ($3::text is null or server_id = $3 or document ->> 'scope' = 'community'
         or ($4 and document ->> 'scope' = 'global'))
    and ($5::boolean is null or $5 = ({IN_FORCE} and (coalesce(player_token = $1, false) or {HOLDS_ADDRESS})))
),
held as (
    select punishment, count(*) as times
    from found cross join jsonb_array_elements_text(document -> 'punishments') as punishment group by punishment
)
select
    (select count(*) from found) as total,
    (select count(*) from found where document -> 'punishments' = '[]') as warnings,
    (select coalesce(jsonb_object_agg(punishment, times), '{{}}') from held) as by_punishment,
    array(select document from found order by id desc offset $6 limit $7) as items
"""


class Finding:
    """Read-only; every answer sees one state of the database."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def infractions(self, query: FindInfractions) -> FoundInfractions:
        """A page by number, newest first, and the counts of all that match."""
        row = await self._pool.fetchrow(
            _FIND,
            query.player.token if query.player else None,
            [address_token(each) for each in (query.address_hash, *query.other_address_hashes) if each],
            query.server_id,
            query.include_other_servers,
            query.active,
            query.skip,
            query.limit,
        )
        if row is None:
            raise LookupError("a select of counts always has a row")
        return FoundInfractions(
            items=tuple(Infraction.model_validate(document) for document in row["items"]),
            total=row["total"],
            by_punishment={Punishment(name): times for name, times in row["by_punishment"].items()},
            warnings=row["warnings"],
        )

    async def admins(self, query: ListAdmins) -> AdminPage:
        """All, by name."""
        rows = await self._pool.fetch(
            "select document from admins where $1 or not is_removed order by name, id", query.include_removed
        )
        return AdminPage(items=tuple(Admin.model_validate(row["document"]) for row in rows))

    async def tiering_policies(self, query: ListTieringPolicies) -> TieringPolicyPage:
        """Those in use, by name."""
        rows = await self._pool.fetch(
            "select document from tiering_policies"
            " where not is_unlinked and ($1::text is null or server_id = $1) order by name, id",
            query.server_id,
        )
        return TieringPolicyPage(items=tuple(TieringPolicy.model_validate(row["document"]) for row in rows))
