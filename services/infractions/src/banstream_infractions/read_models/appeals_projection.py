"""What decisions ask of the read model of appeals, and who may decide on them."""

from banstream_contracts.accounts import Role
from banstream_contracts.admins import Right
from banstream_event_log.connections import Connection

_REVIEWERS = """
    select concat('person:', id) from accounts where not is_disabled and role = any($1)
    union all
    select concat('admin:', document #>> '{player,service}', ':', document #>> '{player,id}') from admins
        where not is_removed and document -> 'rights' ?| $2
    union all
    select concat('token:', id) from credentials
        where kind = 'token' and document -> 'scopes' ? 'admin' and document ->> 'revoked_at' is null
        and coalesce((document ->> 'expires_at')::timestamptz > now(), true)
"""


async def streams_of(connection: Connection, infraction_ids: list[str]) -> dict[str, list[str]]:
    """The log streams of the appeals against each infraction."""
    rows = await connection.fetch(
        "select infraction_id, id from appeals where infraction_id = any($1) order by id", infraction_ids
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["infraction_id"], []).append(f"appeal:{row['id']}")
    return found


async def reviewers(connection: Connection) -> frozenset[str]:
    """Accounts and admins with the right to review, and tokens with the scope `admin`."""
    roles = [role.value for role in Role if Right.REVIEW in role.rights]
    rows = await connection.fetch(_REVIEWERS, roles, [Right.REVIEW.value])
    return frozenset(row[0] for row in rows)
