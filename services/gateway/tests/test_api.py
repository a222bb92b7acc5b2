"""The native API, through HTTP, on a real bus."""

from uuid import uuid4

import orjson
import pytest
from nats.aio.msg import Msg
from services.gateway.tests.conftest import Running, Start, until
from services.gateway.tests.stand_in import Infractions

from banstream_contracts import streams, subjects
from banstream_contracts.commands.infractions import IssueInfraction
from banstream_contracts.infractions import Standing
from banstream_contracts.results import Refusal, RefusalCode
from banstream_gateway.refusals import REFUSALS
from banstream_testing.streams import settled

PLAYER = {"service": "roblox", "id": 156}
BAN = {"player": PLAYER, "punishments": ["ban"], "reason": "aimbot"}


async def test_a_ban_is_answered_with_the_infraction_and_shows_at_once(
    gateway: Running, infractions: Infractions
) -> None:
    infractions.feeds_buckets = False
    issued = await gateway.call("POST", "/v1/infractions", BAN)
    assert issued.status == 201
    assert issued.json["player"] == {"service": "roblox", "id": "156"}
    checked = await gateway.call("GET", "/v1/players/roblox/156/restrictions")
    assert checked.json["restrictions"] == {"ban": {"infraction_id": issued.json["id"], "reason": "aimbot"}}


async def test_a_lift_shows_at_once(gateway: Running, infractions: Infractions) -> None:
    infractions.feeds_buckets = False
    await gateway.call("POST", "/v1/infractions", BAN)
    lifted = await gateway.call("POST", "/v1/players/roblox/156/lift", {"reason": "appeal"})
    assert lifted.status == 200
    assert [each["status"] for each in lifted.json["infractions"]] == ["lifted"]
    assert lifted.headers["Banstream-Position"] == str(lifted.json["position"])
    checked = await gateway.call("GET", "/v1/players/roblox/156/restrictions")
    assert checked.json["restrictions"] == {}


async def test_what_a_client_saw_in_force_goes_with_the_punishment(gateway: Running, infractions: Infractions) -> None:
    seen = [[], ["0" * 24], None]
    for each in seen:
        assert (await gateway.call("POST", "/v1/infractions", {**BAN, "seen_in_force": each})).status == 201
    told = [each for each in infractions.carried_out if isinstance(each, IssueInfraction)]
    assert [each.seen_in_force for each in told] == [(), ("0" * 24,), None]
    wrong = await gateway.call("POST", "/v1/infractions", {**BAN, "seen_in_force": ["not an id"]})
    assert wrong.status == 422


async def test_the_same_key_with_the_same_request_happens_once(gateway: Running, infractions: Infractions) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    first = await gateway.call("POST", "/v1/infractions", BAN, headers=key)
    second = await gateway.call("POST", "/v1/infractions", BAN, headers=key)
    assert (first.status, second.status) == (201, 201)
    assert first.json["id"] == second.json["id"]
    assert len(infractions.carried_out) == 1


async def test_a_repeat_that_cannot_be_read_here_yet_is_accepted_and_not_done(
    start: Start, infractions: Infractions
) -> None:
    """Invariant 6: 200 means that the next check shows it; its restrictions went to another process."""
    await infractions.admit("all", "check", "punish")
    gateway = await start(position_timeout_seconds=0.05, command_timeout_seconds=5)
    await until(gateway.is_ready)
    key = {"Idempotency-Key": str(uuid4())}
    first = await gateway.call("POST", "/v1/infractions", BAN, headers=key)
    (command_id,) = infractions.results
    far = infractions.results[command_id].model_copy(update={"position": 10**9})
    infractions.results[command_id] = far
    again = await gateway.call("POST", "/v1/infractions", BAN, headers=key)
    assert (first.status, again.status) == (201, 202)
    assert again.headers["Location"].startswith(f"/v1/commands/{command_id}")


