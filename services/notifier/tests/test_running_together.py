"""Changes that are told together: whatever comes in between, each is told, once, and every ban is shown as it is."""

from typing import Any

import pytest
from services.notifier.tests.watching import ask, until_failing, until_settled, until_status, until_told

from banstream_contracts import subjects
from banstream_contracts.commands import notifier as commands
from banstream_testing.abuse import asked
from banstream_testing.discord import DiscordStandIn, reason_of
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import Bus, bus
from banstream_testing.notifier import happen, issued, lifted, new_target, notifier
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

MANY = 40
MIXED = [number for half in range(10) for number in range(half, MANY, 10)]
"""Bans that were told in one message are not lifted one after the other."""


async def told(to: Bus, discord: DiscordStandIn) -> str:
    """A target that was told bans, several in each message; returns its id."""
    target = new_target(discord.webhook())
    await to.send(target)
    discord.is_down = True
    await happen(to, *(issued(number) for number in range(MANY)))
    await until_failing(to, target.target_id)
    discord.is_down = False
    await until_told(discord, MANY)
    await until_settled(to, target.target_id)
    assert len(discord.posted) <= MANY / 4
    return target.target_id


async def until_delivered(database: Database, count: int) -> None:
    async with connected(database.notifier_url, "notifier") as connection:

        async def delivered() -> bool:
            return bool(await connection.fetchval("select delivered from progress") >= count)

        await eventually(delivered)


async def arrivals(database: Database) -> list[int]:
    """How often each event arrived."""
    count = "select count(*) filter (where error is null) as arrived from attempts group by event_id"
    async with connected(database.notifier_url, "notifier") as connection:
        return [row["arrived"] for row in await connection.fetch(count)]


def titles(discord: DiscordStandIn) -> dict[str, str]:
    return {reason_of(embed): embed["title"] for message in discord.messages.values() for embed in message}


async def test_what_was_told_past_others_is_not_told_again_by_the_next_process_and_the_others_are(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    async with bus(nats) as to:
        async with notifier(nats, database):
            await told(to, discord)
        await happen(to, *(lifted(number) for number in MIXED))
        discord.limit, discord.window = len(discord.posted) + 1, 3000.0
        async with notifier(nats, database):
            await until_delivered(database, MANY + 1)
        assert len(discord.changed) == 1
        discord.limit = 1000
        await happen(to, issued(MANY))
        async with notifier(nats, database):
            await until_delivered(database, 2 * MANY + 1)
        assert await arrivals(database) == [1] * (2 * MANY + 1)
        assert list(titles(discord).values()).count("✅ Ban lifted") == MANY
        assert len(discord.changed) <= MANY / 2


async def test_of_changes_that_discord_refuses_together_only_the_wrong_one_is_put_aside(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    async with bus(nats) as to:
        async with notifier(nats, database):
            target_id = await told(to, discord)
        await happen(to, *(lifted(number) for number in MIXED))
        discord.faults.extend(["400", "400"])
        async with notifier(nats, database):
            await until_delivered(database, 2 * MANY - 1)
            dead = await ask(to, subjects.QUERY_DELIVERIES, target_id=target_id, status="dead")
            assert [each["event_type"] for each in dead["items"]] == ["infraction.lifted"]
        lifts = {reason for reason, title in titles(discord).items() if title == "✅ Ban lifted"}
        assert lifts == {f"reason {number}" for number in range(1, MANY)}


@pytest.mark.parametrize("fault", ["hang", "cut"])
async def test_a_target_that_is_paused_while_changes_are_on_their_way_is_told_them_when_it_is_resumed(
    nats: NatsServer, database: Database, discord: DiscordStandIn, fault: Any
) -> None:
    async with bus(nats) as to:
        async with notifier(nats, database):
            target_id = await told(to, discord)
        await happen(to, *(lifted(number) for number in MIXED))
        discord.faults.append(fault)
        async with notifier(nats, database, notifier_timeout_seconds=1.0):
            await to.send(commands.PauseTarget(**asked(target_id=target_id)))
            await until_status(to, target_id, "paused")
            await to.send(commands.ResumeTarget(**asked(target_id=target_id)))
            await until_delivered(database, 2 * MANY)
        assert await arrivals(database) == [1] * 2 * MANY
        assert set(titles(discord).values()) == {"✅ Ban lifted"}


async def test_a_new_ban_does_not_wait_for_the_many_changes_before_it(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    async with bus(nats) as to, notifier(nats, database):
        target = new_target(discord.webhook())
        await to.send(target)
        for number in range(MANY):
            await happen(to, issued(number))
            await until_told(discord, number + 1)
        discord.limit, discord.window = 1, 1.0
        await happen(to, *(lifted(number) for number in range(MANY)))
        await eventually(lambda: _has_changed(discord))
        await happen(to, issued(MANY))
        await until_told(discord, MANY + 1)
        assert len(discord.changed) < MANY / 2
        discord.limit = 1000
        await until_delivered(database, 2 * MANY + 1)
        assert await arrivals(database) == [1] * (2 * MANY + 1)
        assert list(titles(discord).values()).count("✅ Ban lifted") == MANY


async def _has_changed(discord: DiscordStandIn) -> bool:
    return bool(discord.changed)
