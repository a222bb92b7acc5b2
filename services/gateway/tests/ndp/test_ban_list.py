"""`GET /bans`: one answer for every generation of clients, and never one that empties a client's list by accident."""

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import orjson
import pytest
from nats.aio.client import Client
from services.gateway.tests.conftest import ALL, Running, Start, until
from services.gateway.tests.ndp.domain import LIST_KEY, ListingInfractions
from services.gateway.tests.ndp.sent import add_ban, listed, pardon

from banstream_contracts import streams
from banstream_contracts.infractions import Infraction, Scope
from banstream_gateway.ndp.listing import RELATED
from banstream_testing.ndp import JavaPlugin
from banstream_testing.streams import fresh_streams


async def test_one_answer_holds_the_fields_of_all_generations(gateway: Running) -> None:
    await add_ban(gateway, username="Older", ip="203.0.113.7", cause="grief")
    await add_ban(gateway, username="Newer", ip="203.0.113.8", cause="外挂")
    found = await listed(gateway)
    of_newer = {"cause": "外挂", "timestamp": found["active_players"][0]["timestamp"]}
    address = {"cause": RELATED + "Newer", "players": ["Newer"], "timestamp": found["active_ips"][0]["timestamp"]}
    assert (found["action"], found["player_count"], found["ip_count"]) == ("list", 2, 2)
    assert found["active_players"][0] == {"username": "Newer", "ip": "203.0.113.8", **of_newer}
    assert found["active_ips"][0] == {"ip": "203.0.113.8", **address}
    assert found["recent_actions"][0] == {"type": "ban", "username": "Newer", "ip": "203.0.113.8", **of_newer}
    assert [each["username"] for each in found["recent_actions"]] == ["Newer", "Older"]
    assert found["player_bans"]["Newer"] == {"ip": "203.0.113.8", **of_newer}
    assert found["ip_bans"]["203.0.113.8"] == address
    assert isinstance(found["timestamp"], str)


async def test_an_own_write_shows_in_the_very_next_list(gateway: Running, infractions: ListingInfractions) -> None:
    infractions.feeds_list = False
    for number in range(5):
        await add_ban(gateway, username=f"Player{number}")
        assert (await listed(gateway))["active_players"][0]["username"] == f"Player{number}"
        await pardon(gateway, f"Player{number}")
        assert (await listed(gateway))["active_players"] == []


async def test_what_others_ban_shows_soon(gateway: Running) -> None:
    await listed(gateway)
    body = {"player": {"service": "minecraft", "id": "ByStaff"}, "punishments": ["ban"], "reason": "x"}
    await gateway.call("POST", "/v1/infractions", body)

    async def is_listed() -> bool:
        return "ByStaff" in (await listed(gateway))["player_bans"]

    await until(is_listed)


async def test_an_unchanged_list_is_304_and_a_changed_one_is_not(gateway: Running) -> None:
    await add_ban(gateway)
    first = await gateway.call("GET", "/bans")
    etag = first.headers["ETag"]
    again = await gateway.call("GET", "/bans", headers={"If-None-Match": etag})
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", etag)
    await add_ban(gateway, username="Another")
    changed = await gateway.call("GET", "/bans", headers={"If-None-Match": etag})
    assert changed.status == 200
    assert changed.headers["ETag"] != etag


async def test_two_gateways_agree_on_the_etag(gateway: Running, start: Start, infractions: ListingInfractions) -> None:
    await add_ban(gateway)
    await until(lambda: gateway.gateway.ban_lists.bans.position == infractions.position)
    other = await start(ban_list_key=LIST_KEY.hex())

    async def agree() -> bool:
        answers = [await each.call("GET", "/bans") for each in (gateway, other)]
        etags = [each.headers.get("ETag") for each in answers]
        return bool(etags[0] and etags[0] == etags[1])

    await until(agree)


async def test_it_is_packed_for_those_who_take_it(gateway: Running) -> None:
    await add_ban(gateway)
    packed = await gateway.call("GET", "/bans", headers={"Accept-Encoding": "gzip"}, auto_decompress=False)
    plain = await gateway.call("GET", "/bans", headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [
        ("gzip, x-gzip, deflate", True),
        ("br;q=1.0, GZIP ; q=0.5", True),
        ("x-gzip", True),
        ("gzip;q=0", False),
        ("deflate, gzip; Q=0.000", False),
        ("nogzip", False),
        ("*", False),
    ],
)
async def test_it_is_packed_for_nobody_who_rules_it_out(gateway: Running, accepted: str, is_packed: bool) -> None:
    found = await gateway.call("GET", "/bans", headers={"Accept-Encoding": accepted}, auto_decompress=False)
    assert ("Content-Encoding" in found.headers) is is_packed