async def test_a_result_without_the_restrictions_it_touched_is_answered_once_they_are_here(
    start: Start, infractions: Infractions
) -> None:
    """Invariant 6: many players share an address, and more restrictions than a result tells."""
    await infractions.admit("all", "punish")
    gateway = await start(position_timeout_seconds=0.05)
    await until(gateway.is_ready)
    infractions.tells_standings = infractions.feeds_buckets = False
    accepted = await gateway.call("POST", "/v1/infractions", BAN)
    assert (accepted.status, "Location" in accepted.headers) == (202, True)
    patient = await start(position_timeout_seconds=10)
    await until(patient.is_ready)
    infractions.feeds_buckets = True
    issued = await patient.call("POST", "/v1/infractions", BAN)
    assert issued.status == 201
    assert patient.gateway.restrictions.position == infractions.position


async def test_a_repeat_through_another_process_is_answered_when_it_shows_there(
    gateway: Running, start: Start, infractions: Infractions
) -> None:
    """Its result went to the first process; the watch brings it to the second."""
    other = await start()
    await until(other.is_ready)
    infractions.feeds_buckets = False
    key = {"Idempotency-Key": str(uuid4())}
    await gateway.call("POST", "/v1/infractions", BAN, headers=key)
    (result,) = infractions.results.values()

    async def feed_late(_question: Msg) -> None:
        standing = Standing(position=result.position, restrictions=())
        await infractions.put(streams.RESTRICTIONS_BUCKET, "roblox=1", standing.model_dump_json().encode())
        await infractions.reach(result.position)

    await infractions.client.subscribe(subjects.QUERY_COMMAND, cb=feed_late)
    await settled(infractions.client)
    repeated = await other.call("POST", "/v1/infractions", BAN, headers=key)
    assert repeated.status == 201
    assert other.gateway.restrictions.position >= result.position


async def test_the_same_key_with_another_request_is_refused(gateway: Running) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    await gateway.call("POST", "/v1/infractions", BAN, headers=key)
    second = await gateway.call("POST", "/v1/infractions", {**BAN, "reason": "other"}, headers=key)
    assert second.status == 422
    assert second.json["type"] == "urn:banstream:problem:idempotency-key-reused"


async def test_the_same_key_for_another_infraction_is_refused(gateway: Running) -> None:
    key, why = {"Idempotency-Key": str(uuid4())}, {"reason": "appeal"}
    ids = [(await gateway.call("POST", "/v1/infractions", BAN)).json["id"] for _ in range(2)]
    lifts = [await gateway.call("POST", f"/v1/infractions/{each}/lift", why, headers=key) for each in ids]
    assert [each.status for each in lifts] == [200, 422]


async def test_the_same_key_with_another_request_is_refused_before_the_first_is_decided(
    start: Start, infractions: Infractions
) -> None:
    """Invariant 1: the bus would take it for the first, so a 202 would be for something that nobody carries out."""
    await infractions.admit("all", "punish")
    gateway = await start(command_timeout_seconds=0.05)
    await until(gateway.is_ready)
    await infractions.stop()
    key = {"Idempotency-Key": str(uuid4())}
    first = await gateway.call("POST", "/v1/infractions", BAN, headers=key)
    other = await gateway.call("POST", "/v1/infractions", {**BAN, "reason": "other"}, headers=key)
    again = await gateway.call("POST", "/v1/infractions", BAN, headers=key)
    assert (first.status, again.status) == (202, 202)
    assert (other.status, other.json["type"]) == (422, "urn:banstream:problem:idempotency-key-reused")


async def test_the_fingerprint_does_not_depend_on_where_the_token_is(gateway: Running) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    first = await gateway.call("POST", "/v1/infractions", BAN, headers=key)
    second = await gateway.call("POST", "/t/all/v1/infractions", BAN, headers=key, secret=None)
    assert first.json["id"] == second.json["id"]


@pytest.mark.usefixtures("tracker")
async def test_nothing_is_kept_of_a_command_whose_result_was_heard(gateway: Running, infractions: Infractions) -> None:
    await gateway.call("POST", "/v1/infractions", BAN)
    (command_id,) = infractions.results
    where = f"/v1/commands/{command_id}"
    assert (await gateway.call("GET", where)).json["status"] == "applied"
    infractions.results.clear()  # as a service does with those that are old
    assert (await gateway.call("GET", where)).status == 404


