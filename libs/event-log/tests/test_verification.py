from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import asyncpg
import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from banstream_event_log.chain import GENESIS, broken_by, canonical, digest, link
from banstream_event_log.connections import Connection
from banstream_event_log.events import LoggedEvent
from banstream_event_log.log import pages, walk
from banstream_event_log.relay import remember_position
from banstream_event_log.verification import Head, Verified, verify
from banstream_testing.event_logs import NOW, append_all, connected, event
from banstream_testing.fixtures import Database

TAMPERING = {
    "a byte of the content": ("update event_log set data = jsonb_set(data, '{reason}', '\"x\"') where position = 2", 2),
    "the time": ("update event_log set occurred_at = occurred_at + interval '1 microsecond' where position = 2", 2),
    "the actor": ("update event_log set actor = '{}' where position = 1", 1),
    "a hash": ("update event_log set hash = decode(repeat('00', 32), 'hex') where position = 3", 3),
    "a row that is gone": ("delete from event_log where position = 2", 2),
    "the first row gone": ("delete from event_log where position = 1", 1),
}

ROW = link(
    replace(
        event(),
        event_id=UUID(int=1),
        command_id=UUID(int=2),
        correlation_id=UUID(int=3),
        causation_id=UUID(int=4),
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ),
    1,
    NOW,
    GENESIS,
)
OTHERWISE = {str: "x", int: 7, UUID: UUID(int=9), dict: {"x": 1}, type(NOW): NOW + timedelta(microseconds=1)}
"""For a value of each type another one."""


async def _tamper(connection: "asyncpg.Connection[asyncpg.Record]", statement: str) -> None:
    """What somebody with all rights on the server can do."""
    await connection.execute("set session_replication_role = replica")
    await connection.execute(statement)
    await connection.execute("set session_replication_role = origin")


async def _verified(database: Database) -> Verified:
    async with connected(database.service_url) as connection:
        return await verify(connection)


async def test_an_untouched_log_is_whole(database: Database) -> None:
    await append_all(database.service_url, *(event(version=version) for version in range(1, 6)))
    verified = await _verified(database)
    assert (verified.events, verified.broken_at) == (5, None)
    assert verified.head_hash is not None


async def test_an_empty_log_is_whole(database: Database) -> None:
    assert await _verified(database) == Verified(0, None)


@pytest.mark.parametrize("what", TAMPERING)
async def test_tampering_behind_the_trigger_is_found_at_its_position(database: Database, what: str) -> None:
    statement, position = TAMPERING[what]
    await append_all(database.service_url, *(event(version=version) for version in range(1, 6)))
    async with connected(database.admin_url) as connection:
        await _tamper(connection, statement)
    assert (await _verified(database)).broken_at == position


def test_a_row_that_was_written_anew_with_a_hash_of_its_own_is_found_by_the_one_behind_it() -> None:
    first = link(event(), 1, NOW, GENESIS)
    second = link(event(version=2), 2, NOW, first.hash)
    forged = link(event(reason="another"), 1, NOW, GENESIS)
    assert (broken_by(first, None), broken_by(second, first), broken_by(forged, None)) == (None, None, None)
    assert broken_by(second, forged) == "it does not name the hash of the row before it"
    assert broken_by(link(event(), 1, NOW, first.hash), None) == "it does not name the hash of the row before it"
    assert broken_by(link(event(version=2), 3, NOW, first.hash), first) == "position 2 is missing"


@pytest.mark.parametrize("field", sorted(asdict(ROW).keys() - {"hash"}))
def test_no_field_is_another_under_the_same_hash(field: str) -> None:
    changes = {field: OTHERWISE.get(type(getattr(ROW, field)), b"x")}
    other = replace(ROW, **changes)
    assert digest(ROW, ROW.position, ROW.recorded_at, ROW.previous_hash) == ROW.hash
    assert digest(other, other.position, other.recorded_at, other.previous_hash) != ROW.hash


def test_the_hash_of_a_row_stays_what_it_was() -> None:
    """Of any later release too, or every log would be found broken at its first position."""
    assert ROW.hash.hex() == "db1051ff58e75680b49826b0327a419e15623823171ddcac85a1cf0ad1f5b815"


async def test_what_is_written_and_published_meanwhile_is_no_missing_end(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def pages_as_another_writes(connection: Connection) -> AsyncIterator[list[LoggedEvent]]:
        async for each in pages(connection):
            yield each
        await append_all(database.service_url, event(version=2))
        async with connected(database.service_url) as other:
            await remember_position(other, "test", 2)

    await append_all(database.service_url, event())
    monkeypatch.setattr("banstream_event_log.verification.pages", pages_as_another_writes)
    verified = await _verified(database)
    assert (verified.events, verified.broken_at, verified.reason) == (1, None, None)


async def test_an_end_that_was_cut_off_is_found_by_what_has_been_published(database: Database) -> None:
    await append_all(database.service_url, *(event(version=version) for version in range(1, 6)))
    async with connected(database.admin_url) as connection:
        await remember_position(connection, "test", 5)
        await _tamper(connection, "delete from event_log where position > 3")
    assert (await _verified(database)).broken_at == 4


async def test_expected_heads_that_are_no_rows_are_told_up_to_where_the_chain_holds(database: Database) -> None:
    await append_all(database.service_url, *(event(version=version) for version in range(1, 4)))
    async with connected(database.admin_url) as connection:
        kept = [Head(each.position, each.hash.hex()) async for each in walk(connection)]
        another, later = Head(2, "0" * 64), Head(9, "0" * 64)
        assert (await verify(connection, expected=kept)).lost == ()
        assert (await verify(connection, expected=[later, *kept, another])).lost == (another, later)
        await _tamper(connection, TAMPERING["a hash"][0])
        broken = await verify(connection, expected=[later, *kept, another])
    assert (broken.broken_at, broken.lost) == (3, (another,))


async def test_an_inserted_row_is_found(database: Database) -> None:
    await append_all(database.service_url, event(), event(version=2))
    async with connected(database.admin_url) as connection:
        await _tamper(
            connection,
            "insert into event_log select 3, stream, 3, gen_random_uuid(), type, schema_version, data,"
            " gen_random_uuid(), 0, correlation_id, causation_id, actor, traceparent, occurred_at, recorded_at,"
            " hash, previous_hash from event_log where position = 2",
        )
    assert (await _verified(database)).broken_at == 3


async def test_progress_names_every_position(database: Database) -> None:
    await append_all(database.service_url, event(), event(version=2))
    seen: list[int] = []
    async with connected(database.service_url) as connection:
        await verify(connection, seen.append)
        assert [each.position async for each in walk(connection)] == seen


_scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text()
_json = st.recursive(
    _scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text("abcxyz_", min_size=1), inner), max_leaves=8
)


@given(_json)
def test_the_canonical_form_is_that_of_rfc_8785(value: object) -> None:
    made = canonical(event(value=value), 1, NOW)
    assert made == rfc8785.dumps(orjson.loads(made))
