"""A ban flows from a game server's call through NATS and the log back to the gateway."""

import json
import time

import asyncpg
import pytest

from banstream_contracts import streams
from banstream_runtime.connection import NatsSettings, connect
from banstream_testing.steps import ban, banstream, call, is_banned, restrictions, somebody
from banstream_testing.system import System
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]


async def test_a_ban_is_in_force_as_soon_as_it_is_answered(system: System) -> None:
    player = somebody()
    answer = await ban(system, player)
    assert answer.status == 201
    assert int(answer.headers["banstream-position"]) > 0
    assert (await restrictions(system, player))["ban"] == {"infraction_id": answer.body["id"], "reason": "aimbot"}


async def test_a_lift_is_in_force_as_soon_as_it_is_answered(system: System) -> None:
    player = somebody()
    await ban(system, player)
    lifted = await call(system, "POST", f"/v1/players/roblox/{player}/lift", {"reason": "appeal"})
    assert lifted.status == 200
    assert await restrictions(system, player) == {}


async def test_ban_lift_ban_within_a_moment_ends_banned(system: System) -> None:
    player = somebody()
    for _ in range(5):
        await ban(system, player)
        await call(system, "POST", f"/v1/players/roblox/{player}/lift", {"reason": "appeal"})
    await ban(system, player)
    assert await is_banned(system, player)


async def test_an_infraction_is_amended_lifted_and_reinstated(system: System) -> None:
    player = somebody()
    infraction = (await ban(system, player, duration_seconds=3600, note="ours")).body
    path = f"/v1/infractions/{infraction['id']}"
    amended = await call(system, "PATCH", path, {"reason": "speed hack", "duration_seconds": None})
    assert (amended.status, amended.body["reason"], amended.body["lifetime"]) == (200, "speed hack", "permanent")
    assert (await call(system, "POST", f"{path}/lift", {"reason": "appeal"})).status == 200
    assert not await is_banned(system, player)
    assert (await call(system, "POST", f"{path}/reinstate", {"reason": "it was right"})).status == 200
    assert await is_banned(system, player)
    history = (await call(system, "GET", f"/v1/players/roblox/{player}/history")).body["items"]
    assert [entry["type"] for entry in history] == [
        "infraction.reinstated",
        "infraction.lifted",
        "infraction.amended",
        "infraction.issued",
    ]


@pytest.mark.parametrize("prefix", ["", "/t/{token}"])
async def test_the_seeds_own_two_calls(system: System, prefix: str) -> None:
    path = prefix.format(token=system.token)
    player = somebody()
    banned = await call(system, "POST", f"{path}/ban", {"user_id": int(player), "reason": "speed"})
    assert (banned.status, banned.body) == (200, {"status": "success", "message": f"User {player} banned"})
    for form in (int(player), player):
        assert (await call(system, "POST", f"{path}/check_ban", {"user_id": form})).body == {"status": "banned"}
    other = await call(system, "POST", f"{path}/check_ban", {"user_id": somebody()})
    assert other.body == {"status": "not banned"}


async def test_the_same_key_again_gives_the_first_answer(system: System) -> None:
    player = somebody()
    first = await ban(system, player, key="one")
    again = await ban(system, player, key="one")
    assert (again.status, again.body["id"]) == (201, first.body["id"])
    other = await ban(system, somebody(), key="one")
    assert other.status == 422
    listed = (await call(system, "GET", f"/v1/infractions?player=roblox:{player}")).body["items"]
    assert len(listed) == 1


async def test_the_same_key_gives_the_first_answer_when_nats_has_forgotten_it(system: System) -> None:
    """Other than in production NATS forgets after 0.1 s here, the shortest window there is."""
    player = somebody()
    client = await connect(system.nats.settings(), "test", timeout_seconds=30)
    context = client.jetstream()
    stream = (await context.stream_info(streams.COMMANDS)).config

    async def stored() -> int:
        return (await context.stream_info(streams.COMMANDS)).state.last_seq

    async def again_gives_the_first() -> bool:
        """Whether NATS stored it this time."""
        before = await stored()
        assert (await ban(system, player, key="forgotten")).body["id"] == first.body["id"]
        return await stored() > before

    try:
        await context.update_stream(stream.evolve(duplicate_window=0.1))
        first = await ban(system, player, key="forgotten")
        await eventually(again_gives_the_first)
    finally:
        await context.update_stream(stream)
        await client.close()
    listed = (await call(system, "GET", f"/v1/infractions?player=roblox:{player}")).body["items"]
    assert len(listed) == 1


