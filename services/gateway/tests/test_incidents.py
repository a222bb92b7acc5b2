"""Reporting incidents, through HTTP, on a real bus."""

import time
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from nats.aio.client import Client
from services.gateway.tests.conftest import NatsServer, Running, Start, until
from services.gateway.tests.stand_in import Infractions
from services.gateway.tests.stand_in_tracker import Tracker

from banstream_contracts import streams
from banstream_contracts.infractions import Restriction
from banstream_contracts.policies import Policy, PolicyVersion
from banstream_contracts.results import Refusal
from banstream_gateway.incident_ids import incident_id

INCIDENTS = "/v1/incidents"
PLAYER = {"service": "roblox", "id": 156}
INCIDENT = {"id": "one", "player": PLAYER, "reason": "speed_hack"}
JSON = {"Content-Type": "application/json"}


def batch(*ids: str, **fields: Any) -> dict[str, Any]:
    return {"incidents": [{**INCIDENT, "id": each} for each in ids], **fields}


async def test_one_incident_is_recorded(gateway: Running, tracker: Tracker) -> None:
    answer = await gateway.call("POST", INCIDENTS, {**INCIDENT, "details": {"speed": 100}, "session_id": "s"})
    assert answer.status == 201
    (incident,) = answer.json["incidents"]
    assert incident == {
        "id": "one",
        "incident_id": incident["incident_id"],
        "status": "recorded",
        "count": 1,
        "thresholds": [],
    }
    assert answer.json["position"] == 1
    assert "Banstream-Position" not in answer.headers
    (command,) = tracker.carried_out
    assert command.incidents[0].details == {"speed": 100}
    assert str(command.incidents[0].player) == "roblox:156"


async def test_a_batch_is_answered_in_order_with_the_thresholds_it_reached(gateway: Running, tracker: Tracker) -> None:
    answer = await gateway.call("POST", INCIDENTS, batch("a", "b", "a", "c"))
    assert answer.status == 201
    told = [(each["id"], each["status"], each["count"], each["thresholds"]) for each in answer.json["incidents"]]
    assert told == [
        ("a", "recorded", 1, []),
        ("b", "recorded", 2, []),
        ("a", "repeated", 2, []),
        ("c", "recorded", 3, ["warn"]),
    ]
    assert len(tracker.carried_out) == 1


async def test_thresholds_that_nothing_follows_from_say_so(gateway: Running, tracker: Tracker) -> None:
    tracker.policies["default"] = PolicyVersion(policy=Policy(shadow=True))
    answer = await gateway.call("POST", INCIDENTS, batch("a", "b", "c"))
    told = [(each["thresholds"], each.get("withheld")) for each in answer.json["incidents"]]
    assert told == [([], None), ([], None), (["warn"], "shadow")]
    documented = (await gateway.call("GET", "/openapi.json")).json["components"]["schemas"]["IncidentAnswer"]
    assert "withheld" in documented["properties"]


@pytest.mark.parametrize("review", [False, True])
async def test_incidents_say_whether_who_reports_is_under_review(
    gateway: Running, tracker: Tracker, infractions: Infractions, review: bool
) -> None:
    await infractions.admit("some", "check", "report", kind="server", review=review)
    assert (await gateway.call("POST", INCIDENTS, INCIDENT, secret="some")).status == 201
    (command,) = tracker.carried_out
    assert command.review is review


async def test_the_same_reports_again_are_200_and_change_nothing(gateway: Running, tracker: Tracker) -> None:
    first = await gateway.call("POST", INCIDENTS, batch("a", "b"))
    second = await gateway.call("POST", INCIDENTS, batch("b", "a"))
    assert (first.status, second.status) == (201, 200)
    assert {each["status"] for each in second.json["incidents"]} == {"repeated"}
    assert len(tracker.records) == 2
    mixed = await gateway.call("POST", INCIDENTS, batch("b", "c"))
    assert (mixed.status, [each["status"] for each in mixed.json["incidents"]]) == (201, ["repeated", "recorded"])


async def test_the_same_key_gives_the_first_answer(gateway: Running, tracker: Tracker) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    first = await gateway.call("POST", INCIDENTS, INCIDENT, headers=key)
    second = await gateway.call("POST", INCIDENTS, INCIDENT, headers=key)
    assert (first.status, second.status) == (201, 201)
    assert first.json == second.json
    assert len(tracker.carried_out) == 1
    other = await gateway.call("POST", INCIDENTS, {**INCIDENT, "reason": "aimbot"}, headers=key)
    assert (other.status, other.json["type"]) == (422, "urn:banstream:problem:idempotency-key-reused")


