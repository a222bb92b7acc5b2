"""What a client is told that sent something wrong: where it is, in the words of JSON, and never in ours."""

from typing import Any

import pytest
from services.gateway.tests.conftest import Running
from services.gateway.tests.stand_in import Infractions

BAN = {"player": {"service": "roblox", "id": 1}, "punishments": ["ban"], "reason": "x"}
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/players/roblox/1%2F2/restrictions", "path"),
        ("/v1/players/minecraft/a%00b/history", "path"),
        ("/v1/players/Roblox/1/history", "path.service"),
        ("/v1/infractions?limit=0", "query.limit"),
    ],
    ids=["id", "control", "service", "query"],
)
async def test_a_wrong_part_of_the_address_is_named(gateway: Running, path: str, field: str) -> None:
    refused = await gateway.call("GET", path)
    assert (refused.status, [each["field"] for each in refused.json["errors"]]) == (422, [field])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/players/minecraft/caf%E9/restrictions", 400),
        ("/v1/infractions?player=minecraft:caf%E9", 400),
        ("/v1/players/minecraft/caf%C3%A9/restrictions", 200),
        ("/v1/infractions?player=minecraft:caf%C3%A9", 200),
    ],
    ids=["path", "query", "utf-8-path", "utf-8-query"],
)
async def test_nobody_is_looked_for_by_what_is_no_utf_8(gateway: Running, path: str, status: int) -> None:
    answer = await gateway.call("GET", path)
    assert answer.status == status
    assert status == 200 or answer.json["detail"] == "The address is not UTF-8."


@pytest.mark.parametrize(
    ("path", "body", "field", "message"),
    [
        ("/v1/infractions", [], "", "is no JSON object"),
        ("/v1/infractions", None, "", "is no JSON object"),
        ("/v1/infractions", {**BAN, "player": "roblox:1"}, "player", "is no JSON object"),
        ("/v1/infractions", {**BAN, "punishments": "ban"}, "punishments", "is no list"),
        ("/v1/check", {"players": {}}, "players", "is no list"),
        (
            "/v1/check",
            {"players": [{"service": "roblox", "id": 1}] * 501},
            "players",
            "has too many entries: at most 500",
        ),
        ("/v1/tokens", {"name": "x", "scopes": []}, "scopes", "has too few entries: at least 1"),
    ],
    ids=["list", "null", "text-for-object", "text-for-list", "object-for-list", "long", "short"],
)
async def test_a_wrong_value_is_told_in_the_words_of_json(
    gateway: Running, path: str, body: Any, field: str, message: str
) -> None:
    content = b"null" if body is None else None
    options: dict[str, Any] = {"data": content, "headers": JSON} if content else {"json": body}
    refused = await gateway.call("POST", path, **options)
    assert refused.status == 422
    assert refused.json["errors"] == [{"field": field, "message": message}]


async def test_a_number_without_end_is_told_without_the_settings_of_python(gateway: Running) -> None:
    refused = await gateway.call("POST", "/v1/check", data=b'{"players":%s}' % (b"1" * 5000), headers=JSON)
    assert refused.status == 400
    assert refused.json["detail"] == "The body is not valid JSON: a number has too many digits."


async def test_a_parameter_that_belongs_into_the_body_is_not_overlooked(
    gateway: Running, infractions: Infractions
) -> None:
    await gateway.call("POST", "/v1/infractions", BAN)
    lift = "/v1/players/roblox/1/lift?include_other_servers=false"
    refused = await gateway.call("POST", lift, {"reason": "of mine alone"})
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "query.include_other_servers")
    assert [command.type for command in infractions.carried_out] == ["issue_infraction"]
    unknown = await gateway.call("GET", f"/v1/infractions/{'0' * 24}?limit=5")
    assert (unknown.status, unknown.json["errors"][0]["field"]) == (422, "query.limit")
