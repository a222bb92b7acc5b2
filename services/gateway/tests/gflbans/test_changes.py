"""PATCH: what each field becomes, several at once, and what cannot be done."""

from datetime import UTC, datetime
from typing import Any

from services.gateway.tests.gflbans.conftest import Plugin
from services.gateway.tests.gflbans.domain import PluginInfractions
from services.gateway.tests.gflbans.test_infractions import ADMIN, BAN, CREATE, PLAYER

from banstream_contracts.infractions import Status
from banstream_contracts.results import Refusal

OTHER = "d" * 24
GS_ADMIN = {"gs_admin": {"gs_service": "steam", "gs_id": ADMIN.id}}
REVOCATION = {
    "admin": GS_ADMIN,
    "set_removal_state": True,
    "removed_by": GS_ADMIN,
    "removal_reason": "Revoked in-game using the revocation code.",
}
CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "reason": ({"reason": "new\nreason"}, {"reason": "new reason"}),
    "scope": ({"scope": "community"}, {"scope": "community"}),
    "punishments": ({"punishments": ["chat_block", "ban"]}, {"punishments": ["ban", "chat_block"]}),
    "warning": ({"punishments": []}, {"punishments": []}),
    "permanent": ({"make_permanent": True}, {"duration_seconds": None}),
    "session": ({"make_session": "true"}, {"lifetime": "session"}),
    "seconds": ({"expiration": 3600}, {"duration_seconds": 3600}),
    "far-away": ({"expiration": 2**40}, {"duration_seconds": None}),
    "time-left": ({"time_left": 0}, {"lifetime": "online", "time_left_seconds": 0}),
    "web": ({"make_web": 1}, {"server_id": None}),
    "policy": ({"policy_id": OTHER.upper()}, {"tiering_policy_id": OTHER}),
    "no-policy": ({"policy_id": False}, {"tiering_policy_id": None}),
    "several": (
        {"reason": "x", "scope": "global", "time_left": 60, "author": {"ips_id": 1}, "vpn": True},
        {"reason": "x", "scope": "global", "lifetime": "online", "time_left_seconds": 60},
    ),
}


async def issued(plugin: Plugin, **fields: Any) -> str:
    made = await plugin.call("POST", CREATE, {**BAN, **fields})
    return f"{CREATE}{made.json['id']}"


def told(infractions: PluginInfractions) -> list[str]:
    return [command.type for command in infractions.carried_out[1:]]


async def test_each_field_becomes_a_change(plugin: Plugin, infractions: PluginInfractions) -> None:
    path = await issued(plugin)
    seen = {}
    for case, (body, _) in CHANGES.items():
        answer = await plugin.call("PATCH", path, body)
        assert (answer.status, answer.json["flags"]) == (200, 523), case
        seen[case] = infractions.carried_out[-1].changes.model_dump(mode="json")
    assert seen == {case: changes for case, (_, changes) in CHANGES.items()}


async def test_a_time_is_turned_into_a_duration(plugin: Plugin, infractions: PluginInfractions) -> None:
    path = await issued(plugin)
    begin = int(infractions.carried_out[-1].issued_at.timestamp())
    assert (await plugin.call("PATCH", path, {"expiration": begin + 600})).status == 200
    assert infractions.carried_out[-1].changes.duration_seconds == 600
    past = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())
    assert (await plugin.call("PATCH", path, {"expiration": past})).status == 422


async def test_the_documented_revocation_works(plugin: Plugin, infractions: PluginInfractions) -> None:
    path = await issued(plugin)
    answer = await plugin.call("PATCH", path, REVOCATION)
    assert answer.status == 200
    assert answer.json["flags"] & 64
    assert answer.json["removal_reason"] == REVOCATION["removal_reason"]
    assert (infractions.carried_out[-1].type, infractions.carried_out[-1].actor.admin) == ("lift_infraction", ADMIN)
    again = await plugin.call("PATCH", path, REVOCATION)
    assert (again.status, again.json) == (401, {"detail": "The infraction is already removed"})


async def test_what_is_not_removed_cannot_be_reinstated(plugin: Plugin, infractions: PluginInfractions) -> None:
    path = await issued(plugin)
    answer = await plugin.call("PATCH", path, {"set_removal_state": False})
    assert (answer.status, answer.json) == (401, {"detail": "The infraction is not removed"})
    assert infractions.carried_out[-1].reason == "Reinstated"


async def test_several_at_once_come_in_the_order_in_which_they_can_hold(
    plugin: Plugin, infractions: PluginInfractions
) -> None:
    path = await issued(plugin)
    removed_by = {"ips_id": 7}
    body = {
        "admin": GS_ADMIN,
        "reason": "x",
        "set_removal_state": True,
        "removal_reason": "y",
        "removed_by": removed_by,
    }
    assert (await plugin.call("PATCH", path, body)).status == 200
    assert told(infractions) == ["amend_infraction", "lift_infraction"]
    amended, lifted = infractions.carried_out[1:]
    assert (amended.actor.admin, lifted.actor.admin.id) == (ADMIN, "76561197960265735")
    assert amended.command_id != lifted.command_id
    infraction_id = path.rpartition("/")[2]
    infractions.infractions[infraction_id] = infractions.infractions[infraction_id].model_copy(
        update={"status": Status.LIFTED}
    )
    await plugin.call("PATCH", path, {"set_removal_state": False, "reason": "z"})
    assert told(infractions)[2] == "reinstate_infraction"


async def test_one_key_names_every_command_of_a_request(plugin: Plugin, infractions: PluginInfractions) -> None:
    path = await issued(plugin)
    body = {"reason": "x", "set_removal_state": True, "removal_reason": "y"}
    for _ in range(2):
        assert (await plugin.call("PATCH", path, body, headers={"Idempotency-Key": "k"})).status == 200
    assert told(infractions) == ["amend_infraction", "lift_infraction"]


async def test_an_empty_patch_answers_the_infraction(plugin: Plugin, infractions: PluginInfractions) -> None:
    path = await issued(plugin)
    answer = await plugin.call("PATCH", path, {"make_permanent": False, "unknown": 1})
    assert (answer.status, answer.json["player"], told(infractions)) == (200, PLAYER, [])


async def test_what_the_domain_refuses_is_not_carried_further(plugin: Plugin, infractions: PluginInfractions) -> None:
    path = await issued(plugin)
    infractions.refuses = Refusal(code="invalid-change", message="a ban has no time left")
    body = {"time_left": 5, "set_removal_state": True, "removal_reason": "y"}
    answer = await plugin.call("PATCH", path, body)
    assert (answer.status, answer.json) == (401, {"detail": "a ban has no time left"})
    assert told(infractions) == ["amend_infraction"]
