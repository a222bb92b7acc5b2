"""Every row of the error catalogue of facts gflbans 1.1: its status, and a `detail` that is a text."""

from typing import Any

import pytest
from services.gateway.tests.conftest import Start, until
from services.gateway.tests.gflbans.conftest import KEY, Plugin
from services.gateway.tests.gflbans.domain import PluginInfractions

from banstream_contracts.results import Refusal
from banstream_gateway.gflbans.routes import GFLBANS

PLAYER = {"gs_service": "steam", "gs_id": "76561197960265729"}
BAN = {"player": PLAYER, "reason": "r", "punishments": ["ban"], "scope": "global"}
REMOVAL = {"player": PLAYER, "remove_reason": "r"}
POLICY = {"name": "p", "tier_ttl": 60, "default_reason": "d", "tiers": [{"punishments": ["ban"]}]}
USE = {"player": PLAYER, "scope": "server", "policy_id": "0" * 24}
ID = "0" * 24
INFRACTIONS, REMOVE, STATS = "/api/v1/infractions/", "/api/v1/infractions/remove", "/api/v1/infractions/stats"
CHECK, ONE, VPN = "/api/v1/infractions/check", f"/api/v1/infractions/{ID}", "/api/v1/gs/vpn"
REGISTER, USING = "/api/v1/infractions/register_policy", "/api/v1/infractions/using_policy"

