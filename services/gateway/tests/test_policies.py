"""Policies: read, set, remove, compare."""

from typing import Any

import orjson
import pytest
from services.gateway.tests.conftest import Running, until
from services.gateway.tests.stand_in import Infractions
from services.gateway.tests.stand_in_tracker import Tracker

DEFAULT = "/v1/policies/default"
SELF = "/v1/servers/self/policy"
SEED = {
    "dataStoreName": "RewindAbuseTracker",
    "thresholds": {"warn": 3, "kick": 5, "ban": 10},
    "autoKick": True,
    "autoBan": True,
    "banDuration": 86400 * 7,
}
"""The first example of the seed."""
CODE = {"warnAt": 3, "kickAt": 5, "banAt": 10, "useDataStore": True, "saveInterval": 60, "enabled": True}


async def test_a_policy_is_set_in_any_spelling_and_read_in_ours(gateway: Running) -> None:
    body = {
        "thresholds": {"warnAt": 2, "kick": None},
        "banAt": 5,
        "autoBan": False,
        "resetAfter": 60,
        "ban_scope": "server",
    }
    made = await gateway.call("PUT", "/v1/policies/strict", body)
    assert made.status == 200
    assert (made.json["policy_id"], made.json["version"], made.headers["ETag"]) == ("strict", 1, '"1"')
    policy = made.json["policy"]
    assert policy["thresholds"] == {"warn": 2, "kick": None, "ban": 5}
    assert (policy["auto_ban"], policy["auto_kick"], policy["reset_after_seconds"]) == (False, True, 60)
    found = await gateway.call("GET", "/v1/policies/strict")
    assert (found.status, found.json, found.headers["ETag"]) == (200, made.json, '"1"')
    listed = (await gateway.call("GET", "/v1/policies")).json["items"]
    assert [each["policy_id"] for each in listed] == ["default", "strict"]
    assert "Banstream-Position" not in made.headers


async def test_what_is_null_is_never_and_for_good(gateway: Running, tracker: Tracker) -> None:
    body = {"thresholds": {"warn": None, "kick": None, "ban": None}, "banDuration": None, "resetAfter": None}
    assert (await gateway.call("PUT", DEFAULT, body)).status == 200
    policy = tracker.policies["default"].policy
    assert (policy.thresholds.ban, policy.ban_duration_seconds, policy.reset_after_seconds) == (None, None, None)


async def test_an_older_version_is_found_or_not(gateway: Running) -> None:
    await gateway.call("PUT", DEFAULT, {})
    assert (await gateway.call("GET", f"{DEFAULT}?version=1")).status == 200
    for path in (f"{DEFAULT}?version=7", "/v1/policies/none", "/v1/policies/%00", f"/v1/policies/{'x' * 65}"):
        answer = await gateway.call("GET", path)
        assert (answer.status, answer.json["type"]) == (404, "urn:banstream:problem:unknown-policy")
    assert (await gateway.call("GET", f"{DEFAULT}?version=-1")).status == 422
    assert (await gateway.call("GET", f"{DEFAULT}?version={10**30}")).status == 422


async def test_a_policy_that_somebody_else_has_changed_is_not_replaced(gateway: Running, tracker: Tracker) -> None:
    etag = (await gateway.call("GET", DEFAULT)).headers["ETag"]
    assert (await gateway.call("PUT", DEFAULT, {}, headers={"If-Match": etag})).status == 200
    late = await gateway.call("PUT", DEFAULT, {"shadow": True}, headers={"If-Match": etag})
    assert (late.status, late.json["type"]) == (412, "urn:banstream:problem:policy-changed")
    assert (await gateway.call("PUT", DEFAULT, {}, headers={"If-Match": "1"})).status == 200
    sent = len(tracker.carried_out)
    for wrong in ("*", "", "one", '"1', '1"', "W/1", 'w/"1"', "-1", "9" * 100):
        assert (await gateway.call("PUT", DEFAULT, {}, headers={"If-Match": wrong})).status == 400
    assert len(tracker.carried_out) == sent


async def test_the_etag_of_a_proxy_that_packs_answers_is_as_good(gateway: Running) -> None:
    weak = f"W/{(await gateway.call('GET', DEFAULT)).headers['ETag']}"
    assert (await gateway.call("PUT", DEFAULT, {}, headers={"If-Match": weak})).status == 200
    assert (await gateway.call("PUT", DEFAULT, {"shadow": True}, headers={"If-Match": weak})).status == 412


