"""The message that a deferred answer becomes, with Discord well, away and refusing."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from banstream_gateway.discord.cards import message
from banstream_gateway.discord.replies import Replies
from banstream_testing.discord_app import APPLICATION_ID, DiscordApp, Fault
from banstream_testing.servers import free_port

TOKEN = "t0ken/../x"
MESSAGE = message("banned")


@pytest.fixture
async def replies(discord: DiscordApp) -> AsyncIterator[Replies]:
    replies = Replies(discord.url, APPLICATION_ID, first_pause_seconds=0.01)
    yield replies
    await replies.close()


def soon(seconds: float = 60) -> float:
    return asyncio.get_running_loop().time() + seconds


async def test_a_message_is_shown(replies: Replies, discord: DiscordApp) -> None:
    assert await replies.change(TOKEN, MESSAGE, "1", soon())
    assert discord.shown == {TOKEN: [MESSAGE]}


@pytest.mark.parametrize("fault", ["503", "429", "cut", "404"])
async def test_while_discord_is_away_it_is_tried_again(fault: Fault, replies: Replies, discord: DiscordApp) -> None:
    discord.faults.extend([fault, fault])
    assert await replies.change(TOKEN, MESSAGE, "1", soon())
    assert (discord.requests, discord.shown) == (3, {TOKEN: [MESSAGE]})


async def test_what_discord_refuses_is_not_tried_again(replies: Replies, discord: DiscordApp) -> None:
    discord.faults.append("403")
    assert not await replies.change(TOKEN, MESSAGE, "1", soon())
    assert discord.requests == 1


async def test_it_is_given_up_when_the_token_is_good_no_more() -> None:
    replies = Replies(f"http://127.0.0.1:{free_port()}", APPLICATION_ID, first_pause_seconds=0.01)
    try:
        assert not await replies.change(TOKEN, MESSAGE, "1", soon(0.1))
    finally:
        await replies.close()
