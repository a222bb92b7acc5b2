"""`POST /add_ban`: the seed's answers, strict values, and tokens in each place that clients can put them."""

import gzip
import re
from typing import Any

import orjson
import pytest
from services.gateway.tests.conftest import ALL, Running, Start, until
from services.gateway.tests.ndp.domain import LIST_KEY, MASTER_KEY, ListingInfractions
from services.gateway.tests.ndp.sent import BAN, add_ban, check, listed, pardon

from banstream_contracts.infractions import Lifetime, Punishment, Scope
from banstream_contracts.results import Refusal
from banstream_gateway.ndp.listing import RELATED
from banstream_privacy.transit import unseal

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}")


async def test_a_ban_is_applied_at_once_and_answered_as_documented(
    gateway: Running, infractions: ListingInfractions
) -> None:
    answer = await add_ban(gateway)
    assert answer.status == 200
    assert STAMP.fullmatch(answer.json["timestamp"])
    assert answer.json == {
        "action": "ban",
        "username": "Griefer",
        "ip": "203.0.113.7",
        "cause": "grief",
        "timestamp": answer.json["timestamp"],
        "info": {"ip_related": 1, "total_bans": 1},
    }
    command: Any = infractions.carried_out[-1]
    assert (str(command.player), command.player_name) == ("minecraft:griefer", "Griefer")
    assert (command.punishments, command.lifetime) == ((Punishment.BAN,), Lifetime.PERMANENT)
    assert (command.scope, command.reason) == (Scope.GLOBAL, "grief")
    assert unseal(MASTER_KEY, command.address.sealed) == "203.0.113.7"


async def test_a_pardon_names_whom_it_freed_as_first_written(gateway: Running) -> None:
    await add_ban(gateway, username="Griefer")
    answer = await pardon(gateway, "gRIEFER")
    assert answer.status == 200
    assert answer.json == {
        "action": "pardon",
        "removed": ["Griefer"],
        "timestamp": answer.json["timestamp"],
        "info": {"removed_players": 1, "affected_ips": 1},
    }
    again = (await pardon(gateway)).json
    assert (again["removed"], again["info"]) == ([], {"removed_players": 0, "affected_ips": 0})


async def test_names_have_no_case(gateway: Running) -> None:
    await add_ban(gateway, username="Alice")
    await add_ban(gateway, username="aLICE")
    assert (await check(gateway, username="ALICE"))["action"] == "kick"
    found = await listed(gateway)
    assert [each["username"] for each in found["active_players"]] == ["Alice"]
    await add_ban(gateway, username="aLICE", ip="203.0.113.8")
    found = await listed(gateway)
    assert ([each["username"] for each in found["active_players"]], found["player_count"]) == (["Alice", "aLICE"], 1)
    await pardon(gateway, "alice")
    assert (await check(gateway, username="Alice"))["action"] == "allowed"
    assert (await listed(gateway))["active_players"] == []


async def test_every_address_of_a_player_is_kept_and_lifted_with_the_player(gateway: Running) -> None:
    for ip in ("203.0.113.7", "203.0.113.8", "203.0.113.7"):
        assert (await add_ban(gateway, ip=ip)).status == 200
    found = await check(gateway, username="griefer")
    assert (found["ip"], found["info"]["related_ips"]) == ("203.0.113.8", ["203.0.113.8", "203.0.113.7"])
    assert (await pardon(gateway)).json["info"] == {"removed_players": 1, "affected_ips": 2}
    for ip in ("203.0.113.7", "203.0.113.8"):
        assert (await check(gateway, ip=ip))["action"] == "allowed"
    assert (await listed(gateway))["active_ips"] == []


async def test_an_address_that_two_share_stays_until_both_are_pardoned(gateway: Running) -> None:
    await add_ban(gateway, username="First")
    second = await add_ban(gateway, username="Second")
    assert second.json["info"] == {"ip_related": 2, "total_bans": 2}
    shared = await check(gateway, ip="203.0.113.7")
    assert shared == {
        "action": "kick",
        "cause": RELATED + "First",
        "info": {"related_players": ["First", "Second"], "ban_type": "ip"},
    }
    assert (await pardon(gateway, "First")).json["info"] == {"removed_players": 1, "affected_ips": 0}
    assert (await check(gateway, ip="203.0.113.7"))["info"]["related_players"] == ["Second"]
    assert [each["players"] for each in (await listed(gateway))["active_ips"]] == [["Second"]]
    assert (await pardon(gateway, "Second")).json["info"] == {"removed_players": 1, "affected_ips": 1}
    assert (await check(gateway, ip="203.0.113.7"))["action"] == "allowed"


