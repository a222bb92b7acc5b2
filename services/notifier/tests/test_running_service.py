"""The service on real NATS and Postgres, with stand-ins for the other side: told once, in order, each by itself."""

import asyncio
import json
import os
from contextlib import AsyncExitStack
from typing import Any

from services.notifier.tests.watching import WEBHOOK, until_failing, until_received, until_told

from banstream_contracts.commands.infractions import LiftInfraction
from banstream_contracts.notifier_targets import TargetDisplay
from banstream_event_log.verification import verify
from banstream_notifier.operations import SCHEMA
from banstream_testing.abuse import asked
from banstream_testing.discord import DiscordStandIn, reason_of
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus, issue, service, service_process
from banstream_testing.notifier import NOTIFIER_KEY, Receiver, happen, issued, lifted, new_target, notifier
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

PACKAGE = "banstream_notifier"


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
