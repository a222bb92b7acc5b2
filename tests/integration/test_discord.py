"""Commands in Discord, decided by the real service: bans, and an admin's rights and immunity."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from banstream_contracts.admins import Right
from banstream_contracts.commands.admins import SetAdmin
from banstream_contracts.players import Player
from banstream_gateway.app import GATEWAY, create_app
from banstream_gateway.endpoints import Gateway
from banstream_gateway.operations import readiness
from banstream_gateway.server import serving
from banstream_gateway.settings import Settings
from banstream_privacy.transit import sealing_public_key
from banstream_testing.abuse import asked
from banstream_testing.discord_app import MODERATOR_ROLE, USER_ID, DiscordApp, discord_app
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MASTER_KEY, MODERATOR, Bus, bus, service
from banstream_testing.processes import ADDRESS_KEY
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

MODERATOR_OF_DISCORD = Player(service="discord", id=USER_ID)
SOMEBODY, IMMUNE = Player(service="roblox", id="156"), Player(service="roblox", id="157")
RIGHTS = (Right.ISSUE, Right.BAN, Right.SCOPE_GLOBAL)


@asynccontextmanager
async def gateway(nats: NatsServer, discord: DiscordApp) -> AsyncIterator[tuple[str, Gateway]]:
    """A gateway that is set up for Discord, and ready."""
    settings = Settings(
        nats_url=nats.url,
        address_key=ADDRESS_KEY.hex(),
        sealing_public_key=sealing_public_key(MASTER_KEY).hex(),
        command_timeout_seconds=10,
        query_timeout_seconds=10,
        position_timeout_seconds=10,
        **discord.settings({MODERATOR_ROLE: "punish"}),
    )
    app = create_app(settings)

    async def is_ready() -> bool:
        return bool(readiness(app[GATEWAY])["status"] == "ready")

    async with serving(app, "127.0.0.1", 0, settings.request_timeout_seconds) as port:
        await eventually(is_ready)
        yield f"http://127.0.0.1:{port}", app[GATEWAY]


async def test_people_ban_from_discord_with_the_rights_that_they_have(nats: NatsServer, database: Database) -> None:
    async with (
        bus(nats) as to,
        service(nats, database),
        discord_app() as discord,
        gateway(nats, discord) as (url, known),
    ):

        async def shown(name: str, player: Player, **options: str) -> str:
            given = discord.command(name, {"player": str(player), **options})
            assert (await discord.send(url, given))["type"] == 5
            return str((await discord.last_shown(given))["embeds"])

        async def ban(player: Player) -> str:
            return await shown("ban", player, duration="7d", reason="aimbot")

        assert "Banned" in await ban(SOMEBODY)
        assert "Restricted" in await shown("check", SOMEBODY)
        assert "Unbanned" in await shown("unban", SOMEBODY, reason="appeal")
        assert "Nothing restricts" in await shown("check", SOMEBODY)
        history = await shown("history", SOMEBODY)
        assert history.index("lifted") < history.index("issued")
        assert "Alyx Vance" in history

        async def acts_with(*rights: Right) -> None:
            """The moderator is an admin with these rights, and the gateway knows."""
            await make_admin(to, MODERATOR_OF_DISCORD, "Alyx", *rights)

            async def is_known() -> bool:
                admin = known.admins.by_player(MODERATOR_OF_DISCORD)
                return admin is not None and admin.rights == rights

            await eventually(is_known)

        await make_admin(to, IMMUNE, "Barney", Right.IMMUNE)
        await acts_with()
        assert "lack the rights" in await ban(SOMEBODY)
        await acts_with(*RIGHTS)
        assert "Barney is immune" in await ban(IMMUNE)
        await acts_with(*RIGHTS, Right.SKIP_IMMUNITY)
        assert "Banned" in await ban(IMMUNE)


async def make_admin(to: Bus, player: Player, name: str, *rights: Right) -> None:
    command = SetAdmin(**asked(MODERATOR, player=player, name=name, rights=rights))
    assert (await to.send(command)).status == "applied"
