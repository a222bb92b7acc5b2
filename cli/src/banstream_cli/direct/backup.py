"""A backup: the schemas of all services as of one moment, in one file.

A zip file. `manifest.json` says what is in it; `<schema>/<table>` is what Postgres' binary COPY gives for a table;
`secrets.json` holds the keys of a local stack, where there is one.
"""

import json
import zipfile
import zlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import IO, Any

from banstream_cli.direct.database import Connection
from banstream_cli.direct.event_logs import EventLog
from banstream_cli.terminal.exits import AnswerIsNo
from banstream_decider.rebuilding import rebuilt
from banstream_event_log.log import head
from banstream_event_log.verification import verify

FORMAT = 1
MANIFEST, SECRETS = "manifest.json", "secrets.json"
_WORKED_OUT = {"schema_migrations"}
"""Tables that are not copied: a restore makes them."""
_UNFINISHED = rebuilt("")
"""How tables end that an interrupted rebuild has left: nothing reads them, and no migration makes them."""
_NO_REBUILD = "advisory_lock_shared(hashtextextended($1 || '.rebuild', 0))"

DAMAGES = (OSError, EOFError, KeyError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What zipfile raises where a file is damaged, depending on which of its bytes are."""

Step = Callable[[str], None]
"""Told what is being done."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a schema, as many rows of these columns."""

    name: str
    columns: Sequence[str]
    rows: int


@dataclass(frozen=True, slots=True)
class Part:
    """The schema of one service: its migrations by name and checksum, its tables, and the end of its log.

    `not_opened` are the persons whose key was damaged already, with the first position of what it locks.
    """

    schema: str
    migrations: Mapping[str, str]
    tables: Sequence[Table]
    events: int
    head_hash: str | None
    not_opened: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds, by service."""

    format: int
    made_at: str
    parts: Mapping[str, Part]
    has_keys: bool


async def write_backup(
    connection: Connection, logs: Sequence[EventLog], file: IO[bytes], secrets: str | None, now: datetime, step: Step
) -> Manifest:
    """Write everything as of one moment; other work goes on meanwhile. `secrets` is the text of a stack's key file.

    Every log is verified in the same moment: raises AnswerIsNo for one that does not hold.
    A rebuild is waited for, and none begins as long as the connection is open.
    """
    for log in logs:
        await _keep_rebuilds_out(connection, log, step)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            parts = {log.name.value: await _write_part(connection, log, archive, step) for log in logs}
        manifest = Manifest(FORMAT, now.isoformat(), parts, has_keys=secrets is not None)
        if secrets is not None:
            archive.writestr(SECRETS, secrets)
        archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=2))
    return manifest


def read_manifest(archive: zipfile.ZipFile) -> Manifest:
    """What a backup says of itself. Raises AnswerIsNo for a file that is none, or of a later format."""
    try:
        values = json.loads(archive.read(MANIFEST))
        if values["format"] != FORMAT:
            raise AnswerIsNo(f"the backup is of format {values['format']}, this release reads {FORMAT}")
        parts = {name: _part(part) for name, part in values["parts"].items()}
        return Manifest(values["format"], values["made_at"], parts, values["has_keys"])
    except (*DAMAGES, AttributeError, TypeError) as error:
        raise AnswerIsNo("that is no backup of banstream: its manifest cannot be read") from error


def read_secrets(archive: zipfile.ZipFile) -> str:
    """The keys of the stack that was backed up, as text. Raises AnswerIsNo where they are damaged."""
    try:
        return archive.read(SECRETS).decode()
    except DAMAGES as error:
        raise AnswerIsNo(f"the backup is damaged at {SECRETS}: {error}; nothing was written") from error


async def _keep_rebuilds_out(connection: Connection, log: EventLog, step: Step) -> None:
    """Tables that were put in place after a moment have no rows as of that moment."""
    if not await connection.fetchval(f"select pg_try_{_NO_REBUILD}", log.schema):
        step(f"{log.name}: waiting for the end of a rebuild")
        await connection.execute(f"select pg_{_NO_REBUILD}", log.schema)


async def _write_part(connection: Connection, log: EventLog, archive: zipfile.ZipFile, step: Step) -> Part:
    step(f"{log.name}: verifying")
    await connection.execute(f"set local search_path = {log.schema}")
    found = await verify(connection)
    if found.broken_at is not None:
        raise AnswerIsNo(f"{log.name}: the log is broken at position {found.broken_at}: {found.reason}")
    tables = []
    for name, columns in (await _columns(connection, log.schema)).items():
        step(f"{log.name}: {name}")
        with archive.open(f"{log.schema}/{name}", "w", force_zip64=True) as target:
            copied = await connection.copy_from_table(
                name, schema_name=log.schema, columns=columns, format="binary", output=_into(target)
            )
        tables.append(Table(name, columns, int(copied.split()[-1])))
    rows = await connection.fetch("select name, checksum from schema_migrations order by number")
    migrations = {row["name"]: row["checksum"] for row in rows}
    return Part(log.schema, migrations, tables, await head(connection), found.head_hash, found.not_opened)


_COLUMNS = """
    select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = to_regnamespace($1) and c.relkind = 'r'
        and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    order by c.relname, a.attnum
"""
"""Of Postgres' own catalog: `information_schema` leaves out, and says nothing of, what whoever asks may not read."""


async def _columns(connection: Connection, schema: str) -> dict[str, list[str]]:
    """The columns of every table that holds something of its own; what Postgres generates is left out."""
    rows = await connection.fetch(_COLUMNS, schema)
    found: dict[str, list[str]] = {}
    for row in rows:
        if _is_copied(row["relname"]):
            found.setdefault(row["relname"], []).append(row["attname"])
    return found


def _is_copied(table: str) -> bool:
    return table not in _WORKED_OUT and not table.endswith(_UNFINISHED)


def _into(target: IO[bytes]) -> Callable[[bytes], Coroutine[None, None, None]]:
    async def write(data: bytes) -> None:
        target.write(data)

    return write


def _part(values: Mapping[str, Any]) -> Part:
    tables = [
        Table(each["name"], each["columns"], each["rows"]) for each in values["tables"] if _is_copied(each["name"])
    ]
    return Part(values["schema"], values["migrations"], tables, values["events"], values["head_hash"])