async def test_the_version_is_part_of_what_a_key_stands_for(gateway: Running) -> None:
    key = {"Idempotency-Key": "one"}
    assert (await gateway.call("PUT", DEFAULT, {}, headers={**key, "If-Match": "0"})).status == 200
    repeated = await gateway.call("PUT", DEFAULT, {}, headers={**key, "If-Match": "0"})
    assert (repeated.status, repeated.json["version"]) == (200, 1)
    assert (await gateway.call("PUT", DEFAULT, {}, headers={**key, "If-Match": "1"})).status == 422


async def test_a_policy_ends(gateway: Running, tracker: Tracker) -> None:
    await gateway.call("PUT", "/v1/policies/strict", {})
    ended = await gateway.call("DELETE", "/v1/policies/strict")
    assert (ended.status, ended.json) == (200, {"policy_id": "strict", "position": tracker.position})
    assert (await gateway.call("GET", "/v1/policies/strict")).status == 404
    assert (await gateway.call("DELETE", "/v1/policies/Strict")).status == 404


@pytest.mark.parametrize(
    ("body", "field", "hint"),
    [
        ({"tresholds": {}}, "tresholds", "did you mean thresholds?"),
        ({"thresholds": {"bann": 1}}, "thresholds.bann", "did you mean thresholds.ban"),
        ({"autokick": True}, "autokick", "did you mean auto"),
        ({"zzzzzz": 1}, "zzzzzz", "is not known"),
        ({"banDuration": 1, "ban_duration_seconds": 1}, "ban_duration_seconds", "says the same as banDuration"),
        ({"thresholds": {"warn": 1, "warnAt": 1}}, "thresholds.warnAt", "says the same as thresholds.warn"),
        ({"thresholds": {"warn": 1}, "warnAt": 1}, "warnAt", "says the same as thresholds.warn"),
        ({"dataStoreName": "x"}, "dataStoreName", "is not known"),
        ({"a\nb": 1}, "a b", "is not known"),
        ({"x" * 100_000: 1}, "x" * 64, "is not known"),
        ({"": 1}, "", "is not known"),
    ],
    ids=range(11),
)
async def test_a_key_that_cannot_be_taken_is_400_and_named(
    gateway: Running, tracker: Tracker, body: dict[str, Any], field: str, hint: str
) -> None:
    answer = await gateway.call("PUT", DEFAULT, body)
    assert (answer.status, answer.json["type"]) == (400, "urn:banstream:problem:malformed")
    assert answer.json["errors"][0]["field"] == field
    assert hint in answer.json["errors"][0]["message"]
    assert tracker.carried_out == []


async def test_many_unknown_keys_cost_little(gateway: Running) -> None:
    answer = await gateway.call("PUT", DEFAULT, {f"key{number}": 1 for number in range(50_000)})
    assert (answer.status, len(answer.json["errors"])) == (400, 20)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"thresholds": {"warn": 0}}, "thresholds.warn"),
        ({"thresholds": {"warn": "3"}}, "thresholds.warn"),
        ({"thresholds": {"warn": True}}, "thresholds.warn"),
        ({"thresholds": {"warn": 10**400}}, "thresholds.warn"),
        ({"thresholds": None}, "thresholds"),
        ({"thresholds": 5, "warnAt": 3}, "thresholds"),
        ({"banDuration": 0}, "ban_duration_seconds"),
        ({"banDuration": 1.5}, "ban_duration_seconds"),
        ({"banDuration": 10**12}, "ban_duration_seconds"),
        ({"banScope": "universe"}, "ban_scope"),
        ({"weights": {"Speed Hack": 1}}, "weights"),
        ({"weights": {"aimbot": -1}}, "weights.aimbot"),
        ({"servers": ["x"]}, "servers.0"),
        ({"servers": ["0" * 24, "0" * 24]}, ""),
        ({"reasons": ["a\nb"]}, "reasons.0"),
        ({"coalesceSeconds": -1}, "coalesce_seconds"),
        ({"name": "a\x00"}, "name"),
    ],
    ids=range(17),
)
async def test_a_wrong_value_is_422(gateway: Running, tracker: Tracker, body: object, field: str) -> None:
    answer = await gateway.call("PUT", DEFAULT, body)
    assert (answer.status, answer.json["type"]) == (422, "urn:banstream:problem:invalid")
    assert answer.json["errors"][0]["field"].startswith(field)
    assert tracker.carried_out == []


