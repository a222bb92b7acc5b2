"""Commands in Discord, through HTTP, on a real bus."""

import asyncio
import gzip
import json
import time
from typing import Any

import pytest
from services.gateway.tests.conftest import NatsServer, Running, Start, until
from services.gateway.tests.discord.conftest import ROLES
from services.gateway.tests.stand_in import Infractions

from banstream_contracts.admins import Right
from banstream_contracts.infractions import Actor
from banstream_contracts.players import Player
from banstream_contracts.results import Refusal
from banstream_testing.discord_app import READER_ROLE, USER_ID, DiscordApp, message_problem

PATH = "/discord/interactions"
PLAYER = Player(service="roblox", id="156")
BAN = {"player": "roblox:156", "duration": "7d", "reason": "aim *bot* <@&1>"}
NAMED = {"player": "roblox:156"}
EPHEMERAL = 64


async def send_raw(gateway: Running, body: bytes, headers: dict[str, str]) -> int:
    return (await gateway.call("POST", PATH, data=body, headers=headers, secret=None)).status


def text_of(message: dict[str, Any]) -> str:
    """Everything that a message says."""
    (embed,) = message["embeds"]
    fields = [f"{each['name']}: {each['value']}" for each in embed.get("fields", ())]
    return "\n".join([embed.get("title", ""), embed["description"], *fields])


def private(answer: dict[str, Any]) -> str:
    """What an answer says at once, to who asked alone."""
    assert (answer["type"], answer["data"]["flags"]) == (4, EPHEMERAL)
    assert message_problem(answer["data"]) is None
    return text_of(answer["data"])


async def test_without_a_key_there_is_no_route(start: Start, infractions: Infractions) -> None:
    running = await start()
    await infractions.reach(0)
    await until(running.is_ready)
    assert (await running.call("POST", PATH, {"type": 1}, secret=None)).status == 404


async def test_a_ping_is_answered(gateway: Running, discord: DiscordApp) -> None:
    assert await discord.send(gateway.url, {"type": 1}) == {"type": 1}
    assert await discord.send(gateway.url, discord.interaction(type=1)) == {"type": 1}


async def test_who_is_not_discord_is_turned_away(gateway: Running, discord: DiscordApp) -> None:
    body = b'{"type":1}'
    signed = discord.signed(body)
    assert await send_raw(gateway, body, {"Content-Type": "application/json"}) == 401
    assert await send_raw(gateway, body + b" ", signed) == 401
    assert await send_raw(gateway, body, discord.signed(body, str(int(time.time()) - 400))) == 401
    assert await send_raw(gateway, body, DiscordApp().signed(body)) == 401
    assert await send_raw(gateway, body, signed) == 200


NO_INTERACTIONS = {
    b"": 400,
    b"[]": 400,
    b"{": 400,
    b"\xff": 400,
    b'{"type":2}': 400,
    b'{"type":2,"id":"x","application_id":"1","token":"t"}': 400,
    b'{"type":2,"id":"1","application_id":"1","token":"t","user":{"id":"1"}}': 400,
    b" " * (128 * 1024 + 1): 413,
}


async def test_what_is_no_interaction_is_refused(gateway: Running, discord: DiscordApp) -> None:
    nobody = json.dumps(discord.interaction({"name": "check"}, member=None)).encode()
    for body, status in {**NO_INTERACTIONS, nobody: 400}.items():
        assert await send_raw(gateway, body, discord.signed(body)) == status, body[:100]


async def test_what_is_packed_is_refused(gateway: Running, discord: DiscordApp) -> None:
    body = gzip.compress(b'{"type":1}')
    assert await send_raw(gateway, body, {**discord.signed(body), "Content-Encoding": "gzip"}) == 415


async def test_a_ban_is_stored_then_answered_and_shown(
    gateway: Running, discord: DiscordApp, infractions: Infractions
) -> None:
    asked = discord.command("ban", {**BAN, "category": "aimbot", "severity": "high"})
    assert await discord.send(gateway.url, asked) == {"type": 5, "data": {"flags": 0}}
    shown = text_of(await discord.last_shown(asked))
    (command,) = infractions.carried_out
    assert (command.player, command.punishments, command.duration_seconds) == (PLAYER, ("ban",), 604_800)
    assert (command.reason, command.category, command.severity) == (BAN["reason"], "aimbot", "high")
    assert command.actor == Actor(kind="person", id=f"discord:{USER_ID}", name="Alyx Vance")
    assert command.infraction_id in shown
    assert r"aim \*bot\* \<@" in shown


