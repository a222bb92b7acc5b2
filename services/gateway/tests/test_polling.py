"""The feed by long polling: what it tells, and to whom."""

import asyncio

import pytest
from services.gateway.tests.conftest import Running, Start, until
from services.gateway.tests.feeds import (
    INFRACTION,
    ISSUED,
    OTHER,
    PLAYER,
    SERVER,
    banned,
    is_waiting,
    message,
    now,
    poll,
    read,
    texts,
)
from services.gateway.tests.stand_in import Infractions

from banstream_gateway.feed import push_source
from banstream_gateway.native.push_answers import FeedAnswer


async def test_without_a_cursor_the_answer_is_the_one_of_now(gateway: Running, infractions: Infractions) -> None:
    first = await now(gateway)
    await infractions.tell("server.message_sent", message("before"))
    await read(gateway, first, 1)
    reply = await gateway.call("GET", "/v1/feed?wait=25")
    assert reply.json["events"] == []
    assert int(reply.json["cursor"].split("-")[1]) == int(first.split("-")[1]) + 1
    assert reply.headers["Cache-Control"] == "no-store"


async def test_who_waits_is_answered_by_the_event(gateway: Running, infractions: Infractions) -> None:
    cursor = await now(gateway)
    waiting = asyncio.create_task(poll(gateway, cursor))
    await is_waiting(gateway)
    await infractions.tell("server.message_sent", message("hello"))
    answer = (await waiting).json
    assert texts(answer["events"]) == ["hello"]
    assert answer["cursor"] == answer["events"][0]["id"]
    assert (await poll(gateway, answer["cursor"], wait=0)).json == {"events": [], "cursor": answer["cursor"]}


async def test_the_wait_elapses_with_an_empty_list(gateway: Running) -> None:
    cursor = await now(gateway)
    for wait in ("0", "0.05", "0.10"):
        assert (await gateway.call("GET", f"/v1/feed?cursor={cursor}&wait={wait}")).json["events"] == []


async def test_a_ban_is_told_with_what_a_check_answers(gateway: Running, infractions: Infractions) -> None:
    cursor = await now(gateway)
    position = await infractions.restrict("roblox=1", banned())
    await infractions.tell("infraction.issued", ISSUED, position=position)
    (event,) = await read(gateway, cursor, 1)
    checked = (await gateway.call("GET", "/v1/players/roblox/1/restrictions")).json
    assert event.pop("id")
    assert event.pop("occurred_at").endswith("Z")
    assert event == {
        "type": "restrictions",
        "change": "issued",
        "infraction_id": INFRACTION,
        "player": PLAYER,
        "banned": True,
        "restrictions": checked["restrictions"],
    }
    position = await infractions.restrict("roblox=1")
    await infractions.tell("infraction.lifted", {"player": PLAYER, "infraction_id": INFRACTION}, position=position)
    await until(lambda: len(gateway.gateway.push.ring) == 2)
    again, lifted = await read(gateway, cursor, 2)
    assert [again["banned"], lifted["banned"]] == [False, False]  # told later, it is the state of later


async def test_each_server_is_told_what_concerns_it(gateway: Running, infractions: Infractions) -> None:
    for secret, server_id in (("own", SERVER), ("others", OTHER)):
        await infractions.admit(secret, "report", kind="server", id=server_id)
    await until(lambda: len(gateway.gateway.credentials) == 3)
    cursor = await now(gateway)
    position = await infractions.restrict("roblox=1", banned(scope="server", server_id=SERVER))
    await infractions.tell("infraction.issued", {**ISSUED, "scope": "server", "server_id": SERVER}, position=position)
    await infractions.tell("infraction.lifted", {"player": PLAYER, "infraction_id": INFRACTION})
    await infractions.tell("player.kick_requested", {"player": PLAYER, "reason": "x", "server_id": SERVER})
    await infractions.tell("server.message_sent", message("for all"))

    async def kinds(secret: str, more: str = "") -> list[tuple[str, bool | None]]:
        place = int(cursor.split("-")[1]) + 4
        await until(lambda: gateway.gateway.push.ring.newest == place)
        events = (await poll(gateway, cursor, secret=secret, more=more)).json["events"]
        return [(event.get("change", event["type"]), event.get("banned")) for event in events]

    own = [("issued", True), ("lifted", True), ("kick", None), ("message", None)]
    others = [("lifted", False), ("message", None)]
    assert await kinds("own") == await kinds("all", f"&server_id={SERVER}") == own
    assert await kinds("others") == await kinds("all") == others
    assert (await poll(gateway, cursor, secret="own", more=f"&server_id={OTHER}")).status == 403