async def test_a_command_that_is_not_carried_out_in_time_is_accepted_and_can_be_followed(
    start: Start, infractions: Infractions
) -> None:
    await infractions.admit("all", "check", "punish")
    gateway = await start(command_timeout_seconds=0.05)
    await until(gateway.is_ready)
    await infractions.stop()
    accepted = await gateway.call("POST", "/v1/infractions", BAN)
    assert accepted.status == 202
    assert accepted.json["status"] == "accepted"
    where = accepted.headers["Location"]
    pending = await gateway.call("GET", where)
    assert (pending.status, pending.json["status"]) == (200, "pending")
    await infractions.start()

    async def is_applied() -> bool:
        return bool((await gateway.call("GET", where)).json["status"] == "applied")

    await until(is_applied)
    checked = await gateway.call("GET", "/v1/players/roblox/156/restrictions")
    assert "ban" in checked.json["restrictions"]


async def test_an_unknown_command_is_404_and_503_while_nobody_can_tell(
    gateway: Running, infractions: Infractions
) -> None:
    assert (await gateway.call("GET", f"/v1/commands/{uuid4()}")).status == 404
    assert (await gateway.call("GET", "/v1/commands/x")).status == 404
    await infractions.stop()
    assert (await gateway.call("GET", f"/v1/commands/{uuid4()}")).status == 503


@pytest.mark.parametrize(("code", "status"), REFUSALS.items())
async def test_refusals_have_their_status(
    gateway: Running, infractions: Infractions, code: RefusalCode, status: int
) -> None:
    infractions.refuses = Refusal(code=code, message="inner workings")
    refused = await gateway.call("POST", f"/v1/infractions/{'0' * 24}/lift", {"reason": "x"})
    assert refused.status == status
    assert refused.json["type"] == f"urn:banstream:problem:{code}"
    assert ("detail" in refused.json) == (code != "failed")


async def test_reads_come_from_infractions(gateway: Running) -> None:
    issued = (await gateway.call("POST", "/v1/infractions", {**BAN, "note": "private"})).json
    found = await gateway.call("GET", f"/v1/infractions/{issued['id']}")
    assert found.json["note"] == "private"
    etag = found.headers["ETag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', f'"other",W/{etag} ', "*"):
        again = await gateway.call("GET", f"/v1/infractions/{issued['id']}", headers={"If-None-Match": known})
        assert again.status == 304, known
    changed = await gateway.call("GET", f"/v1/infractions/{issued['id']}", headers={"If-None-Match": '"other"'})
    assert (changed.status, changed.headers["ETag"]) == (200, etag)
    assert [x["id"] for x in (await gateway.call("GET", "/v1/infractions?active=true")).json["items"]] == [issued["id"]]
    history = await gateway.call("GET", "/v1/players/roblox/156/history?limit=1")
    assert history.json["next"] == "bmV4dA"
    assert history.json["items"][0]["event"]["note"] == "private"


async def test_notes_are_for_staff(gateway: Running, infractions: Infractions) -> None:
    await infractions.admit("reader", "check")
    issued = (
        await gateway.call(
            "POST", "/v1/infractions", {**BAN, "note": "private", "player": {**PLAYER, "ip": "192.0.2.1"}}
        )
    ).json
    for path in (f"/v1/infractions/{issued['id']}", "/v1/infractions", "/v1/players/roblox/156/history"):
        answer = await gateway.call("GET", path, secret="reader")
        assert answer.status == 200
        assert b"private" not in answer.body
        assert b"address_hash" not in answer.body


async def test_an_unknown_infraction_is_404(gateway: Running) -> None:
    for infraction_id in ("0" * 24, "x", "%00"):
        found = await gateway.call("GET", f"/v1/infractions/{infraction_id}")
        assert (found.status, found.json["type"]) == (404, "urn:banstream:problem:unknown-infraction")


@pytest.mark.parametrize("silence", ["stopped", "failing"])
async def test_reads_are_503_while_infractions_is_away(
    gateway: Running, infractions: Infractions, silence: str
) -> None:
    infractions.fails_queries = silence == "failing"
    if silence == "stopped":
        await infractions.stop()
    for path in (f"/v1/infractions/{'0' * 24}", "/v1/infractions", "/v1/servers"):
        answer = await gateway.call("GET", path)
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.json["trace_id"]


async def test_a_server_names_a_player_and_keeps_to_itself(gateway: Running, infractions: Infractions) -> None:
    server = await infractions.admit("server", "check", "punish", kind="server")
    assert (await gateway.call("GET", "/v1/infractions", secret="server")).status == 403
    assert (await gateway.call("GET", "/v1/infractions?player=steam:76561197960287930", secret="server")).status == 200
    other = {**BAN, "server_id": "0" * 24}
    assert (await gateway.call("POST", "/v1/infractions", other, secret="server")).status == 403
    own = await gateway.call("POST", "/v1/infractions", {**BAN, "scope": "server"}, secret="server")
    assert own.json["server_id"] == server.id
    elsewhere = await gateway.call("GET", "/v1/players/roblox/156/restrictions")
    assert elsewhere.json["restrictions"] == {}
    here = await gateway.call("GET", "/v1/players/roblox/156/restrictions", secret="server")
    assert "ban" in here.json["restrictions"]
    assert (
        await gateway.call("GET", f"/v1/players/roblox/156/restrictions?server={'0' * 24}", secret="server")
    ).status == 403


async def test_a_punishment_on_one_server_names_one_that_there_is(gateway: Running, infractions: Infractions) -> None:
    server = await infractions.admit("server", "check", kind="server")
    body = {**BAN, "scope": "server"}
    assert (await gateway.call("POST", "/v1/infractions", {**body, "server_id": server.id})).status == 201
    refused = await gateway.call("POST", "/v1/infractions", {**body, "server_id": "0" * 24})
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "server_id")
    assert len(infractions.carried_out) == 1


