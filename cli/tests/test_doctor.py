import asyncio
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from cli.tests.conftest import Run
from cli.tests.gateway_stand_in import StandIn, problem
from nats.aio.client import Client

from banstream_cli.direct.bootstrap import create_credential
from banstream_cli.examination import bus_checks, database_checks, outside_checks
from banstream_cli.examination.bus_checks import apart
from banstream_contracts import nats_accounts, streams, subjects
from banstream_runtime.streams import create_consumer, delete_consumer
from banstream_testing.fixtures import Database
from banstream_testing.streams import nothing_happened
from banstream_testing.waiting import eventually


def states(content: Any) -> dict[str, str]:
    return {each["check"]: each["state"] for each in content["checks"]}


@pytest.mark.usefixtures("infractions", "tracker", "notifier", "ftp_sync", "dayz_feed")
async def test_a_healthy_system_is_0(gateway: StandIn, run: Run, tmp_path: Path) -> None:
    console = {"BANSTREAM_CONSOLE_URL": gateway.url}  # both say at the same place whether they are ready
    outcome = await run("doctor", "--json", BANSTREAM_DATA_DIR=str(tmp_path), **console)
    assert set(states(outcome.json).values()) == {"ok"}, outcome.out
    assert (outcome.code, outcome.json["ok"], len(outcome.json["checks"]), outcome.err) == (0, True, 32, "")


async def test_with_nothing_there_every_check_still_answers(run: Run, nowhere: str) -> None:
    began = time.monotonic()
    outcome = await run(
        *("doctor", "--json"),
        BANSTREAM_URL=f"http://{nowhere}",
        BANSTREAM_CONSOLE_URL=f"http://{nowhere}",
        BANSTREAM_NATS_URL=f"nats://{nowhere}",
        BANSTREAM_ADMIN_DATABASE_URL=f"postgresql://nobody:secret-word@{nowhere}/none",
    )
    assert time.monotonic() - began < 30
    assert outcome.code == 1
    found = states(outcome.json)
    assert {name for name, state in found.items() if state == "wrong"} == {"NATS", "Postgres", "gateway", "console"}
    assert {name for name, state in found.items() if state == "ok"} == set()
    assert "secret-word" not in outcome.out + outcome.err
    assert all(each["todo"] for each in outcome.json["checks"] if each["state"] == "wrong")


async def test_nothing_set_is_said_once_for_each(run: Run) -> None:
    outcome = await run("doctor", "--json")
    found = {each["check"]: each for each in outcome.json["checks"]}
    assert outcome.code == 1
    assert "BANSTREAM_NATS_URL" in found["NATS"]["todo"]
    assert "BANSTREAM_ADMIN_DATABASE_URL" in found["Postgres"]["todo"]
    assert found["gateway"]["state"] == found["console"]["state"] == "skipped"


async def test_each_fault_is_found(infractions: Client, admin: Database, gateway: StandIn, run: Run) -> None:
    jetstream = infractions.jetstream()
    await jetstream.publish("banstream.dead.infractions", b"{}")
    config = (await jetstream.stream_info(streams.EVENTS)).config
    await jetstream.update_stream(config, max_age=300.0)
    await jetstream.delete_stream("KV_credentials")
    connection = await asyncpg.connect(admin.admin_url)
    await connection.execute("grant update on infractions.event_log to banstream_infractions")
    await connection.execute("delete from infractions.schema_migrations where number = 100")
    await connection.execute("drop schema abuse_tracker cascade")
    await connection.close()
    gateway.failures = [problem(503, "unready", "no", missing={"nats": "not connected"})]
    outcome = await run("doctor", "--json")
    found = {each["check"]: each for each in outcome.json["checks"]}
    assert outcome.code == 1
    assert "KV_credentials is missing" in found["streams"]["seen"]
    assert "EVENTS differs in max_age" in found["streams"]["seen"]
    assert found["dead letters"]["seen"] == "1 dead letters"
    assert found["append-only log of infractions"]["seen"] == "banstream_infractions may UPDATE"
    assert found["schema of infractions"]["seen"] == "not applied: 0100_read_models"
    for check in ("schema of abuse-tracker", "append-only log of abuse-tracker"):
        assert (found[check]["state"], found[check]["todo"]) == ("wrong", "run `banstream migrate`")
    assert "not connected" in found["gateway"]["seen"]
    for check in ("streams", "dead letters", "append-only log of infractions", "schema of infractions", "gateway"):
        assert (found[check]["state"], bool(found[check]["todo"])) == ("wrong", True), check
    assert found["NATS"]["state"] == found["Postgres"]["state"] == "ok"


