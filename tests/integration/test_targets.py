"""From a ban by the API to an embed at Discord and a signed event at a webhook, targets kept by administrators."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web

from banstream_testing.discord import discord_stand_in
from banstream_testing.notifier import SECRET, Receiver
from banstream_testing.steps import Answer, ban, banstream, call, somebody
from banstream_testing.system import System
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]
TARGETS = "/v1/targets"


async def administer(system: System, method: str, path: str, body: object = None) -> Answer:
    """As an administrator."""
    return await call(system, method, f"{TARGETS}{path}", body, token=system.admin_token)


async def created(system: System, **fields: Any) -> dict[str, Any]:
    answer = await administer(system, "POST", "", {"name": "Test", "language": "en", **fields})
    assert answer.status == 201, answer
    body: dict[str, Any] = answer.body
    return body


async def until(system: System, path: str, holds: Any) -> Any:
    """Ask until the answer is as wanted."""

    async def ask() -> Any:
        answer = await administer(system, "GET", path)
        assert answer.status == 200, answer
        return answer.body if holds(answer.body) else None

    return await eventually(ask)


async def test_a_ban_is_told_and_its_lift_changes_the_message(system: System) -> None:
    async with discord_stand_in() as discord:
        made = await created(
            system, kind="discord", url=discord.webhook("a-token-of-forty-characters"), language="pt-BR"
        )
        assert made["address"] == "http://127.0.0.1/…ters"
        issued = (await ban(system, somebody(), severity="critical", evidence="x" * 10_000)).body

        async def told() -> bool:
            return bool(discord.posted)

        await eventually(told)
        (embed,) = discord.posted[0].body["embeds"]
        assert (embed["title"], embed["color"]) == ("🔨 Jogador banido", 0xFF0000)
        await call(system, "POST", f"/v1/infractions/{issued['id']}/lift", {"reason": "apelação"})

        async def changed() -> bool:
            return bool(discord.changed)

        await eventually(changed)
        assert discord.changed[0][1]["embeds"][0]["title"] == "✅ Banimento retirado"
        await until(system, f"/{made['id']}", lambda found: found["progress"]["delivered"] == 2)
        assert (await administer(system, "DELETE", f"/{made['id']}")).body["status"] == "removed"
        assert (await administer(system, "GET", f"/{made['id']}")).status == 404


async def test_a_webhook_is_made_changed_stopped_tried_and_told_again(system: System) -> None:
    async with Receiver().listening() as receiver:
        made = await created(system, kind="webhook", url=receiver.url)
        assert made.pop("secret").startswith("whsec_")
        target = f"/{made['id']}"
        assert (await administer(system, "POST", f"{target}/pause", {"reason": "no secret yet"})).body[
            "status"
        ] == "paused"
        assert (await administer(system, "POST", f"{target}/test")).status == 409
        assert (await administer(system, "PATCH", target, {"secret": SECRET})).status == 200
        assert (await administer(system, "POST", f"{target}/resume")).body["status"] == "active"
        assert (await administer(system, "POST", f"{target}/test")).status == 200
        await until(system, target, lambda found: found["progress"]["delivered"] == 1)
        assert receiver.events[0]["type"] == "banstream.target.test_requested"
        page = await until(system, f"{target}/deliveries", lambda found: found["items"])
        again = await administer(system, "POST", f"{target}/deliveries/{page['items'][0]['event_id']}/redeliver")
        assert again.status == 200

        async def twice() -> bool:
            return len(receiver.ids) == 2

        await eventually(twice)
        assert len(set(receiver.ids)) == 1
        await administer(system, "DELETE", target)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "discord", "url": "https://u:p@example.com/x"}, 422),
        ({"kind": "discord", "url": "https://example.com/x", "secret": SECRET}, 422),
        ({"kind": "webhook", "url": "https://example.com/x", "secret": "whsec_c2hvcnQ="}, 422),
        ({"kind": "webhook", "url": "https://example.com/x", "filters": {"events": ["nothing"]}}, 422),
        ({"kind": "webhook", "url": "https://example.com/x", "other": 1}, 422),
        ({"kind": "pigeon", "url": "https://example.com/x"}, 422),
    ],
)
async def test_what_is_no_target_is_refused_by_name(system: System, body: dict[str, Any], status: int) -> None:
    answer = await administer(system, "POST", "", {"name": "Test", **body})
    assert answer.status == status, answer
    assert "u:p@" not in json.dumps(answer.body)


async def test_only_administrators_see_targets(system: System) -> None:
    for method, path in (("GET", ""), ("POST", ""), ("GET", f"/{'0' * 24}"), ("POST", f"/{'0' * 24}/test")):
        answer = await call(system, method, f"{TARGETS}{path}", {} if method == "POST" else None)
        assert answer.status == 403, answer
    assert (await administer(system, "POST", f"/{'0' * 24}/pause")).status == 404
    assert (await administer(system, "POST", "/x/pause")).status == 404


async def test_the_command_line_keeps_targets(system: System) -> None:
    async with Receiver().listening() as receiver:
        made = await banstream(
            system, "targets", "add", "Bot", "--webhook", receiver.url, "--event", "infraction.*", "--json"
        )
        assert made.code == 0, made.err
        target = json.loads(made.out)
        assert target["secret"].startswith("whsec_")
        assert receiver.url not in made.out.replace(target["secret"], "")
        receiver.answer = lambda _event: web.Response(status=500)
        changed = await banstream(system, "targets", "pause", target["id"])
        assert "paused" in changed.out
        assert "active" in (await banstream(system, "targets", "resume", target["id"])).out
        listed = await banstream(system, "targets", "list")
        assert "Bot" in listed.out
        assert "http://127.0.0.1/…test" in listed.out
        tried = await banstream(system, "targets", "test", target["id"])
        assert tried.code == 0, tried.err
        removed = await banstream(system, "targets", "remove", target["id"])
        assert removed.code == 0, removed.err

        async def is_forgotten() -> bool:
            asked = await banstream(system, "targets", "deliveries", target["id"])
            return asked.code == 1 and "no such target" in asked.err

        await eventually(is_forgotten)


async def test_commands_go_on_while_the_notifier_is_away(system: System) -> None:
    async with discord_stand_in() as discord:
        made = await created(system, kind="discord", url=discord.webhook())
        system.notifier.kill()
        assert (await ban(system, somebody())).status == 201
        assert (await administer(system, "GET", "")).status == 503
        assert (await administer(system, "POST", f"/{made['id']}/test")).status == 202
        await asyncio.to_thread(system.notifier.start)

        async def both() -> bool:
            return len(discord.embeds()) == 2

        await eventually(both)
        assert [each["title"] for each in discord.embeds()] == ["🔨 Player banned", "✅ Test message"]


async def test_a_target_is_changed_on_the_command_line(system: System) -> None:
    made = await created(system, kind="webhook", url="http://127.0.0.1:9/nowhere", filters={"events": ["policy.set"]})
    named = ("--name", "Other", "--event", "policy.*", "--footer", "Serv")
    told = await banstream(system, "targets", "change", made["id"], *named, "--json")
    assert told.code == 0, told.err
    changed = json.loads(told.out)
    assert (changed["name"], changed["filters"]["events"]) == ("Other", ["policy.*"])
    assert changed["display"]["footer"] == "Serv"
    assert (await banstream(system, "targets", "change", made["id"])).code == 2
    await administer(system, "DELETE", f"/{made['id']}")


async def test_the_secret_of_a_webhook_is_changed_on_the_command_line_and_no_event_is_signed_by_the_old_one(
    system: System,
) -> None:
    async with Receiver().listening() as receiver:
        other = "whsec_" + "b3RoZXIg" * 4
        made = await created(system, kind="webhook", url=receiver.url, secret=other, filters={"events": ["policy.set"]})
        told = await banstream(system, "targets", "change", made["id"], "--secret", SECRET, "--json")
        assert told.code == 0, told.err
        assert SECRET not in told.out
        assert (await banstream(system, "targets", "test", made["id"])).code == 0

        async def received() -> bool:
            return [each["type"] for each in receiver.events] == ["banstream.target.test_requested"]

        await eventually(received)
        await administer(system, "DELETE", f"/{made['id']}")


async def test_what_was_chosen_for_a_target_is_taken_back_on_the_command_line(system: System) -> None:
    """A thread that was deleted, most of all: without it the target is told again."""
    display = {"thread_id": "1187654321098765432", "footer": "Serv"}
    made = await created(
        system, kind="discord", url="http://127.0.0.1:9/nowhere", display=display, filters={"severities": ["high"]}
    )
    told = await banstream(system, "targets", "change", made["id"], "--thread", "", "--severity", "", "--json")
    assert told.code == 0, told.err
    changed = json.loads(told.out)
    assert "thread_id" not in changed["display"]
    assert changed["display"]["footer"] == "Serv"
    assert changed["filters"]["severities"] == []
    await administer(system, "DELETE", f"/{made['id']}")
