"""What staff do with targets while the service runs: filter, pause, try, tell again, change, remove."""

import json
from typing import Any

import pytest
from services.notifier.tests.watching import WEBHOOK, ask, found, until_received, until_settled, until_told

from banstream_contracts import streams, subjects
from banstream_contracts.commands import notifier as commands
from banstream_contracts.notifier_targets import TargetFilters
from banstream_notifier.operations import SCHEMA, rebuild
from banstream_testing.abuse import asked
from banstream_testing.discord import DiscordStandIn
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import Bus, bus
from banstream_testing.notifier import SECRET, Receiver, happen, issued, lifted, new_target, notifier, sealed
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually


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


async def test_an_event_that_is_told_again_is_a_new_message_and_leaves_the_one_that_there_is(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    async with bus(nats) as to, notifier(nats, database):
        target = new_target(discord.webhook())
        await to.send(target)
        event_id, _ = await happen(to, issued(1), issued(2))
        await until_told(discord, 2)
        await to.send(commands.RedeliverDelivery(**asked(target_id=target.target_id, event_id=event_id)))
        await until_told(discord, 3)
        assert discord.texts() == ["reason 1", "reason 2", "reason 1"]


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
