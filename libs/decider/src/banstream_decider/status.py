"""How a service is, by its database."""

from banstream_event_log.log import Connection, head


async def standing(connection: Connection) -> dict[str, int]:
    """The fields of `ServiceStatus` that the database knows."""
    return {
        "head": await head(connection),
        "relayed": await connection.fetchval("select coalesce(max(position), 0) from relay_position"),
        "schema_version": await connection.fetchval("select max(number) from schema_migrations"),
    }
