"""Flask Anti-Cheat's wire contract: the original's answers, and clean errors where it crashed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from services.gateway.tests.conftest import Reply, Running, Start, until
from services.gateway.tests.stand_in import Infractions

from banstream_contracts.infractions import Lifetime, Scope
from banstream_contracts.text import Reason
from banstream_gateway.flask import player_of, reason_of
from banstream_gateway.problems import Malformed

JSON = {"Content-Type": "application/json"}
SUCCESS = b'{"message":"User %s banned","status":"success"}'
NO_ID = b'{"message":"No user_id provided","status":"fail"}'


async def ban(gateway: Running, body: bytes, **headers: str) -> Reply:
    return await gateway.call("POST", "/ban", data=body, headers={**JSON, **headers})


async def check(gateway: Running, body: bytes) -> Reply:
    return await gateway.call("POST", "/check_ban", data=body, headers=JSON)


async def test_the_index_is_open_to_everybody(gateway: Running) -> None:
    for path in ("/", "/t/all/"):
        index = await gateway.call("GET", path, secret=None)
        assert (index.status, index.body) == (200, b"Ban server is running")
        assert index.headers["Content-Type"].startswith("text/html")
    head = await gateway.call("HEAD", "/", secret=None)
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", "21")
    icon = await gateway.call("GET", "/favicon.ico", secret=None)
    assert (icon.status, icon.body) == (204, b"")


@pytest.mark.parametrize(
    ("sent", "printed", "player"),
    [
        (b"156", b"156", "roblox:156"),
        (b'"156"', b"156", "roblox:156"),
        (b"156.0", b"156.0", "roblox:156"),
        (b"1.56e2", b"156.0", "roblox:156"),
        (b'"007"', b"007", "flask:007"),
        (b'"Alice"', b"Alice", "flask:Alice"),
        (b'"alice smith"', b"alice smith", "flask:alice smith"),
        ('"\u00e9"'.encode(), b"\\u00e9", "flask:\u00e9"),
        (b"-5", b"-5", "flask:-5"),
        (b"9" * 30, b"9" * 30, "flask:" + "9" * 30),
    ],
)
async def test_a_ban_is_answered_as_ever_and_found_again(
    gateway: Running, infractions: Infractions, sent: bytes, printed: bytes, player: str
) -> None:
    banned = await ban(gateway, b'{"user_id": %s}' % sent)
    assert (banned.status, banned.body) == (200, SUCCESS % printed)
    assert banned.headers["Content-Type"] == "application/json"
    assert (await check(gateway, b'{"user_id": %s}' % sent)).body == b'{"status":"banned"}'
    command: Any = infractions.carried_out[0]
    assert str(command.player) == player
    assert command.reason == "No reason provided"
    assert (command.lifetime, command.scope) == (Lifetime.PERMANENT, Scope.GLOBAL)


async def test_a_ban_says_at_which_position_another_gateway_has_it(gateway: Running, infractions: Infractions) -> None:
    banned = await ban(gateway, b'{"user_id": 156}')
    again = await ban(gateway, b'{"user_id": 156}')
    wanted = str(infractions.position)
    assert [each.headers["Banstream-Position"] for each in (banned, again)] == [wanted, wanted]


async def test_number_and_digits_are_one_player(gateway: Running) -> None:
    await ban(gateway, b'{"user_id": 42}')
    assert (await check(gateway, b'{"user_id": "42"}')).json == {"status": "banned"}
    assert (await check(gateway, b'{"user_id": 43}')).json == {"status": "not banned"}


@pytest.mark.parametrize(
    "sent", [b"{}"] + [b'{"user_id": %s}' % x for x in (b"null", b'""', b"0", b"false", b"[]", b"{}", b"0.0")]
)
async def test_without_an_id_a_ban_fails_and_a_check_is_not_banned(gateway: Running, sent: bytes) -> None:
    banned = await ban(gateway, sent)
    assert (banned.status, banned.body) == (400, NO_ID)
    checked = await check(gateway, sent)
    assert (checked.status, checked.body) == (200, b'{"status":"not banned"}')


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"user_id": NaN}',
        b'{"user_id": Infinity}',
        b'{"user_id": 1e999}',
        b'{"user_id": 1.5}',
        b'{"user_id": true}',
        b'{"user_id": [1]}',
        b'{"user_id": {"a": 1}}',
        b'{"user_id": "\\ud800"}',
        b'{"user_id": "a\\u0000b"}',
        b'{"user_id": "a\\nb"}',
        b'{"user_id": " "}',
        b'{"user_id": "%s"}' % (b"x" * 10_000),
        b'{"user_id": %s}' % (b"9" * 5000),
        b"null",
        b"[]",
        b'"x"',
        b"5",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=range(22),
)
async def test_what_made_the_original_crash_is_a_clean_400(
    gateway: Running, infractions: Infractions, sent: bytes
) -> None:
    for answer in (await ban(gateway, sent), await check(gateway, sent)):
        assert answer.status == 400
        assert answer.json["status"] == "fail"
        assert answer.json["message"]
    assert infractions.carried_out == []


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (b'"aimbot"', "aimbot"),
        (b"null", "No reason provided"),
        (b'""', "No reason provided"),
        (b"5", "5"),
        (b"true", "true"),
        (b'["a"]', '["a"]'),
        (b'{"a": 1}', '{"a": 1}'),
        (b'"a\\r\\nb\\u0000c\\u2028d"', "a  b c d"),
        (b'"\\ud800x"', "\ufffdx"),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'"%s"' % (b"x" * 10_000), "x" * 1024),
    ],
)
async def test_any_reason_is_stored_as_clean_text(
    gateway: Running, infractions: Infractions, sent: bytes, stored: str
) -> None:
    assert (await ban(gateway, b'{"user_id": 1, "reason": %s}' % sent)).status == 200
    command: Any = infractions.carried_out[0]
    assert command.reason == stored


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonx"])
async def test_another_content_type_is_415(gateway: Running, kind: str | None) -> None:
    for path in ("/ban", "/check_ban"):
        headers = {"Content-Type": kind} if kind else {}
        answer = await gateway.call(
            "POST", path, data=b'{"user_id": 1}', headers=headers, skip_auto_headers=["Content-Type"]
        )
        assert (answer.status, answer.json["status"]) == (415, "fail")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/vnd.api+json", "APPLICATION/JSON"])
async def test_every_json_content_type_and_a_byte_order_mark_are_fine(gateway: Running, kind: str) -> None:
    answer = await gateway.call(
        "POST", "/ban", data=b'\xef\xbb\xbf{"user_id": 1, "extra": 2, "user_id": 7}', headers={"Content-Type": kind}
    )
    assert answer.body == SUCCESS % b"7"


async def test_a_repeated_ban_succeeds_and_changes_nothing(gateway: Running, infractions: Infractions) -> None:
    for _ in range(2):
        assert (await ban(gateway, b'{"user_id": 1}')).body == SUCCESS % b"1"
    assert len(infractions.infractions) == 1


async def test_a_token_in_the_path_is_enough(gateway: Running) -> None:
    banned = await gateway.call("POST", "/t/all/ban", {"user_id": 1}, secret=None)
    assert (banned.status, banned.body) == (200, SUCCESS % b"1")
    checked = await gateway.call("POST", "/t/all/check_ban", {"user_id": 1}, secret=None)
    assert checked.json == {"status": "banned"}
    for path in ("/ban", "/t/wrong/ban", "/t//ban"):
        refused = await gateway.call("POST", path, {"user_id": 1}, secret=None)
        assert refused.status in {401, 404}
        assert refused.json["status"] == "fail"


async def test_other_paths_and_methods_fail_in_the_same_shape(gateway: Running) -> None:
    for method, path, status in (("GET", "/ban", 405), ("POST", "/", 405), ("POST", "/ban/", 404), ("GET", "/x", 404)):
        answer = await gateway.call(method, path)
        assert answer.status == status
        assert set(answer.json) == {"message", "status"}
        assert answer.json["status"] == "fail"
        assert ("Allow" in answer.headers) == (status == 405)


async def test_while_infractions_is_down_a_ban_is_accepted(start: Start, infractions: Infractions) -> None:
    await infractions.admit("all", "check", "punish")
    gateway = await start(command_timeout_seconds=0.05)
    await until(gateway.is_ready)
    await infractions.stop()
    accepted = await ban(gateway, b'{"user_id": 1}')
    assert (accepted.status, accepted.body) == (202, SUCCESS % b"1")
    await infractions.start()

    async def is_banned() -> bool:
        return bool((await check(gateway, b'{"user_id": 1}')).json["status"] == "banned")

    await until(is_banned)


async def test_a_block_that_is_no_ban_is_not_banned(gateway: Running) -> None:
    body = {"player": {"service": "roblox", "id": 1}, "punishments": ["chat_block"], "reason": "x"}
    await gateway.call("POST", "/v1/infractions", body)
    assert (await check(gateway, b'{"user_id": 1}')).json == {"status": "not banned"}


async def test_keys_are_sorted_and_answers_are_ascii(gateway: Running) -> None:
    answer = await ban(gateway, json.dumps({"user_id": "J\u00f6rg"}).encode())
    assert answer.body == b'{"message":"User J\\u00f6rg banned","status":"success"}'


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values)
def test_every_json_value_is_a_player_or_malformed(value: object) -> None:
    try:
        player = player_of(value)
    except Malformed:
        return
    assert player_of(player.id) == player


@given(json_values)
def test_every_json_value_is_a_reason_that_may_travel(value: object) -> None:
    reason = TypeAdapter(Reason).validate_python(reason_of(value))
    assert reason.encode()


@pytest.mark.parametrize("depth", [100, 900, 950, 980, 990, 1000, 5000])
async def test_nesting_is_never_a_500(gateway: Running, depth: int) -> None:
    nested = b"[" * depth + b"]" * depth
    for field in (b"reason", b"extra"):
        answer = await ban(gateway, b'{"user_id": 1, "%s": %s}' % (field, nested))
        assert answer.status in {200, 400}
    native = await gateway.call("POST", "/v1/infractions", data=b'{"reason": %s}' % nested, headers=JSON)
    assert native.status in {400, 422}


@pytest.mark.parametrize("address", ["/", "/t/all/"], ids=["plain", "with-its-token"])
async def test_an_address_that_ends_in_a_slash_is_as_good(gateway: Running, address: str) -> None:
    """The script puts `/ban` behind it, and Flask's own server takes two slashes for one."""
    banned = await gateway.call("POST", f"{address}/ban", {"user_id": 156})
    assert (banned.status, banned.body) == (200, SUCCESS % b"156")
    for user_id, status in ((156, "banned"), (157, "not banned")):
        checked = await gateway.call("POST", f"{address}/check_ban", {"user_id": user_id})
        assert (checked.status, checked.json) == (200, {"status": status})
    refused = await gateway.call("POST", "//ban", {"user_id": 156}, secret=None)
    assert refused.status == 401
