"""Where a backup goes, and what it holds of a stack. That it brings everything back: tests/integration."""

import asyncio
import fcntl
import json
import os
import re
import signal
import stat
import zipfile
from io import BytesIO
from pathlib import Path

import asyncpg
import pytest
from cli.tests.commands_for_tests import issue, send
from cli.tests.conftest import Run, Start
from cli.tests.test_log import WITHOUT_REASON, tamper
from nats.aio.client import Client

from banstream_cli.direct.event_logs import EVENT_LOGS
from banstream_testing.fixtures import Database
from banstream_testing.waiting import eventually

PASSWORDS = [log.password_variable for log in EVENT_LOGS.values()]


def stack_of(folder: Path, url: str) -> Path:
    """The files of a local stack whose database is at the URL."""
    folder.mkdir()
    (folder / "secrets.json").write_text('{"master_key": "of this stack"}')
    (folder / "stack.json").write_text(json.dumps({"pid": 1, "admin_database_url": url}))
    return folder


@pytest.mark.usefixtures("all_logs")
async def test_a_pipe_is_written_into_and_stays_one(run: Run, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 1 << 20)  # nobody reads before all is written
    outcome = await run("backup", str(pipe))
    assert (outcome.code, outcome.out) == (0, "")
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    with os.fdopen(reader, "rb") as received, zipfile.ZipFile(BytesIO(received.read())) as archive:
        assert archive.testzip() is None
        assert "infractions/event_log" in archive.namelist()


@pytest.mark.usefixtures("all_logs")
async def test_a_log_without_events_has_no_hash_to_keep(run: Run, tmp_path: Path) -> None:
    outcome = await run("backup", str(tmp_path / "new.backup"))
    assert outcome.out.splitlines()[0] == "infractions: no events yet"


@pytest.mark.usefixtures("infractions")
async def test_a_log_that_is_broken_leaves_no_backup(all_logs: Database, bus: Client, run: Run, tmp_path: Path) -> None:
    """Who has only such ones left would learn of it at the restore, which refuses them."""
    await send(bus, issue("1"))
    await tamper(all_logs, WITHOUT_REASON)
    outcome = await run("backup", str(tmp_path / "b.backup"))
    assert outcome.code == 1
    assert "infractions: the log is broken at position 1" in outcome.complaint
    assert await asyncio.to_thread(os.listdir, tmp_path) == []


@pytest.mark.usefixtures("infractions")
async def test_a_key_that_is_damaged_already_is_told(all_logs: Database, bus: Client, run: Run, tmp_path: Path) -> None:
    """It is put back from an older backup, as long as there is one."""
    await send(bus, issue("1", player_name="Zaphod"))
    await tamper(all_logs, "update erasable_keys set key = sha256(key)")
    outcome = await run("backup", str(tmp_path / "b.backup"))
    assert outcome.code == 0
    assert "infractions: what is locked does not open of player:roblox:1 (position 1)" in outcome.complaint


@pytest.mark.usefixtures("all_logs")
async def test_a_table_of_more_than_two_gigabytes_has_room(run: Run, tmp_path: Path) -> None:
    """That is said of each before anybody knows how large it will be."""
    file = tmp_path / "b.backup"
    assert (await run("backup", str(file))).code == 0
    with zipfile.ZipFile(file) as archive:
        tables = [each.header_offset for each in archive.infolist() if "/" in each.filename]
    needed = {int.from_bytes(file.read_bytes()[offset + 4 : offset + 6], "little") for offset in tables}
    assert needed == {zipfile.ZIP64_VERSION}


async def test_the_keys_of_a_stack_go_with_its_own_database_only(all_logs: Database, run: Run, tmp_path: Path) -> None:
    own = stack_of(tmp_path / "own", all_logs.admin_url)
    other = stack_of(tmp_path / "other", "postgresql://postgres@127.0.0.1:1/banstream")
    for folder, has_keys in ((own, True), (other, False), (tmp_path / "none", False)):
        file = tmp_path / f"{folder.name}.backup"
        outcome = await run("backup", str(file), "--json", BANSTREAM_DATA_DIR=str(folder))
        assert outcome.json["has_keys"] is has_keys, folder
        with zipfile.ZipFile(file) as archive:
            assert ("secrets.json" in archive.namelist()) is has_keys
    outcome = await run("backup", str(file), "--without-keys", BANSTREAM_DATA_DIR=str(own))
    assert "without keys" in outcome.out
    with zipfile.ZipFile(file) as archive:
        assert "secrets.json" not in archive.namelist()
    put = await run("restore", str(file), "--keys", BANSTREAM_DATA_DIR=str(tmp_path / "new"))
    assert (put.code, "holds no keys" in put.complaint) == (1, True)