async def test_one_key_for_an_incident_and_for_a_ban_makes_both(
    gateway: Running, tracker: Tracker, infractions: Infractions
) -> None:
    """A detection may name what it reports and what it asks for alike."""
    key = {"Idempotency-Key": str(uuid4())}
    ban = {"player": INCIDENT["player"], "punishments": ["ban"], "reason": "speed hack"}
    reported = await gateway.call("POST", INCIDENTS, INCIDENT, headers=key)
    banned = await gateway.call("POST", "/v1/infractions", ban, headers=key)
    assert (reported.status, banned.status) == (201, 201)
    assert [len(tracker.carried_out), len(infractions.carried_out)] == [1, 1]


async def test_a_minecraft_name_is_kept_as_reported(gateway: Running, tracker: Tracker) -> None:
    """A ban that comes of it is shown so, and NDP's plugins compare names exactly."""
    player = {"service": "minecraft", "id": "Alice"}
    await gateway.call("POST", INCIDENTS, {**INCIDENT, "player": player})
    await gateway.call("POST", INCIDENTS, {**INCIDENT, "player": player, "id": "two", "player_name": "Alice L"})
    found = [each for command in tracker.carried_out for each in command.incidents]
    assert [(each.player.id, each.player_name) for each in found] == [("alice", "Alice"), ("alice", "Alice L")]


async def test_a_repeat_does_not_wait_for_a_position_of_the_other_log(start: Start, infractions: Infractions) -> None:
    """Positions of the tracker's log say nothing about restrictions."""
    await infractions.admit("all", "report")
    tracker = Tracker(infractions.client, position=1_000_000)
    await tracker.start()
    gateway = await start(position_timeout_seconds=60, command_timeout_seconds=30)
    await until(gateway.is_ready)
    key = {"Idempotency-Key": "again"}
    await gateway.call("POST", INCIDENTS, INCIDENT, headers=key)
    started = time.monotonic()
    again = await gateway.call("POST", INCIDENTS, INCIDENT, headers=key)
    assert again.json["position"] == 1_000_001
    assert time.monotonic() - started < 20
    await tracker.stop()


async def test_an_incident_id_belongs_to_its_reporter(gateway: Running, infractions: Infractions) -> None:
    await infractions.admit("other", "report")
    first = await gateway.call("POST", INCIDENTS, INCIDENT)
    second = await gateway.call("POST", INCIDENTS, INCIDENT, secret="other")
    ids = [answer.json["incidents"][0]["incident_id"] for answer in (first, second)]
    assert (first.status, second.status) == (201, 201)
    assert len(set(ids)) == 2


def test_an_incident_id_is_made_of_reporter_and_report_alone() -> None:
    assert incident_id("a", "1") == incident_id("a", "1") == UUID("4e7d42ed-e703-52c6-9756-ddf495ee0cf0")
    assert len({incident_id("a", "1"), incident_id("a", "2"), incident_id("a1", ""), incident_id("b", "1")}) == 4


async def test_a_server_reports_as_itself(gateway: Running, infractions: Infractions, tracker: Tracker) -> None:
    server = await infractions.admit("server", "report", kind="server")
    assert (await gateway.call("POST", INCIDENTS, INCIDENT, secret="server")).status == 201
    named = {**INCIDENT, "server_id": "0" * 24}
    assert (await gateway.call("POST", INCIDENTS, named, secret="server")).status == 403
    assert (await gateway.call("POST", INCIDENTS, batch("x", server_id="0" * 24))).status == 201
    assert [command.server_id for command in tracker.carried_out] == [server.id, "0" * 24]


async def test_a_single_refused_incident_is_a_problem(gateway: Running) -> None:
    refused = await gateway.call("POST", INCIDENTS, {**INCIDENT, "reason": "bad_manners"})
    assert (refused.status, refused.json["type"]) == (422, "urn:banstream:problem:incident-refused")
    assert refused.json["detail"] == "bad_manners is no reason here"


async def test_refused_incidents_of_a_batch_stand_beside_the_others(gateway: Running) -> None:
    body = {"incidents": [{**INCIDENT, "reason": "bad_manners"}, {**INCIDENT, "id": "two"}]}
    answer = await gateway.call("POST", INCIDENTS, body)
    assert answer.status == 201
    assert [each["status"] for each in answer.json["incidents"]] == ["refused", "recorded"]
    assert answer.json["incidents"][0]["message"] == "bad_manners is no reason here"
    alone = await gateway.call("POST", INCIDENTS, {"incidents": body["incidents"][:1]})
    assert (alone.status, alone.json["incidents"][0]["status"]) == (200, "refused")


@pytest.mark.parametrize(("seal_names", "name"), [(False, "Alice"), (True, None)])
async def test_where_names_travel_sealed_that_of_an_incident_does_not_travel(
    start: Start, infractions: Infractions, tracker: Tracker, seal_names: bool, name: str | None
) -> None:
    await infractions.admit("all", "report")
    gateway = await start(seal_names=seal_names)
    await until(gateway.is_ready)
    assert (await gateway.call("POST", INCIDENTS, {**INCIDENT, "player_name": "Alice"})).status == 201
    assert tracker.carried_out[0].incidents[0].player_name == name


