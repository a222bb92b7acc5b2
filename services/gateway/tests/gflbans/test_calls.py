"""Calls for an admin, against the gateway with its stand-ins."""

import base64
import io
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from services.gateway.tests.conftest import Reply, Start, until
from services.gateway.tests.gflbans.beating import STEAM_IDS, Clock, listed, player
from services.gateway.tests.gflbans.conftest import Plugin
from services.gateway.tests.gflbans.domain import PluginInfractions

from banstream_contracts import subjects
from banstream_contracts.commands.calls import CallAdmin, ClaimCall
from banstream_contracts.infractions import Actor
from banstream_contracts.notifier_targets import Target, TargetFilters, TargetKind, TargetStatus
from banstream_contracts.queries.notifier import TargetFound, TargetPage
from banstream_contracts.results import Refusal
from banstream_testing.streams import settled

ONE, TWO = STEAM_IDS[:2]
PATH = "/api/v1/gs/calladmin"
CALL: dict[str, Any] = {"caller": player(ONE), "caller_name": "One", "message": "wallhack"}
NONE: tuple[Target, ...] = ()


def target(
    *events: str, kind: TargetKind = TargetKind.DISCORD, status: TargetStatus = TargetStatus.ACTIVE, **filters: Any
) -> Target:
    now = datetime.now(UTC)
    return Target(
        id="e" * 24,
        name="calls",
        kind=kind,
        status=status,
        address="https://discord.com/…abcd",
        filters=TargetFilters(events=events, **filters),
        created_at=now,
        created_by=Actor(kind="system", id="test"),
        changed_at=now,
    )


@pytest.fixture
async def targets(client: Client) -> AsyncIterator[list[Target]]:
    """What the notifier tells on two pages: first nothing, then what the list holds."""
    held: list[Target] = []

    async def answer(message: Msg) -> None:
        is_first = b'"cursor"' not in message.data
        items = () if is_first else tuple(TargetFound(target=each) for each in held)
        page = TargetPage(items=items, next="bmV4dA" if is_first else None)
        await message.respond(page.model_dump_json().encode())

    subscription = await client.subscribe(subjects.QUERY_TARGETS, cb=answer)
    await settled(client)
    yield held
    await subscription.unsubscribe()


def sent(infractions: PluginInfractions) -> list[Any]:
    return [each for each in infractions.carried_out if isinstance(each, CallAdmin | ClaimCall)]


async def test_a_call_says_who_calls_and_where(plugin: Plugin, infractions: PluginInfractions) -> None:
    Clock().set(plugin)
    await listed(plugin, player(ONE))
    for path in (PATH, f"{PATH}/"):
        reply = await plugin.call("POST", path, CALL)
        assert (reply.status, reply.json) == (200, {"sent": True, "is_banned": False, "cooldown": 600})
    command = sent(infractions)[0]
    content = command.content
    assert (content.caller.id, content.caller_name, content.message) == (ONE, "One", "wallhack")
    assert (content.reported, content.server_name, content.map) == (None, "Dust 24/7", "de_dust2")
    assert (command.server_id, command.cooldown_seconds, command.include_other_servers) == (
        plugin.server_id,
        600,
        False,
    )


async def large(plugin: Plugin, content: Any) -> Reply:
    """aiohttp warns of a large body that is no file."""
    body = io.BytesIO(orjson.dumps(content))
    return await plugin.call("POST", PATH, data=body, headers={"Content-Type": "application/json"})


async def test_who_is_reported_before_steam_knows_them_is_named_in_the_message(
    plugin: Plugin, infractions: PluginInfractions
) -> None:
    report = {**CALL, "report_target": player(""), "report_target_name": "Two"}
    reply = await plugin.call("POST", PATH, report)
    assert (reply.status, reply.json["sent"]) == (200, True)
    content = sent(infractions)[0].content
    assert (content.message, content.reported, content.reported_name) == ("wallhack (Two)", None, None)


