"""What arrived is not forgotten when Postgres is away in that very moment."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from banstream_event_log.postgres import TRANSIENT, connect
from banstream_notifier.envelope import Envelope
from banstream_notifier.ledger import Ledger, Place, Settlement, Shown, Try
from banstream_notifier.messages import Messages
from banstream_testing.fixtures import Database

TARGET = "b" * 24
NOW = datetime(2026, 1, 2, tzinfo=UTC)


async def test_what_could_not_be_written_is_written_before_telling_goes_on(database: Database) -> None:
    told = Envelope(uuid4(), "infraction.issued", {}, {"infraction_id": "a" * 24}, None, NOW, 7)
    shown = [Shown(0, "a" * 24, {"state": "issued"}, {"title": "x"})]
    settled = Settlement(TARGET, [told], "done", Place("made", 7), Try(NOW, 0.1, 200), "42", shown)
    ledger = Ledger()
    first, second = await connect(database.notifier_url), await connect(database.notifier_url)
    async with ledger.on(first):
        await ledger.begin(TARGET, [told], NOW)
        assert await ledger.settled(TARGET, [told.event_id]) == frozenset()
        first.terminate()
        with pytest.raises(TRANSIENT):
            await ledger.settle(settled)
    async with ledger.on(second):
        assert await ledger.settled(TARGET, [told.event_id]) == {told.event_id}
        assert await ledger.place(TARGET) == Place("made", 7)
        messages = Messages(ledger, TARGET)
        assert await messages.standing(["a" * 24]) == {"a" * 24: "42"}
        assert await messages.shown("42") == shown
    await second.close()


async def test_what_another_process_has_told_meanwhile_is_not_owed_any_more(database: Database) -> None:
    """Its message shows something newer by then, and the next change begins with that."""
    told = Envelope(uuid4(), "infraction.lifted", {}, {"infraction_id": "a" * 24}, None, NOW, 7)
    later = Envelope(uuid4(), "infraction.reinstated", {}, {"infraction_id": "a" * 24}, None, NOW, 8)
    old, new = ([Shown(0, "a" * 24, {"state": state}, {"title": state})] for state in ("lifted", "reinstated"))
    ours, other = Ledger(), Ledger()
    first, second = await connect(database.notifier_url), await connect(database.notifier_url)
    async with ours.on(first):
        await ours.begin(TARGET, [told], NOW)
        first.terminate()
        with pytest.raises(TRANSIENT):
            await ours.settle(Settlement(TARGET, [told], "done", Place("made", 7), Try(NOW, 0.1, 200), "42", old))
    async with other.on(second):
        again = Try(NOW + timedelta(seconds=1), 0.1, 200)
        await other.begin(TARGET, [told, later], again.at)
        await other.settle(Settlement(TARGET, [told, later], "done", Place("made", 8), again, "42", new))
    async with ours.on(second):
        assert await Messages(ours, TARGET).shown("42") == new
        assert await second.fetchval("select delivered from progress") == 2
    await second.close()


async def test_what_can_never_be_written_holds_up_nobody_else(database: Database) -> None:
    told = Envelope(uuid4(), "policy.set", {}, {}, None, NOW, 7)
    other = Envelope(uuid4(), "policy.set", {}, {}, None, NOW, 8)
    ledger = Ledger()
    connection = await connect(database.notifier_url)
    async with ledger.on(connection):
        await ledger.begin(TARGET, [told, other], NOW)
        with pytest.raises(asyncpg.DataError):
            await ledger.settle(Settlement(TARGET, [told], "dead", Place("made", 7), Try(NOW, 0.1, 400, "\0")))
        await ledger.settle(Settlement(TARGET, [other], "done", Place("made", 8), Try(NOW, 0.1, 200)))
        assert await ledger.settled(TARGET, [told.event_id, other.event_id]) == {other.event_id}
    await connection.close()


async def test_why_an_event_was_put_aside_is_told_of_its_target_until_one_arrives(database: Database) -> None:
    told = Envelope(uuid4(), "policy.set", {}, {}, None, NOW, 7)
    ledger = Ledger()
    connection = await connect(database.notifier_url)
    async with ledger.on(connection):
        await ledger.settle(Settlement(TARGET, [told], "dead", Place("made", 7), Try(NOW, 0.1, 400, "400: refused")))
        await ledger.move(TARGET, Place("made", 9))
        assert await connection.fetchval("select last_error from progress") == "400: refused"
        await ledger.settle(Settlement(TARGET, [told], "done", Place("made", 10), Try(NOW, 0.1, 200)))
        assert await connection.fetchval("select last_error from progress") is None
    await connection.close()


async def test_what_arrives_ends_a_time_of_failing_and_the_next_one_begins_by_itself(database: Database) -> None:
    told = Envelope(uuid4(), "policy.set", {}, {}, None, NOW, 7)
    other = Envelope(uuid4(), "policy.set", {}, {}, None, NOW, 8)
    ledger = Ledger()
    connection = await connect(database.notifier_url)
    async with ledger.on(connection):
        failed = [Try(NOW + timedelta(hours=hours), 0.1, 500, "500") for hours in (0, 1, 30)]
        assert [await ledger.fail(TARGET, [told], Place("made", 6), each) for each in failed[:2]] == [NOW, NOW]
        await ledger.settle(Settlement(TARGET, [told], "done", Place("made", 7), Try(NOW, 0.1, 200)))
        assert await ledger.fail(TARGET, [other], Place("made", 7), failed[2]) == failed[2].at
    await connection.close()


async def test_an_event_fails_since_its_first_failure_though_what_went_before_it_arrived(database: Database) -> None:
    told = Envelope(uuid4(), "infraction.lifted", {}, {}, None, NOW, 7)
    other = Envelope(uuid4(), "infraction.issued", {}, {}, None, NOW, 8)
    ledger = Ledger()
    connection = await connect(database.notifier_url)
    async with ledger.on(connection):
        for hours in (0, 30):
            tried = Try(NOW + timedelta(hours=hours), 0.1, 500, "500")
            assert await ledger.fail(TARGET, [told], Place("made", 6), tried) == NOW
            await ledger.settle(Settlement(TARGET, [other], "done", Place("made", 6), Try(NOW, 0.1, 200)))
    await connection.close()


async def test_an_infraction_that_was_told_is_known_as_long_as_messages_are_although_the_log_is_shorter(
    database: Database,
) -> None:
    """By it the end of a ban passes a filter of severities, which it has none of."""
    known = Envelope(uuid4(), "infraction.issued", {}, {"infraction_id": "a" * 24}, None, NOW, 7)
    beat = Envelope(uuid4(), "infraction.served", {}, {"infraction_id": "a" * 24}, None, NOW, 7)
    other = Envelope(uuid4(), "policy.set", {}, {}, None, NOW, 8)
    ledger = Ledger()
    connection = await connect(database.notifier_url)
    async with ledger.on(connection):
        await ledger.begin(TARGET, [known, beat, other], NOW)
        await ledger.settle(Settlement(TARGET, [known, beat, other], "done", Place("made", 8), Try(NOW, 0.1, 200)))
        log_days, message_days = timedelta(days=90), timedelta(days=365)
        later = NOW + timedelta(days=100)
        await ledger.prune(later - log_days, later - message_days)
        assert await ledger.known(TARGET, ["a" * 24]) == {"a" * 24}
        assert await ledger.settled(TARGET, [beat.event_id, other.event_id]) == frozenset()
        later = NOW + timedelta(days=366)
        await ledger.prune(later - log_days, later - message_days)
        assert await ledger.known(TARGET, ["a" * 24]) == frozenset()
    await connection.close()


async def test_an_infraction_is_known_when_it_was_told_and_not_when_that_was_tried_or_put_aside(
    database: Database,
) -> None:
    told = Envelope(uuid4(), "infraction.issued", {}, {"infraction_id": "a" * 24}, None, NOW, 7)
    ledger = Ledger()
    connection = await connect(database.notifier_url)
    async with ledger.on(connection):
        await ledger.begin(TARGET, [told], NOW)
        assert await ledger.known(TARGET, ["a" * 24]) == frozenset()
        await ledger.settle(Settlement(TARGET, [told], "dead", Place("made", 7), Try(NOW, 0.1, 400, "400: refused")))
        assert await ledger.known(TARGET, ["a" * 24]) == frozenset()
        await ledger.settle(Settlement(TARGET, [told], "done", Place("made", 8), Try(NOW, 0.1, 200)))
        assert await ledger.known(TARGET, ["a" * 24]) == {"a" * 24}
    await connection.close()


async def test_what_is_being_told_is_no_old_delivery_however_long_that_takes(database: Database) -> None:
    told = Envelope(uuid4(), "policy.set", {}, {}, None, NOW, 7)
    ledger = Ledger()
    connection = await connect(database.notifier_url)
    async with ledger.on(connection):
        await ledger.begin(TARGET, [told], NOW)
        await ledger.prune(NOW + timedelta(days=1), NOW)
        assert await connection.fetchval("select status from deliveries") == "begun"
    await connection.close()


async def test_without_the_lock_nothing_can_be_begun(database: Database) -> None:
    told = Envelope(uuid4(), "policy.set", {}, {}, None, NOW, 7)
    ledger = Ledger()
    connection = await connect(database.notifier_url)
    async with ledger.on(connection):
        pass
    with pytest.raises(TRANSIENT):
        await ledger.begin(TARGET, [told], NOW)
    await connection.close()
