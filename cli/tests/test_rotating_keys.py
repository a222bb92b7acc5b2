"""`banstream keys derive` and `keys rewrap` with an old and a new master key."""

import json

import asyncpg
import pytest
from cli.tests.conftest import Run

from banstream_privacy.appeal_codes import appeal_key
from banstream_privacy.sharing import accounts_key, ban_list_key
from banstream_privacy.transit import sealing_public_key
from banstream_privacy.vault import unwrap, wrap
from banstream_testing.fixtures import Database

OLD, NEW, LOST = b"o" * 32, b"n" * 32, b"l" * 32
RING = f"{NEW.hex()},{OLD.hex()}"
PERSON = "player:steam:1"


async def test_what_is_made_of_both_is_printed_in_their_order(run: Run) -> None:
    made = (await run("keys", "derive", "--json", BANSTREAM_MASTER_KEY=RING)).json
    assert made == {
        "BANSTREAM_ACCOUNTS_KEY": f"{accounts_key(NEW).hex()},{accounts_key(OLD).hex()}",
        "BANSTREAM_APPEAL_KEY": f"{appeal_key(NEW).hex()},{appeal_key(OLD).hex()}",
        "BANSTREAM_BAN_LIST_KEY": f"{ban_list_key(NEW).hex()},{ban_list_key(OLD).hex()}",
        "BANSTREAM_SEALING_PUBLIC_KEY": sealing_public_key(NEW).hex(),
    }


@pytest.mark.integration
async def test_keys_of_persons_are_wrapped_with_the_first(run: Run, database: Database) -> None:
    connection = await asyncpg.connect(database.admin_url)
    put = "insert into infractions.person_keys (person, wrapped) values ($1, $2)"
    await connection.execute(put, PERSON, wrap(OLD, PERSON, b"p" * 32))
    known = {"BANSTREAM_ADMIN_DATABASE_URL": database.admin_url, "BANSTREAM_MASTER_KEY": RING}
    first, again = await run("keys", "rewrap", **known), await run("keys", "rewrap", "--json", **known)
    assert (first.code, again.code) == (0, 0)
    assert "1 of 1 keys wrapped anew" in first.out
    assert json.loads(again.out) == {"persons": 1, "rewrapped": 0, "unreadable": 0}
    kept = await connection.fetchval("select wrapped from infractions.person_keys")
    assert unwrap(NEW, PERSON, kept) == b"p" * 32
    await connection.execute(put, "player:steam:2", wrap(LOST, "player:steam:2", b"p" * 32))
    lost = await run("keys", "rewrap", **known)
    assert (lost.code, lost.complaint.count("1 keys are opened by none of BANSTREAM_MASTER_KEY")) == (1, 1)
    assert lost.out == "0 of 2 keys wrapped anew; 1 were already\n"
    await connection.close()


@pytest.mark.parametrize("key", ["", "ab", f"{OLD.hex()},{OLD.hex()}"], ids=["none", "short", "twice"])
async def test_a_wrong_key_is_refused_unshown(run: Run, key: str) -> None:
    outcome = await run("keys", "rewrap", BANSTREAM_MASTER_KEY=key, BANSTREAM_ADMIN_DATABASE_URL="postgresql://nobody")
    assert outcome.code == 2
    assert "BANSTREAM_MASTER_KEY" in outcome.complaint
    assert OLD.hex() not in outcome.complaint
