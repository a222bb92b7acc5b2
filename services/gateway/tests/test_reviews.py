"""Requests for review at the edge: open, look, comment, assign, decide."""

from typing import Any

import pytest
from services.gateway.tests.conftest import Running, Start, until
from services.gateway.tests.stand_in import Infractions

from banstream_contracts.infractions import Scope
from banstream_contracts.results import Refusal

REQUESTS = "/v1/requests"
ID, OTHER = "0" * 24, "1" * 24
ONE = f"{REQUESTS}/{ID}"
PLAYER = {"service": "roblox", "id": 156, "name": "Griefer", "ip": "203.0.113.7"}
WISH = {"player": PLAYER, "reason": "flies"}


async def test_a_request_is_opened_by_a_person_or_a_server(gateway: Running, infractions: Infractions) -> None:
    server = await infractions.admit("server", "report", kind="server")
    await until(lambda: gateway.gateway.credentials.find("server"))
    suggested = {"duration_seconds": 3600, "scope": "server"}
    opened = await gateway.call("POST", REQUESTS, {**WISH, "suggested": suggested}, secret="server")
    asked = await gateway.call("POST", REQUESTS, {**WISH, "wanted": "lift"})
    assert (opened.status, asked.status) == (201, 201)
    first, second = infractions.carried_out
    assert (str(first.player), first.player_name, first.server_id) == ("roblox:156", "Griefer", server.id)
    assert (first.suggested.duration_seconds, first.suggested.scope) == (3600, Scope.SERVER)
    assert (first.suggested.reason, first.wanted, second.wanted, second.suggested) == ("flies", "punish", "lift", None)
    assert first.address
    assert "203.0.113.7" not in first.model_dump_json()
    assert opened.json["position"] == infractions.position - 1


async def test_staff_look_at_requests(gateway: Running, infractions: Infractions) -> None:
    await infractions.admit("server", "punish", kind="server")
    await until(lambda: gateway.gateway.credentials.find("server"))
    listed = await gateway.call("GET", f"{REQUESTS}?player=roblox:156&status=open&assignee=Bob&limit=1")
    assert (listed.status, listed.json["next"]) == (200, "bmV4dA")
    assert (listed.json["items"][0]["comment_count"], "comments" in listed.json["items"][0]) == (1, False)
    found = await gateway.call("GET", ONE)
    assert (found.status, found.json["comments"][0]["note"]) == (200, "lag?")
    for path in (f"{REQUESTS}/{OTHER}", f"{REQUESTS}/x", f"{REQUESTS}/%00"):
        missing = await gateway.call("GET", path)
        assert (missing.status, missing.json["type"]) == (404, "urn:banstream:problem:unknown-request")
    for path in (REQUESTS, ONE):
        assert (await gateway.call("GET", path, secret="server")).status == 403


async def test_a_request_is_commented_assigned_and_decided(gateway: Running, infractions: Infractions) -> None:
    said = await gateway.call("POST", f"{ONE}/comments", {"note": "lag?"})
    taken = await gateway.call("POST", f"{ONE}/assignee", {"assignee": "Bob"})
    given_back = await gateway.call("POST", f"{ONE}/assignee", {"assignee": None})
    changed = {"duration_seconds": 60, "reason": "first time", "scope": "community"}
    approved = await gateway.call("POST", f"{ONE}/approve", changed)
    as_asked = await gateway.call("POST", f"{ONE}/approve")
    rejected = await gateway.call("POST", f"{ONE}/reject")
    because = await gateway.call("POST", f"{ONE}/reject", {"reason": "lag"})
    answers = [said, taken, given_back, approved, as_asked, rejected, because]
    assert [each.status for each in answers] == [201, 200, 200, 200, 200, 200, 200]
    assert all(each.json["id"] == ID and each.headers["Banstream-Position"] for each in answers)
    comment, assign, unassign, approve, plain, reject, reasoned = infractions.carried_out
    assert (comment.note, assign.assignee, unassign.assignee) == ("lag?", "Bob", None)
    assert (approve.duration_seconds, approve.reason, approve.scope) == (60, "first time", Scope.COMMUNITY)
    assert (plain.duration_seconds, plain.is_permanent, plain.reason) == (None, False, None)
    assert (reject.reason, reasoned.reason) == ("rejected on review", "lag")
    assert (approved.json["status"], rejected.json["status"]) == ("approved", "rejected")


