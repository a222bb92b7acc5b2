"""Postgres and the schema of infractions."""

from datetime import UTC, datetime

from banstream_cli.database import Connection
from banstream_cli.examination.bus_checks import apart
from banstream_infractions import operations

LEAST_POSTGRES = 15
_LOG = f"{operations.SCHEMA}.event_log"
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
    return f"PostgreSQL {server.major}.{server.minor}", todo


async def migrated(connection: Connection) -> tuple[str, str]:
    """Schema and release belong together."""
    rows = await connection.fetch(f"select number, checksum from {operations.SCHEMA}.schema_migrations")
    applied = {row["number"]: row["checksum"] for row in rows}
    known = {each.number: each for each in operations.migrations()}
    if missing := [each.name for each in known.values() if each.number not in applied]:
        return f"not applied: {', '.join(missing)}", _MIGRATE
    if edited := [each.name for each in known.values() if applied[each.number] != each.checksum]:
        return f"other than in this release: {', '.join(edited)}", "use the release that fits the database"
    if newer := sorted(set(applied) - set(known)):
        return f"newer than this release: {newer}", "use the newer release of the command line too"
    return f"{len(applied)} migrations applied", ""


async def append_only(connection: Connection) -> tuple[str, str]:
    """The service may not change what has happened, and the trigger refuses it to everybody."""
    allowed = [row["verb"] for row in await connection.fetch(_ALLOWED, operations.ROLE, _LOG)]
    if allowed:
        return f"{operations.ROLE} may {', '.join(allowed)}", f"revoke that on {_LOG}; then `banstream log verify`"
    if not await connection.fetchval(_TRIGGERS, _LOG):
        return "its trigger is missing or disabled", "restore it (0001_event_log.sql); then `banstream log verify`"
    return "the service can only read and append", ""


async def clock(connection: Connection) -> tuple[str, str]:
    """Postgres says what is in force in lists."""
    before = datetime.now(UTC)
    theirs: datetime = await connection.fetchval("select clock_timestamp()")
    return apart(theirs, before, datetime.now(UTC))
