"""A player who was erased goes from every message at Discord that the notifier knows, and nobody else does."""

import json
from datetime import UTC, datetime
from typing import Any

from services.notifier.tests.watching import until_failing, until_told

from banstream_contracts.commands.notifier import RedeliverDelivery
from banstream_contracts.erasure import PlayerErased
from banstream_contracts.events.infractions import RequestOpened
from banstream_contracts.notifier_targets import TargetFilters
from banstream_contracts.players import Player
from banstream_testing.abuse import STAFF, asked
from banstream_testing.discord import DiscordStandIn, discord_stand_in
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus
from banstream_testing.notifier import happen, issued, lifted, new_target, notifier
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

GONE = Player(service="roblox", id="2")


def erased(**values: Any) -> PlayerErased:
    return PlayerErased(**{"player": GONE, "reason": "asked for", "actor": STAFF, "occurred_at": _now(), **values})


def request() -> RequestOpened:
    common = {"player": GONE, "player_name": "player 1", "reason": "flies like player 1"}
    return RequestOpened(request_id="9" * 24, actor=STAFF, occurred_at=_now(), **common)


def _now() -> datetime:
    return datetime.now(UTC)


async def until_without(discord: DiscordStandIn, name: str) -> None:
    async def without() -> bool:
        return name not in json.dumps(discord.messages)

    await eventually(without)


async def test_an_erased_player_goes_from_every_message_and_nobody_else(nats: NatsServer, database: Database) -> None:
    async with discord_stand_in() as discord, bus(nats) as to, notifier(nats, database):
        await to.send(new_target(discord.webhook(), filters=TargetFilters(events=("infraction.*", "request.*"))))
        address = issued(3, player=None, player_name=None, address_hash="ad" * 32, evidence="said by player 1")
        await happen(to, issued(1, evidence="player 1 flies"), issued(2), request(), address)

        async def told() -> bool:
            return len(discord.embeds()) == 4

        await eventually(told)
        await happen(to, erased(infraction_ids=(address.infraction_id,)))
        await until_without(discord, "player 1")
        left = json.dumps(discord.messages)
        assert "player 2" in left
        assert left.count('"erased"') == 2
        await happen(to, lifted(1))

        async def changed() -> bool:
            return "Ban lifted" in json.dumps(discord.messages)

        await eventually(changed)
        assert "player 1" not in json.dumps(discord.messages)
        assert len(discord.embeds()) == 4
    async with connected(database.admin_url, "notifier") as connection:
        rows = await connection.fetch("select each::text as said from embeds each")
        assert len(rows) == 4
        assert "player 1" not in json.dumps([row["said"] for row in rows])


async def test_an_erasure_that_waits_behind_messages_of_the_player_takes_the_player_out_of_them(
    nats: NatsServer, database: Database
) -> None:
    async with discord_stand_in() as discord, bus(nats) as to, notifier(nats, database):
        target = new_target(discord.webhook())
        await to.send(target)
        discord.is_down = True
        await happen(to, issued(2), issued(1), erased(), issued(3))
        await until_failing(to, target.target_id)
        discord.is_down = False
        await until_told(discord, 3)
        await until_without(discord, "player 1")
        assert len(discord.embeds()) == 3


async def test_a_message_that_somebody_deleted_is_in_no_erasures_way(nats: NatsServer, database: Database) -> None:
    async with discord_stand_in() as discord, bus(nats) as to, notifier(nats, database):
        await to.send(new_target(discord.webhook()))
        for number in (1, 4):
            player = {"player": GONE, "player_name": "player 1"}
            await happen(to, issued(number, **player))

            async def told(number: int = number) -> bool:
                return len(discord.embeds()) == (1 if number == 1 else 2)

            await eventually(told)
        discord.messages.pop(discord.posted[0].message_id)
        await happen(to, erased(), issued(5))
        await until_without(discord, "player 1")

        async def goes_on() -> bool:
            return len(discord.embeds()) == 3

        await eventually(goes_on)


async def test_a_message_that_discord_refuses_to_change_keeps_no_other_as_it_is(
    nats: NatsServer, database: Database
) -> None:
    async with discord_stand_in() as discord, bus(nats) as to, notifier(nats, database):
        target = new_target(discord.webhook())
        await to.send(target)
        for number in (1, 2, 3):
            await happen(to, issued(number, player=GONE, player_name="player 1"))

            async def told(number: int = number) -> bool:
                return len(discord.embeds()) == number

            await eventually(told)
        discord.faults.append("400")
        (event_id,) = await happen(to, erased())

        async def is_put_aside() -> bool:
            async with connected(database.notifier_url, "notifier") as connection:
                return bool(await connection.fetchval("select 1 from deliveries where status = 'dead'"))

        await eventually(is_put_aside)
        assert json.dumps(discord.messages).count("player 1") == 1
        again = RedeliverDelivery(**asked(target_id=target.target_id, event_id=event_id))
        await to.send(again)
        await until_without(discord, "player 1")


async def test_what_the_release_before_told_while_this_one_was_rolled_out_goes_too(
    nats: NatsServer, database: Database
) -> None:
    """It knows no column of players: they are read from the card."""
    async with discord_stand_in() as discord, bus(nats) as to, notifier(nats, database):
        await to.send(new_target(discord.webhook(), filters=TargetFilters(events=("infraction.*",))))
        await happen(to, issued(1, evidence="player 1 flies"), issued(2))

        async def told() -> bool:
            return len(discord.embeds()) == 2

        await eventually(told)
        async with connected(database.admin_url, "notifier") as connection:

            async def is_noted() -> bool:
                return bool(await connection.fetchval("select count(*) from embeds") == 2)

            await eventually(is_noted)
            await connection.execute("update embeds set players = default")
        await happen(to, erased(infraction_ids=()))
        await until_without(discord, "player 1")
        assert "player 2" in json.dumps(discord.messages)
