"""What is kept of a source: what was found stays found, and reading goes on where it stood."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import asyncpg
import pytest

from banstream_contracts.events.log_sources import LogSourceAdded
from banstream_contracts.infractions import Actor
from banstream_contracts.queries.log_sources import FindingStatus
from banstream_dayz_feed.incidents import known_finding, record_command
from banstream_dayz_feed.ledger import Ledger, Standing, Told
from banstream_dayz_feed.operations import SCHEMA
from banstream_dayz_feed.position import Position
from banstream_dayz_feed.record import Record, evolve
from banstream_testing.abuse import SERVER_ID
from banstream_testing.dayz_feed import Folder, file_name, local_login, placed
from banstream_testing.dayz_polls import START, Feed, log
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database

NOW = START.replace(tzinfo=UTC)
AT = Position("a.ADM", "a.ADM", lines=3)


def source(folder: str = "logs") -> Record:
    added = LogSourceAdded(
        source_id="a" * 24,
        name="n",
        server_id=SERVER_ID,
        login=local_login(folder),
        time_zone="UTC",
        poll_seconds=10,
        look_back_seconds=600,
        rules={},
        actor=Actor(kind="system", id="test"),
        occurred_at=NOW,
    )
    return evolve(None, added)


def told() -> list[Told]:
    """Two findings, in the order of the log."""
    folder = Folder()
    folder.logs[file_name(START)] = log(START, placed(START, 3), placed(START + timedelta(seconds=9), 3, "F" * 40))
    feed = Feed(folder)
    feed.poll()
    found = [replace(each, server=SERVER_ID) for each in feed.found.values()]
    known = [known_finding(each, NOW, timedelta(hours=1)) for each in found]
    return [Told(each, record_command(finding, each)) for finding, each in zip(found, known, strict=True)]


TOLD = told()


@pytest.fixture
async def admin(database: Database) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    assert database.dayz_url
    async with connected(database.admin_url, SCHEMA) as connection:
        yield connection


@pytest.fixture
async def ledger(admin: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[Ledger]:
    kept = Ledger()
    async with kept.on(admin):
        yield kept


async def test_what_is_found_again_is_as_it_was(ledger: Ledger) -> None:
    await ledger.save(source(), AT, b"{}", b"{}", TOLD)
    waiting = await ledger.open(FindingStatus.PENDING, 10)
    assert [each.key for each in waiting] == [each.finding.key for each in TOLD]
    await ledger.settle(waiting[0].key, FindingStatus.RECORDED)
    await ledger.save(source(), AT, b"{}", None, TOLD)
    assert [each.key for each in await ledger.open(FindingStatus.PENDING, 10)] == [waiting[1].key]
    assert await ledger.open(FindingStatus.PENDING, 10, waiting[1].place) == []


async def test_what_the_rules_remembered_at_the_begin_of_a_log_stays_until_the_next_one_begins(ledger: Ledger) -> None:
    await ledger.save(source(), AT, b"m1", b"b1", [])
    await ledger.save(source(), AT, b"m2", None, [])
    standing = await ledger.standing(source())
    assert (standing.position, standing.memory, standing.begin) == (AT, b"m2", b"b1")
    await ledger.save(source(), AT, b"m3", b"b2", [])
    assert (await ledger.standing(source())).begin == b"b2"


async def test_another_folder_is_read_from_its_begin(ledger: Ledger) -> None:
    await ledger.save(source(), AT, b"m1", b"b1", [])
    assert await ledger.standing(source("other")) == Standing()


async def test_a_source_fails_since_its_first_poll_that_did_and_keeps_its_position(
    ledger: Ledger, admin: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    async def standing() -> dict[str, Any]:
        row = await admin.fetchrow("select polled_at, failing_since, last_error from positions")
        assert row is not None
        return dict(row)

    later = NOW + timedelta(minutes=1)
    await ledger.save(source(), AT, b"m1", b"b1", [])
    await ledger.failed(source(), NOW, "first")
    await ledger.failed(source(), later, "second")
    assert await standing() == {"polled_at": None, "failing_since": NOW, "last_error": "second"}
    await ledger.polled(source(), later)
    assert await standing() == {"polled_at": later, "failing_since": None, "last_error": None}
    assert (await ledger.standing(source())).position == AT
