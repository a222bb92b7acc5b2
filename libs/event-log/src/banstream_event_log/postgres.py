"""Connections of a service to its schema."""

import asyncpg
import orjson

_JSONB_VERSION = b"\x01"


def _packed(value: object) -> bytes:
    return _JSONB_VERSION + orjson.dumps(value)


def _unpacked(packed: bytes) -> object:
    return orjson.loads(memoryview(packed)[1:])


async def prepare(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Read and write jsonb as Python values, in COPY too; for a pool's `init`."""
    await connection.set_type_codec("jsonb", encoder=_packed, decoder=_unpacked, schema="pg_catalog", format="binary")


async def connect(dsn: str, **settings: str) -> "asyncpg.Connection[asyncpg.Record]":
    """One connection of its own, prepared; `settings` are run-time settings of Postgres.

    Keepalives end it within seconds when the network is cut, which frees the locks it holds.
    """
    connection = await asyncpg.connect(dsn, server_settings={**KEEPALIVE, **settings}, timeout=5)
    await prepare(connection)
    return connection


def create_pool(dsn: str, max_size: int = 10) -> "asyncpg.Pool[asyncpg.Record]":
    """A pool that is not connected yet and does not insist on a database that is up."""
    return asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=max_size,
        init=prepare,
        server_settings=KEEPALIVE,
        timeout=5,
        command_timeout=30,
        max_inactive_connection_lifetime=60,
    )


KEEPALIVE = {"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3"}

TRANSIENT = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what the client makes of a connection that is cut in the middle of its protocol
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""Faults that pass by themselves: the same work succeeds later."""
