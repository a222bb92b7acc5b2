"""Messages, kicks, requests for review; and commands of either service."""

from typing import Any
from uuid import uuid4

import pytest
from services.gateway.tests.conftest import Running, Start, until
from services.gateway.tests.stand_in import Infractions
from services.gateway.tests.stand_in_tracker import Tracker

from banstream_contracts.examples.ban_files import ban_file
from banstream_contracts.examples.log_sources import source
from banstream_contracts.examples.notifier import target

PLAYER = {"service": "roblox", "id": 156}
KICK = "/v1/players/roblox/156/kick"
REASON = {"reason": "speeding"}


async def test_a_message_goes_to_all_servers_or_to_one(gateway: Running, infractions: Infractions) -> None:
    server = await infractions.admit("server", "punish", kind="server")
    every = await gateway.call("POST", "/v1/messages", {"text": "restart at ten"})
    one = await gateway.call("POST", f"/v1/servers/{server.id}/messages", {"text": "hello", "player": PLAYER})
    assert (every.status, one.status) == (201, 201)
    first, second = infractions.carried_out
    assert (first.server_id, first.player, first.text) == (None, None, "restart at ten")
    assert (second.server_id, str(second.player)) == (server.id, "roblox:156")
    assert every.json == {"message_id": first.message_id, "position": infractions.position - 1}
    assert one.headers["Banstream-Position"] == str(infractions.position)
    assert first.message_id != second.message_id


async def test_a_repeated_message_has_the_same_id(gateway: Running, infractions: Infractions) -> None:
    key = {"Idempotency-Key": "hello"}
    first = await gateway.call("POST", "/v1/messages", {"text": "hello"}, headers=key)
    second = await gateway.call("POST", "/v1/messages", {"text": "hello"}, headers=key)
    assert first.json["message_id"] == second.json["message_id"] == infractions.carried_out[0].message_id
    assert len(infractions.carried_out) == 1


async def test_a_server_speaks_and_kicks_only_on_itself(gateway: Running, infractions: Infractions) -> None:
    server = await infractions.admit("server", "punish", kind="server")
    other = await infractions.admit("other", "punish", kind="server")
    text = {"text": "x"}
    assert (await gateway.call("POST", "/v1/messages", text, secret="server")).status == 403
    assert (await gateway.call("POST", f"/v1/servers/{other.id}/messages", text, secret="server")).status == 403
    assert (await gateway.call("POST", KICK, {**REASON, "server_id": other.id}, secret="server")).status == 403
    assert infractions.carried_out == []
    assert (await gateway.call("POST", f"/v1/servers/{server.id}/messages", text, secret="server")).status == 201
    assert (await gateway.call("POST", KICK, REASON, secret="server")).status == 201
    assert [command.server_id for command in infractions.carried_out] == [server.id] * 2


async def test_a_message_to_what_is_no_server_is_404(gateway: Running, infractions: Infractions) -> None:
    token = await infractions.admit("token", "check")
    await until(lambda: gateway.gateway.credentials.find("token"))
    for server_id in (token.id, "0" * 24, "x", "all", "%00"):
        assert (await gateway.call("POST", f"/v1/servers/{server_id}/messages", {"text": "x"})).status == 404


async def test_a_kick_is_for_all_servers_or_the_named_one(gateway: Running, infractions: Infractions) -> None:
    server = await infractions.admit("server", "check", kind="server")
    kicked = await gateway.call("POST", KICK, REASON)
    assert (kicked.status, kicked.json) == (201, {"position": infractions.position})
    assert (await gateway.call("POST", KICK, {**REASON, "server_id": server.id})).status == 201
    refused = await gateway.call("POST", KICK, {**REASON, "server_id": "0" * 24})
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "server_id")
    assert [command.server_id for command in infractions.carried_out] == [None, server.id]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/messages", {}),
        ("/v1/messages", {"text": ""}),
        ("/v1/messages", {"text": "a\nsay hi"}),
        ("/v1/messages", {"text": "x" * 1025}),
        ("/v1/messages", {"text": 5}),
        ("/v1/messages", {"text": "x", "player": {"service": "roblox", "id": "x"}}),
        ("/v1/messages", {"text": "x", "server_id": "0" * 24}),
        (KICK, {}),
        (KICK, {"reason": "a\x00"}),
        (KICK, {**REASON, "server_id": "x"}),
        ("/v1/players/roblox/x/kick", REASON),
    ],
)
async def test_wrong_values_are_422(gateway: Running, infractions: Infractions, path: str, body: Any) -> None:
    assert (await gateway.call("POST", path, body)).status == 422
    assert infractions.carried_out == []


