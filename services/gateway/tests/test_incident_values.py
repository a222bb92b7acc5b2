"""What an incident may say, and what a body of incidents may hold."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson
import pytest
from services.gateway.tests.conftest import Running
from services.gateway.tests.stand_in_tracker import Tracker

INCIDENTS = "/v1/incidents"
PLAYER = {"service": "roblox", "id": 156}
INCIDENT = {"id": "one", "player": PLAYER, "reason": "speed_hack"}
JSON = {"Content-Type": "application/json"}


def batch(*ids: str, **fields: Any) -> dict[str, Any]:
    return {"incidents": [{**INCIDENT, "id": each} for each in ids], **fields}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("2024-02-29T12:00:00Z", datetime(2024, 2, 29, 12, tzinfo=UTC)),
        ("2024-02-29t12:00:00.5+02:00", datetime(2024, 2, 29, 10, 0, 0, 500_000, tzinfo=UTC)),
        (1_700_000_000, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        (1_700_000_000.25, datetime(2023, 11, 14, 22, 13, 20, 250_000, tzinfo=UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
async def test_a_time_is_read(gateway: Running, tracker: Tracker, sent: object, expected: datetime) -> None:
    assert (await gateway.call("POST", INCIDENTS, {**INCIDENT, "occurred_at": sent})).status == 201
    assert tracker.carried_out[0].incidents[0].occurred_at == expected


@pytest.mark.parametrize("sent", [None, "2999-01-01T00:00:00Z", 4_000_000_000, "9999-12-31T23:59:59+00:01"])
async def test_without_a_time_or_in_the_future_it_happened_now(
    gateway: Running, tracker: Tracker, sent: object
) -> None:
    before = datetime.now(UTC)
    assert (await gateway.call("POST", INCIDENTS, {**INCIDENT, "occurred_at": sent})).status == 201
    assert before <= tracker.carried_out[0].incidents[0].occurred_at <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": "x" * 129}, "id"),
        ({"id": "a\nb"}, "id"),
        ({"id": 5}, "id"),
        ({"player": None}, "player"),
        ({"player": {"service": "roblox", "id": "abc"}}, "player"),
        ({"player": {"service": "roblox", "id": 10**30}}, "player"),
        ({"player": {"service": "steam", "id": 76561197960287930}}, "player"),
        ({"player": {**PLAYER, "ip": "192.0.2.1"}}, "player.ip"),
        ({"player_name": "a\x1b[2J"}, "player_name"),
        ({"player_name": "x" * 129}, "player_name"),
        ({"reason": "Speed Hack"}, "reason"),
        ({"reason": "x" * 65}, "reason"),
        ({"reason": "speed_hack\n"}, "reason"),
        ({"details": [1]}, "details"),
        ({"details": "text"}, "details"),
        ({"details": {"x": "y" * 4096}}, "details"),
        ({"details": {"x": "a\x00b"}}, "details"),
        ({"details": {"\u2028": 1}}, "details"),
        ({"details": {"x": {"x": {"x": {"x": {"x": {"x": {"x": {"x": {"x": 1}}}}}}}}}}, "details"),
        ({"details": {"x": 2**64}}, "details"),
        ({"details": {"x": -(10**2000)}}, "details"),
        ({"session_id": "a\rb"}, "session_id"),
        ({"server_id": "x"}, "server_id"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"occurred_at": "2024-02-29"}, "occurred_at"),
        ({"occurred_at": "2024-02-29T12:00:00"}, "occurred_at"),
        ({"occurred_at": "2023-02-29T12:00:00Z"}, "occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at"),
        ({"occurred_at": "9999-12-31T23:59:59-00:01"}, "occurred_at"),
        ({"occurred_at": "1969-12-31T23:59:59Z"}, "occurred_at"),
        ({"occurred_at": "1700000000"}, "occurred_at"),
        ({"occurred_at": "\u0662\u0660\u0662\u0664-02-29T12:00:00Z"}, "occurred_at"),
        ({"occurred_at": -1}, "occurred_at"),
        ({"occurred_at": 1_700_000_000_000}, "occurred_at"),
        ({"occurred_at": 10**4000}, "occurred_at"),
        ({"occurred_at": True}, "occurred_at"),
        ({"occurred_at": [1]}, "occurred_at"),
        ({"severity": "high"}, "severity"),
        ({"incident_id": str(uuid4())}, "incident_id"),
    ],
)
async def test_a_wrong_incident_is_400_and_names_the_field(
    gateway: Running, tracker: Tracker, change: dict[str, Any], field: str
) -> None:
    answer = await gateway.call("POST", INCIDENTS, {**INCIDENT, **change})
    assert (answer.status, answer.json["type"]) == (400, "urn:banstream:problem:malformed")
    assert answer.json["errors"][0]["field"].startswith(field)
    assert tracker.carried_out == []


async def test_one_wrong_incident_of_a_batch_means_that_none_is_recorded(gateway: Running, tracker: Tracker) -> None:
    body = batch("a", "b", "c", "d")
    body["incidents"][1]["reason"] = "a\nb"
    body["incidents"][3]["player"] = {"service": "roblox", "id": "x"}
    answer = await gateway.call("POST", INCIDENTS, body)
    assert answer.status == 400
    assert answer.json["detail"] == "No incident was recorded. Wrong: 1, 3."
    assert [each["field"] for each in answer.json["errors"]] == ["incidents.1.reason", "incidents.3.player"]
    assert tracker.carried_out == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        5,
        {"incidents": []},
        {"incidents": {}},
        {"incidents": None},
        {"incidents": [None]},
        {"incidents": [[]]},
        batch(*(str(number) for number in range(501))),
        {**batch("a"), **INCIDENT},
        {**batch("a"), "color": "red"},
    ],
    ids=range(12),
)
async def test_what_is_neither_form_is_400(gateway: Running, tracker: Tracker, body: object) -> None:
    answer = await gateway.call("POST", INCIDENTS, data=orjson.dumps(body), headers=JSON)
    assert (answer.status, answer.json["type"]) == (400, "urn:banstream:problem:malformed")
    assert tracker.carried_out == []


@pytest.mark.parametrize(
    "details",
    [
        b'{"x":NaN}',
        b'{"x":Infinity}',
        b'{"x":1e400}',
        b'{"x":1,"x":2}',
        b'{"x":"\\ud800"}',
        b'{"\\udfff":1}',
        b'{"x":%s}' % (b"9" * 5000),
        b'{"x":' * 5_000 + b"1" + b"}" * 5_000,
        b"[" * 100_000,
    ],
    ids=range(9),
)
async def test_json_with_surprises_in_details_is_400(gateway: Running, tracker: Tracker, details: bytes) -> None:
    body = orjson.dumps(INCIDENT)[:-1] + b',"details":' + details + b"}"
    answer = await gateway.call("POST", INCIDENTS, data=body, headers=JSON)
    assert answer.status == 400
    assert len(answer.body) < 2000
    assert tracker.carried_out == []


async def test_the_empty_table_of_luau_is_an_empty_object(gateway: Running, tracker: Tracker) -> None:
    assert (await gateway.call("POST", INCIDENTS, {**INCIDENT, "details": []})).status == 201
    assert tracker.carried_out[0].incidents[0].details == {}


async def test_nulls_within_details_stay(gateway: Running, tracker: Tracker) -> None:
    details = {"x": None, "y": [None, {"z": None}], "text": "\u202eé😀", "number": 2**64 - 1}
    assert (await gateway.call("POST", INCIDENTS, {**INCIDENT, "details": details})).status == 201
    assert tracker.carried_out[0].incidents[0].details == details
