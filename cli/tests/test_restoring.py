"""Which backups are refused, and that everything is then as it was."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
import pytest
from cli.tests.backup_files import changed_manifest, damage
from cli.tests.conftest import Run, Start
from cli.tests.test_backing_up import PASSWORDS, WAITING, passwords, stack_of

from banstream_cli.direct.backup import MANIFEST, SECRETS
from banstream_testing.fixtures import Database
from banstream_testing.waiting import eventually

Change: TypeAlias = Callable[[Any], object]
LAST = "dayz-feed"
"""The service whose schema a restore comes to last."""


def with_a_later_migration(manifest: Any) -> object:
    return manifest["parts"][LAST]["migrations"].update({"9999_later": "0" * 64})


def with_another_text(manifest: Any) -> object:
    return manifest["parts"][LAST]["migrations"].update({"0001_event_log": "0" * 64})


def with_another_service(manifest: Any) -> object:
    return manifest["parts"].update({"radar": {**manifest["parts"][LAST], "schema": "radar"}})


def with_another_end(manifest: Any) -> object:
    return manifest["parts"][LAST].update({"head_hash": "0" * 64})


def with_more_rows(manifest: Any) -> object:
    return manifest["parts"][LAST]["tables"][0].update({"rows": 7})


async def emptied(database: Database) -> None:
    connection = await asyncpg.connect(database.admin_url)
    schemas = "infractions, abuse_tracker, notifier, ftp_sync, dayz_feed"
    await connection.execute(f"drop schema {schemas} cascade")
    await connection.close()


async def schemas(database: Database) -> list[str]:
    connection = await asyncpg.connect(database.admin_url)
    rows = await connection.fetch("select nspname from pg_namespace where nspname !~ '^pg_|^information_|^public$'")
    await connection.close()
    return [row["nspname"] for row in rows]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (with_a_later_migration, f"{LAST}: the backup has the migration 9999_later, which this release does not have"),
        (with_another_text, f"{LAST}: the backup has the migration 0001_event_log, which this release does not have"),
        (with_another_service, "the backup holds radar, which this release does not know"),
        (lambda manifest: manifest.update({"format": 2}), "the backup is of format 2, this release reads 1"),
    ],
    ids=["later", "edited", "service", "format"],
)
async def test_a_backup_of_another_release_is_refused_before_anything_is_changed(
    all_logs: Database, run: Run, tmp_path: Path, change: Change, said: str
) -> None:
    """Roles, and so their passwords, are those of all databases of a Postgres."""
    file, before = tmp_path / "b.backup", await passwords(all_logs)
    assert (await run("backup", str(file))).code == 0
    with changed_manifest(file) as manifest:
        change(manifest)
    await emptied(all_logs)
    outcome = await run("restore", str(file), "--keep-streams", **dict.fromkeys(PASSWORDS, "another"))
    assert (outcome.code, said in outcome.complaint) == (1, True), outcome
    assert (await schemas(all_logs), await passwords(all_logs)) == ([], before)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (with_another_end, f"{LAST}: the log ends at 0 (None), not where the backup says"),
        (with_more_rows, "where 7 rows were written"),
    ],
    ids=["end", "rows"],
)
async def test_what_is_not_what_was_written_is_not_restored(
    all_logs: Database, run: Run, tmp_path: Path, change: Change, said: str
) -> None:
    file = tmp_path / "b.backup"
    connection = await asyncpg.connect(all_logs.admin_url)
    await connection.execute("insert into infractions.erasable_keys (person, key) values ('player:steam:1', 'k')")
    assert (await run("backup", str(file))).code == 0
    with changed_manifest(file) as manifest:
        change(manifest)
    await emptied(all_logs)
    outcome = await run("restore", str(file), "--keep-streams", **dict.fromkeys(PASSWORDS, "known"))
    assert (outcome.code, said in outcome.complaint) == (1, True), outcome
    assert await connection.fetchval("select count(*) from infractions.erasable_keys") == 0, "of the parts before too"
    await connection.close()


async def test_what_the_backup_is_too_old_for_comes_after_it(all_logs: Database, run: Run, tmp_path: Path) -> None:
    file, newer = tmp_path / "b.backup", "0125_online_warnings"
    assert (await run("backup", str(file))).code == 0
    with changed_manifest(file) as manifest:
        del manifest["parts"]["infractions"]["migrations"][newer], manifest["parts"][LAST]
    await emptied(all_logs)
    outcome = await run("restore", str(file), "--keep-streams", **dict.fromkeys(PASSWORDS, "known"))
    assert outcome.code == 0, outcome
    connection = await asyncpg.connect(all_logs.admin_url)
    applied = await connection.fetch("select name from infractions.schema_migrations order by applied_at desc limit 1")
    assert [row["name"] for row in applied] == [newer]
    assert await connection.fetchval("select to_regclass('dayz_feed.event_log') is not null")
    await connection.close()


async def test_a_database_of_a_later_release_is_refused(all_logs: Database, run: Run, tmp_path: Path) -> None:
    """What its migrations have changed of the rows that were there would not be changed of these."""
    file = tmp_path / "b.backup"
    assert (await run("backup", str(file))).code == 0
    connection = await asyncpg.connect(all_logs.admin_url)
    await connection.execute("insert into dayz_feed.schema_migrations values (9999, '9999_later', '')")
    await connection.close()
    outcome = await run("restore", str(file), "--keep-streams")
    assert (outcome.code, "further than the backup (9999_later)" in outcome.complaint) == (1, True)


async def test_a_service_that_begins_to_lead_meanwhile_is_found(
    all_logs: Database, start: Start, tmp_path: Path, run: Run
) -> None:
    """It would decide on a log that is half there. The restore waits for a migration after it has looked first."""
    file = tmp_path / "b.backup"
    assert (await run("backup", str(file))).code == 0
    other = await asyncpg.connect(all_logs.admin_url)
    await other.execute("select pg_advisory_lock(hashtextextended('banstream.migrate', 0))")
    restore = start("restore", str(file), "--keep-streams")
    await eventually(lambda: other.fetchval(WAITING))
    await other.execute("select pg_advisory_lock(hashtextextended('notifier.leader', 0))")
    await other.execute("select pg_advisory_unlock(hashtextextended('banstream.migrate', 0))")
    _, err = await asyncio.to_thread(restore.communicate, timeout=60)
    await other.close()
    assert (restore.returncode, b"notifier is running on this database" in err) == (1, True), err


async def test_a_damaged_manifest_is_said_in_one_line(all_logs: Database, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "b.backup"
    assert (await run("backup", str(file))).code == 0
    damage(file, MANIFEST)
    await emptied(all_logs)
    outcome = await run("restore", str(file))
    assert (outcome.code, "its manifest cannot be read" in outcome.complaint) == (1, True)


async def test_damaged_keys_are_not_put_back(all_logs: Database, run: Run, tmp_path: Path) -> None:
    file, folder = tmp_path / "b.backup", tmp_path / "new"
    own = stack_of(tmp_path / "own", all_logs.admin_url)
    assert (await run("backup", str(file), BANSTREAM_DATA_DIR=str(own))).code == 0
    damage(file, SECRETS)
    outcome = await run("restore", str(file), "--keys", BANSTREAM_DATA_DIR=str(folder))
    assert (outcome.code, "the backup is damaged at secrets.json" in outcome.complaint) == (1, True)
    assert list(folder.iterdir()) == []
