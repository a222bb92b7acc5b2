"""Admins, through HTTP, on a real bus."""

import pytest
from services.gateway.tests.conftest import Running
from services.gateway.tests.stand_in import Infractions

from banstream_contracts.admins import admin_id
from banstream_contracts.players import Player
from banstream_contracts.results import Refusal

PATH = "/v1/admins/steam/STEAM_0:1:5"
PLAYER = Player(service="steam", id="STEAM_0:1:5")
SHOWN = {
    "id": admin_id(PLAYER),
    "player": {"service": "steam", "id": PLAYER.id},
    "name": "Alyx",
    "rights": ["issue", "ban"],
}


async def test_an_admin_is_made_listed_and_removed(gateway: Running) -> None:
    made = await gateway.call("PUT", PATH, {"name": "Alyx", "rights": ["ban", "issue", "ban"]})
    assert (made.status, made.json) == (200, SHOWN)
    assert (await gateway.call("GET", "/v1/admins")).json == {"items": [SHOWN]}
    removed = await gateway.call("DELETE", PATH)
    assert removed.status == 200
    assert removed.json["removed_at"].endswith("Z")
    assert (await gateway.call("GET", "/v1/admins")).json == {"items": []}
    (listed,) = (await gateway.call("GET", "/v1/admins?include_removed=true")).json["items"]
    assert listed == removed.json


async def test_the_command_names_who_did_it_and_why(gateway: Running, infractions: Infractions) -> None:
    await gateway.call("PUT", PATH, {"name": "Alyx", "rights": []})
    await gateway.call("DELETE", PATH, {"reason": "left the team"})
    made, removed = infractions.carried_out[-2:]
    assert (made.player, made.rights, made.actor.kind) == (PLAYER, (), "token")
    assert (removed.player, removed.reason) == (PLAYER, "left the team")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (PATH, {"name": "Alyx"}),
        (PATH, {"name": "Alyx", "rights": ["fly"]}),
        (PATH, {"name": "A\u0007lyx", "rights": []}),
        (PATH, {"name": "", "rights": []}),
        (PATH, {"name": "Alyx", "rights": [], "extra": 1}),
        ("/v1/admins/steam/x", {"name": "Alyx", "rights": []}),
    ],
    ids=["no rights", "unknown right", "control character", "no name", "unknown field", "bad player"],
)
async def test_what_is_wrong_is_named_and_nothing_is_sent(
    path: str, body: dict[str, object], gateway: Running, infractions: Infractions
) -> None:
    before = len(infractions.carried_out)
    answer = await gateway.call("PUT", path, body)
    assert answer.status == 422
    assert answer.json["errors"]
    assert len(infractions.carried_out) == before


async def test_removing_one_who_is_no_admin_is_not_found(gateway: Running, infractions: Infractions) -> None:
    infractions.refuses = Refusal(code="unknown-admin", message="steam:1 is no admin")
    assert (await gateway.call("DELETE", PATH)).status == 404


async def test_only_administrators_make_admins_and_only_staff_see_them(
    gateway: Running, infractions: Infractions
) -> None:
    await infractions.admit("moderator", "punish")
    await infractions.admit("server", "check", "report", kind="server")
    assert (await gateway.call("GET", "/v1/admins", secret="moderator")).status == 200
    assert (await gateway.call("PUT", PATH, {"name": "x", "rights": []}, secret="moderator")).status == 403
    assert (await gateway.call("DELETE", PATH, secret="moderator")).status == 403
    assert (await gateway.call("GET", "/v1/admins", secret="server")).status == 403


async def test_an_infraction_shows_in_whose_name_it_was_issued(gateway: Running, infractions: Infractions) -> None:
    made = await gateway.call(
        "POST",
        "/v1/infractions",
        {"player": {"service": "roblox", "id": "1"}, "punishments": ["ban"], "reason": "aimbot"},
    )
    issued = infractions.infractions[made.json["id"]]
    acting = issued.issuer.model_copy(update={"admin": PLAYER, "name": "Alyx"})
    infractions.infractions[issued.id] = issued.model_copy(update={"issuer": acting})
    shown = (await gateway.call("GET", f"/v1/infractions/{issued.id}")).json
    assert (shown["issuer"]["name"], shown["issuer"]["admin"]) == ("Alyx", SHOWN["player"])
