"""Connections of a service to its schema.

A network may lose one without a word, and let new ones through. Each side then waits for the other: a query for its
answer, and whoever comes next for the locks. So either side asks soon whether the other is there, and gives up what was
sent and is not acknowledged, of which systems by themselves try to send the rest for a quarter of an hour.
"""

import asyncio
import socket

import asyncpg
import orjson

_IDLE_SECONDS, _INTERVAL_SECONDS, _PROBES = 5, 2, 3
_GIVE_UP_MILLISECONDS = (_IDLE_SECONDS + _INTERVAL_SECONDS * _PROBES) * 1000
_STOP_SECONDS = 5.0

_RETRY_SECONDS = 0.5
_TRY_LOCK = "select pg_try_advisory_lock(hashtextextended(current_schema() || '.' || $1::text, 0))"
_IS_READ_ONLY = "select current_setting('transaction_read_only')::boolean"

_JSONB_VERSION = b"\x01"


def _packed(value: object) -> bytes:
    return _JSONB_VERSION + orjson.dumps(value)


def _unpacked(packed: bytes) -> object:
    return orjson.loads(memoryview(packed)[1:])


async def prepare(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Notice when it is lost, and read and write jsonb as Python values, in COPY too; for a pool's `init`."""
    _notice_silence(connection._transport)  # type: ignore[attr-defined] # noqa: SLF001 - the driver has no such option
    await connection.set_type_codec("jsonb", encoder=_packed, decoder=_unpacked, schema="pg_catalog", format="binary")


def _notice_silence(transport: asyncio.BaseTransport) -> None:
    """As far as the system can; a Unix socket is lost with its server only."""
    ours = transport.get_extra_info("socket")
    if ours is None or ours.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in CLIENT_KEEPALIVE.items():
        if hasattr(socket, name):
            ours.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


async def connect(dsn: str, **settings: str) -> "asyncpg.Connection[asyncpg.Record]":
    """One connection of its own, prepared; `settings` are run-time settings of Postgres."""
    connection = await asyncpg.connect(dsn, server_settings={**KEEPALIVE, **settings}, timeout=5)
    await prepare(connection)
    return connection


async def hold(connection: "asyncpg.Connection[asyncpg.Record]", name: str) -> None:
    """Wait for a lock of the schema, which is held until the connection ends.

    Raises ReadOnlySQLTransactionError on a replica, which gives the lock beside the one of the primary.
    """
    while not await connection.fetchval(_TRY_LOCK, name):  # noqa: ASYNC110 - the lock is in another process
        await asyncio.sleep(_RETRY_SECONDS)
    if await connection.fetchval(_IS_READ_ONLY):
        raise asyncpg.ReadOnlySQLTransactionError("nothing can be written here")


def create_pool(dsn: str) -> "asyncpg.Pool[asyncpg.Record]":
    """A pool that is not connected yet and does not insist on a database that is up."""
    return asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=10,
        init=prepare,
        server_settings=KEEPALIVE,
        timeout=5,
        command_timeout=30,
        max_inactive_connection_lifetime=60,
    )


def terminate_soon(connection: "asyncpg.Connection[asyncpg.Record] | asyncpg.Pool[asyncpg.Record]") -> None:
    """For who stops: a database that is frozen never answers, not even to a rollback."""
    asyncio.get_running_loop().call_later(_STOP_SECONDS, connection.terminate)


KEEPALIVE = {
    "tcp_keepalives_idle": str(_IDLE_SECONDS),
    "tcp_keepalives_interval": str(_INTERVAL_SECONDS),
    "tcp_keepalives_count": str(_PROBES),
    "tcp_user_timeout": str(_GIVE_UP_MILLISECONDS),
}
"""The server's side: it frees the locks of who is lost."""

CLIENT_KEEPALIVE = {
    "TCP_KEEPIDLE": _IDLE_SECONDS,
    "TCP_KEEPINTVL": _INTERVAL_SECONDS,
    "TCP_KEEPCNT": _PROBES,
    "TCP_USER_TIMEOUT": _GIVE_UP_MILLISECONDS,
}

TRANSIENT = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what the client makes of a connection that is cut in the middle of its protocol
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,  # `migrate` has not made the role yet, or gives it a new password
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,  # its disk, and not what was asked of it
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""Faults that pass by themselves: the same work succeeds later."""