Request = tuple[str, str, Any]
INVALID: dict[str, Request] = {
    "no-player": ("POST", INFRACTIONS, {**BAN, "player": None}),
    "player-is-text": ("POST", INFRACTIONS, {**BAN, "player": "steam"}),
    "player-without-service": ("POST", INFRACTIONS, {**BAN, "player": {"gs_id": "1"}}),
    "player-without-id": ("POST", INFRACTIONS, {**BAN, "player": {"gs_service": "steam"}}),
    "player-empty": ("POST", INFRACTIONS, {**BAN, "player": {}}),
    "steam-id-malformed": ("POST", INFRACTIONS, {**BAN, "player": {"gs_service": "steam", "gs_id": "STEAM_9:1:1"}}),
    "service-malformed": ("POST", INFRACTIONS, {**BAN, "player": {"gs_service": "no service", "gs_id": "1"}}),
    "id-with-line-break": ("POST", INFRACTIONS, {**BAN, "player": {"gs_service": "discord", "gs_id": "1\n2"}}),
    "id-is-object": ("POST", INFRACTIONS, {**BAN, "player": {"gs_service": "steam", "gs_id": {}}}),
    "ip-malformed": ("POST", INFRACTIONS, {**BAN, "player": {"ip": "999.1.1.1"}}),
    "no-reason": ("POST", INFRACTIONS, {**BAN, "reason": None}),
    "empty-reason": ("POST", INFRACTIONS, {**BAN, "reason": ""}),
    "long-reason": ("POST", INFRACTIONS, {**BAN, "reason": "x" * 281}),
    "reason-is-list": ("POST", INFRACTIONS, {**BAN, "reason": ["r"]}),
    "no-punishments": ("POST", INFRACTIONS, {**BAN, "punishments": None}),
    "unknown-punishment": ("POST", INFRACTIONS, {**BAN, "punishments": ["kick"]}),
    "punishment-is-list": ("POST", INFRACTIONS, {**BAN, "punishments": [["ban"]]}),
    "punishments-are-text": ("POST", INFRACTIONS, {**BAN, "punishments": "ban"}),
    "no-scope": ("POST", INFRACTIONS, {**BAN, "scope": None}),
    "unknown-scope": ("POST", INFRACTIONS, {**BAN, "scope": "world"}),
    "duration-zero": ("POST", INFRACTIONS, {**BAN, "duration": 0}),
    "duration-negative": ("POST", INFRACTIONS, {**BAN, "duration": -60}),
    "duration-is-text": ("POST", INFRACTIONS, {**BAN, "duration": "an hour"}),
    "duration-is-list": ("POST", INFRACTIONS, {**BAN, "duration": [60]}),
    "duration-too-long": ("POST", INFRACTIONS, {**BAN, "duration": 10**30}),
    "session-is-number": ("POST", INFRACTIONS, {**BAN, "session": 2}),
    "session-ban": ("POST", INFRACTIONS, {**BAN, "session": True}),
    "online-ban": ("POST", INFRACTIONS, {**BAN, "duration": 60, "dec_online_only": True}),
    "playtime-ban": ("POST", INFRACTIONS, {**BAN, "duration": 60, "playtime_based": "yes"}),
    "admin-names-nobody": ("POST", INFRACTIONS, {**BAN, "admin": {}}),
    "admin-names-two": ("POST", INFRACTIONS, {**BAN, "admin": {"ips_id": 1, "gs_admin": PLAYER}}),
    "admin-is-text": ("POST", INFRACTIONS, {**BAN, "admin": "root"}),
    "admin-account-zero": ("POST", INFRACTIONS, {**BAN, "admin": {"ips_id": 0}}),
    "admin-account-too-large": ("POST", INFRACTIONS, {**BAN, "admin": {"ips_id": 2**32}}),
    "admin-malformed": ("POST", INFRACTIONS, {**BAN, "admin": {"gs_admin": {"gs_service": "steam", "gs_id": "x"}}}),
    "admin-without-id": ("POST", INFRACTIONS, {**BAN, "admin": {"gs_admin": {"gs_service": "steam"}}}),
    "body-is-list": ("POST", INFRACTIONS, []),
    "no-remove-reason": ("POST", REMOVE, {"player": PLAYER}),
    "remove-nobody": ("POST", REMOVE, {"remove_reason": "r"}),
    "unknown-restrict-type": ("POST", REMOVE, {**REMOVAL, "restrict_types": ["kick"]}),
    "include-others-is-word": ("POST", REMOVE, {**REMOVAL, "include_other_servers": "perhaps"}),
    "removal-without-reason": ("PATCH", ONE, {"set_removal_state": True}),
    "two-ends": ("PATCH", ONE, {"make_permanent": True, "expiration": 60}),
    "policy-of-patch-malformed": ("PATCH", ONE, {"policy_id": "p"}),
    "policy-of-patch-is-list": ("PATCH", ONE, {"policy_id": []}),
    "web-and-server": ("PATCH", ONE, {"make_web": True, "server": ID}),
    "check-of-nobody": ("GET", CHECK, None),
    "check-without-service": ("GET", f"{CHECK}?gs_id=76561197960265729", None),
    "check-of-bad-id": ("GET", f"{CHECK}?gs_service=steam&gs_id=0", None),
    "check-of-bad-ip": ("GET", f"{CHECK}?ip=nowhere", None),
    "check-with-bad-flag": ("GET", f"{CHECK}?gs_service=steam&gs_id=76561197960265729&include_other_servers=x", None),
    "stats-of-nobody": ("GET", STATS, None),
    "list-of-nobody": ("GET", INFRACTIONS, None),
    "list-limit": ("GET", f"{INFRACTIONS}?gs_service=steam&gs_id=76561197960265729&limit=51", None),
    "list-skip": ("GET", f"{INFRACTIONS}?gs_service=steam&gs_id=76561197960265729&skip=-1", None),
    "vpn-without-ip": ("GET", f"{VPN}?gs_service=steam&gs_id=76561197960265729", None),
    "vpn-of-bad-ip": ("GET", f"{VPN}?ip=nowhere", None),
    "admininfo-of-nobody": ("GET", "/api/v1/gs/admininfo", None),
    "policy-without-tiers": ("POST", REGISTER, {**POLICY, "tiers": None}),
    "policy-with-no-tier": ("POST", REGISTER, {**POLICY, "tiers": []}),
    "policy-with-text-tier": ("POST", REGISTER, {**POLICY, "tiers": ["ban"]}),
    "policy-tier-without-punishments": ("POST", REGISTER, {**POLICY, "tiers": [{}]}),
    "policy-online-ban": ("POST", REGISTER, {**POLICY, "tiers": [{"punishments": ["ban"], "dec_online": True}]}),
    "policy-without-ttl": ("POST", REGISTER, {**POLICY, "tier_ttl": None}),
    "policy-without-name": ("POST", REGISTER, {**POLICY, "name": None}),
    "use-without-policy": ("POST", USING, {**USE, "policy_id": None}),
    "use-without-scope": ("POST", USING, {**USE, "scope": None}),
    "unlink-nothing": ("POST", "/api/v1/infractions/unlink_policy", {}),
}
TOLD: dict[str, tuple[Request, int, str]] = {
    "unknown-path": (("GET", "/api/v1/nothing", None), 404, "Not Found"),
    "unknown-path-below": (("POST", "/api/nothing/at/all", None), 404, "Not Found"),
    "prefix-alone": (("GET", "/api/v1", None), 404, "Not Found"),
    "wrong-method": (("DELETE", INFRACTIONS, None), 405, "Method Not Allowed"),
    "wrong-method-of-check": (("POST", CHECK, {}), 405, "Method Not Allowed"),
    "check-is-no-id": (("PATCH", CHECK, {}), 405, "Method Not Allowed"),
    "other-server": (
        ("POST", INFRACTIONS, {**BAN, "server": "f" * 24}),
        403,
        "Insufficient permissions to override the server",
    ),
    "patch-other-server": (
        ("PATCH", ONE, {"server": "f" * 24}),
        403,
        "Insufficient permissions to override the server",
    ),
    "mongo-id-of-nobody": (
        ("POST", INFRACTIONS, {**BAN, "admin": {"mongo_id": "5" * 24}}),
        403,
        "Could not find an admin with which to associate this infraction",
    ),
    "patch-malformed-id": (("PATCH", "/api/v1/infractions/xyz", {}), 404, "Infraction ID does not exist."),
    "patch-unknown-id": (("PATCH", ONE, {}), 404, "Infraction ID does not exist."),
    "info-malformed-id": (("GET", "/api/v1/infractions/xyz/info", None), 400, "Invalid id"),
    "info-unknown-id": (("GET", f"{ONE}/info", None), 404, "No such infraction"),
    "use-malformed-policy": (("POST", USING, {**USE, "policy_id": "mine"}), 404, "No such policy"),
    "admininfo-unknown": (("GET", "/api/v1/gs/admininfo?ips_id=5", None), 404, "No Such admin"),
}
REFUSED: dict[str, tuple[int, str]] = {
    "insufficient-rights": (403, "Insufficient privileges"),
    "immune": (403, "Your target is immune"),
    "unknown-admin": (403, "Could not find an admin with which to associate this infraction"),
    "other-server": (403, "You do not have permission to edit this infraction."),
    "unknown-infraction": (404, "Infraction ID does not exist."),
    "ended": (401, "why"),
    "not-lifted": (401, "why"),
    "not-in-force": (401, "why"),
    "invalid-change": (401, "why"),
    "unknown-tiering-policy": (404, "No such policy"),
    "failed": (500, "The command was refused"),
}
BROKEN = [b"", b"{", b"\xff\xfe", b'{"reason": NaN}', b"null", b'"x"', b"[" * 100_000, b'{"a":' * 100_000]
GUESTS = {
    ("POST", INFRACTIONS): "This route requires authorization",
    ("POST", REMOVE): "This route requires authorization",
    ("PATCH", ONE): "This route requires authorization",
    ("GET", CHECK): "This route requires authorization",
    ("GET", VPN): "This route requires authentication",
    ("POST", REGISTER): "This route requires authorization",
    ("POST", USING): "This route requires authorization",
    ("GET", "/api/v1/infractions/policies"): "This route requires authorization",
}


