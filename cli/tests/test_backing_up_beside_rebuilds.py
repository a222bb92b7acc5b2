"""Backups and rebuilds at the same time, which are about the same tables, and what a rebuild has left."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
import pytest
from cli.tests.backup_files import changed_manifest, read_manifest
from cli.tests.commands_for_tests import issue, send
from cli.tests.conftest import Run, Start
from cli.tests.test_backing_up import NEXT_PLACES, PASSWORDS, WAITING
from nats.aio.client import Client

from banstream_decider import tables_beside
from banstream_infractions.operations import ROLE, SCHEMA
from banstream_testing.fixtures import Database
from banstream_testing.waiting import eventually

READ_MODEL = "infractions"
Beginning: TypeAlias = Callable[[Path], AbstractAsyncContextManager[None]]


@pytest.fixture
async def administrator(all_logs: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(all_logs.admin_url, server_settings={"search_path": SCHEMA})
    yield connection
    await connection.close()


def rows(file: Path, service: str) -> dict[str, int]:
    """How many a backup holds of each table of a service."""
    return {table["name"]: table["rows"] for table in read_manifest(file)["parts"][service]["tables"]}


WAITING_FOR_LOG = """
    select exists (
        select from pg_stat_activity where datname = current_database() and usename = current_user
        and wait_event_type = 'Lock' and query like '%relay_position%'
    )
"""


@pytest.fixture
def beginning(all_logs: Database, administrator: asyncpg.Connection, start: Start) -> Beginning:
    """Of a backup whose moment has come and which has copied nothing, until the end of the block; then it ends."""

    @asynccontextmanager
    async def begin(file: Path) -> AsyncIterator[None]:
        holding = await asyncpg.connect(all_logs.admin_url)
        await holding.execute("begin; lock table infractions.relay_position")
        backup = start("backup", str(file))
        await eventually(lambda: administrator.fetchval(WAITING_FOR_LOG))
        yield
        await holding.close()
        _, err = await asyncio.to_thread(backup.communicate, timeout=60)
        assert (backup.returncode, err) == (0, b"")

    return begin


async def test_a_backup_is_of_one_moment(
    beginning: Beginning, administrator: asyncpg.Connection, tmp_path: Path
) -> None:
    file = tmp_path / "b.backup"
    async with beginning(file):
        await administrator.execute(NEXT_PLACES)
    assert (rows(file, "ftp-sync")["receipts"], rows(file, "dayz-feed")["findings"]) == (0, 0)


async def test_no_rebuild_begins_beside_a_backup(
    infractions: Client, beginning: Beginning, run: Run, tmp_path: Path
) -> None:
    """What it puts in place would be empty in the backup, and nothing would say so."""
    file = tmp_path / "b.backup"
    await send(infractions, issue("1"), issue("2"))
    async with beginning(file):
        rebuild = await run("rebuild", "--log", "infractions")
    assert rows(file, "infractions")[READ_MODEL] == 2
    assert (rebuild.code, "or a backup" in rebuild.complaint) == (1, True)


async def test_a_backup_waits_for_a_rebuild(administrator: asyncpg.Connection, start: Start, tmp_path: Path) -> None:
    await administrator.execute("select pg_advisory_lock(hashtextextended('infractions.rebuild', 0))")
    backup = start("backup", str(tmp_path / "b.backup"))
    await eventually(lambda: administrator.fetchval(WAITING))
    await administrator.execute("select pg_advisory_unlock_all()")
    _, err = await asyncio.to_thread(backup.communicate, timeout=60)
    assert (backup.returncode, err) == (0, b"")


async def restored(run: Run, administrator: asyncpg.Connection, file: Path) -> Any:
    await administrator.execute(f"drop schema {SCHEMA} cascade")
    return await run("restore", str(file), "--keep-streams", **dict.fromkeys(PASSWORDS, "known"))


async def test_what_an_interrupted_rebuild_has_left_is_not_in_a_backup(
    administrator: asyncpg.Connection, run: Run, tmp_path: Path
) -> None:
    """A restore could not put it anywhere, and would end there."""
    await tables_beside.create(administrator, [READ_MODEL], ROLE)
    file = tmp_path / "b.backup"
    assert (await run("backup", str(file))).code == 0
    outcome = await restored(run, administrator, file)
    assert outcome.code == 0, outcome


async def test_a_backup_that_holds_it_all_the_same_is_restored(
    administrator: asyncpg.Connection, run: Run, tmp_path: Path
) -> None:
    """As earlier releases wrote it."""
    file = tmp_path / "b.backup"
    assert (await run("backup", str(file))).code == 0
    left = {"name": tables_beside.rebuilt(READ_MODEL), "columns": ["infraction_id"], "rows": 0}
    with changed_manifest(file) as manifest:
        manifest["parts"]["infractions"]["tables"].append(left)
    outcome = await restored(run, administrator, file)
    assert outcome.code == 0, outcome
