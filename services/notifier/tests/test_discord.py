"""Requests to Discord, and what is made of its answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from banstream_contracts.notifier_targets import TargetDisplay
from banstream_notifier.destinations import Destination
from banstream_notifier.discord import Discord
from banstream_notifier.outcomes import Gone, NotNow, Refused
from banstream_notifier.rate_limits import RateLimits
from banstream_testing.loopback import on_loopback

EMBEDS = [{"title": "x"}]
INVALID = {"message": "Invalid Form Body", "code": 50035}
BY_NAME = {"_errors": [{"code": "USERNAME_INVALID_CONTAINS", "message": 'Username cannot contain "discord"'}]}
BY_FIELD = {
    "0": {"fields": {"1": {"value": {"_errors": [{"code": "X", "message": "Must be 1024 or fewer in length."}]}}}}
}


class Answers:
    """What is answered, one after the other, and the bodies that were sent; with headers where these are a third."""

    def __init__(self, *answers: tuple[Any, ...]) -> None:
        self.sent: list[Any] = []
        self._answers = list(answers)

    async def answer(self, request: web.Request) -> web.Response:
        """The next one."""
        self.sent.append(await request.json())
        status, body, *headers = self._answers.pop(0)
        return web.json_response(body, status=status, headers=headers[0] if headers else None)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[tuple[Discord, Destination]]:
        """Until the end."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        async with on_loopback(app) as url, aiohttp.ClientSession() as session:
            yield Discord(session, RateLimits()), Destination(f"{url}/api/webhooks/1/t0ken")


async def test_a_name_that_discord_refuses_is_left_out_and_not_tried_again() -> None:
    answers = Answers((400, {**INVALID, "errors": {"username": BY_NAME}}), (200, {"id": "7"}), (200, {"id": "8"}))
    async with answers.listening() as (discord, webhook):
        display = TargetDisplay(username="Discord bans")
        assert (await discord.send(webhook, EMBEDS, display)).message_id == "7"
        assert (await discord.send(webhook, EMBEDS, display)).message_id == "8"
    assert [each.get("username") for each in answers.sent] == ["Discord bans", None, None]


async def test_a_stranger_who_claims_a_global_limit_stops_nobody_but_itself() -> None:
    limits = {"message": "slow", "retry_after": 1e300, "global": True}
    stranger, other = Answers((429, limits)), Answers((200, {"id": "7"}))
    async with stranger.listening() as (discord, webhook), other.listening() as (_, elsewhere):
        with pytest.raises(NotNow) as not_now:
            await discord.send(webhook, EMBEDS, TargetDisplay())
        assert not_now.value.seconds == 3600
        with pytest.raises(NotNow):
            await discord.send(webhook, EMBEDS, TargetDisplay())
        assert (await discord.send(elsewhere, EMBEDS, TargetDisplay())).message_id == "7"
    assert len(stranger.sent) == 1


@pytest.mark.parametrize(
    ("said", "headers", "is_global"),
    [({"global": True}, {}, True), ({}, {"X-RateLimit-Global": "true"}, True), ({"global": False}, {}, False)],
    ids=["global", "global-by-its-header", "of-one-webhook"],
)
async def test_a_limit_holds_for_all_webhooks_of_a_host_where_it_is_global(
    said: dict[str, Any], headers: dict[str, str], *, is_global: bool
) -> None:
    answers = Answers((429, {"message": "slow", "retry_after": 60, **said}, headers), (200, {"id": "7"}))
    async with answers.listening() as (discord, webhook):
        with pytest.raises(NotNow):
            await discord.send(webhook, EMBEDS, TargetDisplay())
        another = Destination(webhook.url.replace("/1/t0ken", "/2/other"))
        if is_global:
            with pytest.raises(NotNow):
                await discord.send(another, EMBEDS, TargetDisplay())
        else:
            assert (await discord.send(another, EMBEDS, TargetDisplay())).message_id == "7"
    assert len(answers.sent) == (1 if is_global else 2)


async def test_a_name_of_which_nothing_is_seen_is_no_name() -> None:
    answers = Answers((200, {"id": "7"}))
    async with answers.listening() as (discord, webhook):
        await discord.send(webhook, EMBEDS, TargetDisplay(username="\u200b\u200b"))
    assert "username" not in answers.sent[0]


async def test_of_a_refused_message_it_is_told_what_is_wrong_with_it() -> None:
    answers = Answers((400, {**INVALID, "errors": {"embeds": BY_FIELD}}))
    async with answers.listening() as (discord, webhook):
        with pytest.raises(Refused) as refused:
            await discord.send(webhook, EMBEDS, TargetDisplay(username="banstream"))
    assert str(refused.value) == ("400: Invalid Form Body: embeds.0.fields.1.value: Must be 1024 or fewer in length.")


async def test_control_characters_of_an_answer_are_blanks() -> None:
    answers = Answers((404, {"message": "gone\x00\x1b[31m", "code": 10015}), (200, {"id": "7\x00"}))
    async with answers.listening() as (discord, webhook):
        with pytest.raises(Gone, match=r"^404: gone \[31m;"):
            await discord.send(webhook, EMBEDS, TargetDisplay())
        assert (await discord.send(webhook, EMBEDS, TargetDisplay())).message_id is None