async def test_the_same_interaction_again_bans_once(
    gateway: Running, discord: DiscordApp, infractions: Infractions
) -> None:
    asked = discord.command("ban", BAN)
    for count in (1, 2):
        assert (await discord.send(gateway.url, asked))["type"] == 5
        await discord.last_shown(asked, count)
    assert len(infractions.carried_out) == 1
    first, second = discord.shown[asked["token"]]
    assert first == second


async def test_a_player_is_checked_unbanned_and_checked_again(
    gateway: Running, discord: DiscordApp, infractions: Infractions
) -> None:
    async def done(name: str, **options: str) -> str:
        asked = discord.command(name, options)
        flags = EPHEMERAL if name == "check" else 0
        assert await discord.send(gateway.url, asked) == {"type": 5, "data": {"flags": flags}}
        return text_of(await discord.last_shown(asked))

    named = {"player": "156", "service": "roblox"}
    assert "Nothing restricts" in await done("check", **named)
    await done("ban", **{**BAN, "duration": "permanent"})
    restricted = await done("check", **named)
    assert "Restricted" in restricted
    assert infractions.carried_out[0].infraction_id in restricted
    lifted = await done("unban", **named, reason="appeal")
    assert "Unbanned" in lifted
    assert infractions.carried_out[1].punishments == ("ban",)
    assert "Nothing restricts" in await done("check", **named)
    assert "no ban is in force" in await done("unban", **named, reason="appeal")


async def test_a_history_is_turned_by_buttons(gateway: Running, discord: DiscordApp) -> None:
    asked = discord.command("history", NAMED)
    assert await discord.send(gateway.url, asked) == {"type": 5, "data": {"flags": EPHEMERAL}}
    page = await discord.last_shown(asked)
    assert "issued" in text_of(page)
    assert "private" not in str(page)
    (older,) = page["components"][0]["components"]
    pressed = discord.interaction({"custom_id": older["custom_id"], "component_type": 2}, type=3)
    assert await discord.send(gateway.url, pressed) == {"type": 6}
    following = await discord.last_shown(pressed)
    assert [each["label"] for each in following["components"][0]["components"]] == ["Newest", "Older"]


async def test_a_button_of_others_does_nothing(gateway: Running, discord: DiscordApp) -> None:
    for custom_id in ("", "other", "history", "history||nobody", "history|../|roblox:1"):
        pressed = discord.interaction({"custom_id": custom_id}, type=3)
        assert "not ours" in private(await discord.send(gateway.url, pressed)), custom_id


def member(discord: DiscordApp, *roles: str) -> dict[str, Any]:
    return {"member": {**discord.interaction()["member"], "roles": list(roles)}}


async def test_roles_say_who_may_do_what(gateway: Running, discord: DiscordApp, infractions: Infractions) -> None:
    nobody, reader = member(discord, "1"), member(discord, "1", READER_ROLE)
    in_private = {"member": None, "user": {"id": USER_ID, "username": "alyx"}}
    for changes in (nobody, reader, in_private):
        for name in ("ban", "unban"):
            answer = await discord.send(gateway.url, discord.command(name, BAN, **changes))
            assert "scope `punish`" in private(answer)
    for changes in (nobody, in_private):
        answer = await discord.send(gateway.url, discord.command("check", NAMED, **changes))
        assert "scope `check`" in private(answer)
    answer = await discord.send(gateway.url, discord.command("check", NAMED, **reader))
    assert answer["type"] == 5
    assert infractions.carried_out == []


async def test_an_admin_needs_no_role_and_acts_as_one(
    gateway: Running, discord: DiscordApp, infractions: Infractions
) -> None:
    path = f"/v1/admins/discord/{USER_ID}"
    await gateway.call("PUT", path, {"name": "Alyx", "rights": [Right.ISSUE, Right.BAN, Right.SCOPE_GLOBAL]})
    asked = discord.command("ban", BAN, **member(discord))
    assert (await discord.send(gateway.url, asked))["type"] == 5
    await discord.last_shown(asked)
    assert infractions.carried_out[-1].actor.admin == Player(service="discord", id=USER_ID)
    await gateway.call("PUT", path, {"name": "Alyx", "rights": [Right.COMMENT]})
    assert "scope `punish`" in private(await discord.send(gateway.url, {**asked, "id": "1"}))
    await gateway.call("DELETE", path)
    assert "scope `punish`" in private(await discord.send(gateway.url, {**asked, "id": "2"}))


WRONG = [
    ("en-US", {**BAN, "duration": "soon"}, "duration**: write 7d"),
    ("pt-BR", {**BAN, "duration": "soon"}, "duração**: escreva 7d"),
    ("es-419", {**BAN, "reason": "x\ny"}, "motivo**: de 1 a 1024"),
    ("zh-CN", {**BAN, "player": "156"}, "请同时选择服务"),
    ("en-US", {**BAN, "player": "roblox:x"}, "a Roblox user id is decimal digits"),
    ("en-US", {"player": "roblox:1"}, "is missing"),
]


