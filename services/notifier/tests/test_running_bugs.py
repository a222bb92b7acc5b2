"""A fault of our own, or in what was stored before: it is one event's, and never the end of a target."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web
from services.notifier.tests.watching import WEBHOOK, found, until_settled, until_told

from banstream_contracts import headers, streams
from banstream_contracts.erasure import PlayerErased
from banstream_contracts.notifier_targets import Target
from banstream_contracts.players import Player
from banstream_notifier.courier import Courier, Rules
from banstream_notifier.delivering import Patience
from banstream_notifier.destinations import Destination
from banstream_notifier.discord import Discord
from banstream_notifier.envelope import Envelope
from banstream_notifier.ledger import Ledger, Place
from banstream_notifier.rate_limits import RateLimits
from banstream_notifier.record import Record
from banstream_notifier.sealing import Opener
from banstream_notifier.teller import Group, Teller, WebhookTeller
from banstream_notifier.telling import DiscordTeller
from banstream_notifier.worker import Worker
from banstream_runtime.tasks import ended
from banstream_testing.abuse import STAFF
from banstream_testing.discord import DiscordStandIn
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import Bus, bus
from banstream_testing.loopback import on_loopback
from banstream_testing.notifier import NOTIFIER_KEY, SECRET, Receiver, happen, issued, lifted, new_target, notifier
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

OPENER = Opener(NOTIFIER_KEY, allow_private=True)
PATIENCE = Patience(longest_pause=0.2, give_up=1.5)

MakeTeller = Callable[[Record, Ledger, aiohttp.ClientSession], Teller]


@asynccontextmanager
async def telling(to: Bus, database: Database, make: MakeTeller, patience: Patience = PATIENCE) -> AsyncIterator[None]:
    """What the service runs beside deciding, with a teller of the test's."""
    async with aiohttp.ClientSession() as session:
        rules = Rules(patience, log_days=90, message_days=365)
        courier = Courier(database.notifier_url, to.client, lambda record, ledger: make(record, ledger, session), rules)
        task = asyncio.create_task(courier.run())
        try:
            yield
        finally:
            courier.stop()
            await ended(task)


class Stumbling(WebhookTeller):
    """Cannot tell one event."""

    stumbled: list[datetime]

    async def group(self, waiting: Sequence[Envelope]) -> Group:
        """As the other, but for the one."""
        if waiting[0].body.get("reason") == "reason 1":
            self.stumbled.append(datetime.now(UTC))
            raise ZeroDivisionError
        return await super().group(waiting)


async def no_names(_told: Sequence[Envelope]) -> dict[str, str]:
    return {}


def to_discord(record: Record, ledger: Ledger, session: aiohttp.ClientSession) -> Teller:
    opened = OPENER.open(record.target.kind, record.sealed_url, None)
    return DiscordTeller(Discord(session, RateLimits()), opened, record, ledger, no_names)


async def statuses(database: Database) -> list[str]:
    async with connected(database.notifier_url, "notifier") as connection:
        rows = await connection.fetch("select status from deliveries order by sequence")
    return [row["status"] for row in rows]


async def test_an_event_that_meets_a_bug_is_tried_with_growing_pauses_then_put_aside_and_the_next_has_its_turn(
    nats: NatsServer, database: Database
) -> None:
    stumbled: list[datetime] = []

    def stumbling(record: Record, _ledger: Ledger, session: aiohttp.ClientSession) -> Teller:
        teller = Stumbling(session, OPENER.open(record.target.kind, record.sealed_url, record.sealed_secret))
        teller.stumbled = stumbled
        return teller

    async with bus(nats) as to, Receiver().listening() as receiver:
        target = new_target(receiver.url, WEBHOOK)
        async with notifier(nats, database):
            await to.send(target)
        ids = await happen(to, issued(0), issued(1), issued(2))
        async with telling(to, database, stumbling, Patience(longest_pause=1.0, give_up=4.0)):

            async def told() -> bool:
                return receiver.ids == [ids[0], ids[2]]

            await eventually(told)
        assert await statuses(database) == ["done", "dead", "done"]
        assert 4 <= len(stumbled) <= 12
        dead = await to.client.jetstream().get_last_msg(streams.DEAD, f"banstream.dead.{streams.NOTIFIER}")
        assert dead.headers is not None
        assert "given up: a fault of banstream itself (ZeroDivisionError)" in dead.headers[headers.DEAD_REASON]
        assert dead.headers[headers.EVENT_ID] == ids[1]


