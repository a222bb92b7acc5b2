"""What is written down of a file: a later word takes nothing back that an earlier one said."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from banstream_contracts.queries.ban_files import ReceiptStatus
from banstream_ftp_sync import bans
from banstream_ftp_sync.applying.receipts import Outcome, Remembered
from banstream_ftp_sync.ledger import Attempted, Ledger
from banstream_ftp_sync.operations import SCHEMA
from banstream_ftp_sync.settling import Standing
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.ftp_sync import ftp_sync_url

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
ID, PLACE = "a" * 24, "local:/srv/ban.txt"
FIRST, SECOND = Remembered("1" * 64, 10, 4, {"k": "d"}), Remembered("2" * 64, 20, 5, {"k": None})


@dataclass
class Book:
    """A ledger, and its own connection to look at it."""

    ledger: Ledger
    connection: "asyncpg.Connection[asyncpg.Record]"

    async def row(self) -> dict[str, Any]:
        found = await self.connection.fetchrow("select * from states where ban_file_id = $1", ID)
        assert found is not None
        return dict(found)

    async def settle(self, outcome: Outcome, minute: int, noted: int | None = None, **values: Any) -> dict[str, Any]:
        common: dict[str, Any] = {"remembered": None, "used_version": 0, "standings": {}, **values}
        attempted = Attempted(outcome=outcome, reason="r", noted=noted, **common)
        await self.ledger.settle(ID, PLACE, attempted, at(minute))
        return await self.row()


def at(minute: int) -> datetime:
    return NOW + timedelta(minutes=minute)


@pytest.fixture
async def book(database: Database) -> AsyncIterator[Book]:
    await ftp_sync_url(database)
    async with connected(database.admin_url, SCHEMA) as connection:
        yield Book(Ledger(connection), connection)


async def test_what_waits_waits_since_its_oldest_change_until_all_that_was_heard_is_in_the_file(book: Book) -> None:
    await book.ledger.note(ID, "made", 7, at(1))
    await book.ledger.note(ID, "made", 9, at(2))
    row = await book.row()
    assert (row["sequence"], row["pending_since"]) == (9, at(1))
    assert (await book.settle(Outcome.FAILED, 3, 9))["pending_since"] == at(1)
    assert (await book.settle(Outcome.APPLIED, 4, 7))["pending_since"] == at(1)
    assert (await book.settle(Outcome.APPLIED, 5, 9))["pending_since"] is None
    await book.ledger.not_heard(ID, at(7))
    await book.ledger.not_heard(ID, at(8))
    assert (await book.row())["pending_since"] == at(7)


async def test_a_file_fails_since_the_first_attempt_that_did(book: Book) -> None:
    assert (await book.settle(Outcome.FAILED, 1))["failing_since"] == at(1)
    assert (await book.settle(Outcome.REFUSED, 2))["failing_since"] == at(1)
    row = await book.settle(Outcome.UNCHANGED, 3)
    assert (row["failing_since"], row["good_at"], row["written_at"]) == (None, at(3), None)
    row = await book.settle(Outcome.FAILED, 4)
    assert (row["failing_since"], row["good_at"], row["tried_at"]) == (at(4), at(3), at(4))
    assert (await book.settle(Outcome.APPLIED, 5))["written_at"] == at(5)


async def test_leave_to_lose_lines_is_used_up_by_an_attempt_that_goes_well(book: Book) -> None:
    assert (await book.settle(Outcome.APPLIED, 1, used_version=1))["used_version"] == 1
    assert (await book.settle(Outcome.FAILED, 2, used_version=3))["used_version"] == 1
    assert (await book.settle(Outcome.REFUSED, 3, used_version=3))["used_version"] == 1
    assert (await book.settle(Outcome.DRIFTED, 4, used_version=3))["used_version"] == 3


async def test_what_is_remembered_is_of_the_place_that_it_was_seen_at(book: Book) -> None:
    await book.ledger.remember(ID, "elsewhere", FIRST)
    await book.ledger.remember(ID, PLACE, SECOND)
    state = await book.ledger.state(ID)
    assert (state.place, state.remembered) == (PLACE, SECOND)
    row = await book.settle(Outcome.FAILED, 1)
    state = await book.ledger.state(ID)
    assert (state.place, state.remembered, row["lines"], row["others"]) == (PLACE, SECOND, 0, 0)
    row = await book.settle(Outcome.APPLIED, 2, remembered=FIRST)
    assert ((await book.ledger.state(ID)).remembered, row["lines"], row["others"]) == (FIRST, 1, 4)
    row = await book.settle(Outcome.FAILED, 3, remembered=SECOND)
    assert ((await book.ledger.state(ID)).remembered, row["lines"], row["others"]) == (SECOND, 1, 4)


async def test_only_what_is_long_over_and_out_of_the_file_is_forgotten(book: Book) -> None:
    standings = {
        "over": Standing(is_banned=False, status=ReceiptStatus.APPLIED),
        "failed": Standing(is_banned=False, status=ReceiptStatus.FAILED, error="down"),
        "banned": Standing(is_banned=True, status=ReceiptStatus.APPLIED),
    }
    await book.ledger.put_standings(ID, standings, at(0))
    await book.ledger.prune(at(0))
    assert (await book.ledger.standings(ID)).keys() == standings.keys()
    await book.ledger.prune(at(1))
    assert (await book.ledger.standings(ID)).keys() == {"failed", "banned"}


async def test_the_furthest_position_never_goes_back(book: Book) -> None:
    for position, furthest in ((5, 5), (9, 9), (7, 9)):
        await bans.reach(book.connection, position, None)
        assert await book.ledger.furthest() == furthest