async def test_a_ban_of_time_leaves_the_list_at_its_end(gateway: Running, infractions: ListingInfractions) -> None:
    await add_ban(gateway)
    [infraction] = infractions.infractions.values()
    ends_at = datetime.now(UTC) + timedelta(seconds=1)
    await infractions.list_ban(infraction.model_copy(update={"expires_at": ends_at, "position": 100}))

    async def is_empty() -> bool:
        return bool((await listed(gateway))["player_count"] == 0)

    await until(is_empty)
    assert datetime.now(UTC) >= ends_at


async def test_a_ban_of_one_server_is_on_the_list_of_that_server_only(
    gateway: Running, infractions: ListingInfractions
) -> None:
    server = await infractions.admit("here", "check", kind="server")
    await infractions.admit("there", "check", kind="server")
    await add_ban(gateway)
    [infraction] = infractions.infractions.values()
    local = {"scope": Scope.SERVER, "server_id": server.id, "position": 100}
    await infractions.list_ban(infraction.model_copy(update=local))

    async def names(secret: str) -> Any:
        answer = await gateway.call("GET", "/bans", secret=secret)
        return list(answer.json["player_bans"]) if answer.status == 200 else None

    async def is_local() -> bool:
        return bool(await names("here") == ["Griefer"] and await names("there") == [])

    await until(is_local)


async def test_nothing_on_the_list_can_be_a_command_in_a_console(
    gateway: Running, infractions: ListingInfractions
) -> None:
    """What other ways in let pass: a name with a blank, a selector; and control characters, should they ever come."""
    await add_ban(gateway)
    [infraction] = infractions.infractions.values()
    for number, name in enumerate(("@a", "Alice Bob", "Alice\nop Mallory")):
        odd = {"player_name": None, "issued_at": infraction.issued_at, "id": f"{number:024x}", "position": 100}
        player = infraction.player.model_copy(update={"id": f"odd{number}"}) if infraction.player else None
        copy = Infraction.model_construct(**{**dict(infraction), **odd, "player": player})
        await infractions.list_ban(copy, player_name=name, sealed_address=None, reason="two\nlines")
    await until(lambda: len(gateway.gateway.ban_lists.bans) == 4)

    async def found() -> Any:
        content = await listed(gateway)
        return content if len(content["recent_actions"]) == 4 else None

    content = await until(found)
    assert set(content["player_bans"]) == {"Griefer"}
    assert [each["username"] for each in content["active_players"]] == ["Griefer"]
    assert {each["username"] for each in content["recent_actions"]} == {
        "Griefer",
        "@a",
        "Alice Bob",
        "Alice op Mallory",
    }
    assert {each["cause"] for each in content["recent_actions"]} == {"grief", "two lines"}


async def test_the_java_plugin_finds_ipv6_as_java_writes_it(gateway: Running) -> None:
    await add_ban(gateway, ip="2001:db8::7")
    actions = (await listed(gateway))["recent_actions"]
    assert {each["ip"] for each in actions} == {"2001:db8::7", "2001:db8:0:0:0:0:0:7"}


async def test_before_a_first_list_is_known_there_is_none(start: Start, infractions: ListingInfractions) -> None:
    """The bucket is behind: it has been lost, or is being filled. The restrictions are further."""
    infractions.feeds_list = False
    await infractions.admit("all", "check", "punish")
    gateway = await start(ban_list_key=LIST_KEY.hex())
    await until(gateway.is_ready)
    answer = await gateway.call("GET", "/bans")
    assert (answer.status, set(answer.json)) == (503, {"error"})
    assert "Retry-After" in answer.headers
    infractions.feeds_list = True
    await infractions.reach(infractions.position)
    await until(lambda: gateway.gateway.ban_lists.is_known)
    assert (await listed(gateway))["active_players"] == []


async def test_without_the_key_there_is_no_list(start: Start, infractions: ListingInfractions) -> None:
    await infractions.admit("all", "check", "punish")
    gateway = await start()
    await until(gateway.is_ready)
    assert (await gateway.call("GET", "/bans")).status == 503
    await add_ban(gateway)
    assert (await gateway.call("GET", "/check_ban?username=griefer")).json["action"] == "kick"