async def test_a_report_names_whom_and_takes_an_image(plugin: Plugin, infractions: PluginInfractions) -> None:
    report = {
        "caller": player(ONE),
        "message": "look\nhere",
        "cooldown": "60",
        "include_other_servers": 1,
        "report_target": player(TWO),
        "report_target_name": None,
        "image": base64.b64encode(bytes(5 * 1024 * 1024)).decode(),
        "unknown": {},
    }
    reply = await large(plugin, report)
    assert (reply.status, reply.json["cooldown"]) == (200, 60)
    (command,) = sent(infractions)
    content = command.content
    assert (content.caller_name, content.reported.id, content.reported_name) == (
        "UNKNOWN PLAYER",
        TWO,
        "UNKNOWN PLAYER",
    )
    assert (content.message, content.server_name, content.map) == ("look here", "test", None)
    assert (command.cooldown_seconds, command.include_other_servers) == (60, True)
    too_large = await large(plugin, {**report, "image": "x" * 8 * 1024 * 1024})
    assert (too_large.status, len(sent(infractions))) == (413, 1)


@pytest.mark.parametrize(
    ("refusal", "answer"),
    [
        (Refusal(code="blocked", message="x"), {"sent": False, "is_banned": True}),
        (
            Refusal(code="cooling-down", message="x", retry_after_seconds=42),
            {"sent": False, "is_banned": False, "cooldown": 42},
        ),
        (
            Refusal(code="cooling-down", message="x", retry_after_seconds=0),
            {"sent": False, "is_banned": False, "cooldown": 0},
        ),
    ],
    ids=["blocked", "cooling down", "almost cool"],
)
async def test_why_no_admin_was_called(
    plugin: Plugin, infractions: PluginInfractions, refusal: Refusal, answer: dict[str, Any]
) -> None:
    infractions.refuses = refusal
    reply = await plugin.call("POST", PATH, CALL)
    assert (reply.status, reply.json) == (200, answer)


@pytest.mark.parametrize(
    ("there", "status"),
    [
        (lambda _: NONE, 405),
        (lambda _: (target("infraction.issued"),), 405),
        (lambda _: (target("*", kind=TargetKind.WEBHOOK),), 405),
        (lambda _: (target("*", servers=("f" * 24,)),), 405),
        (lambda _: (target("infraction.*"), target("call.*")), 200),
        (lambda server_id: (target("call.opened", servers=(server_id,)),), 200),
    ],
    ids=["nothing", "other events", "no Discord", "another server", "every call", "this server"],
)
async def test_calls_are_configured_when_a_discord_target_takes_them(
    plugin: Plugin,
    infractions: PluginInfractions,
    targets: list[Target],
    there: Callable[[str], tuple[Target, ...]],
    status: int,
) -> None:
    targets += there(plugin.server_id)
    reply = await plugin.call("POST", PATH, CALL)
    assert reply.status == status
    if status == 405:
        assert reply.json == {"detail": "Call Admin is not configured on this server"}
    assert len(sent(infractions)) == (status == 200)


@pytest.mark.parametrize("status", [TargetStatus.PAUSED, TargetStatus.BROKEN])
async def test_nobody_is_promised_an_admin_who_hears_nothing(
    plugin: Plugin, infractions: PluginInfractions, targets: list[Target], status: TargetStatus
) -> None:
    """It would be told when the target is resumed, in an hour or in a month."""
    targets += [target("call.*", status=status), target("infraction.*")]
    reply = await plugin.call("POST", PATH, CALL)
    assert (reply.status, reply.json) == (405, {"detail": "Call Admin is paused on this server"})
    assert sent(infractions) == []


async def test_one_target_that_hears_is_enough(plugin: Plugin, targets: list[Target]) -> None:
    targets += [target("call.*", status=TargetStatus.PAUSED), target("call.*")]
    assert (await plugin.call("POST", PATH, CALL)).json["sent"] is True


async def test_what_the_notifier_said_holds_for_a_moment(plugin: Plugin, targets: list[Target]) -> None:
    assert (await plugin.call("POST", PATH, CALL)).status == 405
    targets.append(target("*"))
    assert (await plugin.call("POST", PATH, CALL)).status == 405


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"caller": None}, "caller"),
    ({"caller": player("BOT")}, "caller.gs_id"),
    ({"message": None}, "message"),
    ({"message": ""}, "message"),
    ({"message": "x" * 121}, "message"),
    ({"cooldown": 0}, "cooldown"),
    ({"cooldown": "soon"}, "cooldown"),
    ({"report_target": {"gs_service": "steam"}}, "report_target"),
    ({"report_target": "x"}, "report_target"),
]


