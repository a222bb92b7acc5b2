"""What was found is told until the term of reading ends, and what became of it is asked of each."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from nats.aio.client import Client

from banstream_contracts import streams
from banstream_contracts.queries.log_sources import FindingStatus
from banstream_dayz_feed.ledger import Ledger, Open
from banstream_dayz_feed.operations import SCHEMA
from banstream_dayz_feed.sending import Sender
from banstream_runtime.tasks import ended
from banstream_testing.abuse import incident, report, tracker
from banstream_testing.dayz_feed import dayz_feed, file_name, header, local_login, new_source, placed
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

_FOUND = """
    insert into findings (key, source_id, status, found_at, document, command)
    values ($1, 'another', $2, now(), '{}', $3)
"""


class _LosesOne(Ledger):
    """Nothing is open; a cancellation of the first question is lost, as `asyncio.wait_for` of Python 3.11 may do it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def open(self, _status: FindingStatus, _most: int, _behind: int = 0) -> list[Open]:
        if not self.asked.is_set():
            self.asked.set()
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
        self.has_found.set()
        await asyncio.sleep(0)
        return []


async def test_telling_ends_although_its_cancellation_was_lost() -> None:
    ledger = _LosesOne()
    telling = asyncio.create_task(Sender(Client(), ledger).run())
    await ledger.asked.wait()
    telling.cancel()
    try:
        ended_in_time, _ = await asyncio.wait([telling], timeout=5)
        assert ended_in_time == {telling}
    finally:
        await ended(telling)


async def test_findings_of_which_the_abuse_tracker_knows_nothing_keep_no_later_one_from_being_asked_for(
    nats: NatsServer, database: Database, tmp_path: Path
) -> None:
    began = (datetime.now(UTC) - timedelta(minutes=2)).replace(tzinfo=None, microsecond=0)
    (tmp_path / file_name(began)).write_bytes(header(began) + placed(began, 4))
    async with bus(nats) as to, connected(database.admin_url, SCHEMA) as admin:
        told = [report(incident()).model_dump(mode="json", exclude_none=True) for _ in range(120)]
        lost = [(f"{number:032x}", "sent", each) for number, each in enumerate(told)]
        await admin.executemany(_FOUND, lost)
        async with dayz_feed(nats, database.dayz_url, tmp_path), tracker(nats, database):
            await to.send(new_source(local_login()))
            await eventually(lambda: admin.fetchval("select true from findings where status = 'recorded'"))
            assert await admin.fetchval("select count(*) from findings where status = 'sent'") == len(lost)


async def test_a_finding_that_nats_never_takes_keeps_no_later_one_from_being_told(
    nats: NatsServer, database: Database, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    began = (datetime.now(UTC) - timedelta(minutes=2)).replace(tzinfo=None, microsecond=0)
    (tmp_path / file_name(began)).write_bytes(header(began) + placed(began, 4))
    async with bus(nats) as to, connected(database.admin_url, SCHEMA) as admin:
        jetstream = to.client.jetstream()
        commands = (await jetstream.stream_info(streams.COMMANDS)).config
        await jetstream.update_stream(commands, max_msg_size=6_000)
        large = report(*(incident(details={"said": "x" * 4_000}) for _ in range(2)))
        told = large.model_dump(mode="json", exclude_none=True)
        await admin.execute(_FOUND, "f" * 32, "pending", told)
        async with dayz_feed(nats, database.dayz_url, tmp_path), tracker(nats, database):
            await to.send(new_source(local_login()))
            await eventually(lambda: admin.fetchval("select true from findings where status = 'recorded'"))
            assert await admin.fetchval("select status from findings where key = $1", "f" * 32) == "pending"
            await jetstream.update_stream(commands, max_msg_size=-1)
            await eventually(lambda: admin.fetchval("select bool_and(status = 'recorded') from findings"))
    out, err = capfd.readouterr()
    assert len([line for line in (out + err).splitlines() if "finding_refused" in line]) == 1


async def test_while_nats_is_away_reading_goes_on_and_what_is_found_is_told_later(
    nats: NatsServer, database: Database, tmp_path: Path
) -> None:
    began = (datetime.now(UTC) - timedelta(minutes=2)).replace(tzinfo=None, microsecond=0)
    log = tmp_path / file_name(began)
    log.write_bytes(header(began) + placed(began, 3, "A" * 40))
    async with (
        bus(nats) as to,
        connected(database.admin_url, SCHEMA) as admin,
        dayz_feed(nats, database.dayz_url, tmp_path),
    ):

        async def are_found(count: int, status: str) -> bool:
            rows = await admin.fetch("select status from findings")
            return len(rows) == count and status in {row["status"] for row in rows}

        await to.send(new_source(local_login()))
        await eventually(lambda: are_found(1, "sent"))
        nats.kill()
        for count, player in enumerate(("B" * 40, "C" * 40), 2):
            with log.open("ab") as growing:
                growing.write(placed(began + timedelta(seconds=count), 3, player))
            await eventually(partial(are_found, count, "pending"))
        await asyncio.to_thread(nats.start)
        await eventually(lambda: admin.fetchval("select bool_and(status = 'sent') from findings"))
