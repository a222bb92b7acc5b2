"""Lists that belong to one thing, where there may be no such thing; the services behind them are stood in for."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from services.gateway.tests.conftest import Running

from banstream_contracts import subjects
from banstream_contracts.queries.ban_files import BanFileFound, BanFileReceipt, ReceiptPage, ReceiptStatus
from banstream_contracts.queries.log_sources import FindingPage, LogFinding, LogSourceFound
from banstream_contracts.queries.notifier import Delivery, DeliveryPage, DeliveryStatus, TargetFound
from banstream_runtime.identifiers import new_id
from banstream_testing.streams import settled

NOBODY, REMOVED = "0" * 24, "1" * 24
NOW = datetime.now(UTC)
LISTS = {
    f"/v1/targets/{REMOVED}/deliveries": "unknown-target",
    f"/v1/ban-files/{REMOVED}/receipts": "unknown-ban-file",
    f"/v1/log-sources/{REMOVED}/findings": "unknown-log-source",
}


def delivery() -> Delivery:
    return Delivery(
        event_id=new_id(), event_type="ban.issued", status=DeliveryStatus.DONE, first_at=NOW, last_at=NOW, tries=1
    )


def receipt() -> BanFileReceipt:
    return BanFileReceipt(infraction_id="2" * 24, is_banned=True, status=ReceiptStatus.APPLIED, at=NOW)


def finding() -> LogFinding:
    said: dict[str, Any] = {"key": "k", "rule": "r", "category": "c", "severity": "low", "mode": "record"}
    where: dict[str, Any] = {"file": "f", "offset": 0, "evidence": (), "incident_id": new_id(), "status": "sent"}
    seen: dict[str, Any] = {"player_id": "p", "player_name": "n", "at": NOW, "found_at": NOW, "is_late": False}
    return LogFinding(**said, **where, **seen, summary="s")


@pytest.fixture
async def behind(client: Client) -> AsyncIterator[None]:
    """Services that know no thing at all, and told, wrote and found something for one that was removed."""
    things = {
        subjects.QUERY_TARGET: TargetFound(target=None),
        subjects.QUERY_BAN_FILE: BanFileFound(ban_file=None),
        subjects.QUERY_LOG_SOURCE: LogSourceFound(source=None),
    }
    pages = {
        subjects.QUERY_DELIVERIES: (DeliveryPage(items=(), next=None), DeliveryPage(items=(delivery(),), next=None)),
        subjects.QUERY_BAN_FILE_RECEIPTS: (
            ReceiptPage(items=(), next=None),
            ReceiptPage(items=(receipt(),), next=None),
        ),
        subjects.QUERY_FINDINGS: (FindingPage(items=(), next=None), FindingPage(items=(finding(),), next=None)),
    }
    answers = {subject: (found, found) for subject, found in things.items()} | pages

    async def answer(message: Msg) -> None:
        of_nobody, of_removed = answers[message.subject]
        found = of_removed if REMOVED.encode() in message.data else of_nobody
        await message.respond(found.model_dump_json().encode())

    asked = [await client.subscribe(subject, cb=answer) for subject in answers]
    await settled(client)
    yield
    for subscription in asked:
        await subscription.unsubscribe()


@pytest.mark.usefixtures("behind")
@pytest.mark.parametrize(("path", "slug"), LISTS.items(), ids=[path.rpartition("/")[2] for path in LISTS])
async def test_the_empty_list_of_what_does_not_exist_is_404(gateway: Running, path: str, slug: str) -> None:
    missing = await gateway.call("GET", path.replace(REMOVED, NOBODY))
    assert (missing.status, missing.json["type"]) == (404, f"urn:banstream:problem:{slug}")


async def test_findings_that_cannot_be_read_are_named_although_there_is_no_other(
    gateway: Running, client: Client
) -> None:
    async def answer(message: Msg) -> None:
        await message.respond(FindingPage(items=(), next=None, unreadable=("k",)).model_dump_json().encode())

    asked = await client.subscribe(subjects.QUERY_FINDINGS, cb=answer)
    await settled(client)
    found = await gateway.call("GET", f"/v1/log-sources/{REMOVED}/findings")
    await asked.unsubscribe()
    assert (found.status, found.json) == (200, {"items": [], "next": None, "unreadable": ["k"]})


@pytest.mark.usefixtures("behind")
@pytest.mark.parametrize("path", LISTS, ids=[path.rpartition("/")[2] for path in LISTS])
async def test_what_is_left_of_something_that_was_removed_can_still_be_read(gateway: Running, path: str) -> None:
    left: Mapping[str, Any] = (await gateway.call("GET", path)).json
    assert len(left["items"]) == 1