async def test_while_infractions_is_away_messages_are_accepted(start: Start, infractions: Infractions) -> None:
    await infractions.admit("all", "punish")
    gateway = await start(command_timeout_seconds=0.05)
    await until(gateway.is_ready)
    await infractions.stop()
    answers = [await gateway.call("POST", "/v1/messages", {"text": "x"}), await gateway.call("POST", KICK, REASON)]
    assert [answer.status for answer in answers] == [202, 202]
    assert (await gateway.call("GET", "/v1/requests")).status == 503


async def test_requests_are_for_staff(gateway: Running, infractions: Infractions) -> None:
    await infractions.admit("server", "punish", kind="server")
    listed = await gateway.call("GET", "/v1/requests?player=roblox:156&limit=1")
    assert (listed.status, listed.json["next"]) == (200, "bmV4dA")
    assert listed.json["items"][0]["status"] == "open"
    refused = await gateway.call("GET", "/v1/requests", secret="server")
    assert (refused.status, refused.json["detail"]) == (403, "A server may report and read.")
    assert (await gateway.call("GET", "/v1/requests?player=x")).status == 422
    assert (await gateway.call("GET", "/v1/requests?limit=501")).status == 422


async def test_a_command_of_either_service_is_found(
    gateway: Running, infractions: Infractions, tracker: Tracker
) -> None:
    await gateway.call("POST", KICK, REASON)
    await gateway.call("PUT", "/v1/policies/default", {})
    await gateway.call("PUT", "/v1/protected/roblox/156", REASON)
    (kick,) = infractions.carried_out
    policy, protection = tracker.carried_out
    found = (await gateway.call("GET", f"/v1/commands/{kick.command_id}")).json
    assert (found["service"], found["status"]) == ("infractions", "applied")
    found = (await gateway.call("GET", f"/v1/commands/{policy.command_id}")).json
    assert (found["service"], found["policy"]["version"]) == ("abuse-tracker", 1)
    found = (await gateway.call("GET", f"/v1/commands/{protection.command_id}")).json
    assert found["abuse"]["isProtected"] is True


async def test_a_command_tells_nobody_what_their_scopes_read_nowhere_else(
    gateway: Running, infractions: Infractions
) -> None:
    for scope in ("report", "punish", "admin"):
        await infractions.admit(scope, scope)
    await gateway.call("POST", "/v1/infractions", {"player": PLAYER, "punishments": ["ban"], "reason": "speeding"})
    (made,) = infractions.results.values()
    hosts = {"target": target, "ban_file": ban_file, "log_source": source}
    infractions.results[made.command_id] = made.model_copy(update=hosts)

    async def told(secret: str) -> tuple[int, set[str]]:
        answer = await gateway.call("GET", f"/v1/commands/{made.command_id}", secret=secret)
        assert answer.status == 200, answer.body
        return len(answer.json["infractions"]), hosts.keys() & answer.json.keys()

    await until(lambda: gateway.gateway.credentials.find("admin"))
    assert await told("report") == (0, set())
    assert await told("punish") == (1, set())
    assert await told("admin") == (1, set(hosts))


async def test_a_command_is_unknown_only_when_both_services_say_so(
    gateway: Running, infractions: Infractions, tracker: Tracker
) -> None:
    await gateway.call("POST", KICK, REASON)
    await gateway.call("PUT", "/v1/policies/default", {})
    kick, policy, unknown = infractions.carried_out[0].command_id, tracker.carried_out[0].command_id, uuid4()

    async def statuses() -> list[int]:
        return [(await gateway.call("GET", f"/v1/commands/{each}")).status for each in (kick, policy, unknown)]

    assert await statuses() == [200, 200, 404]
    await tracker.stop()
    other = [(await gateway.call("GET", f"/v1/commands/{each}")).status for each in (kick, unknown)]
    assert other == [200, 503]
    await tracker.start()
    await infractions.stop()
    assert await statuses() == [503, 200, 503]
