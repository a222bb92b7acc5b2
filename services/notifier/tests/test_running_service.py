"""The service on real NATS and Postgres, with stand-ins for the other side: told once, in order, each by itself."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp import web
from pydantic import BaseModel

from banstream_contracts import notifier_commands as commands
from banstream_contracts import streams, subjects
from banstream_contracts.commands import LiftInfraction
from banstream_contracts.notifier_targets import TargetDisplay, TargetFilters, TargetKind
from banstream_event_log.verification import verify
from banstream_notifier.operations import SCHEMA, rebuild
from banstream_testing.abuse import asked
from banstream_testing.discord import DiscordStandIn, discord_stand_in, reason_of
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import Bus, bus, issue, service, service_process
from banstream_testing.notifier import (
    NOTIFIER_KEY,
    SECRET,
    Receiver,
    happen,
    issued,
    lifted,
    new_target,
    notifier,
    sealed,
)
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

PACKAGE = "banstream_notifier"
WEBHOOK = TargetKind.WEBHOOK


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with discord_stand_in() as stand_in:
        yield stand_in


async def ask(to: Bus, subject: str, **question: Any) -> Any:
    dumped = {name: each.model_dump() if isinstance(each, BaseModel) else each for name, each in question.items()}
    reply = await to.client.request(subject, json.dumps(dumped).encode(), timeout=30)
    return json.loads(reply.data)


async def found(to: Bus, target_id: str) -> Any:
    return await ask(to, subjects.QUERY_TARGET, target_id=target_id)


async def until_status(to: Bus, target_id: str, status: str) -> None:
    async def has_it() -> bool:
        target = (await found(to, target_id))["target"]
        return bool(target and target["status"] == status)

    await eventually(has_it)


async def until_told(discord: DiscordStandIn, count: int, token: str = "t0ken") -> None:  # noqa: S107 - invented
    async def told() -> bool:
        return len(discord.embeds(token)) >= count

    await eventually(told)


async def until_received(receiver: Receiver, count: int) -> None:
    async def received() -> bool:
        return len(receiver.events) >= count

    await eventually(received)


async def until_failing(to: Bus, target_id: str) -> None:
    async def failing() -> bool:
        return bool((await found(to, target_id))["progress"]["failing_since"])

    await eventually(failing)


async def until_settled(to: Bus, target_id: str) -> Any:
    """The deliveries of a target, once the last answer has been written down."""

    async def deliveries() -> Any:
        items = (await ask(to, subjects.QUERY_DELIVERIES, target_id=target_id))["items"]
        return items if items and all(each["status"] != "begun" for each in items) else None

    return await eventually(deliveries)


async def test_a_ban_by_the_gateway_is_an_embed_and_a_lift_changes_it(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    async with bus(nats) as to, service(nats, database), notifier(nats, database):
        await to.send(new_target(discord.webhook(), language="pt-BR", display=TargetDisplay(username="banstream")))
        result = await to.send(issue("7", player_name="Cheater", reason="Uso de aimbot confirmado"))
        await until_told(discord, 1)
        (posted,) = discord.posted
        (embed,) = posted.body["embeds"]
        assert embed["title"] == "🔨 Jogador banido"
        assert reason_of(embed) == "Uso de aimbot confirmado"
        assert posted.query["wait"] == "true"
        assert posted.user_agent.startswith("DiscordBot (")
        assert posted.body["username"] == "banstream"
        infraction_id = result.infractions[0].id
        await to.send(LiftInfraction(**asked(infraction_id=infraction_id, reason="apelação aceita")))

        async def changed() -> bool:
            return bool(discord.changed)

        await eventually(changed)
        (embed,) = discord.messages[posted.message_id]
        assert embed["title"] == "✅ Banimento retirado"
        assert reason_of(embed) == "Uso de aimbot confirmado"
        assert "apelação aceita" in json.dumps(embed, ensure_ascii=False)
        assert len(discord.posted) == 1


async def test_a_target_that_was_down_for_200_events_gets_each_once_in_order_and_delays_nobody(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    down = Receiver()
    async with bus(nats) as to, notifier(nats, database), Receiver().listening() as up:
        for receiver in (down, up):
            await to.send(new_target(receiver.url, WEBHOOK))
        await to.send(new_target(discord.webhook()))
        discord.is_down = True
        ids = await happen(to, *(issued(number) for number in range(200)))
        await until_received(up, 200)
        assert up.ids == ids
        assert (down.events, discord.posted) == ([], [])
        async with down.listening():
            discord.is_down = False
            await until_received(down, 200)
            await until_told(discord, 200)
        assert down.ids == ids
        assert discord.texts() == [f"reason {number}" for number in range(200)]
        assert len(discord.posted) < 200, "several embeds go in one message"
        assert max(len(each.body["embeds"]) for each in discord.posted) == 10


async def test_kills_and_two_replicas_tell_everything_in_order_and_a_webhook_once(
    nats: NatsServer, database: Database
) -> None:
    """What is killed between the receiver's answer and our record comes again, with the same id."""
    environment = {
        "BANSTREAM_NOTIFIER_MASTER_KEY": NOTIFIER_KEY.hex(),
        "BANSTREAM_NOTIFIER_ALLOW_PRIVATE_TARGETS": "true",
        "BANSTREAM_NOTIFIER_LONGEST_PAUSE_SECONDS": "0.2",
    }
    async with AsyncExitStack() as stack:
        to = await stack.enter_async_context(bus(nats))
        receiver = await stack.enter_async_context(Receiver().listening())
        os.environ.update(environment)
        stack.callback(lambda: [os.environ.pop(name) for name in environment])
        standby = stack.enter_context(service_process(nats, database.notifier_url, PACKAGE))
        await to.send(new_target(receiver.url, WEBHOOK))
        ids: list[str] = []
        for part in range(4):
            with service_process(nats, database.notifier_url, PACKAGE) as other:
                ids += await happen(to, *(issued(part * 150 + number) for number in range(150)))

                async def has_moved(goal: int = part * 150 + 60) -> bool:
                    return len(receiver.events) >= goal

                await eventually(has_moved)
                if part == 1:
                    standby.kill()
                other.kill()
            if part == 1:
                standby = stack.enter_context(service_process(nats, database.notifier_url, PACKAGE))
        await until_received(receiver, len(ids))

        async def settled() -> bool:
            return bool((await progress(database))["delivered"] == len(ids))

        await eventually(settled)
        assert list(dict.fromkeys(receiver.ids)) == ids
        assert len(receiver.ids) - len(ids) <= 8, "at most what was on its way when a process was killed"
        async with connected(database.notifier_url, SCHEMA) as connection:
            assert (await verify(connection)).broken_at is None


