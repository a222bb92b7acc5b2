"""What the running tests share."""

from collections.abc import AsyncIterator

import pytest

from banstream_testing.discord import DiscordStandIn, discord_stand_in


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with discord_stand_in() as stand_in:
        yield stand_in
