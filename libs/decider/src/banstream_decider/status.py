"""How a process of a service is."""

import asyncpg

from banstream_contracts.queries.query import ServiceStatus
from banstream_decider.leader import Leader
from banstream_decider.ports import AnyOfIts
from banstream_event_log.log import head


async def status_of(leader: Leader[AnyOfIts], pool: "asyncpg.Pool[asyncpg.Record]") -> ServiceStatus:
    """Log, relay and schema by the database; whether the process leads."""
    async with pool.acquire() as connection:
        return ServiceStatus(
            head=await head(connection),
            relayed=await connection.fetchval("select coalesce(max(position), 0) from relay_position"),
            leading=leader.is_leading,
            schema_version=await connection.fetchval("select max(number) from schema_migrations"),
        )