async def test_an_address_is_punished_alone_or_with_its_player(gateway: Running) -> None:
    alone = await gateway.call("POST", "/v1/infractions", {"ip": "192.0.2.9", "punishments": ["ban"], "reason": "x"})
    assert alone.status == 201
    checked = await gateway.call("GET", "/v1/players/roblox/7/restrictions?ip=192.0.2.9:27015")
    assert "ban" in checked.json["restrictions"]
    assert (await gateway.call("GET", "/v1/players/roblox/7/restrictions?ip=192.0.2.8")).json["restrictions"] == {}


async def test_a_minecraft_name_is_compared_without_case_and_kept_as_written(gateway: Running) -> None:
    body = {**BAN, "player": {"service": "minecraft", "id": "Notch"}}
    assert (await gateway.call("POST", "/v1/infractions", body)).json["player_name"] == "Notch"
    assert "ban" in (await gateway.call("GET", "/v1/players/minecraft/NOTCH/restrictions")).json["restrictions"]


async def test_names_are_sealed_where_that_is_set(start: Start, infractions: Infractions) -> None:
    await infractions.admit("all", "punish")
    gateway = await start(seal_names=True)
    await until(gateway.is_ready)
    await gateway.call("POST", "/v1/infractions", {**BAN, "player": {**PLAYER, "name": "Alice"}})
    command = infractions.carried_out[0].model_dump()
    assert command["player_name"] is None
    assert command["sealed_name"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**BAN, "durration": 5}, "durration"),
        ({**BAN, "player": {**PLAYER, "age": 5}}, "player.age"),
        ({**BAN, "reason": ""}, "reason"),
        ({**BAN, "reason": "a\nb"}, "reason"),
        ({**BAN, "reason": "a\x00b"}, "reason"),
        ({**BAN, "reason": "x" * 10_000}, "reason"),
        ({**BAN, "player": {"service": "roblox", "id": "abc"}}, "player"),
        ({**BAN, "player": {"service": "steam", "id": 76561197960287930}}, "player"),
        ({**BAN, "player": {"service": "roblox", "id": True}}, "player.id"),
        ({**BAN, "player": {"service": "Roblox", "id": 1}}, "player.service"),
        ({**BAN, "player": {"service": "minecraft", "id": "Alice "}}, "player"),
        ({**BAN, "player": {"service": "minecraft", "id": "\u00a0Alice"}}, "player"),
        ({**BAN, "player": {**PLAYER, "name": "x" * 10_000}}, "player.name"),
        ({**BAN, "player": {**PLAYER, "ip": "300.0.0.1"}}, "player.ip"),
        ({**BAN, "player": {**PLAYER, "ip": "1" * 10_000}}, "player.ip"),
        ({**BAN, "punishments": ["exile"]}, "punishments.0"),
        ({**BAN, "duration_seconds": 0}, "duration_seconds"),
        ({**BAN, "duration_seconds": 10**18}, "duration_seconds"),
        ({**BAN, "duration_seconds": "60"}, "duration_seconds"),
        ({**BAN, "lifetime": "session"}, ""),
        ({**BAN, "lifetime": "online", "duration_seconds": 60}, ""),
        ({**BAN, "lifetime": "timed"}, ""),
        ({**BAN, "lifetime": "permanent", "duration_seconds": 60}, ""),
        ({**BAN, "scope": "server"}, "scope"),
        ({**BAN, "ip": "192.0.2.1"}, ""),
        ({"punishments": [], "reason": "x"}, ""),
        ({**BAN, "evidence": "x" * 10_001}, "evidence"),
        ({**BAN, "category": "Bad Category"}, "category"),
        ([], ""),
        (None, ""),
        (5, ""),
    ],
)
async def test_wrong_values_are_422_and_name_the_field(
    gateway: Running, infractions: Infractions, body: object, field: str
) -> None:
    sent, headers = orjson.dumps(body), {"Content-Type": "application/json"}
    answer = await gateway.call("POST", "/v1/infractions", data=sent, headers=headers)
    assert answer.status == 422
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json["errors"][0]["field"].startswith(field)
    assert infractions.carried_out == []


