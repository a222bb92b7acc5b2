"""What `banstream doctor` says of the master key, of commands that nobody decides, and of a log that is too old."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from cli.tests.conftest import Run
from nats.aio.client import Client

from banstream_contracts import headers, streams
from banstream_privacy.vault import wrap
from banstream_runtime.streams import create_consumer, delete_consumer
from banstream_runtime.tasks import ended
from banstream_testing.fixtures import Database
from banstream_testing.waiting import eventually

OLD, NEW, LOST = b"o" * 32, b"n" * 32, b"l" * 32
LEFT_OUT = "put the older master key behind the one in use; then `banstream keys rewrap`"

pytestmark = pytest.mark.integration


@pytest.fixture
async def persons(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.admin_url)
    yield connection
    await connection.close()


async def wrapped(persons: asyncpg.Connection, name: str, master_key: bytes) -> None:
    put = "insert into infractions.person_keys (person, wrapped) values ($1, $2)"
    await persons.execute(put, name, wrap(master_key, name, b"p" * 32))


async def check(run: Run, name: str, **known: str) -> tuple[str, str, str]:
    outcome = await run("doctor", "--json", **known)
    (found,) = (each for each in outcome.json["checks"] if each["check"] == name)
    return found["state"], found["seen"], found["todo"]


async def test_a_master_key_that_opens_no_longer_all_is_found(
    run: Run, database: Database, persons: asyncpg.Connection
) -> None:
    async def keys(master_key: str | None) -> tuple[str, str, str]:
        known = {"BANSTREAM_ADMIN_DATABASE_URL": database.admin_url}
        return await check(
            run, "keys of persons", **known, **({"BANSTREAM_MASTER_KEY": master_key} if master_key else {})
        )

    assert await keys(None) == ("ok", "nobody has one yet", "")
    await wrapped(persons, "player:steam:1", OLD)
    await wrapped(persons, "player:steam:2", NEW)
    assert (await keys(None))[0] == "skipped"
    ring = f"{NEW.hex()},{OLD.hex()}"
    assert await keys(ring) == ("ok", "2 of 2 that were looked at open, 1 with the first master key", "")
    assert await keys(NEW.hex()) == ("wrong", "1 of 2 that were looked at open", LEFT_OUT)
    assert await keys(LOST.hex()) == ("wrong", "0 of 2 that were looked at open", LEFT_OUT)


async def test_what_rewrapping_has_not_reached_is_found_among_many(
    run: Run, database: Database, persons: asyncpg.Connection
) -> None:
    for number in range(1000, 1500):
        await wrapped(persons, f"player:steam:{number}", NEW if number < 1499 else OLD)
    known = {"BANSTREAM_ADMIN_DATABASE_URL": database.admin_url, "BANSTREAM_MASTER_KEY": NEW.hex()}
    assert await check(run, "keys of persons", **known) == ("wrong", "399 of 400 that were looked at open", LEFT_OUT)


async def test_a_key_of_a_log_that_is_damaged_is_found(
    run: Run, database: Database, persons: asyncpg.Connection
) -> None:
    put = "insert into infractions.erasable_keys (person, key) values ($1, $2)"
    await persons.executemany(put, [("player:steam:1", b"p" * 32), ("player:steam:2", b"p" * 64)])
    known = {"BANSTREAM_ADMIN_DATABASE_URL": database.admin_url}
    assert await check(run, "keys in the logs", **known) == ("ok", "2 are as long as keys are", "")
    await persons.executemany(put, [("player:steam:3", b"p" * 31), ("player:steam:4", b""), ("player:steam:5", None)])
    assert (await check(run, "keys in the logs", **known))[:2] == ("wrong", "damaged: 2 of infractions")


async def test_keys_of_a_local_stack_are_wrapped_and_looked_at_with_those_in_its_folder(
    run: Run, database: Database, persons: asyncpg.Connection, tmp_path: Path
) -> None:
    (tmp_path / "secrets.json").write_text(json.dumps({"master_key": f"{NEW.hex()},{OLD.hex()}"}))
    stack = {"pid": 1, "admin_database_url": database.admin_url}
    (tmp_path / "stack.json").write_text(json.dumps(stack))
    await wrapped(persons, "player:steam:1", OLD)
    known = {"BANSTREAM_DATA_DIR": str(tmp_path)}
    assert (await check(run, "keys of persons", **known))[
        1
    ] == "1 of 1 that were looked at open, 0 with the first master key"
    outcome = await run("keys", "rewrap", **known)
    assert (outcome.code, outcome.out) == (0, "1 of 1 keys wrapped anew; 0 were already\n")
    assert (await check(run, "keys of persons", **known))[
        1
    ] == "1 of 1 that were looked at open, 1 with the first master key"


LOOKED_AT_LAST = [spec.name for spec in streams.CONSUMERS if spec.stream == streams.COMMANDS][-1]


async def test_commands_that_wait_a_moment_are_well(run: Run, bus: Client) -> None:
    """As many at each look, and others: somebody decides them."""
    await create_consumer(bus, streams.INFRACTIONS_INTAKE)
    subject = "banstream.command.infractions.issue-infraction.x"
    await bus.jetstream().publish(subject, b"{}")
    intake = await bus.jetstream().pull_subscribe_bind(streams.INFRACTIONS, streams.COMMANDS)
    taken = await intake.fetch(1, timeout=60)

    looks = await bus.subscribe(f"$JS.API.CONSUMER.INFO.{streams.COMMANDS}.{LOOKED_AT_LAST}")
    await bus.flush()

    async def decide_at_each_look() -> None:
        async for _ in looks.messages:
            await bus.jetstream().publish(subject, b"{}")
            await taken.pop().ack()
            taken.extend(await intake.fetch(1, timeout=60))

    deciding = asyncio.create_task(decide_at_each_look())
    state, seen, todo = await check(run, "waiting commands")
    assert (state, seen.endswith(" for infractions"), todo) == ("ok", True, "")
    await ended(deciding)


async def test_commands_that_were_taken_and_not_decided_wait_too(run: Run, bus: Client) -> None:
    await delete_consumer(bus, streams.INFRACTIONS_INTAKE)
    assert await check(run, "waiting commands") == ("ok", "none waits", "")
    await create_consumer(bus, streams.INFRACTIONS_INTAKE)
    await bus.jetstream().publish("banstream.command.infractions.issue-infraction.x", b"{}")
    await (await bus.jetstream().pull_subscribe_bind(streams.INFRACTIONS, streams.COMMANDS)).fetch(1, timeout=60)
    assert (await check(run, "waiting commands"))[:2] == ("wrong", "1 for infractions")


async def test_commands_that_nobody_decides_are_found(run: Run, bus: Client) -> None:
    await create_consumer(bus, streams.INFRACTIONS_INTAKE)
    assert await check(run, "waiting commands") == ("ok", "none waits", "")
    for number in range(3):
        await bus.jetstream().publish(f"banstream.command.infractions.issue-infraction.{number}", b"{}")
    state, seen, todo = await check(run, "waiting commands")
    assert (state, seen) == ("wrong", "3 for infractions")
    assert "whether infractions runs" in todo
    await bus.jetstream().purge_stream(streams.COMMANDS)
    assert await check(run, "waiting commands") == ("ok", "none waits", "")


async def test_a_log_that_is_older_than_what_was_told_is_found_until_streams_are_refilled(
    infractions: Client, run: Run
) -> None:
    async def relay_is(state: str, seen: str) -> bool:
        found = await check(run, "relay of infractions")
        return (found[0], found[1]) == (state, seen)

    of_another = {headers.EVENT_POSITION: "99"}
    await infractions.jetstream().publish("banstream.log.infraction.issued.x", b"{}", headers=of_another)
    assert await relay_is("wrong", "the log ends at 0, and 99 have been told: it is an older copy")
    assert "refill" in (await check(run, "relay of infractions"))[2]
    assert (await run("streams", "refill")).out == "emptied: start the services, which fill them again\n"
    await eventually(lambda: relay_is("ok", "position 0, 0 events behind"))
