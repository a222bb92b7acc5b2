from collections.abc import AsyncIterator
from pathlib import Path
from secrets import token_hex

import asyncpg
import pytest
from cli.tests.commands_for_tests import issue, send
from cli.tests.conftest import Run
from nats.aio.client import Client

from banstream_abuse_tracker import operations as abuse_tracker
from banstream_contracts import streams
from banstream_dayz_feed import operations as dayz_feed
from banstream_ftp_sync import operations as ftp_sync
from banstream_infractions import operations as infractions_operations
from banstream_notifier import operations as notifier
from banstream_privacy.transit import sealing_public_key
from banstream_testing.abuse import incident, report
from banstream_testing.fixtures import Database

SERVICES = {
    "infractions": infractions_operations,
    "abuse-tracker": abuse_tracker,
    "notifier": notifier,
    "ftp-sync": ftp_sync,
    "dayz-feed": dayz_feed,
}
PASSWORDS = {
    "BANSTREAM_INFRACTIONS_PASSWORD": "only-for-tests",
    "BANSTREAM_ABUSE_TRACKER_PASSWORD": "only-for-tests",
    "BANSTREAM_NOTIFIER_PASSWORD": "only-for-tests",
    "BANSTREAM_FTP_SYNC_PASSWORD": "only-for-tests",
    "BANSTREAM_DAYZ_FEED_PASSWORD": "only-for-tests",
}


@pytest.fixture
async def empty_database(postgres_url: str) -> AsyncIterator[str]:
    name = f"test_{token_hex(6)}"
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f"create database {name}")
    yield f"{postgres_url.rsplit('/', 1)[0]}/{name}"
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


async def test_migrate_applies_once(empty_database: str, run: Run) -> None:
    known = {"BANSTREAM_ADMIN_DATABASE_URL": empty_database, **PASSWORDS}
    first, again = await run("migrate", "--json", **known), await run("migrate", "--json", **known)
    assert first.json == {"applied": {name: [each.name for each in of.migrations()] for name, of in SERVICES.items()}}
    assert (again.code, again.json) == (0, {"applied": {name: [] for name in SERVICES}})
    told = (await run("migrate", **known)).out.splitlines()
    assert told == [f"{name}: nothing to do: the schema is up to date" for name in SERVICES]


async def test_migrate_needs_every_password_before_it_begins(empty_database: str, run: Run) -> None:
    """An empty one would lock the service out."""
    for missing in PASSWORDS:
        known = {name: word for name, word in PASSWORDS.items() if name != missing}
        outcome = await run("migrate", BANSTREAM_ADMIN_DATABASE_URL=empty_database, **known)
        assert (outcome.code, outcome.out) == (2, "")
        assert missing in outcome.complaint


async def test_one_schema_can_be_migrated_alone(empty_database: str, run: Run) -> None:
    password = "BANSTREAM_ABUSE_TRACKER_PASSWORD"
    known = {"BANSTREAM_ADMIN_DATABASE_URL": empty_database, password: PASSWORDS[password]}
    outcome = await run("migrate", "--log", "abuse-tracker", "--json", **known)
    assert outcome.json == {"applied": {"abuse-tracker": [each.name for each in abuse_tracker.migrations()]}}
    verified = await run("log", "verify", "--log", "abuse-tracker", BANSTREAM_ADMIN_DATABASE_URL=empty_database)
    assert (verified.code, verified.out) == (0, "abuse-tracker: whole: no events yet\n")
    assert (await run("log", "verify", BANSTREAM_ADMIN_DATABASE_URL=empty_database)).code == 2


async def test_an_edited_migration_is_named(admin: Database, run: Run) -> None:
    connection = await asyncpg.connect(admin.admin_url)
    await connection.execute("update infractions.schema_migrations set checksum = 'other'")
    await connection.close()
    outcome = await run("migrate", **PASSWORDS)
    assert outcome.code == 2
    assert "infractions: " in outcome.complaint
    assert "was edited" in outcome.complaint


@pytest.mark.usefixtures("tracker")
async def test_rebuild_reaches_the_end_of_each_log(infractions: Client, run: Run) -> None:
    await send(infractions, issue("1"), issue("2"), report(incident()))
    reached = {**dict.fromkeys(SERVICES, 0), "infractions": 2, "abuse-tracker": 1}
    assert (await run("rebuild", "--json")).json == {"positions": reached}
    outcome = await run("rebuild", "--log", "abuse-tracker")
    told = "abuse-tracker: the read models are those of position 1\n"
    assert (outcome.code, outcome.out, outcome.err) == (0, told, "")


async def test_two_rebuilds_at_once_are_refused(admin: Database, run: Run) -> None:
    connection = await asyncpg.connect(admin.admin_url)
    await connection.execute("select pg_advisory_lock(hashtextextended('infractions.rebuild', 0))")
    outcome = await run("rebuild")
    await connection.close()
    told = "banstream: infractions: another rebuild is running, or a backup; wait for it"
    assert (outcome.code, outcome.complaint) == (1, told)


async def test_streams_are_applied_once(bus: Client, run: Run) -> None:
    await bus.jetstream().delete_stream(streams.DEAD)
    assert (await run("streams", "apply", "--json")).json == {"changed": [streams.DEAD]}
    assert "nothing to do" in (await run("streams", "apply")).out


@pytest.mark.usefixtures("bus")
async def test_what_nats_refuses_is_2(run: Run) -> None:
    outcome = await run("streams", "apply", "--replicas", "3")
    assert (outcome.code, outcome.out) == (2, "")
    assert "NATS refused" in outcome.complaint


async def test_keys_belong_together_and_are_new_each_time(run: Run) -> None:
    first, second = (await run("keys", "new", "--json")).json, (await run("keys", "new")).out
    assert {len(key) for key in first.values()} == {64}
    for whose in ("", "NOTIFIER_", "FTP_SYNC_", "DAYZ_FEED_"):
        public = sealing_public_key(bytes.fromhex(first[f"BANSTREAM_{whose}MASTER_KEY"]))
        assert first[f"BANSTREAM_{whose}SEALING_PUBLIC_KEY"] == public.hex()
    lines = dict(line.split("=") for line in second.splitlines())
    assert list(lines) == list(first)
    assert not set(lines.values()) & set(first.values())


async def test_keys_that_a_new_release_needs_are_made_of_the_master_key(run: Run, tmp_path: Path) -> None:
    first = (await run("keys", "new", "--json")).json
    (file := tmp_path / "master-key").write_text(first["BANSTREAM_MASTER_KEY"])
    for given in ({"BANSTREAM_MASTER_KEY": file.read_text()}, {"BANSTREAM_MASTER_KEY_FILE": str(file)}):
        derived = (await run("keys", "derive", "--json", **given)).json
        assert derived
        assert derived.items() <= first.items()


async def test_without_the_master_key_none_is_made_of_it(run: Run) -> None:
    outcome = await run("keys", "derive")
    assert (outcome.code, outcome.out) == (2, "")
    assert "BANSTREAM_MASTER_KEY" in outcome.complaint
