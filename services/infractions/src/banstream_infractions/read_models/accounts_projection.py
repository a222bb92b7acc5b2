"""What decisions ask of the read model of accounts."""

from banstream_contracts.accounts import Role
from banstream_event_log.connections import Connection


async def owners(connection: Connection) -> list[str]:
    """The ids of the owners who are not disabled."""
    rows = await connection.fetch(
        "select id from accounts where role = $1 and not is_disabled order by id", Role.OWNER.value
    )
    return [row["id"] for row in rows]