async def test_what_is_typed_wrong_is_said_in_the_language_of_who_typed_it(
    gateway: Running, discord: DiscordApp, infractions: Infractions
) -> None:
    for locale, options, expected in WRONG:
        asked = discord.command("ban", options, locale=locale)
        assert expected in private(await discord.send(gateway.url, asked))
    assert infractions.carried_out == []


async def test_an_unknown_command_is_answered_in_words(gateway: Running, discord: DiscordApp) -> None:
    for kind in (2, 5, 99):
        asked = discord.command("fly", {}, type=kind)
        assert "do not know this command" in private(await discord.send(gateway.url, asked)), kind


async def test_suggestions_follow_what_is_typed(gateway: Running, discord: DiscordApp) -> None:
    async def suggested(name: str, typed: str) -> list[str]:
        options = [{"name": "player", "type": 3, "value": "x"}, {"name": name, "value": typed, "focused": True}]
        asked = discord.interaction({"name": "ban", "options": options}, type=4, locale="pt-BR")
        answer = await discord.send(gateway.url, asked)
        assert answer["type"] == 8
        assert len(answer["data"]["choices"]) <= 25
        return [each["name"] for each in answer["data"]["choices"]]

    assert await suggested("category", "AIM") == ["aimbot"]
    assert "permanente" in await suggested("duration", "")
    assert await suggested("duration", "7") == ["7d"]
    assert await suggested("reason", "x") == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [("insufficient-rights", "You lack the rights"), ("immune", "is immune"), ("failed", "Refused")],
)
async def test_a_refusal_is_shown(
    code: Any, expected: str, gateway: Running, discord: DiscordApp, infractions: Infractions
) -> None:
    infractions.refuses = Refusal(code=code, message="Alyx *lacks* it")
    asked = discord.command("ban", BAN)
    await discord.send(gateway.url, asked)
    shown = text_of(await discord.last_shown(asked))
    assert expected in shown
    assert r"Alyx \*lacks\* it" in shown


async def test_a_history_nobody_can_give_is_said_so(
    gateway: Running, discord: DiscordApp, infractions: Infractions
) -> None:
    infractions.fails_queries = True
    asked = discord.command("history", NAMED)
    await discord.send(gateway.url, asked)
    assert "does not answer" in text_of(await discord.last_shown(asked))


async def test_a_ban_waits_for_the_service_that_decides(
    start: Start, discord: DiscordApp, infractions: Infractions
) -> None:
    gateway = await start(**discord.settings(ROLES), command_timeout_seconds=0.05)
    await infractions.reach(0)
    await until(gateway.is_ready)
    await infractions.stop()
    asked = discord.command("ban", BAN)
    assert (await discord.send(gateway.url, asked))["type"] == 5
    assert "Stored safely" in text_of(await discord.last_shown(asked))
    await infractions.start()
    assert "Banned" in text_of(await discord.last_shown(asked, 2))
    assert len(infractions.carried_out) == 1


async def test_what_cannot_be_stored_is_said_so_at_once(
    start: Start, discord: DiscordApp, infractions: Infractions, server: NatsServer
) -> None:
    gateway = await start(**discord.settings(ROLES), publish_timeout_seconds=0.2)
    await infractions.reach(0)
    await until(gateway.is_ready)
    await infractions.stop()
    server.stop()
    try:
        await until(lambda: not gateway.gateway.is_connected())
        answer = await discord.send(gateway.url, discord.command("ban", BAN))
        assert "could not be stored" in private(answer)
    finally:
        server.start()


async def test_a_user_who_is_too_fast_has_to_wait(gateway: Running, discord: DiscordApp) -> None:
    async def answered() -> dict[str, Any]:
        return await discord.send(gateway.url, discord.command("check", NAMED))

    answers = [await answered() for _ in range(12)]
    assert [each["type"] for each in answers[:10]] == [5] * 10
    assert "too fast" in private(answers[-1])


async def test_a_stop_does_not_wait_for_discord(start: Start, discord: DiscordApp, infractions: Infractions) -> None:
    gateway = await start(**discord.settings(ROLES))
    await infractions.reach(0)
    await until(gateway.is_ready)
    discord.faults.extend(["503"] * 100)
    await discord.send(gateway.url, discord.command("check", NAMED))
    await until(lambda: discord.requests)
    async with asyncio.timeout(30):
        await gateway.stop()
    assert discord.shown == {}