@pytest.mark.parametrize("path", [DEFAULT, f"{SELF}?server_id={'0' * 24}"])
@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"5", b'"x"', b"[1]", b'{"warnAt":NaN}', b'{"warnAt":1,"warnAt":2}', b'{"a":' * 50_000, b"\xff"],
    ids=range(9),
)
async def test_what_is_no_policy_is_400(gateway: Running, tracker: Tracker, path: str, body: bytes) -> None:
    answer = await gateway.call("PUT", path, data=body, headers={"Content-Type": "application/json"})
    assert (answer.status, answer.json["type"]) == (400, "urn:banstream:problem:malformed")
    assert tracker.carried_out == []


async def test_a_policy_needs_a_name_that_policies_can_have(gateway: Running) -> None:
    for policy_id in ("Strict", "x" * 65, "a.b", "%00", "-x"):
        answer = await gateway.call("PUT", f"/v1/policies/{policy_id}", {})
        assert (answer.status, answer.json["errors"][0]["field"]) == (422, "policy_id")


@pytest.mark.parametrize("wanted", [SEED, CODE, {}, [], {"thresholds": []}, {"weights": []}, {"reasons": []}])
async def test_a_game_that_wants_what_holds_is_told_so(
    gateway: Running, infractions: Infractions, tracker: Tracker, wanted: object
) -> None:
    await infractions.admit("server", "report", kind="server")
    body = orjson.dumps(wanted)
    answer = await gateway.call("PUT", SELF, data=body, headers={"Content-Type": "application/json"}, secret="server")
    assert answer.status == 200
    assert (answer.json["applied"], answer.json["differences"]) == (True, {})
    assert (answer.json["policy_id"], answer.json["version"]) == ("default", 0)
    assert answer.json["policy"]["thresholds"] == {"warn": 3, "kick": 5, "ban": 10}
    assert "reason" not in answer.json
    assert tracker.carried_out == []


async def test_a_game_that_wants_something_else_is_told_what_and_nothing_of_what_it_left_out(
    gateway: Running, infractions: Infractions, tracker: Tracker
) -> None:
    servers = ["1" * 24, "0" * 24]
    await gateway.call(
        "PUT", DEFAULT, {"servers": servers, "autoBan": False, "banDuration": None, "shadow": True, "autoKick": True}
    )
    await infractions.admit("server", "report", kind="server")
    wanted = {**SEED, "thresholds": {"warn": 1, "kick": 5}, "resetAfter": None, "servers": servers[::-1]}
    answer = await gateway.call("PUT", SELF, wanted, secret="server")
    assert answer.status == 200
    assert answer.json["applied"] is False
    assert "administrator" in answer.json["reason"]
    assert answer.json["differences"] == {
        "thresholds.warn": [1, 3],
        "auto_ban": [True, False],
        "ban_duration_seconds": [604800, None],
    }
    assert tracker.policies["default"].version == 1


async def test_comparing_refuses_what_setting_refuses(gateway: Running, infractions: Infractions) -> None:
    await infractions.admit("server", "report", kind="server")
    for body, status in (({"warn": 3}, 400), ({"thresholds": {"dataStoreName": 1}}, 400), ({"warnAt": 0}, 422)):
        assert (await gateway.call("PUT", SELF, body, secret="server")).status == status


async def test_a_token_names_the_server_and_a_server_only_itself(gateway: Running, infractions: Infractions) -> None:
    server = await infractions.admit("server", "report", kind="server")
    await until(lambda: gateway.gateway.credentials.find("server"))
    unnamed = await gateway.call("PUT", SELF, {})
    assert (unnamed.status, unnamed.json["errors"][0]["field"]) == (422, "query.server_id")
    assert (await gateway.call("PUT", f"{SELF}?server_id={server.id}", {})).status == 200
    assert (await gateway.call("PUT", f"{SELF}?server_id={'0' * 24}", {}, secret="server")).status == 403
