"""Postgres as an administrator, in the schema of one service."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeAlias
from urllib.parse import urlsplit

import asyncpg

from banstream_cli.terminal.exits import Stuck, Unreachable
from banstream_event_log import postgres
from banstream_infractions.operations import SCHEMA

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_CLOSE_SECONDS = 2


@asynccontextmanager
async def administrator(url: str, schema: str = SCHEMA) -> AsyncIterator[Connection]:
    """A connection for the block; raises Stuck when there is none, or when it fails in the block."""
    try:
        with database_trouble(url):
            connection = await postgres.connect(url, search_path=schema)
    except Stuck as stuck:
        raise Unreachable(str(stuck)) from stuck
    except ValueError as error:
        raise Unreachable(f"that is no URL of a database ({error}): set BANSTREAM_ADMIN_DATABASE_URL") from error
    try:
        with database_trouble(url):
            yield connection
    finally:
        await _close(connection)


@contextmanager
def database_trouble(url: str) -> Iterator[None]:
    """What Postgres refuses, in one line without a password."""
    where = address(url)
    try:
        yield
    except BrokenPipeError:
        raise  # of stdout: the driver has errors of its own
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError) as error:
        raise Stuck(f"the database at {where} has no schema of banstream (yet): run `banstream migrate`") from error
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidPasswordError) as error:
        raise Stuck(f"Postgres at {where} does not let us in ({error}): set BANSTREAM_ADMIN_DATABASE_URL") from error
    except asyncpg.InsufficientPrivilegeError as error:
        raise Stuck(f"Postgres at {where}: {error}; BANSTREAM_ADMIN_DATABASE_URL names an administrator") from error
    except (*postgres.TRANSIENT, asyncpg.PostgresError, asyncpg.InternalClientError) as error:
        why = str(error) or type(error).__name__
        raise Stuck(f"Postgres at {where} does not do it ({why}): is BANSTREAM_ADMIN_DATABASE_URL right?") from error


def address(url: str) -> str:
    """Where it is, without user and password."""
    unsaid = "the URL that was set"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "localhost", parts.port or 5432
    except ValueError:
        return unsaid
    if not parts.netloc and not parts.path.startswith("/"):  # the slashes were forgotten: a password may be in the path
        return unsaid
    return f"{host}:{port}{parts.path}"


async def _close(connection: Connection) -> None:
    try:
        await connection.close(timeout=_CLOSE_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection.terminate()
