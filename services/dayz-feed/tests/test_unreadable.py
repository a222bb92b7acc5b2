"""A source or a finding that a later release has made, or that is damaged: it waits; the others go on."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nats.errors import NoRespondersError

from banstream_contracts import subjects
from banstream_contracts.commands.log_sources import PauseLogSource
from banstream_dayz_feed.operations import SCHEMA
from banstream_testing.abuse import asked
from banstream_testing.dayz_feed import dayz_feed, file_name, header, local_login, new_source, placed
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import Bus, bus
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

LATER = "jsonb_set(document, '{source,status}', '\"listening\"')"
DAMAGED = "jsonb_build_array(document)"


def log_in(folder: Path, digit: str) -> None:
    """With one act of a player in it."""
    folder.mkdir()
    began = (datetime.now(UTC) - timedelta(minutes=2)).replace(tzinfo=None, microsecond=0)
    (folder / file_name(began)).write_bytes(header(began) + placed(began, 4, digit * 40))


async def ask(to: Bus, subject: str, **question: Any) -> Any:
    return json.loads((await to.client.request(subject, json.dumps(question).encode(), timeout=30)).data)


async def until_status(to: Bus, source_id: str, status: str) -> None:
    async def is_so() -> bool:
        with suppress(NoRespondersError):  # it is starting
            items = (await ask(to, subjects.QUERY_FINDINGS, source_id=source_id))["items"]
            return [each["status"] for each in items] == [status]
        return False

    await eventually(is_so)


async def until_failing(to: Bus, source_id: str) -> None:
    """Its folder is not there yet."""

    async def is_failing() -> bool:
        return (await ask(to, subjects.QUERY_LOG_SOURCE, source_id=source_id))["progress"]["failing_since"] is not None

    await eventually(is_failing)


@pytest.mark.parametrize("document", [LATER, DAMAGED], ids=["later", "damaged"])
async def test_a_source_that_cannot_be_read_waits_and_the_others_are_followed(
    nats: NatsServer, database: Database, tmp_path: Path, capfd: pytest.CaptureFixture[str], document: str
) -> None:
    unread, readable = new_source(local_login("unread")), new_source(local_login("readable"))
    async with bus(nats) as to, connected(database.admin_url, SCHEMA) as admin:
        async with dayz_feed(nats, database.dayz_url, tmp_path):
            await to.send_all([unread, readable])
            await until_failing(to, unread.source_id)
        kept = await admin.fetchval("select document from log_sources where source_id = $1", unread.source_id)
        await admin.execute(f"update log_sources set document = {document} where source_id = $1", unread.source_id)
        log_in(tmp_path / "unread", "A")
        log_in(tmp_path / "readable", "B")
        capfd.readouterr()
        async with dayz_feed(nats, database.dayz_url, tmp_path):
            await until_status(to, readable.source_id, "sent")
            page = await ask(to, subjects.QUERY_LOG_SOURCES)
            assert [each["source"]["id"] for each in page["items"]] == [readable.source_id]
            assert page["unreadable"] == [unread.source_id]
            one = await ask(to, subjects.QUERY_LOG_SOURCE, source_id=unread.source_id)
            assert one["source"] is None
            assert "no such file or folder" in one["progress"]["last_error"]
            assert one["unreadable"]
            tested = await ask(to, subjects.QUERY_LOG_SOURCE_TEST, source_id=unread.source_id)
            assert "cannot read the source" in tested["error"]
            await admin.execute("update log_sources set document = $2 where source_id = $1", unread.source_id, kept)
            await until_status(to, unread.source_id, "sent")
    out, err = capfd.readouterr()
    said = [line for line in (out + err).splitlines() if "document_unreadable" in line]
    assert len(said) == 1
    assert unread.source_id in said[0]


async def test_a_finding_that_cannot_be_read_waits_and_later_ones_are_told(
    nats: NatsServer, database: Database, tmp_path: Path
) -> None:
    first, second = new_source(local_login("first")), new_source(local_login("second"))
    async with bus(nats) as to, connected(database.admin_url, SCHEMA) as admin:
        async with dayz_feed(nats, database.dayz_url, tmp_path):
            await to.send_all([first, second])
            log_in(tmp_path / "first", "A")
            await until_status(to, first.source_id, "sent")
        await admin.execute("""update findings set status = 'pending', command = '{"type": "carved"}'""")
        async with dayz_feed(nats, database.dayz_url, tmp_path):
            log_in(tmp_path / "second", "B")
            await until_status(to, second.source_id, "sent")
            await until_status(to, first.source_id, "pending")


@pytest.mark.parametrize(
    "document", ["""jsonb_set(document, '{mode}', '"banish"')""", DAMAGED], ids=["later", "damaged"]
)
async def test_a_finding_that_cannot_be_shown_is_named_beside_the_others(
    nats: NatsServer, database: Database, tmp_path: Path, document: str
) -> None:
    source = new_source(local_login("logs"))
    log_in(tmp_path / "logs", "A")
    async with (
        bus(nats) as to,
        connected(database.admin_url, SCHEMA) as admin,
        dayz_feed(nats, database.dayz_url, tmp_path),
    ):
        await to.send(source)
        await until_status(to, source.source_id, "sent")
        carved = "f" * 32
        await admin.execute(
            "insert into findings (key, source_id, status, found_at, document)"
            f" select $1, source_id, 'nobody', found_at, {document} from findings",
            carved,
        )
        page = await ask(to, subjects.QUERY_FINDINGS, source_id=source.source_id)
        assert [each["status"] for each in page["items"]] == ["sent"]
        assert page["unreadable"] == [carved]


async def test_how_far_a_source_is_read_may_be_unreadable_too(
    nats: NatsServer, database: Database, tmp_path: Path
) -> None:
    source = new_source(local_login("logs"))
    log_in(tmp_path / "logs", "A")
    async with (
        bus(nats) as to,
        connected(database.admin_url, SCHEMA) as admin,
        dayz_feed(nats, database.dayz_url, tmp_path),
    ):
        await to.send(source)
        await until_status(to, source.source_id, "sent")
        await to.send(PauseLogSource(**asked(source_id=source.source_id)))
        await admin.execute("""update positions set document = '{"file": ["carved"]}'""")
        one = await ask(to, subjects.QUERY_LOG_SOURCE, source_id=source.source_id)
        assert (one["source"], one["progress"]) == (None, None)
        assert one["unreadable"].startswith("file: ")