@pytest.mark.parametrize(
    ("ip", "canonical"),
    [
        ("203.0.113.7:25565", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("2001:DB8::0001", "2001:db8::1"),
        ("[2001:db8::1]:25565", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8:0:0:0:0:0:1", "2001:db8::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80:0:0:0:0:0:0:1%eth0", "fe80::1"),
        ("[fe80::1%2]:25565", "fe80::1"),
        ("", ""),
    ],
)
async def test_addresses_are_read_in_every_form(gateway: Running, ip: str, canonical: str) -> None:
    assert (await add_ban(gateway, ip=ip)).json["ip"] == canonical
    if canonical:
        assert (await check(gateway, ip=ip))["action"] == "kick"
        assert [each["ip"] for each in (await listed(gateway))["active_ips"]] == [canonical]


@pytest.mark.parametrize(
    "changes",
    [
        {"ip": "2001"},
        {"ip": "10.0.*.*"},
        {"ip": "203.0.113.7:99999"},
        {"ip": "203.0.113"},
        {"ip": "203.0.113.7%eth0"},
        {"ip": "fe80::1%"},
        {"ip": "fe80::1%a%b"},
        {"ip": "localhost"},
        {"ip": "203.0.113.7\nstop"},
        {"ip": "1" * 10_000},
        {"ip": "203.0.113.7" + " " * 60 + "x"},
        {"ip": 5},
        {"username": ""},
        {"username": "  "},
        {"action": "remove", "username": "", "ip": ""},
        {"action": "remove", "username": "", "ip": "203.0.113"},
        {"username": "Alice\nop Mallory"},
        {"username": "Alice\u2028x"},
        {"username": "Alice\x00"},
        {"username": "\ud800"},
        {"username": "@a"},
        {"username": "Alice Bob"},
        {"username": "x" * 129},
        {"username": ["Alice"]},
        {"action": "pardon"},
        {"action": "BAN"},
        {"action": ["ban"]},
        {"action": {}},
    ],
    ids=range(28),
)
async def test_garbage_is_400_and_nothing_happens(
    gateway: Running, infractions: ListingInfractions, changes: dict[str, Any]
) -> None:
    answer = await add_ban(gateway, **changes)
    assert answer.status == 400
    assert set(answer.json) == {"error"}
    assert infractions.carried_out == []


@pytest.mark.parametrize("ip", ["local", "fe80:0:0:0:0:0:0:1%2", 5], ids=["carpet-bot", "with-a-zone", "number"])
async def test_a_pardon_is_of_the_player_whatever_the_address_is(gateway: Running, ip: object) -> None:
    await add_ban(gateway)
    answer = await pardon(gateway, ip=ip)
    assert (answer.status, answer.json["removed"]) == (200, ["Griefer"])


@pytest.mark.parametrize("field", ["verification", "action", "username", "ip", "cause"])
async def test_each_field_is_needed_and_missed_before_the_token_is_looked_at(gateway: Running, field: str) -> None:
    answer = await add_ban(gateway, "", **{"verification": "wrong", field: None})
    assert (answer.status, answer.json) == (400, {"error": f"Missing parameters: {field}"})


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b"", "application/json"),
        (b"\xff", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"{}", "text/plain"),
        (b"[]", "application/json"),
        (b"null", "application/json"),
        (b"5", "application/json"),
    ],
    ids=range(8),
)
async def test_what_is_no_object_of_json_is_400(gateway: Running, body: bytes, kind: str) -> None:
    answer = await gateway.call("POST", "/add_ban", data=body, headers={"Content-Type": kind}, secret=None)
    assert (answer.status, set(answer.json)) == (400, {"error"})


