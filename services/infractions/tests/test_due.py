"""The end of infractions, noticed while commands wait that were stored before it."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs
from services.infractions.tests.scenes import IDS, OTHER, START, amend, issue, lift, reinstate

from banstream_contracts.commands.infractions import AmendInfraction, LiftInfraction
from banstream_contracts.infractions import Lifetime
from banstream_decider.ports import Received
from banstream_event_log import log
from banstream_event_log.writing import LogWriter
from banstream_infractions.operations import SCHEMA
from banstream_infractions.postgres import PostgresStore
from banstream_infractions.privacy import Privacy
from banstream_infractions.service import Infractions
from banstream_runtime.identifiers import new_id
from banstream_testing.event_logs import connected, event
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MASTER_KEY

SECOND = timedelta(seconds=1)
END, LATER = START + timedelta(hours=1), START + timedelta(hours=2)
EVER = datetime.max.replace(tzinfo=UTC)
FOR_AN_HOUR = issue(lifetime=Lifetime.TIMED, duration_seconds=3600)
EXTENSION = amend(IDS[0], at=END - SECOND, duration_seconds=86_400)
LIFT = lift(IDS[0], at=END - SECOND)


def at(store: PostgresStore, now: datetime) -> Infractions:
    return Infractions(store, Privacy(MASTER_KEY), lambda: now, new_id)


@pytest.mark.parametrize("waiting", [EXTENSION, LIFT], ids=["extension", "lift"])
async def test_what_was_stored_before_an_end_is_decided_before_it(
    database: Database, waiting: AmendInfraction | LiftInfraction
) -> None:
    async with connected(database.service_url, SCHEMA) as connection:
        store = PostgresStore(connection)
        await at(store, START).execute([Received(FOR_AN_HOUR)])
        decider = at(store, LATER)
        assert await decider.do_due(END - 2 * SECOND) == 0
        (result,) = await decider.execute([Received(waiting)])
        assert result.status == "applied"
        assert await decider.do_due(EVER) == 0


async def test_an_end_is_noticed_once_all_that_was_stored_before_it_is_decided(database: Database) -> None:
    async with connected(database.service_url, SCHEMA) as connection:
        store = PostgresStore(connection)
        await at(store, START).execute([Received(FOR_AN_HOUR)])
        assert await at(store, END - SECOND).do_due(EVER) == 0
        assert await at(store, LATER).do_due(END) == 1
        assert [each.type async for each in log.walk(connection)] == ["infraction.issued", "infraction.expired"]


@pytest.mark.parametrize(("stored_at", "status"), [(END - SECOND, "applied"), (END, "refused")], ids=["before", "at"])
async def test_what_was_lifted_is_put_back_where_that_was_stored_before_its_end(
    database: Database, stored_at: datetime, status: str
) -> None:
    async with connected(database.service_url, SCHEMA) as connection:
        store = PostgresStore(connection)
        await at(store, START).execute([Received(FOR_AN_HOUR), Received(lift())])
        decider = at(store, LATER)
        (result,) = await decider.execute([Received(reinstate(), stored_at=stored_at)])
        assert result.status == status
        assert await decider.do_due(EVER) == (1 if status == "applied" else 0)


async def test_a_stream_of_a_later_release_keeps_no_other_from_its_end(database: Database) -> None:
    theirs = issue(IDS[1], player=OTHER, lifetime=Lifetime.TIMED, duration_seconds=3600)
    async with connected(database.service_url, SCHEMA) as connection:
        store = PostgresStore(connection)
        await at(store, START).execute([Received(FOR_AN_HOUR), Received(theirs)])
        (first,) = (await log.load(connection, ["player:roblox:1"]))["player:roblox:1"]
        kind = "infraction.of_later"
        of_later = structs.replace(event(first.stream, 2), type=kind, data={**first.data, "type": kind})
        writer = LogWriter(connection)
        async with writer.transaction():
            await writer.append([of_later], START)
        decider = at(store, LATER)
        assert [await decider.do_due(EVER) for _ in range(2)] == [1, 0]
        assert [each.stream async for each in log.walk(connection)][-1] == "player:roblox:2"