async def progress(database: Database) -> Any:
    async with connected(database.notifier_url, SCHEMA) as connection:
        return await connection.fetchrow("select * from progress")


async def test_a_restart_of_nats_loses_and_doubles_nothing(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    async with bus(nats) as to, notifier(nats, database):
        await to.send(new_target(discord.webhook()))
        await happen(to, *(issued(number) for number in range(40)))
        nats.kill()
        await asyncio.to_thread(nats.start)

        async def connected_again() -> bool:
            return to.client.is_connected

        await eventually(connected_again)
        await happen(to, *(issued(number) for number in range(40, 80)))
        await until_told(discord, 80)
        assert discord.texts() == [f"reason {number}" for number in range(80)]


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
        assert (await found(to, target.target_id))["progress"]["last_error"] == "307: not accepted"


async def test_a_paused_target_gets_later_what_happened_meanwhile(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, notifier(nats, database), Receiver().listening() as receiver:
        await happen(to, issued(1))
        await to.events(1)
        target = new_target(receiver.url, WEBHOOK)
        await to.send(target)
        before = await happen(to, issued(2))
        await until_received(receiver, 1)
        await to.send(commands.PauseTarget(**asked(target_id=target.target_id)))
        assert (await to.send(commands.TestTarget(**asked(target_id=target.target_id)))).status == "refused"
        # The worker has stopped when the consumer is only kept: nothing is waiting for messages any more.
        await eventually(lambda: idle(to, target.target_id))
        waited = await happen(to, issued(3), issued(4))
        await to.send(commands.ResumeTarget(**asked(target_id=target.target_id)))
        await until_received(receiver, 3)
        assert receiver.ids == [*before, *waited]


async def idle(to: Bus, target_id: str) -> bool:
    info = await to.client.jetstream().consumer_info(streams.EVENTS, f"notifier-{target_id}")
    return not info.num_waiting


async def test_a_test_message_arrives_in_turn_and_the_secret_never_shows(
    nats: NatsServer, database: Database, discord: DiscordStandIn, capfd: pytest.CaptureFixture[str]
) -> None:
    token = "s3cr3t-t0ken-of-this-webhook-abcd"
    async with bus(nats) as to, notifier(nats, database), Receiver().listening() as receiver:
        target = new_target(discord.webhook(token))
        hook = new_target(receiver.url, WEBHOOK)
        results = await to.send_all([target, hook])
        await to.send(commands.TestTarget(**asked(target_id=target.target_id)))
        await to.send(commands.TestTarget(**asked(target_id=hook.target_id)))
        await until_told(discord, 1, token)
        await until_received(receiver, 1)
        assert discord.embeds(token)[0]["title"] == "✅ Test message"
        assert receiver.events[0]["type"] == "banstream.target.test_requested"
        discord.faults.extend(["503", "cut"])
        await happen(to, issued())
        await until_told(discord, 2, token)
        shown = [result.model_dump_json() for result in results]
        shown.append(json.dumps(await ask(to, subjects.QUERY_TARGETS)))
        shown.append(json.dumps(await ask(to, subjects.QUERY_DELIVERIES, target_id=target.target_id)))
        shown += [each.data.decode() + str(each.headers) for each in await to.events(4)]
        async with connected(database.admin_url, SCHEMA) as connection:
            for table in ("event_log", "targets", "deliveries", "attempts", "progress", "command_outcomes"):
                rows = await connection.fetch(f"select * from {table}")
                shown += [str(dict(row)) for row in rows]
    out, err = capfd.readouterr()
    assert results[0].target is not None
    assert results[0].target.address == "http://127.0.0.1/…abcd"
    for text in (*shown, out, err):
        assert token[:-4] not in text
        assert SECRET.removeprefix("whsec_") not in text


async def test_what_events_holds_no_more_is_not_told_again(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, notifier(nats, database), Receiver().listening() as receiver:
        target = new_target(receiver.url, WEBHOOK)
        await to.send(target)
        await to.send(commands.TestTarget(**asked(target_id=target.target_id)))
        (delivery,) = await until_settled(to, target.target_id)
        page = await ask(to, subjects.QUERY_DELIVERIES, target_id=target.target_id, cursor="9" * 64)
        assert page["items"] == [delivery]
        about = {"target_id": target.target_id, "event_id": delivery["event_id"]}
        assert (await to.send(commands.RedeliverDelivery(**asked(**about)))).status == "applied"
        await until_received(receiver, 2)
        await to.client.jetstream().purge_stream(streams.EVENTS)
        refusal = (await to.send(commands.RedeliverDelivery(**asked(**about)))).refusal
        assert refusal is not None
        assert refusal.code == "unknown-delivery"
        assert "too old" in refusal.message


async def test_filters_choose_and_a_change_holds_for_what_happens_then(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, notifier(nats, database), Receiver().listening() as receiver:
        grave = TargetFilters(events=("infraction.*",), severities=("critical",))
        target = new_target(receiver.url, WEBHOOK, filters=grave)
        await to.send(target)
        await happen(to, issued(1))
        _, second, _, end = await happen(to, lifted(1), issued(2, severity="critical"), issued(3), lifted(2))
        await until_received(receiver, 2)
        assert receiver.ids == [second, end], "the end of what was told is told too"
        changed = commands.ChangeTarget(**asked(target_id=target.target_id, filters=TargetFilters(events=("*",))))
        await to.send(changed)
        later = await happen(to, issued(4))
        await until_received(receiver, 3)
        assert receiver.ids[2:] == later


async def test_a_removed_target_has_no_consumer_and_no_rows(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, notifier(nats, database), Receiver().listening() as receiver:
        target = new_target(receiver.url, WEBHOOK)
        await to.send(target)
        await happen(to, issued(1))
        await until_received(receiver, 1)
        assert (await to.send(commands.RemoveTarget(**asked(target_id=target.target_id)))).status == "applied"

        async def is_gone() -> bool:
            infos = await to.client.jetstream().consumers_info(streams.EVENTS)
            names = {info.name for info in infos}
            async with connected(database.notifier_url, SCHEMA) as connection:
                rows = await connection.fetchval("select count(*) from deliveries")
            return f"notifier-{target.target_id}" not in names and rows == 0

        await eventually(is_gone)
        assert (await found(to, target.target_id))["target"] is None
        again = await to.send(commands.PauseTarget(**asked(target_id=target.target_id)))
        assert again.refusal is not None
        assert again.refusal.code == "unknown-target"


async def test_a_deleted_message_is_sent_anew_and_one_of_several_embeds_changes_alone(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    async with bus(nats) as to, notifier(nats, database):
        target = new_target(discord.webhook())
        await to.send(target)
        discord.is_down = True
        await happen(to, *(issued(number) for number in range(3)))
        await until_failing(to, target.target_id)
        discord.is_down = False
        await until_told(discord, 3)
        where = next(each.message_id for each in discord.posted if "reason 1" in map(reason_of, each.body["embeds"]))
        before = discord.messages[where]
        await happen(to, lifted(1))

        async def changed() -> bool:
            return bool(discord.changed)

        await eventually(changed)
        after = discord.messages[where]
        titles = [embed["title"] for embed in after]
        assert titles.count("✅ Ban lifted") == 1
        assert [embed for embed in after if embed in before] == [e for e in before if reason_of(e) != "reason 1"]
        discord.messages.clear()
        await happen(to, lifted(2, reason="second"))
        await until_told(discord, 4)
        assert discord.embeds()[3]["title"] == "✅ Ban lifted"


async def test_a_rebuild_makes_the_same_targets(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, notifier(nats, database):
        one, other = new_target("http://127.0.0.1:9/one-of-them", WEBHOOK), new_target("http://127.0.0.1:9/another-one")
        await to.send_all([one, other])
        await to.send(
            commands.ChangeTarget(**asked(target_id=one.target_id, sealed_url=sealed("http://127.0.0.1:9/x")))
        )
        await to.send(commands.PauseTarget(**asked(target_id=one.target_id)))
        await to.send(commands.RemoveTarget(**asked(target_id=other.target_id)))
        before = await rows(database)
        async with connected(database.admin_url, SCHEMA) as connection:
            await connection.execute("delete from targets")
        assert await rebuild(database.admin_url) == 5
        assert await rows(database) == before
        listed = await ask(to, subjects.QUERY_TARGETS)
        assert [each["target"]["id"] for each in listed["items"]] == [one.target_id]


async def rows(database: Database) -> list[tuple[Any, ...]]:
    async with connected(database.admin_url, SCHEMA) as connection:
        return [tuple(row) for row in await connection.fetch("select * from targets order by 1")]