async def test_an_address_ban_holds_for_whoever_comes_with_it(system: System) -> None:
    player = somebody()
    answer = await call(
        system, "POST", "/v1/infractions", {"ip": "198.51.100.9", "punishments": ["ban"], "reason": "shared"}
    )
    assert answer.status == 201
    path = f"/v1/players/roblox/{player}/restrictions"
    assert "ban" in (await call(system, "GET", f"{path}?ip=198.51.100.9")).body["restrictions"]
    assert "ban" not in (await call(system, "GET", f"{path}?ip=198.51.100.8")).body["restrictions"]


async def test_a_batch_check_answers_in_order(system: System) -> None:
    banned, free = somebody(), somebody()
    await ban(system, banned)
    players = [{"service": "roblox", "id": each} for each in (free, banned, free)]
    answer = await call(system, "POST", "/v1/check", {"players": players})
    assert ["ban" in each["restrictions"] for each in answer.body["results"]] == [False, True, False]


async def test_a_list_is_read_page_by_page(system: System) -> None:
    player = somebody()
    ids = [(await ban(system, player)).body["id"] for _ in range(5)]
    seen, following = [], ""
    while following is not None:
        path = f"/v1/infractions?player=roblox:{player}&limit=2"
        page = (await call(system, "GET", f"{path}&cursor={following}" if following else path)).body
        seen += [item["id"] for item in page["items"]]
        following = page["next"]
    assert seen == ids[::-1]


async def test_a_revoked_token_is_refused_within_a_second(system: System) -> None:
    took = [await seconds_until_refused(system) for _ in range(3)]
    assert min(took) <= 1, took  # a machine that stood still meanwhile says nothing


async def seconds_until_refused(system: System) -> float:
    """From the answer that a token is revoked to the first that refuses it."""
    made = await call(system, "POST", "/v1/tokens", {"name": "t", "scopes": ["check"]}, token=system.admin_token)
    secret, token_id = made.body["key"], made.body["id"]
    path = "/v1/players/roblox/1/restrictions"
    assert (await call(system, "GET", path, token=secret)).status == 200
    assert (await call(system, "DELETE", f"/v1/tokens/{token_id}", token=system.admin_token)).status == 200
    began = time.monotonic()

    async def is_refused() -> bool:
        return (await call(system, "GET", path, token=secret)).status == 401

    await eventually(is_refused)
    return time.monotonic() - began


async def test_a_timed_ban_lets_in_when_it_ends(system: System) -> None:
    player, began = somebody(), time.monotonic()
    assert (await ban(system, player, duration_seconds=1)).status == 201
    assert await is_banned(system, player) or time.monotonic() - began >= 1

    async def is_free() -> bool:
        return not await is_banned(system, player)

    await eventually(is_free)

    async def is_over() -> bool:
        items = (await call(system, "GET", f"/v1/infractions?player=roblox:{player}")).body["items"]
        return bool(items[0]["status"] == "expired")

    await eventually(is_over)


async def test_events_tail_shows_a_ban(system: System) -> None:
    player = somebody()
    await ban(system, player, reason="seen on tail")
    arguments = ("events", "tail", "--from-start", "--player", f"roblox:{player}", "-n", "1")
    shown = await banstream(system, *arguments)
    assert shown.code == 0, shown
    assert player in shown.out
    assert "seen on tail" in shown.out
    as_json = json.loads((await banstream(system, *arguments, "--json")).out)
    assert as_json["data"]["reason"] == "seen on tail"


async def test_one_trace_goes_from_the_call_to_the_event(system: System) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    player = somebody()
    body = {"player": {"service": "roblox", "id": player}, "punishments": ["ban"], "reason": "traced"}
    headers = {**system.headers(), "traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    async with system.http.post(f"{system.url}/v1/infractions", json=body, headers=headers) as answer:
        assert answer.status == 201
    history = (await call(system, "GET", f"/v1/players/roblox/{player}/history")).body["items"]
    assert history
    shown = await banstream(
        system, "events", "tail", "--from-start", "--player", f"roblox:{player}", "-n", "1", "--json"
    )
    assert json.loads(shown.out)["data"]["reason"] == "traced"
    connection = await asyncpg.connect(system.admin_database_url)
    row = await connection.fetchrow(
        "select correlation_id, traceparent from infractions.event_log where stream = $1", f"player:roblox:{player}"
    )
    await connection.close()
    assert row is not None
    assert row["correlation_id"].hex == trace
    assert trace in row["traceparent"]
    client = await connect(NatsSettings(nats_url=system.nats.url), "test", timeout_seconds=30)
    subject = f"banstream.event.infraction.issued.roblox={player}"
    published = await client.jetstream().get_last_msg(streams.EVENTS, subject)
    await client.close()
    assert trace in (published.headers or {})["traceparent"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/openapi.json", "/asyncapi.json", "/docs"])
async def test_what_is_open_to_everybody_is_there(system: System, path: str) -> None:
    async with system.http.get(f"{system.url}{path}") as answer:
        assert answer.status == 200
        assert await answer.text()