async def test_many_are_decided_at_once_and_answered_each_by_itself(gateway: Running, infractions: Infractions) -> None:
    ids = [f"{number:024x}" for number in range(100)]
    body = {"ids": ids, "decision": "approve", "permanent": True}
    key = {"Idempotency-Key": "monday"}
    answer = await gateway.call("POST", f"{REQUESTS}/decisions", body, headers=key)
    assert (answer.status, answer.json["position"]) == (200, infractions.position)
    assert [(each["id"], each["status"]) for each in answer.json["items"]] == [(each, "approved") for each in ids]
    again = await gateway.call("POST", f"{REQUESTS}/decisions", body, headers=key)
    assert [each["command_id"] for each in again.json["items"]] == [each["command_id"] for each in answer.json["items"]]
    assert len(infractions.carried_out) == 100
    assert {command.is_permanent for command in infractions.carried_out} == {True}
    reused = await gateway.call(
        "POST", f"{REQUESTS}/decisions", {**body, "decision": "reject", "permanent": False}, headers=key
    )
    assert {each["status"] for each in reused.json["items"]} == {"refused"}
    assert reused.json["items"][0]["problem"]["status"] == 422


async def test_a_refusal_names_who_decided(gateway: Running, infractions: Infractions) -> None:
    infractions.refuses = Refusal(code="request-decided", message="the request was approved already, by Alice")
    one = await gateway.call("POST", f"{ONE}/reject")
    assert (one.status, one.json["detail"]) == (409, infractions.refuses.message)
    many = await gateway.call("POST", f"{REQUESTS}/decisions", {"ids": [ID], "decision": "reject", "reason": "lag"})
    [item] = many.json["items"]
    assert (many.status, item["status"], many.json["position"]) == (200, "refused", 0)
    assert (item["problem"]["status"], item["problem"]["detail"]) == (409, infractions.refuses.message)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (REQUESTS, {}),
        (REQUESTS, {**WISH, "reason": ""}),
        (REQUESTS, {**WISH, "reason": "a\nb"}),
        (REQUESTS, {**WISH, "reason": "x" * 1025}),
        (REQUESTS, {**WISH, "player": {"service": "roblox", "id": "x"}}),
        (REQUESTS, {**WISH, "player": {**PLAYER, "ip": "nowhere"}}),
        (REQUESTS, {**WISH, "player": {**PLAYER, "name": "a\x00"}}),
        (REQUESTS, {**WISH, "wanted": "praise"}),
        (REQUESTS, {**WISH, "wanted": "lift", "suggested": {}}),
        (REQUESTS, {**WISH, "suggested": {"scope": "server"}}),
        (REQUESTS, {**WISH, "suggested": {"scope": "server"}, "server_id": "f" * 24}),
        (REQUESTS, {**WISH, "suggested": {"duration_seconds": 0}}),
        (REQUESTS, {**WISH, "suggested": {"duration_seconds": 1.5}}),
        (REQUESTS, {**WISH, "suggested": {"infraction_id": ID}}),
        (REQUESTS, {**WISH, "server_id": "x"}),
        (REQUESTS, {**WISH, "id": ID}),
        (f"{ONE}/comments", {}),
        (f"{ONE}/comments", {"note": ""}),
        (f"{ONE}/comments", {"note": "a\u2028b"}),
        (f"{ONE}/comments", {"note": "x" * 2001}),
        (f"{ONE}/assignee", {}),
        (f"{ONE}/assignee", {"assignee": ""}),
        (f"{ONE}/assignee", {"assignee": "x" * 129}),
        (f"{ONE}/approve", {"duration_seconds": 0}),
        (f"{ONE}/approve", {"duration_seconds": 60, "permanent": True}),
        (f"{ONE}/approve", {"scope": "galaxy"}),
        (f"{ONE}/approve", {"reason": None, "duration": 5}),
        (f"{ONE}/reject", {"reason": ""}),
        (f"{ONE}/reject", {"why": "lag"}),
        (f"{REQUESTS}/decisions", {"decision": "approve"}),
        (f"{REQUESTS}/decisions", {"ids": [], "decision": "approve"}),
        (f"{REQUESTS}/decisions", {"ids": [f"{each:024x}" for each in range(101)], "decision": "approve"}),
        (f"{REQUESTS}/decisions", {"ids": [ID, ID], "decision": "approve"}),
        (f"{REQUESTS}/decisions", {"ids": ["x"], "decision": "approve"}),
        (f"{REQUESTS}/decisions", {"ids": [ID], "decision": "perhaps"}),
        (f"{REQUESTS}/decisions", {"ids": [ID], "decision": "reject", "permanent": True}),
    ],
    ids=[f"bad-{number}" for number in range(36)],
)
async def test_wrong_values_are_422(gateway: Running, infractions: Infractions, path: str, body: Any) -> None:
    assert (await gateway.call("POST", path, body)).status == 422
    assert infractions.carried_out == []