async def test_invalid_values_are_422_with_a_text_that_names_them(
    plugin: Plugin, infractions: PluginInfractions
) -> None:
    seen = {}
    for case, (method, path, body) in INVALID.items():
        answer = await plugin.call(method, path, body)
        seen[case] = answer.status, isinstance(answer.json["detail"], str) and bool(answer.json["detail"])
    assert seen == dict.fromkeys(INVALID, (422, True))
    assert infractions.carried_out == []
    named = await plugin.call("POST", INFRACTIONS, {**BAN, "admin": {"gs_admin": {"gs_service": "steam"}}})
    assert named.json == {"detail": "admin.gs_admin: gs_service and gs_id are needed"}


async def test_what_the_catalogue_tells_is_told(plugin: Plugin, infractions: PluginInfractions) -> None:
    seen = {}
    for case, (request, _, _) in TOLD.items():
        answer = await plugin.call(*request)
        seen[case] = answer.status, answer.json["detail"]
        assert answer.headers["Content-Type"] == "application/json"
    assert seen == {case: (status, detail) for case, (_, status, detail) in TOLD.items()}
    assert infractions.carried_out == []


async def test_a_refused_command_is_told_as_gflbans_does(plugin: Plugin, infractions: PluginInfractions) -> None:
    seen = {}
    for code in REFUSED:
        infractions.refuses = Refusal.model_validate({"code": code, "message": "why"})
        answer = await plugin.call("POST", INFRACTIONS, BAN)
        seen[code] = answer.status, answer.json["detail"]
    assert seen == REFUSED
    infractions.refuses = Refusal(code="unknown-infraction", message="why")
    assert (await plugin.call("PATCH", ONE, {"reason": "x"})).status == 404


