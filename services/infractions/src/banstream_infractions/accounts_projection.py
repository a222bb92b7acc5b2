"""The read model of accounts."""

from collections.abc import Iterable

from banstream_contracts.accounts import AccountEntry, Role
from banstream_event_log.log import Connection

ACCOUNTS = "accounts"


async def put_accounts(connection: Connection, accounts: Iterable[AccountEntry], table: str = ACCOUNTS) -> None:
    """Insert or replace; `table` is another one while the read models are being rebuilt."""
    rows = [
        (
            each.id,
            each.role.value,
            each.disabled,
            each.position,
            each.model_dump(mode="json", exclude_none=True),
        )
        for each in accounts
    ]
    if not rows:
        return
    await connection.execute(
        f"insert into {table} (id, role, is_disabled, position, document)"
        " select * from unnest($1::text[], $2::text[], $3::boolean[], $4::bigint[], $5::jsonb[])"
        " on conflict (id) do update set role = excluded.role, is_disabled = excluded.is_disabled,"
        " position = excluded.position, document = excluded.document",
        *zip(*rows, strict=True),
    )


async def owners(connection: Connection) -> list[str]:
    """The ids of the owners who are not disabled."""
    rows = await connection.fetch(
        f"select id from {ACCOUNTS} where role = $1 and not is_disabled order by id", Role.OWNER.value
    )
    return [row["id"] for row in rows]