async def test_a_relay_that_stands_still_is_found(infractions: Client, run: Run) -> None:
    jetstream = infractions.jetstream()
    config = (await jetstream.stream_info("KV_credentials")).config
    await jetstream.update_stream(config, max_bytes=1)
    await create_credential(infractions, kind="token", name="one", scopes=("check",), result_seconds=60)
    outcome = await run("doctor", "--json")
    found = {each["check"]: each for each in outcome.json["checks"]}["relay of infractions"]
    assert (found["state"], found["seen"]) == ("wrong", "position 1, 1 events behind and none published meanwhile")
    await jetstream.update_stream(config, max_bytes=-1)
    await eventually(lambda: is_relayed(run))


async def is_relayed(run: Run) -> bool:
    outcome = await run("doctor", "--json")
    found = {each["check"]: each for each in outcome.json["checks"]}["relay of infractions"]
    return (found["state"], found["seen"]) == ("ok", "position 1, 0 events behind")


async def test_no_room_for_commands_is_found_and_what_waits_is_left_alone(bus: Client, run: Run) -> None:
    jetstream = bus.jetstream()
    waiting = await jetstream.publish("banstream.command.infractions.unknown.x", b"{}")
    assert await room_for_commands(run) == ("ok", "NATS stores them", "")
    config = (await jetstream.stream_info(streams.COMMANDS)).config
    await jetstream.update_stream(config, max_bytes=1)
    state, seen, todo = await room_for_commands(run)
    assert (state, seen) == ("wrong", "NATS refuses them: maximum bytes exceeded")
    assert "docs/nats.md" in todo
    state_of_stream = (await jetstream.stream_info(streams.COMMANDS)).state
    assert (state_of_stream.messages, state_of_stream.first_seq) == (1, waiting.seq)
    await jetstream.delete_stream(streams.COMMANDS)
    apply = "run `banstream streams apply`"
    assert (await room_for_commands(run))[1:] == ("there is no stream for them", apply)
    assert await check(run, "clock of NATS") == ("wrong", "NATS does not tell its time", apply)


async def room_for_commands(run: Run) -> tuple[str, str, str]:
    return await check(run, "room for commands")


async def check(run: Run, name: str) -> tuple[str, str, str]:
    outcome = await run("doctor", "--json")
    (found,) = (each for each in outcome.json["checks"] if each["check"] == name)
    return found["state"], found["seen"], found["todo"]


async def test_a_consumer_that_is_missing_or_other_is_found(bus: Client, run: Run) -> None:
    for spec in streams.CONSUMERS:
        await create_consumer(bus, spec)
    assert (await check(run, "streams"))[0] == "ok"
    await create_consumer(bus, replace(streams.INFRACTIONS_INTAKE, max_ack_pending=1))
    assert (await check(run, "streams"))[1] == "consumer infractions differs in max_ack_pending"
    await delete_consumer(bus, streams.INFRACTIONS_INTAKE)
    assert (await check(run, "streams"))[1] == "consumer infractions is missing"


async def test_a_bucket_that_is_being_filled_is_told_with_when_it_was_last_written_to(bus: Client, run: Run) -> None:
    """Whoever fills it may have died, and nobody been there since."""

    async def found() -> tuple[str, str]:
        checks = {each["check"]: each for each in (await run("doctor", "--json")).json["checks"]}
        return checks["buckets"]["state"], checks["buckets"]["seen"]

    await nothing_happened(bus)
    assert await found() == ("ok", "6 buckets are whole")
    await bus.jetstream().publish(subjects.entry(streams.CREDENTIALS_BUCKET, streams.FILLING_KEY), b"100")
    await bus.jetstream().purge_stream(f"KV_{streams.ADMINS_BUCKET}")
    state, seen = await found()
    assert state == "wrong"
    pattern = r"credentials: being filled, at 0 of 100, last written to \d+ s ago; admins: nobody has begun to fill it"
    assert re.fullmatch(pattern, seen), seen


@pytest.mark.usefixtures("bus")
async def test_a_disabled_trigger_is_found(admin: Database, run: Run) -> None:
    connection = await asyncpg.connect(admin.admin_url)
    await connection.execute("alter table infractions.event_log disable trigger all")
    await connection.close()
    outcome = await run("doctor", "--json")
    found = {each["check"]: each for each in outcome.json["checks"]}
    assert "trigger is missing or disabled" in found["append-only log of infractions"]["seen"]
    assert found["append-only log of abuse-tracker"]["state"] == "ok"
    for service in ("infractions", "abuse-tracker"):
        assert found[f"relay of {service}"]["seen"] == f"{service} is not running"


