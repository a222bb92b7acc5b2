"""`GET /check_ban` and `GET /test`."""

from typing import Any

import pytest
from services.gateway.tests.conftest import ADDRESS_KEY, ALL, Running, Start, until
from services.gateway.tests.ndp.domain import LIST_KEY, ListingInfractions
from services.gateway.tests.ndp.sent import add_ban, check, listed

from banstream_contracts import streams
from banstream_contracts.infractions import Punishment, Restriction
from banstream_contracts.players import Player, address_token
from banstream_privacy.addresses import address_hash


async def test_a_banned_name_is_kicked_with_cause_and_addresses(gateway: Running) -> None:
    await add_ban(gateway)
    assert await check(gateway, username="Griefer", ip="203.0.113.99") == {
        "action": "kick",
        "cause": "grief",
        "ip": "203.0.113.7",
        "info": {"related_ips": ["203.0.113.7"], "ban_type": "player"},
    }


async def test_a_banned_address_is_told_before_a_banned_name(gateway: Running) -> None:
    await add_ban(gateway)
    found = await check(gateway, username="Griefer", ip="203.0.113.7")
    assert found["info"] == {"related_players": ["Griefer"], "ban_type": "ip"}


@pytest.mark.parametrize("query", [{}, {"username": "", "ip": ""}, {"username": "Alice", "ip": "203.0.113.9"}])
async def test_who_is_not_banned_is_clean(gateway: Running, query: dict[str, str]) -> None:
    await add_ban(gateway)
    found = await check(gateway, **query)
    assert (found["action"], found["status"]) == ("allowed", "clean")
    assert set(found) == {"action", "status", "timestamp"}


async def test_the_json_body_of_the_documentation_is_read_too(gateway: Running) -> None:
    await add_ban(gateway)
    for body in ({"username": "griefer"}, {"ip": "203.0.113.7:1"}, {"username": "griefer", "ip": None}):
        answer = await gateway.call("GET", "/check_ban", body)
        assert (answer.status, answer.json["action"]) == (200, "kick")
    with_token = {"username": "griefer", "verification": ALL}
    assert (await gateway.call("GET", "/check_ban", with_token, secret=None)).json["action"] == "kick"


@pytest.mark.parametrize("query", [{"ip": "10.0.*.*"}, {"ip": "2001"}, {"username": "a\nb"}, {"username": "x" * 129}])
async def test_garbage_is_400_and_never_clean(gateway: Running, query: dict[str, str]) -> None:
    answer = await gateway.call("GET", "/check_ban", params=query)
    assert (answer.status, set(answer.json)) == (400, {"error"})


async def test_a_banned_name_is_kicked_whatever_the_address_is(gateway: Running) -> None:
    await add_ban(gateway)
    assert (await check(gateway, username="griefer", ip="local"))["info"]["ban_type"] == "player"
    assert (await check(gateway, username="Alice", ip="local"))["action"] == "allowed"


@pytest.mark.parametrize("username", ["a\nb", "x" * 129], ids=["control-character", "too-long"])
async def test_a_banned_address_is_kicked_whatever_the_name_is(gateway: Running, username: str) -> None:
    await add_ban(gateway)
    assert (await check(gateway, username=username, ip="203.0.113.7"))["info"]["ban_type"] == "ip"
    assert (await check(gateway, username=username, ip="203.0.113.9"))["action"] == "allowed"
    answer = await gateway.call("GET", "/check_ban", params={"username": username, "ip": "local"})
    assert (answer.status, set(answer.json)) == (400, {"error"})


async def test_an_address_is_the_same_on_every_interface(gateway: Running) -> None:
    """The Java plugin names the interface, of players who come from the server's own network."""
    await add_ban(gateway, ip="fe80:0:0:0:0:0:0:1%eth0")
    assert (await check(gateway, username="Alice", ip="fe80:0:0:0:0:0:0:1%2"))["info"]["ban_type"] == "ip"
    assert (await check(gateway, ip="fe80::2%eth0"))["action"] == "allowed"


@pytest.mark.parametrize("body", [{"username": 5}, {"ip": ["203.0.113.7"]}])
async def test_a_body_of_other_types_is_400(gateway: Running, body: Any) -> None:
    assert (await gateway.call("GET", "/check_ban", body)).status == 400