async def test_what_may_hold_the_token_comes_as_it_is(gateway: Running) -> None:
    """Somebody without one could else send little, and have much unpacked and read."""
    packed = gzip.compress(orjson.dumps(BAN))
    sent = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = await gateway.call("POST", "/add_ban", data=packed, headers=sent, secret=None)
    assert (answer.status, answer.json) == (400, {"error": "Invalid JSON"})


@pytest.mark.parametrize(
    ("cause", "stored"),
    [
        ("a\r\nb", "a  b"),
        ("", "-"),
        ("\n", "-"),
        (5, "5"),
        (["x"], '["x"]'),
        ("外挂", "外挂"),
        ("x" * 5000, "x" * 1024),
    ],
    ids=range(7),
)
async def test_any_cause_becomes_one_line(gateway: Running, cause: Any, stored: str) -> None:
    assert (await add_ban(gateway, cause=cause)).json["cause"] == stored
    assert (await check(gateway, username="Griefer"))["cause"] == stored


async def test_the_token_may_be_in_the_body_the_header_or_the_path(gateway: Running) -> None:
    without = {name: value for name, value in BAN.items() if name != "verification"}
    assert (await add_ban(gateway)).status == 200
    assert (await gateway.call("POST", "/add_ban", without)).status == 200
    assert (await gateway.call("POST", f"/t/{ALL}/add_ban", without, secret=None)).status == 200
    assert (await add_ban(gateway, f"/t/{ALL}", verification="another")).status == 200
    for wrong in ("", "wrong", 5, "x" * 10_000, "\ud800"):
        refused = await add_ban(gateway, verification=wrong)
        assert (refused.status, refused.json) == (403, {"error": "Authentication failed"})
    assert (await add_ban(gateway, "/t/wrong")).status == 403


async def test_a_token_that_may_only_check_bans_nobody(gateway: Running, infractions: ListingInfractions) -> None:
    await infractions.admit("reader", "check", "report")

    async def is_known() -> bool:
        return (await gateway.call("GET", "/bans", secret="reader")).status == 200

    await until(is_known)
    assert (await add_ban(gateway, verification="reader")).status == 403
    assert infractions.carried_out == []


async def test_a_token_under_review_asks_staff_and_changes_nothing(
    gateway: Running, infractions: ListingInfractions
) -> None:
    await infractions.admit("queued", "check", "report", review=True)

    async def banned() -> Any:
        answer = await add_ban(gateway, verification="queued", ip="[2001:db8::1]:25565")
        return answer if answer.status == 202 else None

    answer = await until(banned)
    command: Any = infractions.carried_out[-1]
    assert answer.json == {"request_id": command.request_id, "status": "pending_review"}
    assert (command.type, command.wanted, str(command.player)) == ("open_request", "punish", "minecraft:griefer")
    assert (command.player_name, command.reason, command.suggested.reason) == ("Griefer", "grief", "grief")
    assert unseal(MASTER_KEY, command.address.sealed) == "2001:db8::1"
    assert (await check(gateway, username="Griefer"))["action"] == "allowed"
    await add_ban(gateway)
    assert (await pardon(gateway, verification="queued")).status == 202
    command = infractions.carried_out[-1]
    assert (command.wanted, command.suggested) == ("lift", None)
    assert (await check(gateway, username="Griefer"))["action"] == "kick"


async def test_a_refusal_is_told_in_the_same_form(gateway: Running, infractions: ListingInfractions) -> None:
    infractions.refuses = Refusal(code="other-server", message="not yours")
    answer = await pardon(gateway)
    assert (answer.status, answer.json) == (403, {"error": "not yours"})


async def test_while_infractions_is_down_a_ban_is_accepted_and_done_later(
    start: Start, infractions: ListingInfractions
) -> None:
    await infractions.admit("all", "check", "punish")
    gateway = await start(command_timeout_seconds=0.05, ban_list_key=LIST_KEY.hex())
    await until(gateway.is_ready)
    await infractions.stop()
    accepted = await add_ban(gateway)
    assert (accepted.status, accepted.json["status"]) == (202, "accepted")
    assert accepted.json["request_id"]
    await infractions.start()

    async def is_listed() -> bool:
        return bool((await listed(gateway))["active_players"])

    await until(is_listed)