@pytest.mark.usefixtures("bus")
async def test_schemas_of_other_releases_and_rights_that_are_too_many_are_found(all_logs: Database, run: Run) -> None:
    connection = await asyncpg.connect(all_logs.admin_url)
    await connection.execute("""
        update notifier.schema_migrations set checksum = 'other' where number = 1;
        insert into dayz_feed.schema_migrations values (9999, '9999_later', '');
        grant delete on notifier.event_log to banstream_notifier;
        grant truncate on dayz_feed.event_log to banstream_dayz_feed;
    """)
    await connection.close()
    found = {each["check"]: each["seen"] for each in (await run("doctor", "--json")).json["checks"]}
    assert found["schema of notifier"] == "other than in this release: 0001_event_log"
    assert found["schema of dayz-feed"] == "newer than this release: [9999]"
    assert found["append-only log of notifier"] == "banstream_notifier may DELETE"
    assert found["append-only log of dayz-feed"] == "banstream_dayz_feed may TRUNCATE"


@pytest.mark.usefixtures("bus", "admin")
async def test_what_is_less_than_is_needed_is_found(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Servers that are too old or set up as they once were, and disks that are full, are not to be had here."""
    for module, name, value in (
        (bus_checks, "LEAST_NATS", (99, 0)),
        (nats_accounts, "STREAMS", "$G"),
        (database_checks, "LEAST_POSTGRES", 99),
        (outside_checks, "LEAST_FREE_BYTES", 1 << 62),
    ):
        monkeypatch.setattr(module, name, value)
    outcome = await run("doctor", "--json", BANSTREAM_DATA_DIR=str(tmp_path))
    found = {each["check"]: each["todo"] for each in outcome.json["checks"]}
    assert found["NATS"] == "use NATS 2.12 or newer"
    assert "`banstream nats config`" in found["account on NATS"]
    assert found["Postgres"] == "use PostgreSQL 99 or newer"
    assert found["disk"] == f"free space on the disk of {tmp_path}"


async def test_a_large_disk_is_full_before_a_small_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(outside_checks, "LEAST_FREE_BYTES", 0)
    monkeypatch.setattr(outside_checks, "LEAST_FREE_SHARE", 2.0)
    assert (await outside_checks.disk(tmp_path))[1]


@pytest.mark.usefixtures("bus")
async def test_the_release_of_postgres_is_told_as_postgres_tells_it(admin: Database, run: Run) -> None:
    connection = await asyncpg.connect(admin.admin_url)
    release = await connection.fetchval("show server_version")
    await connection.close()
    (found,) = (each for each in (await run("doctor", "--json")).json["checks"] if each["check"] == "Postgres")
    assert found["seen"] == f"PostgreSQL {release.split()[0]}"


async def test_a_server_that_says_nothing_is_bounded(run: Run) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read()
        finally:
            writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    where = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    began = time.monotonic()
    outcome = await run(
        *("doctor", "--json"),
        BANSTREAM_URL=f"http://{where}",
        BANSTREAM_NATS_URL=f"nats://{where}",
        BANSTREAM_ADMIN_DATABASE_URL=f"postgresql://a:b@{where}/none",
    )
    server.close()
    assert time.monotonic() - began < 30
    assert {name for name, state in states(outcome.json).items() if state == "wrong"} == {"NATS", "Postgres", "gateway"}


@pytest.mark.usefixtures("infractions", "tracker", "notifier", "ftp_sync", "dayz_feed", "gateway")
async def test_the_table_names_every_check(run: Run) -> None:
    outcome = await run("doctor")
    assert outcome.code == 0, outcome
    lines = [line.split("\t") for line in outcome.out.splitlines()]
    assert lines[0] == ["CHECK", "STATE", "SEEN", "WHAT TO DO"]
    assert [line[0] for line in lines[1:]][:3] == ["NATS", "account on NATS", "streams"]


def test_clocks_are_compared_with_the_time_it_took() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    second = timedelta(seconds=1)
    assert apart(now + second, now, now + 2 * second) == ("0.0 s apart", "")
    assert apart(now - 3 * second, now, now + second)[0] == "3.0 s apart"
    assert "NTP" in apart(now + 9 * second, now, now + second)[1]
