"""How appeals ended: by category, by policy, by who issued the infraction."""

import asyncpg

from banstream_contracts.appeals import AppealCounts, AppealTally
from banstream_contracts.queries.appeals import AppealStatistics, GetAppealStatistics

_MOST = 200
_COUNTS = """
    count(*) as appeals,
    count(*) filter (where a.status = 'open') as open,
    count(*) filter (where a.status = 'upheld') as upheld,
    count(*) filter (where a.status = 'reduced') as reduced,
    count(*) filter (where a.status = 'overturned') as overturned
"""
_FROM = """
    from appeals a
    join infractions i on i.id = a.infraction_id
    left join tiering_policies t on t.id = i.document ->> 'tiering_policy_id'
    where ($1::timestamptz is null or a.opened_at >= $1) and ($2::timestamptz is null or a.opened_at < $2)
"""
_ISSUER = "i.document #> '{issuer,admin}'"
_ACTOR = "concat(i.document #>> '{issuer,kind}', ':', i.document #>> '{issuer,id}')"
_CATEGORY = ("i.category", "i.category")
_POLICY = (
    "coalesce(i.document ->> 'policy_id', i.document ->> 'tiering_policy_id')",
    "coalesce(i.document ->> 'policy_id', t.name)",
)
_MODERATOR = (
    f"coalesce('admin:' || ({_ISSUER} ->> 'service') || ':' || ({_ISSUER} ->> 'id'), {_ACTOR})",
    "i.document #>> '{issuer,name}'",
)


async def statistics(pool: "asyncpg.Pool[asyncpg.Record]", query: GetAppealStatistics) -> AppealStatistics:
    """All counts as of one moment."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        total = await connection.fetchrow(f"select {_COUNTS} {_FROM}", query.since, query.until)
        tallies = [
            await connection.fetch(
                f"select {key} as key, max({name}) as name, {_COUNTS} {_FROM} group by 1"
                f" order by overturned desc, appeals desc, key limit {_MOST}",
                query.since,
                query.until,
            )
            for key, name in (_CATEGORY, _POLICY, _MODERATOR)
        ]
    by_category, by_policy, by_moderator = (tuple(AppealTally(**dict(row)) for row in rows) for rows in tallies)
    return AppealStatistics(
        total=AppealCounts(**dict(total or {})),
        by_category=by_category,
        by_policy=by_policy,
        by_moderator=by_moderator,
    )
