"""Whatever stands in whichever field: an answer of the catalogue, never a 500, and nothing that may not travel."""

from typing import Any

import orjson
import pytest
from services.gateway.tests.gflbans.conftest import Plugin
from services.gateway.tests.gflbans.domain import PluginInfractions
from services.gateway.tests.gflbans.test_infractions import PLAYER, STEAM_64
from services.gateway.tests.gflbans.test_policies import POLICY

from banstream_contracts.infraction_messages import COMMAND
from banstream_contracts.text import control_character

ADMIN = {"gs_admin": {"gs_service": "steam", "gs_id": STEAM_64}}
ID = "0" * 24
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "infractions/"): {
        "player": {**PLAYER, "ip": "192.0.2.7"},
        "reason": "r",
        "punishments": ["chat_block"],
        "scope": "server",
        "duration": 60,
        "admin": ADMIN,
        "session": False,
        "dec_online_only": False,
        "server": None,
    },
    ("POST", "infractions/remove"): {
        "player": PLAYER,
        "remove_reason": "r",
        "restrict_types": [],
        "include_other_servers": True,
        "admin": {"ips_id": 1},
    },
    ("POST", "infractions/using_policy"): {
        "player": PLAYER,
        "scope": "global",
        "policy_id": ID,
        "consider_other_policies": [],
        "reason": "r",
    },
    ("POST", "infractions/register_policy"): POLICY,
    ("POST", "infractions/unlink_policy"): {"policy_id": ID},
    ("PATCH", "infractions/{}"): {
        "reason": "r",
        "scope": "global",
        "punishments": ["ban"],
        "time_left": 5,
        "set_removal_state": None,
        "removed_by": ADMIN,
        "policy_id": ID,
        "make_web": False,
        "server": None,
    },
}
STRANGE: list[object] = [None, True, -1, 0, 1.5, 2**63 - 1, "", " ", "x" * 10_000, [], {}, [[]], [{}]]
HOSTILE: list[bytes] = [
    *(orjson.dumps(value) for value in STRANGE),
    *(
        b"1e400",
        b"9" * 400,
        b'"\\ud800"',
        b'"a\\u0000b\\u2028c\\u009b"',
        b'"\\u202e\\ud83d\\ude00"',
        b'{"gs_service":1}',
    ),
    *(b'["ban","ban"]', b'{"ips_id":1e30}', b'{"mongo_id":"\\u0000"}', b'{"gs_admin":{"gs_id":[]}}'),
]
QUERIES = ["infractions/check", "infractions/stats", "infractions/", "gs/vpn", "gs/admininfo", "infractions/policies"]
VALUES = ["", "%00", "%ff", "%ED%A0%80", "x" * 3000, "-1", "1e9", "%0a", "null", "%F0%9F%98%80", "STEAM_0:0:0", "0x1"]
ALLOWED = {200, 204, 400, 401, 403, 404, 413, 422}


def variants(body: dict[str, Any]) -> list[bytes]:
    """The body with each field, and each of a player's, replaced by each hostile value."""
    found = []
    for field in body:
        for value in HOSTILE:
            rest = {name: kept for name, kept in body.items() if name != field}
            found.append(orjson.dumps(rest)[:-1] + b',"%s":%s}' % (field.encode(), value))
    if "player" in body:
        rest = {name: kept for name, kept in body.items() if name != "player"}
        for field in ("gs_service", "gs_id", "ip"):
            inner = {name: kept for name, kept in PLAYER.items() if name != field}
            player = orjson.dumps(inner)[:-1] + b',"%s":' % field.encode()
            found += [orjson.dumps(rest)[:-1] + b',"player":' + player + value + b"}}" for value in HOSTILE]
    return found


@pytest.mark.parametrize(("method", "path"), BODIES, ids=["-".join(each).strip("/{}") for each in BODIES])
async def test_no_body_is_too_strange(plugin: Plugin, infractions: PluginInfractions, method: str, path: str) -> None:
    policy = await plugin.call("POST", "/api/v1/infractions/register_policy", POLICY)
    infractions.policies[ID] = infractions.policies[policy.json["policy_id"]]
    made = await plugin.call("POST", "/api/v1/infractions/", BODIES["POST", "infractions/"])
    for body in variants(BODIES[method, path]):
        answer = await plugin.call(
            method,
            f"/api/v1/{path.format(made.json['id'])}",
            data=body,
            headers={"Content-Type": "application/json"},
        )
        assert answer.status in ALLOWED, (body[:300], answer.body)
        if answer.status >= 400:
            assert isinstance(answer.json["detail"], str)
    for command in infractions.carried_out:
        sent = command.model_dump(mode="json")
        assert COMMAND.validate_python(sent) == command
        assert control_character(command.model_dump_json()) is None


@pytest.mark.parametrize("path", QUERIES, ids=[path.strip("/") for path in QUERIES])
async def test_no_query_is_too_strange(plugin: Plugin, path: str) -> None:
    usual = {"gs_service": "steam", "gs_id": STEAM_64, "ip": "192.0.2.7"}
    names = [*usual, "include_other_servers", "limit", "skip", "active_only", "ips_id", "mongo_id", "server"]
    for name in names:
        for value in VALUES:
            query = "&".join(f"{key}={kept}" for key, kept in usual.items() if key != name)
            answer = await plugin.call("GET", f"/api/v1/{path}?{query}&{name}={value}&{name}=again")
            assert answer.status in ALLOWED, (name, value, answer.body)
