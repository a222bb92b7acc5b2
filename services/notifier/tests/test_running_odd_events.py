"""Events as no service of ours sends them: twice, or of another shape. They hold up neither a target nor the others."""

import asyncio
import json
import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web
from services.notifier.tests.watching import WEBHOOK, until_received

from banstream_contracts import headers, streams
from banstream_contracts.commands.notifier import RedeliverDelivery
from banstream_contracts.notifier_targets import Target
from banstream_notifier.delivering import Patience
from banstream_notifier.destinations import Destination
from banstream_notifier.ledger import Ledger, Place
from banstream_notifier.record import Record
from banstream_notifier.teller import WebhookTeller
from banstream_notifier.worker import Worker
from banstream_runtime.tasks import ended
from banstream_testing.abuse import STAFF, asked
from banstream_testing.discord import DiscordStandIn
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import Bus, bus
from banstream_testing.notifier import SECRET, Receiver, happen, issued, new_target, notifier
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually


async def publish(to: Bus, body: dict[str, Any], event_id: str, kind: str = "infraction.issued") -> None:
    sent = {headers.EVENT_ID: event_id, headers.EVENT_TYPE: f"banstream.{kind}"}
    subject = f"banstream.log.{kind}.odd"
    await to.client.jetstream().publish(subject, json.dumps(body).encode(), headers=sent)


async def until_told(discord: DiscordStandIn, last: str) -> None:
    async def told() -> bool:
        return last in discord.texts()

    await eventually(told)


async def test_an_event_that_stands_twice_on_events_is_told_once(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    async with bus(nats) as to, Receiver().listening() as receiver:
        body = issued(1).model_dump(mode="json", exclude_none=True)
        webhook = new_target(receiver.url, WEBHOOK)
        async with notifier(nats, database):
            await to.send_all([webhook, new_target(discord.webhook())])
        twice = str(uuid4())
        await publish(to, body, twice)
        await publish(to, body, twice)
        (last,) = await happen(to, issued(2))
        async with notifier(nats, database):
            await until_told(discord, "reason 2")
            await until_received(receiver, 2)
            assert receiver.ids == [twice, last]
            assert discord.texts() == ["reason 1", "reason 2"]
            await to.send(RedeliverDelivery(**asked(target_id=webhook.target_id, event_id=twice)))
            await until_received(receiver, 3)
            assert receiver.ids == [twice, last, twice]


@pytest.mark.parametrize(
    "body",
    [{"infraction_id": 5}, {"infraction_id": ["a"]}, {"infraction_id": "a\0b"}],
    ids=["number", "list", "null"],
)
async def test_an_event_of_another_shape_holds_up_nobody(
    nats: NatsServer, database: Database, discord: DiscordStandIn, body: dict[str, Any]
) -> None:
    async with bus(nats) as to, notifier(nats, database), Receiver().listening() as receiver:
        await to.send_all([new_target(receiver.url, WEBHOOK), new_target(discord.webhook())])
        await publish(to, body, str(uuid4()))
        await happen(to, issued(2))
        await until_told(discord, "reason 2")
        await until_received(receiver, 2)


async def test_what_is_no_event_is_put_aside_once_while_the_target_fails(
    nats: NatsServer, database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    async with bus(nats) as to, Receiver().listening() as receiver:
        target = new_target(receiver.url, WEBHOOK)
        async with notifier(nats, database):
            await to.send(target)
        await happen(to, issued(1))
        await publish(to, {}, "no uuid")
        receiver.answer = lambda _event: web.Response(status=500)
        async with notifier(nats, database):

            async def tried() -> bool:
                return len(receiver.tried) >= 4

            await eventually(tried)
        info = await to.client.jetstream().stream_info(streams.DEAD)
        assert info.state.messages == 1
    assert "".join(capfd.readouterr()).count("event_not_understood") == 1


class Watched(Ledger):
    """Knows when each attempt began."""

    asked: list[float]

    async def place(self, target_id: str) -> Place | None:
        """As the other."""
        self.asked.append(time.monotonic())
        return await super().place(target_id)

    async def version(self, _target_id: str) -> int | None:
        """Unchanged."""
        return 1


async def test_what_interrupts_telling_again_and_again_does_so_less_and_less(
    nats: NatsServer, database: Database
) -> None:
    """Here there are no dead letters: the message that is to go there is met again after growing pauses."""
    ledger = Watched()
    ledger.asked = []
    now = datetime.now(UTC)
    target = Target(
        id="1" * 24, name="Test", kind=WEBHOOK, address="-", created_at=now, created_by=STAFF, changed_at=now
    )
    async with (
        bus(nats) as to,
        aiohttp.ClientSession() as session,
        connected(database.notifier_url, "notifier") as connection,
        ledger.on(connection),
    ):
        await to.client.jetstream().delete_stream(streams.DEAD)
        await publish(to, {}, "no uuid")
        teller = WebhookTeller(session, Destination("http://127.0.0.1:9/", SECRET))
        worker = Worker(to.client, ledger, Record(target=target, sealed_url=""), teller, Patience(60.0, 60.0))
        running = asyncio.create_task(worker.run())

        async def asked_often() -> bool:
            return len(ledger.asked) >= 4

        await eventually(asked_often)
        await ended(running)
    assert ledger.asked[3] - ledger.asked[1] >= 3.0, "one and two at least; without growing, at most two"