async def test_keys_are_put_back_once_and_told_as_asked(all_logs: Database, run: Run, tmp_path: Path) -> None:
    file, folder = str(tmp_path / "b"), tmp_path / "new"
    own = stack_of(tmp_path / "own", all_logs.admin_url)
    await run("backup", file, BANSTREAM_DATA_DIR=str(own))
    put = await run("restore", file, "--keys", "--json", BANSTREAM_DATA_DIR=str(folder))
    assert put.code == 0, put
    assert put.json["has_keys"] is True
    assert (folder / "secrets.json").read_text() == (own / "secrets.json").read_text()
    again = await run("restore", file, "--keys", BANSTREAM_DATA_DIR=str(folder))
    assert (again.code, "is not overwritten" in again.complaint) == (1, True)
    elsewhere = await run("restore", file, "--keys", BANSTREAM_DATA_DIR=f"{file}/in-a-file")
    assert (elsewhere.code, f"the data folder {file}/in-a-file cannot be used" in elsewhere.complaint) == (2, True)


async def test_keys_that_cannot_be_read_are_not_blamed_on_the_answer(
    all_logs: Database, run: Run, tmp_path: Path
) -> None:
    folder = stack_of(tmp_path / "own", all_logs.admin_url)
    (folder / "secrets.json").unlink()
    (folder / "secrets.json").mkdir()
    outcome = await run("backup", str(tmp_path / "b"), BANSTREAM_DATA_DIR=str(folder))
    assert outcome.code == 2
    assert "--without-keys" in outcome.complaint


WAITING = """
    select exists (
        select from pg_locks l join pg_database d on d.oid = l.database
        where not l.granted and d.datname = current_database()
    )
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=["term", "hup", "int"])
async def test_a_backup_that_is_told_to_end_leaves_nothing(
    all_logs: Database, start: Start, tmp_path: Path, number: signal.Signals
) -> None:
    """A table is locked, so that the backup waits in the middle."""
    file = tmp_path / "b.backup"
    holding = await asyncpg.connect(all_logs.admin_url)
    await holding.execute("begin; lock table infractions.event_log")
    backup = start("backup", str(file))

    async def waits() -> bool:
        is_waiting = await holding.fetchval(WAITING)
        return is_waiting and bool(await asyncio.to_thread(os.listdir, tmp_path))

    await eventually(waits)
    backup.send_signal(number)
    await asyncio.to_thread(backup.communicate, timeout=60)
    await holding.close()
    assert backup.returncode in {-number, 130}
    assert await asyncio.to_thread(os.listdir, tmp_path) == []


async def test_a_restore_names_the_passwords_that_nobody_knows(all_logs: Database, run: Run, tmp_path: Path) -> None:
    """Not where `banstream up` sets them at its next start."""
    file = tmp_path / "b.backup"
    assert (await run("backup", str(file))).code == 0
    known = dict.fromkeys(PASSWORDS, "known")
    unknown = dict.fromkeys(("BANSTREAM_NOTIFIER_PASSWORD", "BANSTREAM_FTP_SYNC_PASSWORD"))
    own = stack_of(tmp_path / "own", all_logs.admin_url)
    for more, said in (
        (known, ""),
        (known | unknown, "BANSTREAM_NOTIFIER_PASSWORD, BANSTREAM_FTP_SYNC_PASSWORD and run `banstream migrate`"),
        ({"BANSTREAM_DATA_DIR": str(own)}, ""),
    ):
        outcome = await run("restore", str(file), "--keep-streams", **more)
        assert outcome.code == 0, outcome
        assert said in outcome.err
        assert bool(said) == bool(outcome.err)


async def passwords(database: Database) -> dict[str, str | None]:
    """What Postgres keeps of the password of each service's role, which all databases of a server share."""
    connection = await asyncpg.connect(database.admin_url)
    rows = await connection.fetch("select rolname, rolpassword from pg_authid where rolname like 'banstream%'")
    await connection.close()
    return {row["rolname"]: row["rolpassword"] for row in rows}


