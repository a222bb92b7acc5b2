"""The other side is slow, refuses, fails or is gone: what is tried again, put aside or given up."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from services.notifier.tests.watching import (
    WEBHOOK,
    ask,
    found,
    until_failing,
    until_received,
    until_settled,
    until_status,
    until_told,
)

from banstream_contracts import streams, subjects
from banstream_contracts.commands import notifier as commands
from banstream_contracts.notifier_targets import TargetFilters
from banstream_testing.abuse import asked
from banstream_testing.discord import DiscordStandIn
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus
from banstream_testing.notifier import Receiver, happen, issued, new_target, notifier
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually


async def test_a_deleted_webhook_breaks_the_target_and_tells_the_others(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    async with bus(nats) as to, notifier(nats, database):
        admins = new_target(discord.webhook("admins"), filters=TargetFilters(events=("target.*",)))
        broken = new_target(discord.webhook("gone"), name="Bans")
        discord.unknown.add("gone")
        await to.send_all([admins, broken])
        await happen(to, issued(1), issued(2))
        await until_status(to, broken.target_id, "broken")
        await until_told(discord, 2, "admins")
        titles = [embed["title"] for embed in discord.embeds("admins")]
        assert titles == ["🔔 Notification target created", "❌ Notification target broken"]
        assert "404: Unknown Webhook" in json.dumps(discord.embeds("admins"))
        tried = discord.requests
        await happen(to, issued(3))
        await to.send(commands.ResumeTarget(**asked(target_id=admins.target_id)))
        assert discord.requests == tried, "a broken target is left alone"
        discord.unknown.clear()
        await to.send(commands.ResumeTarget(**asked(target_id=broken.target_id)))
        await until_told(discord, 3, "gone")
        assert discord.texts("gone") == ["reason 1", "reason 2", "reason 3"]


async def test_a_webhook_without_rights_and_a_receiver_that_is_gone_are_broken_too(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    async with bus(nats) as to, notifier(nats, database), Receiver().listening() as receiver:
        receiver.answer = lambda _event: web.Response(status=410)
        discord.unauthorized.add("t0ken")
        targets = [new_target(receiver.url, WEBHOOK), new_target(discord.webhook())]
        await to.send_all(targets)
        await happen(to, issued())
        for target in targets:
            await until_status(to, target.target_id, "broken")
        assert "wants no more" in (await found(to, targets[0].target_id))["target"]["broken_reason"]


async def test_rate_limits_are_followed_from_the_headers(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    discord.limit, discord.window = 2, 0.5
    async with bus(nats) as to, notifier(nats, database):
        await to.send(new_target(discord.webhook()))
        await happen(to, *(issued(number) for number in range(60)))
        await until_told(discord, 60)
    assert discord.texts() == [f"reason {number}" for number in range(60)]
    assert discord.too_many == 0


async def test_a_rate_limit_that_lasts_says_why_nothing_arrives_and_nothing_is_given_up(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    discord.limit, discord.window = 1, 3000.0
    async with bus(nats) as to, notifier(nats, database, notifier_give_up_seconds=0.1):
        target = new_target(discord.webhook())
        await to.send(target)
        await happen(to, issued(1))
        await until_told(discord, 1)
        await happen(to, issued(2))
        await until_failing(to, target.target_id)
        assert (await found(to, target.target_id))["progress"]["last_error"] == "the rate limit is used up"
        waiting = await ask(to, subjects.QUERY_DELIVERIES, target_id=target.target_id, status="begun")
        assert [each["error"] for item in waiting["items"] for each in item["attempts"]] == [
            "the rate limit is used up"
        ]


async def test_429_5xx_cuts_and_silence_are_tried_again(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    async with bus(nats) as to, notifier(nats, database, notifier_timeout_seconds=3.0):
        target = new_target(discord.webhook())
        await to.send(target)
        discord.faults.extend(["global-429", "503", "cut", "hang"])
        await happen(to, issued(1))
        await until_told(discord, 1)
        await happen(to, issued(2))
        await until_told(discord, 2)
        assert discord.texts() == ["reason 1", "reason 2"]
        (_, first) = await until_settled(to, target.target_id)
        errors = [each["error"] for each in first["attempts"]]
        assert errors == [
            "503: no reason given",
            "the connection failed (ServerDisconnectedError)",
            "no answer in time",
            None,
        ]
        assert first["message_id"] == discord.posted[0].message_id


async def test_what_discord_refuses_is_put_aside_alone(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    async with bus(nats) as to, notifier(nats, database):
        target = new_target(discord.webhook())
        await to.send(commands.CreateTarget(**dict(target)))
        discord.is_down = True
        await happen(to, *(issued(number) for number in range(4)))
        await until_failing(to, target.target_id)
        discord.faults.extend(["400", "400"])
        discord.is_down = False
        await until_told(discord, 3)
        await until_settled(to, target.target_id)
        dead = await ask(to, subjects.QUERY_DELIVERIES, target_id=target.target_id, status="dead")
        assert len(dead["items"]) == 1
        info = await to.client.jetstream().stream_info(streams.DEAD)
        assert info.state.messages == 1


async def test_a_webhook_is_given_up_after_its_time_and_the_next_one_has_its_turn(
    nats: NatsServer, database: Database
) -> None:
    async with (
        bus(nats) as to,
        notifier(nats, database, notifier_give_up_seconds=2.0),
        Receiver().listening() as receiver,
    ):
        receiver.answer = lambda event: web.Response(status=500 if event["data"]["reason"] == "reason 1" else 200)
        target = new_target(receiver.url, WEBHOOK)
        await to.send(target)
        first, second = await happen(to, issued(1), issued(2))
        await until_received(receiver, 1)
        assert receiver.ids == [second]
        assert receiver.tried.count(first) > 1
        items = await until_settled(to, target.target_id)
        assert [(each["event_id"], each["status"]) for each in items] == [(second, "done"), (first, "dead")]
        await to.send(commands.RedeliverDelivery(**asked(target_id=target.target_id, event_id=first)))
        receiver.answer = lambda _event: web.Response(status=200)
        await until_received(receiver, 2)
        assert receiver.ids == [second, first]


def failing_once() -> Callable[[Any], web.Response]:
    """Answers 500 to the first request, and takes the others."""
    answers = iter([500])
    return lambda _event: web.Response(status=next(answers, 200))


async def until_older(moment: datetime, seconds: float) -> None:
    async def is_older() -> bool:
        return (datetime.now(UTC) - moment).total_seconds() > seconds

    await eventually(is_older)


async def test_what_waited_for_long_before_its_first_try_is_not_given_up_when_that_fails(
    nats: NatsServer, database: Database
) -> None:
    async with bus(nats) as to, Receiver().listening() as receiver:
        target = new_target(receiver.url, WEBHOOK)
        async with notifier(nats, database):
            await to.send(target)
        happened = await happen(to, issued(1), issued(2))
        await until_older(datetime.now(UTC), 2.0)
        receiver.answer = failing_once()
        async with notifier(nats, database, notifier_give_up_seconds=2.0):
            await until_received(receiver, 2)
            assert receiver.ids == happened
            await until_settled(to, target.target_id)
            assert not (await ask(to, subjects.QUERY_DELIVERIES, target_id=target.target_id, status="dead"))["items"]


async def test_a_target_that_was_broken_for_long_is_told_what_it_missed_though_the_first_try_fails(
    nats: NatsServer, database: Database
) -> None:
    async with (
        bus(nats) as to,
        notifier(nats, database, notifier_give_up_seconds=2.0),
        Receiver().listening() as receiver,
    ):
        receiver.answer = lambda _event: web.Response(status=410)
        target = new_target(receiver.url, WEBHOOK)
        await to.send(target)
        happened = await happen(to, *(issued(number) for number in range(3)))
        await until_status(to, target.target_id, "broken")
        await until_older(datetime.now(UTC), 2.0)
        receiver.answer = failing_once()
        await to.send(commands.ResumeTarget(**asked(target_id=target.target_id)))
        await until_received(receiver, 3)
        assert receiver.ids == happened
        await until_settled(to, target.target_id)
        assert not (await ask(to, subjects.QUERY_DELIVERIES, target_id=target.target_id, status="dead"))["items"]


async def test_a_new_event_has_its_whole_time_though_the_target_has_failed_for_longer(
    nats: NatsServer, database: Database
) -> None:
    async with (
        bus(nats) as to,
        notifier(nats, database, notifier_give_up_seconds=2.0),
        Receiver().listening() as receiver,
    ):
        receiver.answer = lambda _event: web.Response(status=500)
        target = new_target(receiver.url, WEBHOOK)
        await to.send(target)
        await happen(to, issued(1))

        async def dead() -> Any:
            return (await ask(to, subjects.QUERY_DELIVERIES, target_id=target.target_id, status="dead"))["items"]

        assert len(await eventually(dead)) == 1
        receiver.answer = failing_once()
        happened = await happen(to, issued(2))
        await until_received(receiver, 1)
        assert receiver.ids == happened
        assert len(await dead()) == 1


async def test_a_receiver_that_says_how_long_is_asked_again_no_sooner(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, notifier(nats, database), Receiver().listening() as receiver:
        asked_at: list[float] = []

        def answer(_event: Any) -> web.Response:
            asked_at.append(time.monotonic())
            return web.Response(status=200 if len(asked_at) > 1 else 503, headers={"Retry-After": "2"})

        receiver.answer = answer
        await to.send(new_target(receiver.url, WEBHOOK))
        await happen(to, issued(1))
        await until_received(receiver, 1)
        assert asked_at[1] - asked_at[0] >= 2.0


async def test_redirects_are_not_followed(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, notifier(nats, database), Receiver().listening() as receiver:
        elsewhere = Receiver()
        receiver.answer = lambda _event: web.Response(status=307, headers={"Location": elsewhere.url})
        target = new_target(receiver.url, WEBHOOK)
        async with elsewhere.listening():
            await to.send(target)
            await happen(to, issued(1))
            await until_failing(to, target.target_id)
            assert elsewhere.tried == []
        assert (await found(to, target.target_id))["progress"]["last_error"] == "307: a redirect, where nothing is sent"
