"""Putting a backup into an empty database: all of it, verified, or nothing."""

import zipfile
from collections.abc import AsyncIterator, Mapping, Sequence

from banstream_cli.direct.backup import DAMAGES, Manifest, Part, Step, Table
from banstream_cli.direct.database import Connection
from banstream_cli.direct.event_logs import EventLog
from banstream_cli.terminal.exits import AnswerIsNo
from banstream_event_log.log import head
from banstream_event_log.schema import Migration
from banstream_event_log.schema import migrate as apply_migrations
from banstream_event_log.verification import verify

_CHUNK = 1 << 18
_HAS_LOG = "select to_regclass($1 || '.event_log') is not null"
_SEQUENCE = """
    select coalesce(
        pg_get_serial_sequence($1, $2),
        (select used.refobjid::regclass::text from pg_attrdef told
            join pg_attribute a on a.attrelid = told.adrelid and a.attnum = told.adnum
            join pg_depend used on used.classid = 'pg_attrdef'::regclass and used.objid = told.oid
            join pg_class s on used.refclassid = 'pg_class'::regclass and s.oid = used.refobjid and s.relkind = 'S'
            where told.adrelid = to_regclass($1) and a.attname = $2)
    )
"""
"""What numbers the rows of a table by this column: a sequence of its own, or one that its default draws from."""
_LEADERS = "select pg_try_advisory_xact_lock(hashtextextended($1 || '.leader', 0))"


async def refuse_what_is_there(connection: Connection, manifest: Manifest, logs: Mapping[str, EventLog]) -> None:
    """Before anything is changed, be it a password. Raises AnswerIsNo where a log is there, or a service leads."""
    async with connection.transaction():
        for name, part in manifest.parts.items():
            if name in logs and await connection.fetchval(_HAS_LOG, part.schema):
                await connection.execute(f"set local search_path = {part.schema}")
                await _refuse_what_is_in_use(connection, logs[name], part)


async def prepare(
    url: str, manifest: Manifest, logs: Mapping[str, EventLog], passwords: Mapping[str, str | None], step: Step
) -> None:
    """Bring each schema to what it was when the backup was made.

    Raises AnswerIsNo for a backup that this release cannot read, before anything is changed.
    """
    known = {name: _known(logs, name, part) for name, part in manifest.parts.items()}
    for name, migrations in known.items():
        step(f"{name}: schema")
        log = logs[name]
        await apply_migrations(url, schema=log.schema, role=log.role, password=passwords[name], migrations=migrations)


async def restore(
    connection: Connection, archive: zipfile.ZipFile, manifest: Manifest, logs: Mapping[str, EventLog], step: Step
) -> None:
    """Fill the schemas in one transaction and verify every log before it is committed.

    Raises AnswerIsNo where a log is there already, where a service leads, or where what was read is not what was
    written.
    """
    async with connection.transaction():
        await refuse_what_is_there(connection, manifest, logs)
        for name, part in manifest.parts.items():
            await connection.execute(f"set local search_path = {part.schema}")
            for table in part.tables:
                step(f"{name}: {table.name}")
                await _fill(connection, archive, part, table)
            step(f"{name}: verifying")
            await _verify(connection, name, part)


async def finish(url: str, logs: Mapping[str, EventLog], passwords: Mapping[str, str | None]) -> None:
    """The migrations that came after the backup; a service that the backup does not know gets its schema."""
    for name, log in logs.items():
        await log.migrate(url, passwords[name])


def _known(logs: Mapping[str, EventLog], name: str, part: Part) -> Sequence[Migration]:
    """The migrations of the backup as this release has them."""
    log = logs.get(name)
    if log is None:
        raise AnswerIsNo(f"the backup holds {name}, which this release does not know: restore with a newer one")
    ours = {migration.name: migration for migration in log.migrations()}
    for migration, checksum in part.migrations.items():
        if migration not in ours or ours[migration].checksum != checksum:
            raise AnswerIsNo(
                f"{name}: the backup has the migration {migration}, which this release does not have:"
                " restore with the release that made it, then upgrade"
            )
    return [ours[migration] for migration in part.migrations]


async def _refuse_what_is_in_use(connection: Connection, log: EventLog, part: Part) -> None:
    if not await connection.fetchval(_LEADERS, log.schema):
        raise AnswerIsNo(f"{log.name} is running on this database: stop it first")
    if await head(connection):
        raise AnswerIsNo(f"the database holds a log of {log.name} already: restore into a new one")
    applied = {row["name"] for row in await connection.fetch("select name from schema_migrations")}
    if further := sorted(applied - set(part.migrations)):
        raise AnswerIsNo(f"the database is further than the backup ({', '.join(further)}): restore into a new one")


async def _fill(connection: Connection, archive: zipfile.ZipFile, part: Part, table: Table) -> None:
    if table.name != "event_log":  # which refuses to be emptied, and is empty
        await connection.execute(f"delete from {table.name}")
    copied = await connection.copy_to_table(
        table.name,
        schema_name=part.schema,
        columns=list(table.columns),
        format="binary",
        source=_chunks(archive, f"{part.schema}/{table.name}"),
    )
    if int(copied.split()[-1]) != table.rows:
        raise AnswerIsNo(f"{part.schema}.{table.name}: {copied} where {table.rows} rows were written")
    for column in table.columns:
        sequence = await connection.fetchval(_SEQUENCE, table.name, column)
        if sequence:
            await connection.execute(
                f"select setval('{sequence}', (select coalesce(max({column}), 0) + 1 from {table.name}), false)"
            )


async def _chunks(archive: zipfile.ZipFile, name: str) -> AsyncIterator[bytes]:
    try:
        with archive.open(name) as source:
            while chunk := source.read(_CHUNK):
                yield chunk
    except DAMAGES as error:
        raise AnswerIsNo(f"the backup is damaged at {name}: {error}; nothing was restored") from error


async def _verify(connection: Connection, name: str, part: Part) -> None:
    found = await verify(connection)
    if found.broken_at is not None:
        raise AnswerIsNo(f"{name}: the log of the backup is broken at position {found.broken_at}: {found.reason}")
    if (found.events, found.head_hash) != (part.events, part.head_hash):
        raise AnswerIsNo(f"{name}: the log ends at {found.events} ({found.head_hash}), not where the backup says")
