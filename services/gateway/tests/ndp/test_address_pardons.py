"""Pardons of addresses that are banned alone, as the Java plugin sends them: with what the list says, an empty name."""

import pytest
from services.gateway.tests.conftest import ALL, Running, Start, until
from services.gateway.tests.ndp.domain import LIST_KEY, ListingInfractions
from services.gateway.tests.ndp.sent import add_ban, check, listed, pardon

from banstream_testing.ndp import JavaPlugin

ALONE = {"ip": "203.0.113.7", "punishments": ["ban"], "reason": "proxy"}


@pytest.fixture
async def alone(gateway: Running) -> str:
    """The id of the ban of an address that nobody is known by; it is on the list."""
    return await _banned_alone(gateway)


async def test_the_java_plugin_pardons_an_address_that_is_banned_alone(gateway: Running, alone: str) -> None:
    java = JavaPlugin(f"{gateway.url}/t/{ALL}/", ALL, gateway.session)
    await java.poll()
    assert java.bans == [("", "203.0.113.7", "proxy")]
    await java.pardon("203.0.113.7", "mistake")
    await java.poll()
    assert (java.bans, java.polls) == ([], True)
    assert (await check(gateway, ip="203.0.113.7"))["action"] == "allowed"
    ended = (await gateway.call("GET", f"/v1/infractions/{alone}")).json
    assert (ended["status"], ended["ended_reason"]) == ("lifted", "mistake")


@pytest.mark.usefixtures("alone")
async def test_it_is_answered_as_documented_with_nobody_removed(
    gateway: Running, infractions: ListingInfractions
) -> None:
    answer = await pardon(gateway, "", ip="203.0.113.7:25565")
    assert answer.status == 200
    assert answer.json == {
        "action": "pardon",
        "removed": [],
        "timestamp": answer.json["timestamp"],
        "info": {"removed_players": 0, "affected_ips": 1},
    }
    assert answer.headers["Banstream-Position"] == str(infractions.position)
    again = await pardon(gateway, "", ip="203.0.113.7")
    assert (again.status, again.json["info"]) == (200, {"removed_players": 0, "affected_ips": 0})


@pytest.mark.usefixtures("alone")
async def test_every_ban_of_the_address_alone_ends(gateway: Running, alone: str) -> None:
    another = (await gateway.call("POST", "/v1/infractions", {**ALONE, "reason": "bots"})).json["id"]
    assert alone != another
    await until(lambda: gateway.gateway.ban_lists.bans.find(another))
    assert (await pardon(gateway, "", ip="203.0.113.7")).json["info"]["affected_ips"] == 1
    assert (await listed(gateway))["recent_actions"] == []


async def test_who_is_banned_with_the_address_stays_banned_and_so_does_the_address(gateway: Running) -> None:
    await add_ban(gateway, username="Griefer", ip="203.0.113.7")
    answer = await pardon(gateway, "", ip="203.0.113.7")
    assert (answer.status, answer.json["info"]) == (200, {"removed_players": 0, "affected_ips": 0})
    assert (await check(gateway, username="Griefer"))["action"] == "kick"
    assert (await check(gateway, ip="203.0.113.7"))["info"]["related_players"] == ["Griefer"]
    assert [each["username"] for each in (await listed(gateway))["recent_actions"]] == ["Griefer"]
    assert (await pardon(gateway, "Griefer")).json["info"] == {"removed_players": 1, "affected_ips": 1}


async def test_while_infractions_is_down_the_pardon_is_accepted_and_done_later(
    start: Start, infractions: ListingInfractions
) -> None:
    await infractions.admit("all", "check", "punish")
    gateway = await start(command_timeout_seconds=0.2, ban_list_key=LIST_KEY.hex())
    await until(gateway.is_ready)
    await _banned_alone(gateway)
    await infractions.stop()
    accepted = await pardon(gateway, "", ip="203.0.113.7")
    assert (accepted.status, accepted.json["action"], accepted.json["status"]) == (202, "remove", "accepted")
    await infractions.start()

    async def is_empty() -> bool:
        return not (await listed(gateway))["recent_actions"]

    await until(is_empty)


async def test_without_a_list_nobody_knows_what_is_banned_alone(start: Start, infractions: ListingInfractions) -> None:
    await infractions.admit("all", "check", "punish")
    gateway = await start()
    await until(gateway.is_ready)
    answer = await pardon(gateway, "", ip="203.0.113.7")
    assert (answer.status, set(answer.json)) == (503, {"error"})


async def test_a_token_under_review_has_to_name_a_player(gateway: Running, infractions: ListingInfractions) -> None:
    await infractions.admit("queued", "check", "report", review=True)
    answer = await pardon(gateway, "", ip="203.0.113.7", verification="queued")
    assert (answer.status, "staff" in answer.json["error"]) == (400, True)
    assert infractions.carried_out == []


async def test_a_token_that_may_only_check_pardons_nothing(
    gateway: Running, infractions: ListingInfractions, alone: str
) -> None:
    await infractions.admit("reader", "check", "report")
    assert (await pardon(gateway, "", ip="203.0.113.7", verification="reader")).status == 403
    assert infractions.infractions[alone].status == "active"


async def _banned_alone(gateway: Running) -> str:
    made = await gateway.call("POST", "/v1/infractions", ALONE)

    async def is_listed() -> bool:
        return bool((await listed(gateway))["recent_actions"])

    await until(is_listed)
    return str(made.json["id"])
