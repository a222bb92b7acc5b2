"""The read model of appeals, and who may decide on them."""

from collections.abc import Iterable

from banstream_contracts.accounts import Role
from banstream_contracts.admins import Right
from banstream_contracts.appeals import Appeal
from banstream_event_log.log import Connection

APPEALS = "appeals"

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


def person_of(appeal: Appeal) -> str:
    """Whose key locks what is said: the log stream of the infraction."""
    return f"player:{appeal.player}" if appeal.player else f"address:{appeal.address_hash}"


async def put_appeals(connection: Connection, appeals: Iterable[Appeal], table: str = APPEALS) -> None:
    """Insert or replace; `table` is another one while the read models are being rebuilt."""
    rows = [
        (
            each.id,
            each.infraction_id,
            person_of(each),
            each.player.token if each.player else None,
            each.status,
            each.assignee,
            each.opened_at,
            each.position,
            each.model_dump(mode="json", exclude_none=True),
        )
        for each in appeals
    ]
    if not rows:
        return
    await connection.execute(
        f"insert into {table} (id, infraction_id, person, player_token, status, assignee, opened_at, position,"
        " document) select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],"
        " $7::timestamptz[], $8::bigint[], $9::jsonb[])"
        " on conflict (id) do update set status = excluded.status, assignee = excluded.assignee,"
        " position = excluded.position, document = excluded.document",
        *zip(*rows, strict=True),
    )


async def streams_of(connection: Connection, infraction_ids: list[str]) -> dict[str, list[str]]:
    """The log streams of the appeals against each infraction."""
    rows = await connection.fetch(
        f"select infraction_id, id from {APPEALS} where infraction_id = any($1) order by id", infraction_ids
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
