"""Tiering policies: as documented, since no real server ever got them right."""

from typing import Any

from services.gateway.tests.conftest import until
from services.gateway.tests.gflbans.conftest import Plugin
from services.gateway.tests.gflbans.domain import PluginInfractions
from services.gateway.tests.gflbans.test_infractions import ADMIN, PLAYER

from banstream_contracts.infractions import Punishment

BASE = "/api/v1/infractions"
POLICY: dict[str, Any] = {
    "name": "Mic spam",
    "server": "ignored",
    "tier_ttl": "86400",
    "default_reason": "mic\nspam",
    "tiers": [
        {"punishments": ["voice_block"], "duration": 3600, "dec_online": True},
        {"punishments": []},
        {"punishments": ["ban"]},
    ],
}


async def test_a_policy_is_registered_used_listed_and_unlinked(plugin: Plugin, infractions: PluginInfractions) -> None:
    made = await plugin.call("POST", f"{BASE}/register_policy", POLICY)
    policy_id = made.json["policy_id"]
    assert (made.status, made.json) == (200, {"policy_id": policy_id})
    terms = infractions.carried_out[-1].terms
    assert (terms.name, terms.tier_ttl_seconds, terms.default_reason) == ("Mic spam", 86_400, "mic spam")
    assert [(tier.punishments, tier.duration_seconds, tier.online) for tier in terms.tiers] == [
        ((Punishment.VOICE_BLOCK,), 3600, True),
        ((), None, False),
        ((Punishment.BAN,), None, False),
    ]
    again = await plugin.call("POST", f"{BASE}/register_policy", POLICY)
    assert again.json == made.json
    other = await plugin.call("POST", f"{BASE}/register_policy", {**POLICY, "name": "other"})
    assert other.json != made.json

    used = await plugin.call(
        "POST",
        f"{BASE}/using_policy",
        {
            "player": {**PLAYER, "ip": "192.0.2.7"},
            "admin": {"ips_id": 5},
            "scope": "server",
            "policy_id": policy_id.upper(),
            "consider_other_policies": ["e" * 24, "not an id", 5],
        },
    )
    assert used.status == 200
    assert used.json["flags"] == 65536 | 8192 | 128
    assert (used.json["policy_id"], used.json["reason"], used.json["time_left"]) == (policy_id, "mic spam", 3600)
    command = infractions.carried_out[-1]
    assert (command.also_count, command.actor.admin, command.server_id) == (("e" * 24,), ADMIN, plugin.server_id)

    for query in ("", f"?server={plugin.server_id}"):
        listed = await plugin.call("GET", f"{BASE}/policies{query}")
        assert {"name": "Mic spam", "server": plugin.server_id, "pol_id": policy_id} in listed.json
    assert (await plugin.call("GET", f"{BASE}/policies?server=mine")).json == []

    unlinked = await plugin.call("POST", f"{BASE}/unlink_policy", {"policy_id": policy_id})
    assert (unlinked.status, unlinked.body) == (204, b"")
    assert infractions.carried_out[-1].tiering_policy_id == policy_id


async def test_the_same_request_at_once_climbs_one_tier_only(plugin: Plugin, infractions: PluginInfractions) -> None:
    policy_id = (await plugin.call("POST", f"{BASE}/register_policy", POLICY)).json["policy_id"]
    body = {"player": PLAYER, "scope": "global", "policy_id": policy_id}
    twice = [await plugin.call("POST", f"{BASE}/using_policy", body) for _ in range(2)]
    assert twice[0].json == twice[1].json
    assert len(infractions.infractions) == 1


async def test_a_token_has_to_name_the_server_of_a_policy(plugin: Plugin, infractions: PluginInfractions) -> None:
    token = await infractions.admit("TokenSecret", "check", "punish")
    await until(lambda: plugin.running.gateway.credentials.find("TokenSecret"))
    auth = f"API {token.id} TokenSecret"
    for server in ("ignored", "f" * 24):
        sent = {**POLICY, "server": server}
        assert (await plugin.call("POST", f"{BASE}/register_policy", sent, auth=auth)).status == 422
    named = {**POLICY, "server": plugin.server_id}
    assert (await plugin.call("POST", f"{BASE}/register_policy", named, auth=auth)).status == 200
    assert infractions.carried_out[-1].server_id == plugin.server_id