@pytest.mark.parametrize("query", ["status=perhaps", "assignee=", "player=x", "limit=0", "limit=501", "open=1"])
async def test_a_wrong_search_is_422(gateway: Running, query: str) -> None:
    assert (await gateway.call("GET", f"{REQUESTS}?{query}")).status == 422


@pytest.mark.parametrize(
    ("scope", "path", "body"),
    [
        ("check", REQUESTS, WISH),
        ("report", f"{ONE}/comments", {"note": "x"}),
        ("report", f"{ONE}/assignee", {"assignee": "Bob"}),
        ("punish", f"{ONE}/approve", None),
        ("punish", f"{ONE}/reject", None),
        ("punish", f"{REQUESTS}/decisions", {"ids": [ID], "decision": "reject"}),
    ],
    ids=["open", "comment", "assign", "approve", "reject", "decisions"],
)
async def test_another_scope_is_not_enough(
    gateway: Running, infractions: Infractions, scope: Any, path: str, body: Any
) -> None:
    await infractions.admit("limited", scope)
    await infractions.admit("server", "report", "punish", "admin", kind="server")
    await until(lambda: gateway.gateway.credentials.find("limited") and gateway.gateway.credentials.find("server"))
    assert (await gateway.call("POST", path, body, secret="limited")).status == 403
    assert (await gateway.call("POST", path, body, secret="nobody")).status == 401
    assert infractions.carried_out == []
    if path != REQUESTS:
        assert (await gateway.call("POST", path, body, secret="server")).status == 403


async def test_while_infractions_is_away_everything_is_accepted(start: Start, infractions: Infractions) -> None:
    await infractions.admit("all", "check", "report", "punish", "admin")
    gateway = await start(command_timeout_seconds=0.05)
    await until(gateway.is_ready)
    await infractions.stop()
    for path, body in ((REQUESTS, WISH), (f"{ONE}/approve", None), (f"{ONE}/comments", {"note": "x"})):
        assert (await gateway.call("POST", path, body)).status == 202
    many = await gateway.call("POST", f"{REQUESTS}/decisions", {"ids": [ID, OTHER], "decision": "reject"})
    assert (many.status, [each["status"] for each in many.json["items"]]) == (200, ["accepted"] * 2)
    command_id = many.json["items"][0]["command_id"]
    await infractions.start()
    found = await until(lambda: is_known(gateway, command_id))
    assert found["status"] == "applied"


async def is_known(gateway: Running, command_id: str) -> Any:
    answer = await gateway.call("GET", f"/v1/commands/{command_id}")
    return answer.json if answer.status == 200 and answer.json["status"] != "pending" else None