class Unreadable(Ledger):
    """Meets a bug before any event is looked at; `asked` is when."""

    asked: list[float]

    async def place(self, target_id: str) -> Place | None:
        """Never."""
        self.asked.append(time.monotonic())
        raise ZeroDivisionError(target_id)


async def test_a_bug_that_comes_of_no_event_is_met_again_after_growing_pauses(
    nats: NatsServer, database: Database
) -> None:
    ledger = Unreadable()
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
        teller = WebhookTeller(session, Destination("http://127.0.0.1:9/", SECRET))
        worker = Worker(to.client, ledger, Record(target=target, sealed_url=""), teller, Patience(2.0, 60.0))
        running = asyncio.create_task(worker.run())

        async def asked() -> bool:
            return len(ledger.asked) >= 4

        await eventually(asked)
        await ended(running)
        reason = await connection.fetchval("select reason from stalls")
        assert reason == "a fault of banstream itself (ZeroDivisionError), of which its log says more"
    assert ledger.asked[3] - ledger.asked[1] >= 2.0, "without growing, at most 2"


async def test_what_arrived_and_cannot_be_kept_is_not_sent_again(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    async with connected(database.admin_url, "notifier") as connection:
        await connection.execute("alter table embeds add constraint none check (infraction_id is null)")
    async with bus(nats) as to, notifier(nats, database):
        target = new_target(discord.webhook())
        await to.send(target)
        await happen(to, issued(1))
        await until_told(discord, 1)
        (kept,) = await until_settled(to, target.target_id)
        assert kept["status"] == "done"
        await happen(to, issued(2))
        await until_told(discord, 2)
        assert discord.texts() == ["reason 1", "reason 2"]


async def spoil(database: Database) -> None:
    """What this release cannot read: another one wrote it."""
    async with connected(database.admin_url, "notifier") as connection:
        await connection.execute("""update embeds set card = '{"state": "forgiven", "evidence": "player 1 flies"}'""")


async def test_a_change_of_a_message_that_cannot_be_read_any_more_is_a_message_of_its_own(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    async with bus(nats) as to, notifier(nats, database):
        target = new_target(discord.webhook())
        await to.send(target)
        await happen(to, issued(1))
        await until_told(discord, 1)
        await until_settled(to, target.target_id)
        await spoil(database)
        await happen(to, lifted(1), issued(2))
        await until_told(discord, 3)
        assert [each["title"] for each in discord.embeds()] == [
            "🔨 Player banned",
            "✅ Ban lifted",
            "🔨 Player banned",
        ]
        assert discord.changed == []
        assert (await found(to, target.target_id))["progress"]["last_error"] is None


async def test_an_erasure_takes_a_player_out_of_a_message_that_cannot_be_read_any_more(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    async with bus(nats) as to, notifier(nats, database):
        target = new_target(discord.webhook())
        await to.send(target)
        await happen(to, issued(1, evidence="player 1 flies"))
        await until_told(discord, 1)
        await until_settled(to, target.target_id)
        await spoil(database)
        gone = {"player": Player(service="roblox", id="2"), "reason": "asked for"}
        await happen(to, PlayerErased(**gone, actor=STAFF, occurred_at=datetime.now(UTC)))

        async def is_without() -> bool:
            return "player 1" not in json.dumps(discord.messages)

        await eventually(is_without)
        await until_settled(to, target.target_id)
    async with connected(database.admin_url, "notifier") as connection:
        assert "player 1" not in await connection.fetchval("select string_agg(each::text, '') from embeds each")


async def test_rate_limits_in_a_row_that_take_longer_than_usual_are_shown(nats: NatsServer, database: Database) -> None:
    async def too_fast(_request: web.Request) -> web.Response:
        return web.json_response({"message": "slow down", "retry_after": 0.2, "global": False}, status=429)

    limited: dict[str, Any] = {"longest_pause": 0.2, "give_up": 0.1, "usual": 0.7}
    app = web.Application()
    app.router.add_post("/{path:.*}", too_fast)
    async with on_loopback(app) as url, bus(nats) as to:
        async with notifier(nats, database):
            await to.send(new_target(f"{url}/api/webhooks/1/t0ken"))
        async with telling(to, database, to_discord, Patience(**limited)):
            await happen(to, issued(1))

            async def is_shown() -> bool:
                async with connected(database.notifier_url, "notifier") as connection:
                    error = await connection.fetchval("select last_error from progress")
                return bool(error and "429" in error)

            await eventually(is_shown)
            assert await statuses(database) == ["begun"], "a limit is no failure, and gives up nothing"
