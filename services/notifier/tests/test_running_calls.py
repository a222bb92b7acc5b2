"""Calls for an admin at Discord: one message a call, which changes when somebody takes it."""

from banstream_contracts.calls import CallContent
from banstream_contracts.commands.calls import CallAdmin, ClaimCall
from banstream_contracts.commands.infractions import ServeTime
from banstream_contracts.infractions import Lifetime, Punishment
from banstream_contracts.notifier_targets import TargetFilters
from banstream_contracts.players import Player
from banstream_testing.abuse import asked
from banstream_testing.discord import DiscordStandIn
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus, issue, service
from banstream_testing.notifier import new_target, notifier
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

SERVER = "a" * 24


def called(call_id: str, message: str) -> CallAdmin:
    content = CallContent(
        caller=Player(service="roblox", id="1"),
        caller_name="builderman",
        message=message,
        reported=Player(service="roblox", id="2"),
        reported_name="Griefer",
        server_name="EU 1",
        map="crossroads",
        connect="192.0.2.10:27015",
    )
    return CallAdmin(**asked(call_id=call_id * 24, server_id=SERVER, content=content, cooldown_seconds=1))


async def test_a_call_is_one_message_that_turns_green_when_it_is_claimed(
    nats: NatsServer, database: Database, discord: DiscordStandIn
) -> None:
    mute = issue(
        "5", punishments=(Punishment.VOICE_BLOCK,), lifetime=Lifetime.ONLINE, duration_seconds=100, server_id=SERVER
    )
    async with bus(nats) as to, service(nats, database), notifier(nats, database):
        await to.send(new_target(discord.webhook(), filters=TargetFilters(events=("infraction.*", "call.*"))))
        await to.send(mute)
        await to.send(ServeTime(**asked(infraction_id=mute.infraction_id, seconds=10, server_id=SERVER)))
        await to.send(called("c", "flies through walls"))

        async def told() -> bool:
            return len(discord.embeds()) == 2

        await eventually(told)
        first = discord.embeds()[1]
        assert first["title"] == "🚨 Player reported: an admin is needed"
        assert "flies through walls" in str(first)
        claimed = await to.send(ClaimCall(**asked(server_id=SERVER, admin_name="Alyx")))
        assert claimed.status == "applied"

        async def changed() -> bool:
            return bool(discord.changed)

        await eventually(changed)
        (message,) = [embeds for embeds in discord.messages.values() if "flies through walls" in str(embeds)]
        after = next(embed for embed in message if "flies through walls" in str(embed))
        assert after["title"] == "✅ An admin has taken the call"
        assert {"name": "👮 Admin", "value": "Alyx", "inline": True} in after["fields"]
        assert after["color"] != first["color"]
        assert not any("served" in str(embed) for embed in discord.embeds())