async def test_a_refused_command_is_a_problem(gateway: Running, tracker: Tracker) -> None:
    tracker.refuses = Refusal(code="failed", message="inner workings")
    refused = await gateway.call("POST", INCIDENTS, INCIDENT)
    assert refused.status == 500
    assert b"inner" not in refused.body


async def test_a_full_batch_passes(gateway: Running, tracker: Tracker) -> None:
    body = {"incidents": [{**INCIDENT, "id": str(number), "details": {"x": "y" * 1000}} for number in range(500)]}
    answer = await gateway.call("POST", INCIDENTS, body)
    assert (answer.status, len(answer.json["incidents"])) == (201, 500)
    assert len(tracker.records) == 500


async def test_a_batch_that_fits_into_no_message_is_413(start: Start, infractions: Infractions, client: Client) -> None:
    """Sent all the same, it would cost the gateway its connection to NATS."""
    await infractions.admit("all", "report")
    gateway = await start(body_limit_bytes=8 * 1024 * 1024)
    await until(gateway.is_ready)
    before = client.stats["reconnects"]
    for detail in (4000, 2000):
        body = {"incidents": [{**INCIDENT, "id": str(n), "details": {"x": "y" * detail}} for n in range(500)]}
        answer = await gateway.call("POST", INCIDENTS, data=BytesIO(orjson.dumps(body)), headers=JSON)
        assert (answer.status, answer.json["type"]) == (413, "urn:banstream:problem:too-large")
        assert answer.json["detail"].endswith("send smaller batches.")
    assert (await client.jsm().stream_info(streams.COMMANDS)).state.messages == 0
    assert gateway.gateway.is_connected()
    assert client.stats["reconnects"] == before


async def test_while_the_tracker_is_away_reports_are_accepted_and_can_be_followed(
    start: Start, infractions: Infractions, tracker: Tracker
) -> None:
    await infractions.admit("all", "report")
    gateway = await start(command_timeout_seconds=0.05)
    await until(gateway.is_ready)
    await tracker.stop()
    accepted = await gateway.call("POST", INCIDENTS, INCIDENT)
    assert (accepted.status, accepted.json["status"]) == (202, "accepted")
    where = accepted.headers["Location"]
    assert (await gateway.call("GET", where)).json["status"] == "pending"
    await tracker.start()

    async def outcome() -> Any:
        found = (await gateway.call("GET", where)).json
        return found if found["status"] == "applied" else None

    found = await until(outcome)
    assert found["service"] == "abuse-tracker"
    assert found["incidents"][0]["status"] == "recorded"


async def test_with_nats_away_reports_are_503_and_not_kept(
    start: Start, infractions: Infractions, tracker: Tracker, server: NatsServer, client: Client
) -> None:
    await infractions.admit("all", "report", "punish", "admin")
    gateway = await start(publish_timeout_seconds=0.3, query_timeout_seconds=0.3)
    await until(gateway.is_ready)
    server.stop()
    try:
        answers = [
            await gateway.call("POST", INCIDENTS, INCIDENT),
            await gateway.call("POST", "/v1/messages", {"text": "x"}),
            await gateway.call("PUT", "/v1/policies/default", {}),
            await gateway.call("GET", "/v1/players/roblox/156/abuse"),
        ]
        assert [answer.status for answer in answers] == [503] * 4
        assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers)
    finally:
        server.start()
    await until(gateway.is_ready)
    await until(lambda: client.is_connected)

    async def is_taken() -> bool:
        """Within the 0.3 s; the key makes one of all tries."""
        sent = await gateway.call("POST", INCIDENTS, {**INCIDENT, "id": "after"}, headers={"Idempotency-Key": "after"})
        return sent.status in {201, 202}

    await until(is_taken)
    await until(lambda: tracker.carried_out)
    assert [each.reported_id for command in tracker.carried_out for each in command.incidents] == ["after"]


async def test_a_report_never_changes_what_checks_say(gateway: Running, infractions: Infractions) -> None:
    ban = Restriction(infraction_id="0" * 24, punishments=("ban",), lifetime="permanent", reason="x", scope="global")
    await infractions.restrict("roblox=156", ban)
    await gateway.call("POST", INCIDENTS, INCIDENT)

    async def is_in_step() -> bool:
        return bool((await gateway.readiness())["position"] == infractions.position)

    await until(is_in_step)
    checked = await gateway.call("GET", "/v1/players/roblox/156/restrictions")
    assert "ban" in checked.json["restrictions"]
