"""Postgres and the schema of each service."""

from datetime import UTC, datetime

from banstream_cli.direct.database import Connection
from banstream_cli.direct.event_logs import EventLog
from banstream_cli.examination.bus_checks import apart

LEAST_POSTGRES = 15
_ALLOWED = """
    select verb from unnest(array['UPDATE', 'DELETE', 'TRUNCATE']) as verb
    where has_table_privilege($1, $2, verb)
"""
_TRIGGERS = """
    select count(*) from pg_trigger
    where tgrelid = $1::regclass and tgname = 'event_log_is_append_only' and tgenabled in ('O', 'A')
"""
_MIGRATE = "run `banstream migrate`"


async def version(connection: Connection) -> tuple[str, str]:
    """Recent enough."""
    server = connection.get_server_version()
    todo = "" if server.major >= LEAST_POSTGRES else f"use PostgreSQL {LEAST_POSTGRES} or newer"
    return f"PostgreSQL {server.major}.{server.micro}", todo  # since 10 asyncpg has the second number there


async def migrated(connection: Connection, log: EventLog) -> tuple[str, str]:
    """Schema and release belong together."""
    rows = await connection.fetch(f"select number, checksum from {log.schema}.schema_migrations")
    applied = {row["number"]: row["checksum"] for row in rows}
    known = {each.number: each for each in log.migrations()}
    if missing := [each.name for each in known.values() if each.number not in applied]:
        return f"not applied: {', '.join(missing)}", _MIGRATE
    if edited := [each.name for each in known.values() if applied[each.number] != each.checksum]:
        return f"other than in this release: {', '.join(edited)}", "use the release that fits the database"
    if newer := sorted(set(applied) - set(known)):
        return f"newer than this release: {newer}", "use the newer release of the command line too"
    return f"{len(applied)} migrations applied", ""


async def append_only(connection: Connection, log: EventLog) -> tuple[str, str]:
    """The service may not change what has happened, and the trigger refuses it to everybody."""
    table = f"{log.schema}.event_log"
    allowed = [row["verb"] for row in await connection.fetch(_ALLOWED, log.role, table)]
    if allowed:
        return f"{log.role} may {', '.join(allowed)}", f"revoke that on {table}; then `banstream log verify`"
    if not await connection.fetchval(_TRIGGERS, table):
        return "its trigger is missing or disabled", "restore it (0001_event_log.sql); then `banstream log verify`"
    return "the service can only read and append", ""


async def clock(connection: Connection) -> tuple[str, str]:
    """Postgres says what is in force in lists."""
    before = datetime.now(UTC)
    theirs: datetime = await connection.fetchval("select clock_timestamp()")
    return apart(theirs, before, datetime.now(UTC))
