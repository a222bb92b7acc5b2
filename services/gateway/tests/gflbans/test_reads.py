"""List, one infraction, counts, and who an admin is."""

from typing import Any

from services.gateway.tests.conftest import until
from services.gateway.tests.gflbans.conftest import Plugin
from services.gateway.tests.gflbans.domain import PluginInfractions
from services.gateway.tests.gflbans.test_infractions import ADMIN, BAN, CREATE, GAG, STEAM_64

from banstream_contracts.admins import Admin, Right

WHO = f"gs_service=steam&gs_id={STEAM_64}"
NONE = {
    "voice_block_count": 0,
    "text_block_count": 0,
    "ban_count": 0,
    "admin_chat_block_count": 0,
    "call_admin_block_count": 0,
    "item_block_count": 0,
    "warnings_count": 0,
    "warning_count": 0,
}


async def fill(plugin: Plugin) -> list[str]:
    """A ban, a gag of an hour that counts time connected, and a warning; their ids."""
    online = {"duration": 3600, "dec_online_only": True, "reason": "Spam"}
    bodies: list[dict[str, Any]] = [BAN, {**GAG, **online}, {**BAN, "punishments": []}]
    return [(await plugin.call("POST", CREATE, body)).json["id"] for body in bodies]


async def test_a_page_holds_infractions_and_how_many_there_are(plugin: Plugin, infractions: PluginInfractions) -> None:
    ids = await fill(plugin)
    page = await plugin.call("GET", f"/api/infractions/?{WHO}&ip=192.0.2.7&limit=2&skip=1&active_only=TRUE&load_fast=x")
    assert page.json["total_matched"] == 3
    assert [each["id"] for each in page.json["results"]] == ids[:2]
    asked = infractions.asked[-1]
    assert (asked.limit, asked.skip, asked.active, asked.server_id) == (2, 1, True, plugin.server_id)
    assert asked.address_hash is not None
    await plugin.call("GET", f"/api/infractions?{WHO}&include_other_servers=no&limit=&ip=")
    asked = infractions.asked[-1]
    assert (asked.limit, asked.skip, asked.active, asked.include_other_servers) == (30, 0, None, False)
    assert asked.address_hash is None


async def test_one_infraction_is_found_by_its_id(plugin: Plugin) -> None:
    first = (await fill(plugin))[0]
    for written in (first, first.upper()):
        found = await plugin.call("GET", f"/api/v1/infractions/{written}/info")
        assert (found.status, found.json["id"], found.json["flags"]) == (200, first, 523)


async def test_counts_are_of_all_as_documented_and_of_those_in_force_as_later(
    plugin: Plugin, infractions: PluginInfractions
) -> None:
    assert (await plugin.call("GET", f"/api/v1/infractions/stats?{WHO}")).json == NONE
    await fill(plugin)
    counted = {**NONE, "ban_count": 1, "text_block_count": 1, "warnings_count": 1, "warning_count": 1}
    for path, active in (
        ("/api/v1/infractions/stats?", None),
        ("/api/v1/infractions/stats?active_only=1&", True),
        ("/api/infractions/stats?", True),
        ("/api/infractions/stats?active_only=false&", None),
    ):
        assert (await plugin.call("GET", path + WHO)).json == counted
        assert (infractions.asked[-1].active, infractions.asked[-1].limit) == (active, 0)


async def test_counts_can_be_narrowed_and_tell_the_longest(plugin: Plugin) -> None:
    await fill(plugin)
    base = f"/api/infractions/stats?{WHO}"
    assert (await plugin.call("GET", f"{base}&playtime_based=true")).json == {**NONE, "text_block_count": 1}
    for unasked in ("playtime_based=false", "playtime_based=no&count_only=false"):
        counted = (await plugin.call("GET", f"{base}&{unasked}")).json
        assert (counted["ban_count"], counted["text_block_count"], counted["warning_count"]) == (1, 1, 1), unasked
    assert (await plugin.call("GET", f"{base}&reason=SPAM")).json == {**NONE, "text_block_count": 1}
    longest = (await plugin.call("GET", f"{base}&count_only=false")).json
    assert (longest["ban_longest"], longest["text_block_longest"], longest["warning_longest"]) == (0, 3600, 0)
    removed = {"player": BAN["player"], "remove_reason": "x"}
    await plugin.call("POST", "/api/infractions/remove", removed)
    assert (await plugin.call("GET", f"{base}&exclude_removed=yes")).json == NONE


async def test_an_admin_is_known_by_account_player_and_id(plugin: Plugin, infractions: PluginInfractions) -> None:
    admin = Admin(player=ADMIN, name="Alice", rights=(Right.BAN, Right.SCOPE_GLOBAL))
    await infractions.appoint(admin)
    await until(lambda: plugin.running.gateway.admins.by_player(ADMIN))
    for query in ("ips_id=5", "gs_service=steam&gs_id=STEAM_0:1:2", f"mongo_id={admin.id}"):
        found = await plugin.call("GET", f"/api/v1/gs/admininfo?{query}")
        assert found.json == {"admin_name": "Alice", "admin_id": 5, "permissions": 1 << 17 | 1 << 21}