async def test_an_address_is_no_player_but_a_reason_to_check_again(gateway: Running, infractions: Infractions) -> None:
    cursor = await now(gateway)
    body = {"infraction_id": INFRACTION, "scope": "global", "address_hash": "e" * 64}
    await infractions.tell("infraction.issued", body)
    (event,) = await read(gateway, cursor, 1)
    assert (event["player"], event["recheck"], "restrictions" in event) == (None, True, False)


async def test_an_event_ahead_of_the_restrictions_waits_for_them(
    gateway: Running, infractions: Infractions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_source, "CATCH_UP_SECONDS", 60.0)
    cursor = await now(gateway)
    ahead = infractions.position + 1
    await infractions.tell("infraction.issued", ISSUED, position=ahead)
    await infractions.tell("server.message_sent", message("after it"))
    await until(lambda: gateway.gateway.push.source._arrivals)  # noqa: SLF001 - nothing else shows that it came
    assert (await poll(gateway, cursor, wait=0)).json["events"] == []
    assert await infractions.restrict("roblox=1", banned()) == ahead
    first, second = await read(gateway, cursor, 2)
    assert (first["banned"], second["text"]) == (True, "after it")


async def test_an_event_waits_for_the_restrictions_a_moment_only(gateway: Running, infractions: Infractions) -> None:
    cursor = await now(gateway)
    for _ in range(20):
        await infractions.tell("infraction.issued", ISSUED, position=10**9)
    started = asyncio.get_running_loop().time()
    assert [event["banned"] for event in await read(gateway, cursor, 20)] == [False] * 20
    assert asyncio.get_running_loop().time() - started < 15  # each for itself would be 20 s


async def test_positions_of_another_log_are_not_waited_for(gateway: Running, infractions: Infractions) -> None:
    cursor = await now(gateway)
    kick = {"player": PLAYER, "reason": "x", "incident_id": "7d0c1f0e-5b1d-5a3c-9f57-2e1f0a9b8c7d", "count": 5}
    await infractions.tell("abuse.kick_requested", kick, position=10**9, service="abuse-tracker")
    place = int(cursor.split("-")[1]) + 1
    await until(lambda: gateway.gateway.push.source._taken == place)  # noqa: SLF001 - nothing else shows that it came
    assert gateway.gateway.push.ring.newest == place
    (event,) = await read(gateway, cursor, 1)
    assert event["incident_id"] == kick["incident_id"]


async def test_odd_bodies_are_skipped(gateway: Running, infractions: Infractions) -> None:
    cursor = await now(gateway)
    for body in (b"", b"{", b"[]", b"\xff", {"infraction_id": 5}, {"player": {"service": "", "id": []}}):
        await infractions.tell("infraction.issued", body)
        await infractions.tell("server.message_sent", body)
    await infractions.client.jetstream().publish("banstream.event.infraction.issued.x", b"{}")
    await infractions.tell("server.message_sent", message("good"))
    assert texts(await read(gateway, cursor, 1)) == ["good"]


async def test_a_kick_that_comes_too_late_is_not_told_but_a_ban_is(gateway: Running, infractions: Infractions) -> None:
    cursor = await now(gateway)
    old = {"occurred_at": "2026-01-01T00:00:00Z"}
    await infractions.tell("player.kick_requested", {"player": PLAYER, "reason": "x", **old})
    await infractions.tell("infraction.issued", {**ISSUED, **old})
    (event,) = await read(gateway, cursor, 1)
    assert event["type"] == "restrictions"


@pytest.mark.parametrize(
    "query", ["wait=-1", "wait=26", "wait=nan", "wait=x", "limit=0", "limit=501", "server_id=x", "unknown=1"]
)
async def test_other_values_are_422(gateway: Running, query: str) -> None:
    assert (await gateway.call("GET", f"/v1/feed?{query}")).status == 422


