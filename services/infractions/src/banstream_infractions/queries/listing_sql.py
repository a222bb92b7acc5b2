"""The statement behind the list of infractions, with the values it takes. Pure.

Each of the two states has an index in the order of the list, so that what is rare in it is found without the rest.
"""

from banstream_contracts.queries.infractions import ListInfractions
from banstream_infractions.domain.restricting import IN_FORCE
from banstream_infractions.queries.wall_sql import Statement, Where

_NOT_IN_FORCE = f"not {IN_FORCE}"
_PERHAPS_OVER = f"(status <> 'active' or lifetime in ('session', 'online')) and {_NOT_IN_FORCE}"
_DUE = (
    "(select * from infractions where status = 'active' and lifetime = 'timed' and expires_at <= now()"
    " order by expires_at offset 0) as due"
)
"""Over by the time, before the event of it comes: few. Nothing else that is not in force is not perhaps over.

The fence keeps the planner from looking for them along the list, as it takes them for as many as have ever ended.
"""


def page(query: ListInfractions, limit: int) -> Statement:
    """Documents, the newest first."""
    where = _given(query)
    if query.active is None:
        found = _ids("infractions", where, "true", limit)
    elif query.active:
        found = _ids("infractions", where, IN_FORCE, limit)
    elif query.player:
        found = _ids("infractions", where, _NOT_IN_FORCE, limit)
    else:
        over = _ids("infractions", where, _PERHAPS_OVER, limit)
        found = f"({over}) union all ({_ids(_DUE, where, 'true', limit)})"
    joined = f"select document from ({found}) as found join infractions using (id)"
    return f"{joined} order by id desc limit {limit}", tuple(where.values)


def _ids(source: str, where: Where, condition: str, limit: int) -> str:
    return f"select id from {source} where {where} and {condition} order by id desc limit {limit}"


def _given(query: ListInfractions) -> Where:
    where = Where()
    if query.player:
        where.add("player_token = ?", query.player.token)
    if query.server_id:
        where.add("server_id = ?", query.server_id)
    if query.category:
        where.add("category = ?", query.category)
    if query.cursor:
        where.add("id < ?", query.cursor)
    return where