async def test_text_of_every_alphabet_passes(gateway: Running) -> None:
    reason = "\u202eright to left, 😀, 'quote', \"; DROP TABLE bans; --, <script>"
    body = {**BAN, "reason": reason, "evidence": "x" * 10_000, "note": "\U0001f600" * 4096}
    assert (await gateway.call("POST", "/v1/infractions", body)).json["reason"] == reason


async def test_a_warning_has_no_punishments(gateway: Running) -> None:
    warned = await gateway.call("POST", "/v1/infractions", {**BAN, "punishments": [], "lifetime": "session"})
    assert (warned.status, warned.json["punishments"]) == (201, [])


async def test_an_amendment_carries_only_what_was_sent(gateway: Running, infractions: Infractions) -> None:
    issued = (await gateway.call("POST", "/v1/infractions", BAN)).json
    path = f"/v1/infractions/{issued['id']}"
    assert (await gateway.call("PATCH", path, {"duration_seconds": None, "note": "seen"})).status == 200
    changes = infractions.carried_out[-1].model_dump(exclude_unset=True)["changes"]
    assert changes == {"duration_seconds": None, "note": "seen"}
    assert (await gateway.call("PATCH", path, {})).status == 422
    assert (await gateway.call("PATCH", path, {"reason": None})).status == 422
    assert (await gateway.call("PATCH", path, {"lifetime": "session"})).status == 422


async def test_an_amendment_on_the_bus_tells_unset_from_null(gateway: Running, infractions: Infractions) -> None:
    issued = (await gateway.call("POST", "/v1/infractions", BAN)).json
    await gateway.call("PATCH", f"/v1/infractions/{issued['id']}", {"note": "seen"})
    command = infractions.carried_out[-1]
    assert command.type == "amend_infraction"
    assert command.changes.model_fields_set == {"note"}


async def test_a_wrong_idempotency_key_is_400(gateway: Running) -> None:
    for key in ("x" * 256, "é"):
        assert (await gateway.call("POST", "/v1/infractions", BAN, headers={"Idempotency-Key": key})).status == 400


async def test_unknown_paths_and_methods_are_problems(gateway: Running) -> None:
    missing = await gateway.call("GET", "/v1/nothing")
    assert (missing.status, missing.json["type"]) == (404, "urn:banstream:problem:not-found")
    wrong = await gateway.call("PUT", "/v1/infractions", {})
    assert wrong.status == 405
    assert set(wrong.headers["Allow"].split(",")) == {"GET", "HEAD", "POST"}