async def test_the_last_known_list_outlives_the_loss_of_its_bucket(
    gateway: Running, infractions: ListingInfractions, client: Client
) -> None:
    await add_ban(gateway)
    await until(lambda: gateway.gateway.ban_lists.bans.position == infractions.position)
    await client.jsm().delete_stream(f"KV_{streams.BAN_LIST_BUCKET}")
    await until(lambda: all(watch.stale_seconds() for watch in gateway.gateway.ban_lists.watches))
    stale = await gateway.call("GET", "/bans")
    assert list(stale.json["player_bans"]) == ["Griefer"]
    assert stale.headers["Banstream-Stale-Seconds"].isdecimal()
    unchanged = await gateway.call("GET", "/bans", headers={"If-None-Match": stale.headers["ETag"]})
    assert (unchanged.status, "Banstream-Stale-Seconds" in unchanged.headers) == (304, True)
    await fresh_streams(client)
    await until(lambda: gateway.gateway.ban_lists.bans.is_behind)
    assert list((await listed(gateway))["player_bans"]) == ["Griefer"]


async def test_a_list_that_does_not_open_still_has_its_names(start: Start, infractions: ListingInfractions) -> None:
    await infractions.admit("all", "check", "punish")
    gateway = await start(ban_list_key="ab" * 32)
    await until(lambda: gateway.gateway.ban_lists.is_known)
    body = {
        "player": {"service": "minecraft", "id": "ByStaff", "ip": "203.0.113.7"},
        "punishments": ["ban"],
        "reason": "x",
    }
    await gateway.call("POST", "/v1/infractions", body)

    async def is_listed() -> bool:
        return bool((await listed(gateway))["player_bans"])

    await until(is_listed)
    assert (await listed(gateway))["player_bans"]["ByStaff"]["ip"] == ""


@pytest.fixture
def java(gateway: Running) -> JavaPlugin:
    return JavaPlugin(f"{gateway.url}/t/{ALL}/", ALL, gateway.session)


async def test_the_java_plugin_keeps_its_list_whatever_goes_wrong(gateway: Running, java: JavaPlugin) -> None:
    """It would take any answer without a list for an empty one: wrong token, no token."""
    await add_ban(gateway)
    await java.poll()
    assert java.bans == [("Griefer", "203.0.113.7", "grief")]
    for url in (f"{gateway.url}/t/wrong/", f"{gateway.url}/"):
        java.url = url
        await java.poll()
        assert (java.bans, java.polls) == ([("Griefer", "203.0.113.7", "grief")], True)


async def test_the_java_plugin_hears_nothing_before_a_first_list_is_known(
    start: Start, infractions: ListingInfractions
) -> None:
    infractions.feeds_list = False
    await infractions.admit("all", "check", "punish")
    gateway = await start(ban_list_key=LIST_KEY.hex())
    await until(gateway.is_ready)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await gateway.call("GET", "/bans?%7B%7D")
    java = JavaPlugin(f"{gateway.url}/t/{ALL}/", ALL, gateway.session, bans=[("Old", "203.0.113.1", "x")])
    await java.poll()
    assert (java.bans, java.polls) == ([("Old", "203.0.113.1", "x")], True)


async def test_an_error_of_ours_empties_no_list(
    gateway: Running, java: JavaPlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_ban(gateway)
    await java.poll()

    async def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(type(gateway.gateway.ban_lists), "answer", broken)
    await java.poll()
    assert (java.bans, java.polls) == ([("Griefer", "203.0.113.7", "grief")], True)
    assert (await gateway.call("GET", "/bans")).status == 500


async def test_head_has_the_length_and_no_body(gateway: Running) -> None:
    await add_ban(gateway)
    plain = await gateway.call("GET", "/bans", headers={"Accept-Encoding": "identity"})
    head = await gateway.call("HEAD", "/bans", headers={"Accept-Encoding": "identity"})
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", str(len(plain.body)))
    assert orjson.loads(plain.body)["action"] == "list"


@pytest.mark.parametrize("address", ["/", "/t/all/"], ids=["plain", "with-its-token"])
async def test_an_address_that_ends_in_one_slash_too_many_is_as_good(gateway: Running, address: str) -> None:
    """The plugins put a path behind it, and Flask's own server takes two slashes for one."""
    assert (await add_ban(gateway, address)).status == 200
    assert "Griefer" in (await listed(gateway, f"{address}/bans"))["player_bans"]
    checked = await gateway.call("GET", f"{address}/check_ban", params={"username": "griefer"})
    assert checked.json["action"] == "kick"
    assert (await pardon(gateway, prefix=address)).json["removed"] == ["Griefer"]