async def test_a_call_that_cannot_be_read_says_where(plugin: Plugin, infractions: PluginInfractions) -> None:
    for wrong, where in WRONG:
        reply = await plugin.call("POST", PATH, {**CALL, **wrong})
        assert (reply.status, reply.json["detail"].partition(":")[0]) == (422, where)
    assert sent(infractions) == []


async def test_a_claim_takes_the_open_call(plugin: Plugin, infractions: PluginInfractions) -> None:
    reply = await plugin.call("POST", f"{PATH}/claim", {"admin_name": "Some\nbody"})
    assert (reply.status, reply.json) == (200, {"success": True})
    (command,) = sent(infractions)
    assert (command.server_id, command.admin_name) == (plugin.server_id, "Some body")
    infractions.refuses = Refusal(code="no-open-call", message="x")
    reply = await plugin.call("POST", f"{PATH}/claim/", {"admin_name": "Somebody"})
    assert (reply.status, reply.json["success"], isinstance(reply.json["msg"], str)) == (200, False, True)
    assert (await plugin.call("POST", f"{PATH}/claim", {})).status == 422


@pytest.mark.parametrize("name", ["", " ", "\a\x01"], ids=["empty", "blank", "control-characters"])
async def test_a_name_that_shows_nothing_holds_up_no_call(
    plugin: Plugin, infractions: PluginInfractions, name: str
) -> None:
    report = {"report_target": player(TWO), "report_target_name": name}
    assert (await plugin.call("POST", PATH, {**CALL, **report, "caller_name": name})).json["sent"]
    assert (await plugin.call("POST", f"{PATH}/claim", {"admin_name": name})).json == {"success": True}
    call, claim = sent(infractions)
    names = call.content.caller_name, call.content.reported_name, claim.admin_name
    assert names == ("UNKNOWN PLAYER",) * 3


async def test_only_servers_call_and_claim(plugin: Plugin, infractions: PluginInfractions) -> None:
    api = await infractions.admit("apiKey", "report", "punish")
    await until(lambda: plugin.running.gateway.credentials.find("apiKey"))
    for auth in (None, f"API {api.id} apiKey"):
        for path, detail in (
            (PATH, "You must be authed as a server to use this route"),
            (f"{PATH}/claim", "Only servers can use this route"),
        ):
            reply = await plugin.call("POST", path, CALL, auth=auth)
            assert (reply.status, reply.json) == (403, {"detail": detail})


async def test_while_infractions_is_away_a_call_is_kept(
    plugin: Plugin, infractions: PluginInfractions, start: Start
) -> None:
    hasty = Plugin(await start(command_timeout_seconds=0.1), plugin.server_id)
    await until(hasty.running.is_ready)
    await infractions.stop()
    assert (await hasty.call("POST", PATH, CALL)).json["sent"] is True
    assert (await hasty.call("POST", f"{PATH}/claim", {"admin_name": "x"})).json["success"] is False
    await infractions.start()
    await until(lambda: len(sent(infractions)) == 2)


@pytest.mark.parametrize(
    ("place", "status"),
    [
        ("192.0.2.7:27015", 307),
        ("game.example.net:27015", 307),
        ("[2001:db8::1]:27015", 307),
        ("192.0.2.7", 422),
        ("", 422),
        ("192.0.2.7:27015/x", 422),
        ("a%0d%0aSet-Cookie:1", 422),
        ("javascript:1//", 422),
    ],
    ids=["IPv4", "name", "IPv6", "no port", "nothing", "a path", "a line break", "a script"],
)
async def test_the_link_in_a_message_leads_into_the_game(plugin: Plugin, place: str, status: int) -> None:
    reply = await plugin.call("GET", f"/api/v1/gs/calladmin/connect?server={place}", auth=None)
    assert reply.status == status
    assert reply.headers.get("Location") == (f"steam://connect/{place}" if status == 307 else None)
