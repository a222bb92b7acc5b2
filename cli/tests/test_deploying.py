from collections.abc import AsyncIterator
from secrets import token_hex

import asyncpg
import pytest
from cli.tests.commands_for_tests import issue, send
from cli.tests.conftest import Run
from nats.aio.client import Client

from banstream_contracts import streams
from banstream_infractions import operations
from banstream_privacy.transit import sealing_public_key
from banstream_testing.fixtures import Database


@pytest.fixture
async def empty_database(postgres_url: str) -> AsyncIterator[str]:
    name = f"test_{token_hex(6)}"
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f"create database {name}")
    yield f"{postgres_url.rsplit('/', 1)[0]}/{name}"
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


async def test_migrate_applies_once(empty_database: str, run: Run) -> None:
    known = {"BANSTREAM_ADMIN_DATABASE_URL": empty_database, "BANSTREAM_INFRACTIONS_PASSWORD": "only-for-tests"}
    first, again = await run("migrate", "--json", **known), await run("migrate", "--json", **known)
    assert first.json == {"applied": [each.name for each in operations.migrations()]}
    assert (again.code, again.json) == (0, {"applied": []})
    assert "up to date" in (await run("migrate", **known)).out


async def test_migrate_needs_a_password(empty_database: str, run: Run) -> None:
    """An empty one would lock the service out."""
    outcome = await run("migrate", BANSTREAM_ADMIN_DATABASE_URL=empty_database)
    assert (outcome.code, outcome.out) == (2, "")
    assert "BANSTREAM_INFRACTIONS_PASSWORD" in outcome.complaint


async def test_an_edited_migration_is_named(admin: Database, run: Run) -> None:
    connection = await asyncpg.connect(admin.admin_url)
    await connection.execute("update infractions.schema_migrations set checksum = 'other'")
    await connection.close()
    outcome = await run("migrate", BANSTREAM_INFRACTIONS_PASSWORD="only-for-tests")
    assert outcome.code == 2
    assert "was edited" in outcome.complaint


async def test_rebuild_reaches_the_end_of_the_log(infractions: Client, run: Run) -> None:
    await send(infractions, issue("1"), issue("2"))
    assert (await run("rebuild", "--json")).json == {"position": 2}
    outcome = await run("rebuild")
    assert (outcome.code, outcome.out, outcome.err) == (0, "the read models are those of position 2\n", "")


async def test_two_rebuilds_at_once_are_refused(admin: Database, run: Run) -> None:
    connection = await asyncpg.connect(admin.admin_url)
    await connection.execute("select pg_advisory_lock(hashtextextended('infractions.rebuild', 0))")
    outcome = await run("rebuild")
    await connection.close()
    assert (outcome.code, outcome.complaint) == (1, "banstream: another rebuild is running; wait for it")


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
    assert [len(key) for key in first.values()] == [64, 64, 64]
    public = sealing_public_key(bytes.fromhex(first["BANSTREAM_MASTER_KEY"]))
    assert first["BANSTREAM_SEALING_PUBLIC_KEY"] == public.hex()
    lines = dict(line.split("=") for line in second.splitlines())
    assert list(lines) == list(first)
    assert not set(lines.values()) & set(first.values())