async def test_a_check_needs_a_token_in_any_of_its_places(gateway: Running) -> None:
    for path in ("/check_ban", "/t/wrong/check_ban", "/check_ban?verification=wrong"):
        assert (await gateway.call("GET", path, secret=None)).status == 403
    for path in (f"/t/{ALL}/check_ban", f"/check_ban?verification={ALL}"):
        assert (await gateway.call("GET", path, secret=None)).json["action"] == "allowed"


async def test_the_facade_of_flask_keeps_its_own_check(gateway: Running) -> None:
    assert (await gateway.call("POST", "/check_ban", {"user_id": 1})).json == {"status": "not banned"}


async def test_a_ban_that_is_not_listed_yet_is_still_a_ban(gateway: Running, infractions: ListingInfractions) -> None:
    body = {
        "player": {"service": "minecraft", "id": "Quiet", "ip": "203.0.113.50"},
        "punishments": ["ban"],
        "reason": "by staff",
    }
    infractions.feeds_list = False
    await gateway.call("POST", "/v1/infractions", body)
    assert (await check(gateway, username="quiet"))["cause"] == "by staff"
    found = await check(gateway, ip="203.0.113.50")
    assert (found["cause"], found["info"]) == ("by staff", {"related_players": [], "ban_type": "ip"})


async def test_whose_ban_a_player_is_exempt_from_is_not_the_cause_of_theirs(
    gateway: Running, infractions: ListingInfractions
) -> None:
    for name in ("First", "Second"):
        await add_ban(gateway, username=name)
    exempt = (Player(service="minecraft", id="kay"),)
    of_address = [
        Restriction(infraction_id=each.id, punishments=("ban",), lifetime="permanent", reason="x", scope="global")
        for each in infractions.infractions.values()
    ]
    key = address_token(address_hash(ADDRESS_KEY, "203.0.113.7"))
    reached = await infractions.restrict(key, of_address[0].model_copy(update={"exempt": exempt}), of_address[1])
    await until(lambda: gateway.gateway.restrictions.position >= reached)
    for name, related in (("Kay", ["Second"]), ("Lee", ["First", "Second"])):
        found = await check(gateway, username=name, ip="203.0.113.7")
        assert sorted(found["info"]["related_players"]) == related


async def test_a_ban_under_an_older_address_key_holds_beside_what_is_under_the_newer(
    start: Start, infractions: ListingInfractions
) -> None:
    """So it is when a ban of before the rotation is reinstated, or while gateways are restarted one by one."""
    await infractions.admit("all", "check", "punish")
    new_key = b"n" * 32
    running = await start(address_key=f"{new_key.hex()},{ADDRESS_KEY.hex()}", ban_list_key=LIST_KEY.hex())
    await until(lambda: running.gateway.ban_lists.is_known)
    for number, (key, kind) in enumerate(((ADDRESS_KEY, Punishment.BAN), (new_key, Punishment.CHAT_BLOCK))):
        token = address_token(address_hash(key, "203.0.113.7"))
        restriction = Restriction(
            infraction_id=f"{number:024x}", punishments=(kind,), lifetime="permanent", reason="x", scope="global"
        )
        reached = await infractions.restrict(token, restriction)
    await until(lambda: running.gateway.restrictions.position >= reached)
    found = await check(running, ip="203.0.113.7")
    assert (found["action"], found["cause"]) == ("kick", "x")


async def test_before_the_restrictions_are_loaded_nobody_is_clean(
    start: Start, infractions: ListingInfractions
) -> None:
    await infractions.admit("all", "check")
    await infractions.client.jsm().delete_stream(f"KV_{streams.RESTRICTIONS_BUCKET}")
    gateway = await start()
    await until(lambda: gateway.gateway.watches.credentials.is_loaded)
    answer = await gateway.call("GET", "/check_ban?username=Alice")
    assert (answer.status, set(answer.json)) == (503, {"error"})


async def test_the_sign_of_life_is_open(gateway: Running) -> None:
    for path in ("/test", f"/t/{ALL}/test"):
        assert (await gateway.call("GET", path, secret=None)).json == {"status": "running"}


async def test_a_mute_is_no_ban(gateway: Running) -> None:
    body = {"player": {"service": "minecraft", "id": "Loud"}, "punishments": ["chat_block"], "reason": "x"}
    await gateway.call("POST", "/v1/infractions", body)
    assert (await check(gateway, username="loud"))["action"] == "allowed"
    assert (await listed(gateway))["active_players"] == []