async def test_a_restore_that_is_refused_locks_nobody_out(all_logs: Database, run: Run, tmp_path: Path) -> None:
    file, before = tmp_path / "b.backup", await passwords(all_logs)
    assert (await run("backup", str(file))).code == 0
    leading = await asyncpg.connect(all_logs.admin_url)
    await leading.execute("select pg_advisory_lock(hashtextextended('infractions.leader', 0))")
    outcome = await run("restore", str(file), "--keep-streams", BANSTREAM_INFRACTIONS_PASSWORD="another")
    await leading.close()
    assert outcome.code == 1
    assert "infractions is running" in outcome.complaint
    assert await passwords(all_logs) == before


async def test_a_restore_beside_a_database_in_use_changes_no_password_that_is_not_named(
    all_logs: Database, run: Run, tmp_path: Path
) -> None:
    file, before = tmp_path / "b.backup", await passwords(all_logs)
    assert len(before) == len(EVENT_LOGS)
    assert (await run("backup", str(file))).code == 0
    named = {"BANSTREAM_NOTIFIER_PASSWORD": "another"}
    assert (await run("restore", str(file), "--keep-streams", **named)).code == 0
    after = await passwords(all_logs)
    assert {role for role in after if after[role] != before[role]} == {"banstream_notifier"}


@pytest.mark.usefixtures("all_logs")
async def test_a_restore_that_cannot_empty_nats_says_what_is_left_to_do(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "b.backup"
    assert (await run("backup", str(file))).code == 0
    outcome = await run("restore", str(file), BANSTREAM_NATS_URL="nats://127.0.0.1:1")
    assert outcome.code == 2
    assert "the database is restored" in outcome.complaint
    assert "`banstream streams refill` before a service starts" in outcome.complaint


async def test_what_the_administrator_may_not_read_is_not_left_out_in_silence(
    all_logs: Database, run: Run, tmp_path: Path
) -> None:
    owner = await asyncpg.connect(all_logs.admin_url)
    await owner.execute("drop role if exists half; create role half login password 'half'")
    for log in EVENT_LOGS.values():
        await owner.execute(
            f"grant usage on schema {log.schema} to half; grant select on all tables in schema {log.schema} to half"
        )
    url = re.sub("//.*@", "//half:half@", all_logs.admin_url)
    whole = await run("backup", str(tmp_path / "whole"), BANSTREAM_ADMIN_DATABASE_URL=url)
    await owner.execute("revoke all on ftp_sync.receipts from half")
    half = await run("backup", str(tmp_path / "half"), BANSTREAM_ADMIN_DATABASE_URL=url)
    await owner.execute("drop owned by half; drop role half")
    await owner.close()
    assert (whole.code, half.code) == (0, 2), whole
    assert "permission denied for table receipts" in half.complaint
    assert await asyncio.to_thread(os.listdir, tmp_path) == ["whole"]


NEXT_PLACES = """
    insert into ftp_sync.receipts (ban_file_id, infraction_id, is_banned, status, at)
    values ('file', gen_random_uuid(), true, 'applied', now());
    insert into dayz_feed.findings (key, source_id, status, found_at, document)
    values (gen_random_uuid(), 'source', 'sent', now(), '{}');
"""
PLACES = "select (select array_agg(place order by place) from ftp_sync.receipts), array_agg(place order by place)"


async def test_what_comes_after_a_restore_is_numbered_behind_what_was_there(
    all_logs: Database, run: Run, tmp_path: Path
) -> None:
    """Lists go by these numbers, the last first, and are cut into pages by them."""
    file = tmp_path / "b.backup"
    connection = await asyncpg.connect(all_logs.admin_url)
    await connection.execute(NEXT_PLACES * 3)
    assert (await run("backup", str(file))).code == 0
    await connection.execute("drop schema ftp_sync, dayz_feed cascade")
    restored = await run("restore", str(file), "--keep-streams", **dict.fromkeys(PASSWORDS, "known"))
    assert restored.code == 0, restored
    await connection.execute(NEXT_PLACES * 2)
    places = await connection.fetchrow(f"{PLACES} from dayz_feed.findings")
    await connection.close()
    assert tuple(places or ()) == ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5])
