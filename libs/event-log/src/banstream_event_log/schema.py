"""Migrations: numbered SQL files, applied once, in order, each in a transaction of its own."""

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

import asyncpg

_IDENTIFIER = re.compile(r"^[a-z][a-z0-9_]{0,62}$")


class MigrationFailed(Exception):
    """A migration cannot be applied; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: `number` orders it among all of its schema, `:role` in it is the service's role."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text: an applied migration is never edited."""
        return sha256(self.sql.encode()).hexdigest()


def migrations_in(package: str) -> list[Migration]:
    """The files `NNNN_name.sql` in the folder `migrations` of a package."""
    return [_migration(path) for path in _sorted(files(package).joinpath("migrations").iterdir())]


async def migrate(
    dsn: str, *, schema: str, role: str, password: str | None, migrations: Iterable[Migration]
) -> list[str]:
    """Bring a schema up to date as an administrator; returns the names of what was applied.

    Creates the schema and the service's role where they are missing and sets the role's password; None leaves it as it
    is, and a new role without any, so that nobody logs in as it.
    Two at once wait for each other. Raises MigrationFailed.
    """
    if not (_IDENTIFIER.match(schema) and _IDENTIFIER.match(role)):
        raise MigrationFailed("schema and role are lower-case words")
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        await connection.execute("select pg_advisory_lock(hashtextextended('banstream.migrate', 0))")
        await _ensure_role(connection, role, password)
        await _ensure_schema(connection, schema, role)
        return [name async for name in _apply(connection, role, migrations)]
    finally:
        await connection.close()


async def _ensure_role(connection: "asyncpg.Connection[asyncpg.Record]", role: str, password: str | None) -> None:
    if not await connection.fetchval("select 1 from pg_roles where rolname = $1", role):
        await connection.execute(f"create role {role} login")
    if password is not None:
        quoted = await connection.fetchval("select quote_literal($1::text)", password)
        await connection.execute(f"alter role {role} password {quoted}")


async def _ensure_schema(connection: "asyncpg.Connection[asyncpg.Record]", schema: str, role: str) -> None:
    await connection.execute(f"create schema if not exists {schema}")
    await connection.execute(f"grant usage on schema {schema} to {role}")
    await connection.execute(f"alter role {role} set search_path = {schema}")
    await connection.execute(f"set search_path = {schema}")
    await connection.execute(
        "create table if not exists schema_migrations ("
        " number integer primary key, name text not null, checksum text not null,"
        " applied_at timestamptz not null default now())"
    )
    await connection.execute(f"grant select on schema_migrations to {role}")


async def _apply(
    connection: "asyncpg.Connection[asyncpg.Record]", role: str, migrations: Iterable[Migration]
) -> AsyncIterator[str]:
    applied = {row["number"]: row for row in await connection.fetch("select number, checksum from schema_migrations")}
    for migration in sorted(migrations, key=lambda each: each.number):
        if migration.number in applied:
            if applied[migration.number]["checksum"] != migration.checksum:
                raise MigrationFailed(f"{migration.name} was edited after it had been applied")
            continue
        async with connection.transaction():
            await connection.execute(migration.sql.replace(":role", role))
            await connection.execute(
                "insert into schema_migrations (number, name, checksum) values ($1, $2, $3)",
                migration.number,
                migration.name,
                migration.checksum,
            )
        yield migration.name


def _sorted(paths: Iterable[Traversable]) -> list[Traversable]:
    return sorted((path for path in paths if path.name.endswith(".sql")), key=lambda path: path.name)


def _migration(path: Traversable) -> Migration:
    return Migration(int(path.name.split("_")[0]), path.name.removesuffix(".sql"), path.read_text("utf-8"))
