"""A target that a later release has made, or that is corrupt: it waits, and is shown as such; the others go on."""

import json

import pytest
from services.notifier.tests.watching import WEBHOOK, ask, found, until_received

from banstream_contracts import streams, subjects
from banstream_contracts.commands import notifier as commands
from banstream_testing.abuse import asked
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus
from banstream_testing.notifier import Receiver, happen, issued, new_target, notifier
from banstream_testing.servers import NatsServer

LATER = "jsonb_set(document, '{target,kind}', '\"carrier_pigeon\"')"
CORRUPT = "jsonb_build_array(document)"


async def write(database: Database, target_id: str, document: str) -> None:
    async with connected(database.admin_url, "notifier") as connection:
        await connection.execute(f"update targets set document = {document} where target_id = $1", target_id)


@pytest.mark.parametrize("document", [LATER, CORRUPT], ids=["later", "corrupt"])
async def test_a_target_that_cannot_be_read_waits_and_the_others_are_told(
    nats: NatsServer, database: Database, capfd: pytest.CaptureFixture[str], document: str
) -> None:
    async with bus(nats) as to, Receiver().listening() as spoilt, Receiver().listening() as receiver:
        unread, target = new_target(spoilt.url, WEBHOOK), new_target(receiver.url, WEBHOOK)
        async with notifier(nats, database):
            await to.send_all([unread, target])
            (before,) = await happen(to, issued(1))
            await until_received(receiver, 1)
            await until_received(spoilt, 1)
        async with connected(database.admin_url, "notifier") as connection:
            (kept,) = await connection.fetch("select document from targets where target_id = $1", unread.target_id)
        await write(database, unread.target_id, document)
        capfd.readouterr()
        async with notifier(nats, database):
            (told,) = await happen(to, issued(2))
            await until_received(receiver, 2)
            third = new_target(receiver.url, WEBHOOK)
            await to.send(third)
            await happen(to, issued(3))
            await until_received(receiver, 4)
            page = await ask(to, subjects.QUERY_TARGETS)
            assert [each["target"]["id"] for each in page["items"]] == sorted([target.target_id, third.target_id])
            assert page["unreadable"] == [unread.target_id]
            one = await found(to, unread.target_id)
            assert (one["target"], one["progress"]["delivered"]) == (None, 1)
            assert one["unreadable"]
            pausing = await to.send(commands.PauseTarget(**asked(target_id=unread.target_id)))
            assert pausing.refusal is not None
            assert pausing.refusal.code == "failed"
            assert spoilt.ids == [before]
            await to.client.jetstream().consumer_info(streams.EVENTS, f"notifier-{unread.target_id}")
            await write(database, unread.target_id, f"$${json.dumps(kept['document'])}$$::jsonb")
            await until_received(spoilt, 3)
            assert spoilt.ids[:2] == [before, told]
        out, err = capfd.readouterr()
        said = [line for line in (out + err).splitlines() if "document_unreadable" in line]
        assert len(said) == 1
        assert unread.target_id in said[0]
