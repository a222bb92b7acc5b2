"""A player's abuse: history, dismissals, protection."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from services.gateway.tests.conftest import Running, Start, until
from services.gateway.tests.stand_in import Infractions
from services.gateway.tests.stand_in_tracker import Tracker

from banstream_contracts.infractions import Restriction
from banstream_contracts.results import Refusal

PLAYER = "/v1/players/roblox/156"
ABUSE = f"{PLAYER}/abuse"
INCIDENT = {"id": "one", "player": {"service": "roblox", "id": 156}, "reason": "speed_hack"}
SOME_ID = "01948f6e-7a00-7c3e-8a51-5b7e4f9d2c10"
REASON = {"reason": "lag"}


async def report(gateway: Running, *ids: str, **fields: Any) -> list[str]:
    body = {"incidents": [{**INCIDENT, "id": each, **fields} for each in ids]}
    answer = await gateway.call("POST", "/v1/incidents", body)
    return [each["incident_id"] for each in answer.json["incidents"]]


def ban(**fields: Any) -> Restriction:
    values = {"punishments": ("ban",), "lifetime": "permanent", "reason": "x", "scope": "global", **fields}
    return Restriction(infraction_id="0" * 24, **values)


async def test_a_history_has_the_names_of_the_seed(
    gateway: Running, infractions: Infractions, tracker: Tracker
) -> None:
    server = await infractions.admit("server", "check", "report", kind="server")
    body = {**INCIDENT, "occurred_at": 1_700_000_000.9, "details": {"speed": 100}, "session_id": "s"}
    await gateway.call("POST", "/v1/incidents", body, secret="server")
    (second,) = await report(gateway, "two", occurred_at=1_700_000_100)
    found = await gateway.call("GET", f"{ABUSE}?limit=1", secret="server")
    assert found.status == 200
    assert found.json == {
        "userId": 156,
        "player": {"service": "roblox", "id": "156"},
        "totalIncidents": 2,
        "isProtected": False,
        "firstIncident": 1_700_000_000,
        "lastIncident": 1_700_000_100,
        "count": 2,
        "policy": {"id": "default", "version": 0},
        "records": [
            {
                "reason": "speed_hack",
                "timestamp": 1_700_000_100,
                "incidentId": second,
                "counted": 1,
                "dismissed": False,
            }
        ],
        "isBanned": False,
        "next": "bmV4dA",
    }
    assert tracker.asked[0].server_id == server.id
    everything = (await gateway.call("GET", ABUSE)).json
    assert everything["records"][1]["details"] == {"speed": 100}
    assert everything["records"][1]["sessionId"] == "s"
    assert everything["records"][1]["serverId"] == server.id
    assert everything["next"] is None


async def test_a_history_names_what_a_credential_under_review_told(gateway: Running, infractions: Infractions) -> None:
    await infractions.admit("sure", "report", kind="server")
    await infractions.admit("unsure", "report", kind="server", review=True)
    for told in ("sure", "unsure"):
        await gateway.call("POST", "/v1/incidents", {**INCIDENT, "id": told}, secret=told)
    records = (await gateway.call("GET", ABUSE)).json["records"]
    assert [each.get("underReview") for each in records] == [True, None]


async def test_an_unknown_player_has_zeros(gateway: Running) -> None:
    found = (await gateway.call("GET", "/v1/players/steam/76561197960287930/abuse")).json
    assert (found["userId"], found["totalIncidents"], found["count"]) == ("76561197960287930", 0, 0)
    assert found["records"] == []
    assert "firstIncident" not in found


@pytest.mark.parametrize(("number", "user_id"), [(2**53, 2**53), (2**53 + 1, str(2**53 + 1))])
async def test_a_number_that_a_game_would_round_is_text(gateway: Running, number: int, user_id: object) -> None:
    assert (await gateway.call("GET", f"/v1/players/roblox/{number}/abuse")).json["userId"] == user_id


async def test_a_ban_is_told_as_a_check_of_the_asking_server_would(gateway: Running, infractions: Infractions) -> None:
    server = await infractions.admit("server", "check", kind="server")
    soon, later = datetime.now(UTC) + timedelta(hours=1), datetime.now(UTC) + timedelta(hours=2)
    chat = ban(punishments=("chat_block",), reason="chat")
    timed = (
        ban(lifetime="timed", expires_at=soon, reason="soon"),
        ban(lifetime="timed", expires_at=later, reason="later", scope="server", server_id=server.id),
    )
    await infractions.restrict("roblox=156", chat, *timed)
    await until(lambda: gateway.gateway.restrictions.position == infractions.position)
    here = (await gateway.call("GET", ABUSE, secret="server")).json
    assert (here["isBanned"], here["banReason"]) == (True, "later")
    assert 0 <= here["banExpiry"] - later.timestamp() < 1
    elsewhere = (await gateway.call("GET", f"{ABUSE}?server_id={'1' * 24}")).json
    assert elsewhere["banReason"] == "soon"
    await infractions.restrict("roblox=156", *timed, ban(reason="for good"))
    await until(lambda: gateway.gateway.restrictions.position == infractions.position)
    permanent = (await gateway.call("GET", ABUSE)).json
    assert (permanent["isBanned"], permanent["banReason"]) == (True, "for good")
    assert "banExpiry" not in permanent
    await infractions.restrict("roblox=156", chat)
    await until(lambda: gateway.gateway.restrictions.position == infractions.position)
    assert (await gateway.call("GET", ABUSE)).json["isBanned"] is False


async def test_a_history_shows_the_ban_that_its_reader_has_just_made(
    gateway: Running, infractions: Infractions
) -> None:
    infractions.feeds_buckets = False
    body = {"player": INCIDENT["player"], "punishments": ["ban"], "reason": "aimbot"}
    issued = await gateway.call("POST", "/v1/infractions", body)
    position = issued.headers["Banstream-Position"]
    found = await gateway.call("GET", ABUSE, headers={"Banstream-Position": position})
    assert found.json["isBanned"] is True
    assert found.headers["Banstream-Position"] == position


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "query.limit"),
        ("limit=101", "query.limit"),
        ("limit=1&limit=2", "query"),
        ("cursor=%00", "query.cursor"),
        ("server_id=x", "query.server_id"),
        ("page=2", "query.page"),
    ],
)
async def test_a_wrong_question_is_422(gateway: Running, query: str, field: str) -> None:
    answer = await gateway.call("GET", f"{ABUSE}?{query}")
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, field)


async def test_a_server_asks_as_itself(gateway: Running, infractions: Infractions) -> None:
    await infractions.admit("server", "report", kind="server")
    assert (await gateway.call("GET", f"{ABUSE}?server_id={'0' * 24}", secret="server")).status == 403


async def test_a_dismissed_incident_does_not_count_until_it_is_restored(gateway: Running, tracker: Tracker) -> None:
    first, _ = await report(gateway, "one", "two")
    dismissed = await gateway.call("POST", f"/v1/incidents/{first}/dismiss", REASON)
    assert dismissed.status == 200
    assert dismissed.json["totalIncidents"] == 1
    assert dismissed.json["counts"] == {"default": 1}
    assert dismissed.json["position"] == tracker.position
    assert "Banstream-Position" not in dismissed.headers
    records = (await gateway.call("GET", ABUSE)).json["records"]
    assert [each["dismissed"] for each in records] == [False, True]
    restored = await gateway.call("POST", f"/v1/incidents/{first}/restore", REASON)
    assert (restored.status, restored.json["totalIncidents"]) == (200, 2)


async def test_all_incidents_of_a_player_or_some_are_dismissed(gateway: Running, tracker: Tracker) -> None:
    first, _, _ = await report(gateway, "one", "two", "three")
    some = await gateway.call("POST", f"{ABUSE}/dismiss", {**REASON, "incident_ids": [first]})
    assert (some.status, some.json["totalIncidents"]) == (200, 2)
    every = await gateway.call("POST", f"{ABUSE}/dismiss", REASON)
    assert (every.status, every.json["totalIncidents"]) == (200, 0)
    assert tracker.carried_out[-1].incident_ids == ()


async def test_an_unknown_incident_is_404(gateway: Running, tracker: Tracker) -> None:
    for incident_id in (uuid4(), "x", "%00", "0" * 24):
        for verb in ("dismiss", "restore"):
            answer = await gateway.call("POST", f"/v1/incidents/{incident_id}/{verb}", REASON)
            assert (answer.status, answer.json["type"]) == (404, "urn:banstream:problem:unknown-incident")
    assert tracker.carried_out == []


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "a\nb"}, {**REASON, "incident_ids": ["x"]}, [], None])
async def test_a_wrong_dismissal_is_422(gateway: Running, tracker: Tracker, body: object) -> None:
    assert (await gateway.call("POST", f"{ABUSE}/dismiss", body or {})).status == 422
    assert tracker.carried_out == []


async def test_a_server_may_not_dismiss(gateway: Running, infractions: Infractions, tracker: Tracker) -> None:
    await infractions.admit("server", "check", "report", "punish", kind="server")
    (incident,) = await report(gateway, "one")
    paths = [f"/v1/incidents/{incident}/dismiss", f"/v1/incidents/{incident}/restore", f"{ABUSE}/dismiss"]
    for path in paths:
        answer = await gateway.call("POST", path, REASON, secret="server")
        assert (answer.status, answer.json["detail"]) == (403, "A server may report and read.")
    assert len(tracker.carried_out) == 1


async def test_a_player_is_protected_and_no_longer(gateway: Running) -> None:
    path = "/v1/protected/roblox/156"
    protected = await gateway.call("PUT", path, {"reason": "streamer"})
    assert (protected.status, protected.json["isProtected"]) == (200, True)
    assert (await gateway.call("GET", ABUSE)).json["isProtected"] is True
    (listed,) = (await gateway.call("GET", "/v1/protected")).json["items"]
    assert (listed["player"], listed["reason"]) == ({"service": "roblox", "id": "156"}, "streamer")
    for body in (None, {}, {"reason": "left"}):
        ended = await gateway.call("DELETE", path, body)
        assert (ended.status, ended.json["isProtected"]) == (200, False)
    assert (await gateway.call("GET", "/v1/protected")).json == {"items": [], "next": None}
    assert (await gateway.call("PUT", path, {})).status == 422
    assert (await gateway.call("DELETE", path, {"reason": "a\nb"})).status == 422
    assert (await gateway.call("PUT", "/v1/protected/roblox/x", {"reason": "y"})).status == 422


@pytest.mark.parametrize("silence", ["stopped", "failing"])
async def test_reads_are_503_while_the_tracker_is_away(gateway: Running, tracker: Tracker, silence: str) -> None:
    tracker.fails_queries = silence == "failing"
    if silence == "stopped":
        await tracker.stop()
    for path in (ABUSE, "/v1/policies", "/v1/policies/default", "/v1/protected"):
        answer = await gateway.call("GET", path)
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "abuse tracker" in answer.json["detail"]
    assert (await gateway.call("POST", f"/v1/incidents/{uuid4()}/dismiss", REASON)).status == 503


async def test_while_the_tracker_is_away_changes_are_accepted(
    start: Start, infractions: Infractions, tracker: Tracker
) -> None:
    await infractions.admit("all", "punish", "admin")
    gateway = await start(command_timeout_seconds=0.05)
    await until(gateway.is_ready)
    await tracker.stop()
    answers = [
        await gateway.call("POST", f"{ABUSE}/dismiss", REASON),
        await gateway.call("PUT", "/v1/protected/roblox/156", REASON),
        await gateway.call("DELETE", "/v1/protected/roblox/156"),
        await gateway.call("PUT", "/v1/policies/default", {}),
        await gateway.call("DELETE", "/v1/policies/default"),
    ]
    assert [answer.status for answer in answers] == [202] * 5
    assert all(answer.headers["Location"].startswith("/v1/commands/") for answer in answers)


@pytest.mark.parametrize("code", ["unknown-incident", "unknown-policy", "policy-changed", "server-taken"])
async def test_refusals_of_the_tracker_are_problems(gateway: Running, tracker: Tracker, code: Any) -> None:
    tracker.refuses = Refusal(code=code, message="because")
    answer = await gateway.call("POST", f"{ABUSE}/dismiss", REASON)
    assert answer.json["type"] == f"urn:banstream:problem:{code}"
    assert answer.json["detail"] == "because"


@pytest.mark.parametrize(
    ("scope", "method", "path", "body"),
    [
        ("check", "POST", "/v1/incidents", INCIDENT),
        ("punish", "POST", "/v1/incidents", INCIDENT),
        ("admin", "POST", "/v1/incidents", INCIDENT),
        ("admin", "GET", ABUSE, None),
        ("report", "POST", f"{ABUSE}/dismiss", REASON),
        ("admin", "POST", f"{ABUSE}/dismiss", REASON),
        ("report", "POST", f"/v1/incidents/{SOME_ID}/dismiss", REASON),
        ("report", "POST", f"/v1/incidents/{SOME_ID}/restore", REASON),
        ("punish", "PUT", "/v1/policies/default", {}),
        ("report", "PUT", "/v1/policies/default", {}),
        ("punish", "DELETE", "/v1/policies/default", None),
        ("punish", "PUT", "/v1/servers/self/policy", {}),
        ("check", "GET", "/v1/protected", None),
        ("report", "GET", "/v1/protected", None),
        ("punish", "PUT", "/v1/protected/roblox/1", REASON),
        ("punish", "DELETE", "/v1/protected/roblox/1", None),
        ("report", "POST", "/v1/messages", {"text": "x"}),
        ("check", "POST", f"/v1/servers/{'0' * 24}/messages", {"text": "x"}),
        ("admin", "POST", f"{PLAYER}/kick", REASON),
        ("report", "GET", "/v1/requests", None),
        ("check", "GET", f"/v1/commands/{SOME_ID}", None),
    ],
)
async def test_another_scope_is_not_enough(
    gateway: Running, infractions: Infractions, tracker: Tracker, scope: Any, method: str, path: str, body: object
) -> None:
    await infractions.admit("limited", scope)
    await until(lambda: gateway.gateway.credentials.find("limited"))
    assert (await gateway.call(method, path, body, secret="limited")).status == 403
    assert (await gateway.call(method, path, body, secret="nobody")).status == 401
    assert tracker.carried_out == infractions.carried_out == []


@pytest.mark.parametrize("scope", ["check", "report", "punish", "admin"])
async def test_everybody_reads_policies(gateway: Running, infractions: Infractions, scope: Any) -> None:
    await infractions.admit("reader", scope)
    await until(lambda: gateway.gateway.credentials.find("reader"))
    assert (await gateway.call("GET", "/v1/policies/default", secret="reader")).status == 200
    expected = 403 if scope == "admin" else 200
    assert (await gateway.call("GET", ABUSE, secret="reader")).status == expected