async def test_broken_json_is_422(plugin: Plugin, infractions: PluginInfractions) -> None:
    headers = {"Content-Type": "application/json"}
    answers = [await plugin.call("POST", INFRACTIONS, data=body, headers=headers) for body in BROKEN]
    assert [answer.status for answer in answers] == [422] * len(BROKEN)
    assert all(isinstance(answer.json["detail"], str) for answer in answers)
    assert infractions.carried_out == []


@pytest.mark.parametrize("depth", [100, 950, 1000, 5000])
async def test_nesting_is_never_a_500(plugin: Plugin, depth: int) -> None:
    nested = b"[" * depth + b"]" * depth
    body = b'{"player": {"ip": "192.0.2.1"}, "punishments": [], "scope": "global", "reason": "r", "extra": %s}' % nested
    answer = await plugin.call("POST", INFRACTIONS, data=body, headers={"Content-Type": "application/json"})
    assert answer.status in {200, 422}


async def test_guests_are_told_what_is_missing(plugin: Plugin) -> None:
    seen = {}
    for method, path in GUESTS:
        answer = await plugin.call(method, path, {} if method != "GET" else None, auth=None)
        seen[method, path] = answer.status, answer.json
    assert seen == {request: (401, {"detail": detail}) for request, detail in GUESTS.items()}


async def test_no_guest_changes_anything(plugin: Plugin, infractions: PluginInfractions) -> None:
    changing = [each for each in GFLBANS if each.method != "GET"]
    assert len(changing) > 24
    for endpoint in changing:
        path = endpoint.path.replace("{infraction_id}", ID)
        answer = await plugin.call(endpoint.method, path, {}, auth=None)
        assert (answer.status in {401, 403}, list(answer.json)) == (True, ["detail"]), path
    assert infractions.carried_out == []


async def test_both_prefixes_and_both_slash_forms_answer_at_once(plugin: Plugin) -> None:
    query = "?gs_service=steam&gs_id=76561197960265729"
    routes = {
        ("GET", "infractions/check"): 200,
        ("GET", "infractions/stats"): 200,
        ("GET", "infractions"): 200,
        ("GET", "infractions/policies"): 200,
        ("GET", f"infractions/{ID}/info"): 404,
        ("POST", "infractions"): 422,
        ("POST", "infractions/remove"): 422,
        ("POST", "infractions/register_policy"): 422,
        ("POST", "infractions/using_policy"): 422,
        ("POST", "infractions/unlink_policy"): 422,
        ("PATCH", f"infractions/{ID}"): 404,
        ("GET", "gs/admininfo"): 404,
        ("GET", "gs/vpn"): 422,
    }
    for (method, path), status in routes.items():
        forms = [f"{prefix}{path}{slash}{query}" for prefix in ("/api/v1/", "/api/") for slash in ("", "/")]
        seen = [(await plugin.call(method, form, None if method == "GET" else {})).status for form in forms]
        assert seen == [status] * 4, path
    head = await plugin.call("HEAD", f"{CHECK}{query}")
    assert (head.status, head.body) == (200, b"")


async def test_without_nats_writes_are_503_and_checks_go_on(start: Start, infractions: PluginInfractions) -> None:
    server = await infractions.admit(KEY, "check", "punish", kind="server")
    running = await start(publish_timeout_seconds=0.1, query_timeout_seconds=0.1)
    await until(running.is_ready)
    await infractions.stop()
    plugin = Plugin(running, server.id)
    read = await plugin.call("GET", f"{STATS}?gs_service=steam&gs_id=76561197960265729")
    assert (read.status, read.headers["Retry-After"]) == (503, "2")
    assert "infractions" in read.json["detail"]
    assert (await plugin.call("GET", f"{CHECK}?gs_service=steam&gs_id=76561197960265729")).json == {}
