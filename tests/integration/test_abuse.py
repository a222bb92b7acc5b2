"""An incident flows from a game server's report to a count, a kick, a ban, and to every waiting server."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from banstream_testing.steps import Answer, ban, call, is_banned, somebody
from banstream_testing.system import System
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]
GATEWAYS = 2


async def report(system: System, player: str, *reasons: str, ids: list[str] | None = None) -> Answer:
    """As the game server."""
    incidents = [
        {"id": ids[place] if ids else str(uuid4()), "player": {"service": "roblox", "id": player}, "reason": reason}
        for place, reason in enumerate(reasons)
    ]
    return await call(system, "POST", "/v1/incidents", {"incidents": incidents}, token=system.server_key)


async def abuse(system: System, player: str) -> Any:
    answer = await call(system, "GET", f"/v1/players/roblox/{player}/abuse", token=system.server_key)
    assert answer.status == 200, answer
    return answer.body


async def cursor(system: System, gateway: int = 0) -> str:
    answer = await call(system, "GET", "/v1/feed", token=system.server_key, gateway=gateway)
    assert answer.status == 200, answer
    return str(answer.body["cursor"])


async def heard(system: System, start: str, player: str, gateway: int = 0) -> list[dict[str, Any]]:
    """What the feed says of a player after a cursor, waiting until something comes."""
    events: list[dict[str, Any]] = []
    at = start
    while not events:
        path = f"/v1/feed?cursor={at}&wait=10"
        answer = await call(system, "GET", path, token=system.server_key, gateway=gateway)
        if answer.status == 503:  # just started, and has not read what is recent yet
            continue
        assert answer.status == 200, answer
        at = answer.body["cursor"]
        events = [each for each in answer.body["events"] if (each.get("player") or {}).get("id") == player]
    return events


async def all_heard(system: System, start: str, player: str, kinds: set[str]) -> dict[str, dict[str, Any]]:
    """The events of a player by kind, until each of these has come."""
    found: dict[str, dict[str, Any]] = {}
    at = start
    while not kinds <= found.keys():
        answer = await call(system, "GET", f"/v1/feed?cursor={at}&wait=10", token=system.server_key, gateway=1)
        at = answer.body["cursor"]
        for each in answer.body["events"]:
            if (each.get("player") or {}).get("id") == player:
                found[f"{each['type']} {each.get('threshold', '')}".strip()] = each
    return found


async def test_incidents_warn_kick_and_ban_and_every_waiting_server_hears_of_it(system: System) -> None:
    player, start = somebody(), await cursor(system, gateway=1)
    listening = asyncio.create_task(
        all_heard(system, start, player, {"threshold warn", "kick", "threshold kick", "threshold ban", "restrictions"})
    )
    for count in range(1, 11):
        answer = await report(system, player, "speed_hack")
        assert (answer.status, answer.body["incidents"][0]["count"]) == (201, count)
    found = await asyncio.wait_for(listening, 60)
    assert found["restrictions"]["banned"] is True
    assert found["kick"]["reason"] == "speed_hack (5 incidents)"
    await eventually(lambda: is_banned(system, player, gateway=1))  # the feed waits a second for it, no longer

    async def knows() -> Any:
        found = await abuse(system, player)
        return found if found["isBanned"] else None

    history = await eventually(knows)  # the first gateway may be told after the second
    assert (history["userId"], history["totalIncidents"]) == (int(player), 10)
    assert history["banReason"] == "speed_hack (10 incidents)"


async def test_an_unban_begins_the_count_anew_and_keeps_the_history(system: System) -> None:
    player = somebody()
    await report(system, player, *["clip"] * 10)

    async def banned() -> bool:
        return await is_banned(system, player)

    await eventually(banned)
    lifted = await call(
        system, "POST", f"/v1/players/roblox/{player}/lift", {"punishments": ["ban"], "reason": "appeal"}
    )
    assert lifted.status == 200

    async def anew() -> bool:
        found = await abuse(system, player)
        return bool(found["count"] == 0 and found["totalIncidents"] == 10 and not found["isBanned"])

    await eventually(anew)


async def test_the_same_incident_again_changes_nothing(system: System) -> None:
    player, name = somebody(), str(uuid4())
    assert (await report(system, player, "clip", ids=[name])).body["incidents"][0]["status"] == "recorded"
    assert (await report(system, player, "clip", ids=[name])).body["incidents"][0]["status"] == "repeated"
    assert (await abuse(system, player))["totalIncidents"] == 1


async def test_with_the_tracker_dead_reports_are_stored_and_counted_later(system: System) -> None:
    player = somebody()
    system.abuse_tracker.kill()
    answer = await report(system, player, "clip", "clip")
    assert answer.status == 202
    assert (await ban(system, somebody())).status == 201
    system.abuse_tracker.start()

    async def counted() -> bool:
        asked = await call(system, "GET", f"/v1/players/roblox/{player}/abuse", token=system.server_key)
        return asked.status == 200 and asked.body["count"] == 2

    await eventually(counted)
    found = await call(system, "GET", answer.headers["location"], token=system.admin_token)
    assert (found.status, len(found.body["incidents"])) == (200, 2)


async def test_with_infractions_dead_a_crossing_bans_when_it_is_back(system: System) -> None:
    player = somebody()
    system.infractions.kill()
    assert (await report(system, player, *["clip"] * 10)).status == 201
    await system.restart_infractions()

    async def banned() -> bool:
        return await is_banned(system, player, gateway=1)

    await eventually(banned)


async def test_a_restarted_gateway_goes_on_with_the_same_cursor(system: System) -> None:
    player, start = somebody(), await cursor(system)
    system.gateways[0].service.kill()
    await ban(system, player, gateway=1)
    system.gateways[0].service.start()
    await system.wait_ready(0)
    (event,) = await heard(system, start, player)
    assert (event["type"], event["banned"]) == ("restrictions", True)


async def test_a_policy_of_a_server_is_set_shown_and_counts(system: System) -> None:
    policy = {"servers": [system.server_id], "thresholds": {"warnAt": 1, "kickAt": 2, "banAt": 3}, "autoBan": False}
    made = await call(system, "PUT", "/v1/policies/strict", policy, token=system.admin_token)
    assert (made.status, made.body["version"]) == (200, 1)
    player = somebody()
    answer = await report(system, player, *["aimbot"] * 3)
    assert [each["thresholds"] for each in answer.body["incidents"]] == [["warn"], ["kick"], ["ban"]]

    async def asked_for() -> bool:
        found = await call(system, "GET", f"/v1/requests?player=roblox:{player}", token=system.admin_token)
        return len(found.body["items"]) == 1

    await eventually(asked_for)
    assert not await is_banned(system, player)
    refused = await call(system, "PUT", "/v1/policies/strict", policy, token=system.server_key)
    assert refused.status == 403
    assert (await call(system, "DELETE", "/v1/policies/strict", token=system.admin_token)).status == 200


async def test_incidents_of_a_server_under_review_open_a_request_and_ban_nobody(system: System) -> None:
    made = await call(system, "POST", "/v1/servers", {"name": "new", "review": True}, token=system.admin_token)
    player = somebody()
    incidents = [
        {"id": str(uuid4()), "player": {"service": "roblox", "id": player}, "reason": "clip"} for _ in range(10)
    ]

    async def is_taken() -> bool:
        answer = await call(system, "POST", "/v1/incidents", {"incidents": incidents}, token=made.body["key"])
        return answer.status in {200, 201}

    await eventually(is_taken)

    async def asked_for() -> bool:
        found = await call(system, "GET", f"/v1/requests?player=roblox:{player}", token=system.admin_token)
        return [each["status"] for each in found.body["items"]] == ["open"]

    await eventually(asked_for)
    assert not await is_banned(system, player)


async def test_a_false_positive_is_dismissed_by_staff_not_by_the_server(system: System) -> None:
    player = somebody()
    first = (await report(system, player, "teleport", "teleport")).body["incidents"][0]["incident_id"]
    path = f"/v1/incidents/{first}/dismiss"
    assert (await call(system, "POST", path, {"reason": "pad"}, token=system.server_key)).status == 403
    assert (await call(system, "POST", path, {"reason": "pad"}, token=system.admin_token)).status == 200
    history = await abuse(system, player)
    assert (history["count"], history["totalIncidents"]) == (1, 1)
    assert sorted(each["dismissed"] for each in history["records"]) == [False, True]


async def test_a_message_reaches_the_server_it_is_for(system: System) -> None:
    start = await cursor(system)
    body = {"text": "restart in five minutes"}
    sent = await call(system, "POST", f"/v1/servers/{system.server_id}/messages", body, token=system.admin_token)
    assert sent.status == 201
    messages: list[Any] = []
    while not messages:
        answer = await call(system, "GET", f"/v1/feed?cursor={start}&wait=10", token=system.server_key)
        start = answer.body["cursor"]
        messages = [each for each in answer.body["events"] if each["type"] == "message"]
    (event,) = messages
    assert event["text"] == "restart in five minutes"
