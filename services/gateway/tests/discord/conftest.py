"""A gateway that is set up for an application of Discord, and that application's side."""

from collections.abc import AsyncIterator

import pytest
from services.gateway.tests.conftest import Running, Start, until
from services.gateway.tests.stand_in import Infractions

from banstream_testing.discord_app import MODERATOR_ROLE, READER_ROLE, DiscordApp, discord_app

ROLES = {MODERATOR_ROLE: ["check", "punish"], READER_ROLE: "check"}


@pytest.fixture
async def discord() -> AsyncIterator[DiscordApp]:
    async with discord_app() as app:
        yield app


@pytest.fixture
async def gateway(start: Start, infractions: Infractions, discord: DiscordApp) -> Running:
    running = await start(**discord.settings(ROLES))
    await infractions.admit("all", "check", "report", "punish", "admin")
    await until(running.is_ready)
    return running
