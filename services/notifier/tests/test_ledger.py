"""What arrived is not forgotten when Postgres is away in that very moment."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from banstream_event_log.postgres import TRANSIENT, connect
from banstream_notifier.envelope import Envelope
from banstream_notifier.ledger import Ledger, Place, Settlement, Shown, Try
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
        assert await ledger.message_of(TARGET, "a" * 24) == ("42", shown)
    await second.close()


async def test_without_the_lock_nothing_can_be_begun(database: Database) -> None:
    told = Envelope(uuid4(), "policy.set", {}, {}, None, NOW, 7)
    ledger = Ledger()
    connection = await connect(database.notifier_url)
    async with ledger.on(connection):
        pass
    with pytest.raises(TRANSIENT):
        await ledger.begin(TARGET, [told], NOW)
    await connection.close()
