"""What changes messages waits, however much of it, and what is new goes before it: nothing is lost, or told twice."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client import REGISTRY
from services.notifier.tests.standing import OLD, YOUNG, message_of, stand
from services.notifier.tests.watching import ask, until_told

from banstream_contracts import streams, subjects
from banstream_contracts.commands import notifier as commands
from banstream_contracts.erasure import PlayerErased
from banstream_contracts.notifier_targets import TargetFilters
from banstream_contracts.players import Player
from banstream_decider import event_consumers
from banstream_testing.abuse import STAFF, asked
from banstream_testing.discord import DiscordStandIn
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus
from banstream_testing.notifier import happen, issued, lifted, new_target, notifier
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

LIFTED = "✅ Ban lifted"
MANY = 450
"""More than NATS gives a consumer at once."""


async def fetchval(database: Database, query: str) -> Any:
    async with connected(database.admin_url, "notifier") as connection:
        return await connection.fetchval(query)


async def until_measured(target_id: str, least: int) -> None:
    told = {"consumer": event_consumers.spec_of(streams.NOTIFIER, target_id).name}

    async def are_measured() -> bool:
        return (REGISTRY.get_sample_value("banstream_notifier_deferred_events", told) or 0.0) >= least

    await eventually(are_measured)


async def until_deferred(database: Database, least: int) -> None:
    async def are_deferred() -> bool:
        return bool(await fetchval(database, "select count(*) from deferred") >= least)

    await eventually(are_deferred)


async def until_delivered(database: Database, count: int) -> None:
    async def are_delivered() -> bool:
        return bool((await fetchval(database, "select delivered from progress") or 0) >= count)

    await eventually(are_delivered)


async def until_changed(discord: DiscordStandIn, count: int) -> None:
    async def are_changed() -> bool:
        return len(discord.changed) >= count

    await eventually(are_changed)


def erased(number: int) -> PlayerErased:
    player = Player(service="roblox", id=str(number + 1))
    return PlayerErased(player=player, reason="asked for", actor=STAFF, occurred_at=datetime.now(UTC))


def shown(discord: DiscordStandIn, numbers: Sequence[int]) -> set[str]:
    return {discord.messages[message_of(number)][0]["title"] for number in numbers}


async def test_a_new_ban_goes_before_however_many_changes_wait_and_each_is_told_once_by_the_next_process(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    bans = range(MANY)
    async with bus(nats) as to:
        async with notifier(nats, database):
            target = new_target(discord.webhook())
            await to.send(target)
            await stand(database, discord, target.target_id, bans, YOUNG)
            discord.limit, discord.window = 1, 1.0
            await happen(to, *(lifted(number) for number in bans))
            await happen(to, issued(MANY))
            await until_told(discord, 1)
            await until_deferred(database, MANY // 2)
            await until_measured(target.target_id, MANY // 2)
            await happen(to, issued(MANY + 1), lifted(MANY + 1))
            await until_told(discord, 2)
            assert len(discord.changed) < MANY // 2
        discord.limit = 10_000
        async with notifier(nats, database):
            await until_delivered(database, MANY + 3)
        assert shown(discord, bans) == {LIFTED}
        assert len(discord.posted) == 2
        assert len(discord.changed) == MANY + 1
        twice = "select count(*) from (select event_id from attempts group by 1 having count(*) > 1) as twice"
        assert await fetchval(database, twice) == 0
        assert await fetchval(database, "select count(*) from deferred") == 0
        place = await fetchval(database, "select sequence from progress")
        assert place == await fetchval(database, "select read_sequence from progress")


async def test_the_release_before_finds_its_place_before_what_is_deferred_and_what_it_tells_is_not_told_again(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    """That one goes on from `sequence`, tells all behind it that is not done, and moves on."""
    async with bus(nats) as to:
        async with notifier(nats, database):
            target = new_target(discord.webhook())
            await to.send(target)
            await stand(database, discord, target.target_id, range(4), OLD)
            discord.old_limit, discord.old_window = 1, 3000.0
            await happen(to, *(lifted(number) for number in range(4)), issued(4))
            await until_told(discord, 1)
            await until_deferred(database, 3)
            await until_delivered(database, 2)
        async with connected(database.admin_url, "notifier") as connection:
            first = await connection.fetchrow("select sequence, event_id from deferred order by sequence")
            assert first is not None
            assert await connection.fetchval("select sequence from progress") == first["sequence"] - 1
            await connection.execute("update progress set sequence = $1", first["sequence"])
            last = "(select event_id from deferred order by sequence desc limit 1)"
            await connection.execute(f"insert into deliveries {TOLD} from deferred where event_id = {last}")
        discord.old_limit = 100
        await happen(to, issued(5))
        async with notifier(nats, database):
            await until_told(discord, 2)
            await until_changed(discord, 2)
            await until_delivered(database, 4)
        assert [message for message, _ in discord.changed] == [message_of(0), message_of(2)]


TOLD = """(target_id, event_id, event_type, sequence, status, tries, first_at, last_at)
    select target_id, event_id, event_type, sequence, 'done', 1, now(), now()"""


async def test_while_old_messages_cannot_be_changed_new_ones_and_changes_of_young_ones_are_told(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    async with bus(nats) as to, notifier(nats, database):
        target = new_target(discord.webhook())
        await to.send(target)
        await stand(database, discord, target.target_id, range(5), OLD)
        await stand(database, discord, target.target_id, [7], YOUNG)
        discord.old_limit, discord.old_window = 2, 3000.0
        await happen(to, *(lifted(number) for number in range(5)))
        await eventually(lambda: has_refused(discord))
        await happen(to, lifted(7), issued(8))
        await until_told(discord, 1)
        await until_changed(discord, 3)
        await happen(to, lifted(8))
        await until_changed(discord, 4)
        assert discord.too_many_old == 1
        assert shown(discord, [0, 1, 7]) == {LIFTED}
        assert shown(discord, [2, 3, 4]) == {"🔨 Player banned"}


async def has_refused(discord: DiscordStandIn) -> bool:
    return discord.too_many_old > 0


async def test_changes_of_old_messages_go_on_as_discord_takes_them(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    async with bus(nats) as to, notifier(nats, database):
        target = new_target(discord.webhook())
        await to.send(target)
        await stand(database, discord, target.target_id, range(7), OLD)
        discord.old_limit, discord.old_window = 3, 0.5
        await happen(to, *(lifted(number) for number in range(7)))
        await until_delivered(database, 7)
        assert shown(discord, range(7)) == {LIFTED}
        assert discord.too_many_old == 2
        assert (await fetchval(database, "select last_error from progress")) is None


async def test_a_new_ban_goes_before_an_erasure_that_waits_but_not_one_of_the_erased_player(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    async with bus(nats) as to, notifier(nats, database):
        target = new_target(discord.webhook())
        await to.send(target)
        await stand(database, discord, target.target_id, range(2), OLD)
        discord.old_limit, discord.old_window = 0, 0.5
        again = issued(9, player=Player(service="roblox", id="2"), reason="reason 9")
        await happen(to, lifted(0), erased(1), again, issued(5))
        await until_told(discord, 1)
        await until_deferred(database, 3)
        assert discord.texts() == ["reason 5"]
        discord.old_limit = 100
        await until_told(discord, 2)
        assert discord.texts() == ["reason 5", "reason 9"]
        assert "player 9" in str(discord.posted[1].body)
        assert [message for message, _ in discord.changed] == [message_of(0), message_of(1)]


async def test_a_new_ban_goes_before_most_messages_of_an_erased_player(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    """They are many, and changed one after the other."""
    async with bus(nats) as to, notifier(nats, database):
        target = new_target(discord.webhook())
        await to.send(target)
        await stand(database, discord, target.target_id, range(30), YOUNG)
        async with connected(database.admin_url, "notifier") as connection:
            await connection.execute("update embeds set players = array['roblox:1']")
        discord.limit, discord.window = 1, 0.4
        await happen(to, erased(0))
        await until_changed(discord, 2)
        await happen(to, issued(50))
        await until_told(discord, 1)
        assert len(discord.changed) < 20
        discord.limit = 100
        await until_changed(discord, 30)
        await eventually(lambda: deferred_are(database, 0))
        assert sorted(message for message, _ in discord.changed) == [message_of(number) for number in range(30)]


async def test_what_events_holds_no_more_keeps_nothing_else_from_being_told(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    async with bus(nats) as to:
        async with notifier(nats, database):
            target = new_target(discord.webhook())
            await to.send(target)
            await stand(database, discord, target.target_id, range(3), OLD)
            discord.old_limit, discord.old_window = 0, 3000.0
            await happen(to, *(lifted(number) for number in range(3)))
            await until_deferred(database, 3)
        gone = await fetchval(database, "select min(sequence) from deferred")
        await to.client.jetstream().delete_msg(streams.EVENTS, gone)
        discord.old_limit = 100
        async with notifier(nats, database):
            await until_changed(discord, 2)
            await until_delivered(database, 2)
        assert await fetchval(database, "select count(*) from deferred") == 0
        assert shown(discord, [1, 2]) == {LIFTED}


@pytest.mark.parametrize("fault", ["400", "503"])
async def test_a_deferred_change_that_discord_refuses_is_put_aside_and_one_that_fails_comes_again(
    nats: NatsServer, database: Database, discord: DiscordStandIn, fault: Any
) -> None:
    async with bus(nats) as to, notifier(nats, database):
        target = new_target(discord.webhook())
        await to.send(target)
        await stand(database, discord, target.target_id, range(3), YOUNG)
        discord.faults.append(fault)
        ids = await happen(to, *(lifted(number) for number in range(3)))
        await until_changed(discord, 2 if fault == "400" else 3)
        await eventually(lambda: deferred_are(database, 0))
        dead = await ask(to, subjects.QUERY_DELIVERIES, target_id=target.target_id, status="dead")
        assert [each["event_id"] for each in dead["items"]] == (ids[:1] if fault == "400" else [])
        if fault == "400":
            letter = await to.client.jetstream().get_last_msg(streams.DEAD, f"banstream.dead.{streams.NOTIFIER}")
            assert json.loads(letter.data or b"")["infraction_id"] == lifted(0).infraction_id


async def deferred_are(database: Database, count: int) -> bool:
    return bool(await fetchval(database, "select count(*) from deferred") == count)


async def test_what_a_change_of_filters_leaves_out_and_what_a_removed_target_left_is_deferred_no_more(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    async with bus(nats) as to, notifier(nats, database):
        target, other = new_target(discord.webhook()), new_target(discord.webhook("other"))
        for each in (target, other):
            await to.send(each)
            await stand(database, discord, each.target_id, range(2), OLD)
        discord.old_limit, discord.old_window = 0, 0.5
        await happen(to, *(lifted(number) for number in range(2)))
        await until_deferred(database, 4)
        await to.send(commands.RemoveTarget(**asked(target_id=other.target_id)))
        await eventually(lambda: deferred_are(database, 2))
        none = TargetFilters(events=("policy.*",))
        await to.send(commands.ChangeTarget(**asked(target_id=target.target_id, filters=none)))
        discord.old_limit = 100
        await eventually(lambda: deferred_are(database, 0))
        assert shown(discord, range(2)) == {"🔨 Player banned"}
