"""`banstream keys rewrap` killed at several places: whoever runs it again loses nobody's key."""

import os
import signal
import subprocess
import sys

import asyncpg
import pytest

from banstream_privacy.vault import unwrap, wrap
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.steps import Ran, run_banstream
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.integration

OLD, NEW = b"o" * 32, b"n" * 32
PAGE, PERSONS = 1000, 2500
KEYS = {f"player:steam:{number:06d}": number.to_bytes(32, "big") for number in range(PERSONS)}
WAITING = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
PLACES = {"first": 0, "end-of-a-page": PAGE - 1, "within-the-second": PAGE + 500, "last": PERSONS - 1}


def environment(database: Database, master_key: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "BANSTREAM_ADMIN_DATABASE_URL": database.admin_url,
        "BANSTREAM_MASTER_KEY": master_key,
    }


def rings(*keys: bytes) -> str:
    return ",".join(key.hex() for key in keys)


async def keys(database: Database, *arguments: str, master_key: str) -> Ran:
    return await run_banstream(environment(database, master_key), "keys", *arguments)


async def killed_at(database: Database, person: str) -> None:
    """It waits for a person whom somebody else holds, and is killed there."""
    async with (
        connected(database.admin_url) as looking,
        connected(database.admin_url) as holding,
        holding.transaction(),
    ):
        await holding.fetch("select 1 from person_keys where person = $1 for update", person)
        command = [sys.executable, "-m", "banstream_cli", "keys", "rewrap"]
        running = subprocess.Popen(command, env=environment(database, rings(NEW, OLD)))  # noqa: ASYNC220

        async def is_there() -> bool:
            return bool(await looking.fetchval(WAITING))

        await eventually(is_there)
        running.send_signal(signal.SIGKILL)
        running.wait()


async def rewrapped(connection: "asyncpg.Connection[asyncpg.Record]") -> int:
    """How many are wrapped with the new key; each is whole, with one of both."""
    rows = await connection.fetch("select person, wrapped from person_keys")
    assert {row["person"]: unwrap_any(row) for row in rows} == KEYS
    return sum(is_new(row) for row in rows)


def unwrap_any(row: asyncpg.Record) -> bytes:
    return unwrap(NEW if is_new(row) else OLD, row["person"], row["wrapped"])


def is_new(row: asyncpg.Record) -> bool:
    try:
        unwrap(NEW, row["person"], row["wrapped"])
    except Exception:  # noqa: BLE001 - whatever a wrong key does
        return False
    return True


@pytest.mark.parametrize("place", [*PLACES])
async def test_what_was_done_stays_done_and_the_next_run_does_the_rest(database: Database, place: str) -> None:
    number = PLACES[place]
    async with connected(database.admin_url) as connection:
        wrapped = [(person, wrap(OLD, person, key)) for person, key in KEYS.items()]
        await connection.executemany("insert into person_keys (person, wrapped) values ($1, $2)", wrapped)
        await killed_at(database, [*KEYS][number])
        done = number // PAGE * PAGE
        assert await rewrapped(connection) == done, "a page is wrapped as a whole or not at all"
        assert (await keys(database, "check", master_key=rings(NEW))).code == 1
        again = await keys(database, "rewrap", master_key=rings(NEW, OLD))
        assert (again.code, again.out) == (0, f"{PERSONS - done} of {PERSONS} keys wrapped anew; {done} were already\n")
        assert await rewrapped(connection) == PERSONS
    check = await keys(database, "check", master_key=rings(NEW))
    assert check.code == 0, check