async def test_more_clients_than_seats_are_503(start: Start, infractions: Infractions) -> None:
    await infractions.admit("all", "check")
    gateway = await start(push_clients=1)
    cursor = await now(gateway)
    waiting = asyncio.create_task(poll(gateway, cursor))
    await is_waiting(gateway)
    for path in (f"?cursor={cursor}", "/sse", "/snapshot"):
        reply = await gateway.call("GET", f"/v1/feed{path}")
        assert (reply.status, "Retry-After" in reply.headers) == (503, True)
    assert (await poll(gateway, cursor, wait=0)).status == 200
    metrics = (await gateway.call("GET", "/metrics")).body
    assert b'banstream_push_clients{transport="poll"} 1.0' in metrics
    assert b"banstream_push_ring_length 0.0" in metrics
    await infractions.tell("server.message_sent", message("x"))
    assert len((await waiting).json["events"]) == 1


async def test_a_poll_of_a_revoked_credential_is_401(gateway: Running, infractions: Infractions) -> None:
    credential = await infractions.admit("own", "check", kind="server", id=SERVER)
    await until(lambda: gateway.gateway.credentials.kind_of(SERVER))
    waiting = asyncio.create_task(poll(gateway, await now(gateway), secret="own"))
    await is_waiting(gateway)
    await infractions.admit("own", "check", kind="server", id=SERVER, revoked_at=credential.created_at)
    assert (await waiting).status == 401


async def test_who_hangs_up_leaves_the_seat(gateway: Running) -> None:
    waiting = asyncio.create_task(poll(gateway, await now(gateway)))
    await is_waiting(gateway)
    waiting.cancel()
    await is_waiting(gateway, count=0)


async def test_the_limit_for_slow_requests_does_not_cut_a_poll(start: Start, infractions: Infractions) -> None:
    await infractions.admit("all", "check")
    gateway = await start(request_timeout_seconds=0.4)
    cursor = await now(gateway)
    reply = await poll(gateway, cursor, wait=0.6)
    assert (reply.status, reply.json["events"]) == (200, [])


@pytest.mark.parametrize("scope", ["check", "report"])
async def test_either_scope_may_read(gateway: Running, infractions: Infractions, scope: str) -> None:
    await now(gateway)
    await infractions.admit("own", scope)
    await until(lambda: gateway.gateway.credentials.find("own"))
    assert (await gateway.call("GET", "/v1/feed", secret="own")).status == 200


async def test_others_may_not_read(gateway: Running, infractions: Infractions) -> None:
    await infractions.admit("own", "punish")
    await until(lambda: gateway.gateway.credentials.find("own"))
    for path in ("", "/sse", "/ws", "/snapshot"):
        assert (await gateway.call("GET", f"/v1/feed{path}", secret="own")).status == 403
        assert (await gateway.call("GET", f"/v1/feed{path}", secret=None)).status == 401


async def test_a_client_without_headers_reads_behind_a_token(gateway: Running, infractions: Infractions) -> None:
    cursor = await now(gateway)
    await infractions.tell("server.message_sent", message("hello"))
    reply = await gateway.call("GET", f"/t/all/v1/feed?cursor={cursor}", secret=None)
    assert texts(reply.json["events"]) == ["hello"]


async def test_events_have_the_documented_form(gateway: Running, infractions: Infractions) -> None:
    cursor = await now(gateway)
    position = await infractions.restrict("roblox=1", banned())
    await infractions.tell("infraction.issued", ISSUED, position=position)
    await infractions.tell("infraction.issued", {"infraction_id": INFRACTION, "address_hash": "e" * 64})
    await infractions.tell("server.message_sent", message("x", player=PLAYER))
    incident = {"player": PLAYER, "incident_id": "7d0c1f0e-5b1d-5a3c-9f57-2e1f0a9b8c7d", "count": 3}
    await infractions.tell("abuse.kick_requested", {**incident, "reason": "x"})
    await infractions.tell("abuse.threshold_reached", {**incident, "threshold": "warn"})
    await until(lambda: len(gateway.gateway.push.ring) == 5)
    answer = (await poll(gateway, cursor)).json
    assert FeedAnswer.model_validate(answer).model_dump(mode="json", exclude_unset=True)["events"] == answer["events"]
