"""NATS or infractions away, and coming back."""

import asyncio
from typing import Any

import pytest
from nats.aio.client import Client
from nats.js.api import DiscardPolicy
from services.gateway.tests.conftest import NatsServer, Running, Start, made_anew, until
from services.gateway.tests.stand_in import Infractions

from banstream_contracts import streams
from banstream_contracts.infractions import Restriction

BAN = {"player": {"service": "roblox", "id": 1}, "punishments": ["ban"], "reason": "x"}
CHECK = "/v1/players/roblox/{}/restrictions"


def banned(**fields: Any) -> Restriction:
    values = {"punishments": ("ban",), "lifetime": "permanent", "reason": "x", "scope": "global", **fields}
    return Restriction(infraction_id="0" * 24, **values)


async def is_banned(gateway: Running, player: int) -> bool:
    return "ban" in (await gateway.call("GET", CHECK.format(player))).json["restrictions"]


@pytest.fixture
async def quick(start: Start, infractions: Infractions) -> Running:
    await infractions.admit("all", "check", "punish")
    gateway = await start(publish_timeout_seconds=0.3, command_timeout_seconds=0.3, query_timeout_seconds=0.3)
    await until(gateway.is_ready)
    return gateway


async def test_with_nats_away_checks_answer_and_say_how_stale_they_are(
    quick: Running, infractions: Infractions, server: NatsServer
) -> None:
    await infractions.restrict("roblox=1", banned())
    await until(lambda: is_banned(quick, 1))
    server.stop()
    try:
        await until(lambda: is_stale(quick))
        checked = await quick.call("GET", CHECK.format(1))
        assert "ban" in checked.json["restrictions"]
        assert int(checked.headers["Banstream-Stale-Seconds"]) >= 0
        ready = await quick.call("GET", "/readyz")
        assert (ready.status, ready.json["missing"]["nats"]) == (200, "not connected")
        assert b"banstream_nats_connected 0.0" in (await quick.call("GET", "/metrics")).body
    finally:
        server.start()
    await until(quick.is_ready)
    assert "Banstream-Stale-Seconds" not in (await quick.call("GET", CHECK.format(1))).headers


async def test_with_nats_away_everything_that_is_answered_from_memory_says_how_stale_it_is(
    start: Start, infractions: Infractions, server: NatsServer
) -> None:
    await infractions.admit("all", "admin")
    game = await infractions.admit("game", "check", kind="server")
    gateway = await start(ban_list_key="ab" * 32)
    await until(gateway.is_ready)
    await until(lambda: gateway.gateway.ban_lists.is_known)
    await gateway.call("PUT", "/v1/admins/steam/76561197960265729", {"name": "Alyx", "rights": ["ban"]})
    as_game = {"Authorization": f"SERVER {game.id} game"}
    paths = [
        "/v1/vpn?ip=203.0.113.7",
        "/v1/feed/snapshot",
        f"/v1/servers/{game.id}/status",
        "/api/v1/gs/vpn?ip=203.0.113.7&gs_service=steam&gs_id=76561197960265729",
        "/api/v1/gs/admininfo?gs_service=steam&gs_id=76561197960265729",
        "/bans",
        CHECK.format(9),
        "/check_ban?username=nobody&ip=203.0.113.7",
        "/api/v1/infractions/check?gs_service=steam&gs_id=76561197960265730",
    ]

    async def answers() -> list[tuple[int, bool]]:
        """Their statuses, and whether they say how stale they are."""
        found = [await gateway.call("GET", path, headers=as_game) for path in paths]
        found.append(await gateway.call("POST", "/check_ban", {"user_id": 9}, headers=as_game))
        return [(each.status, "Banstream-Stale-Seconds" in each.headers) for each in found]

    async def all_are_fresh() -> bool:
        return await answers() == [(200, False)] * (len(paths) + 1)

    await until(all_are_fresh)
    server.stop()
    try:
        await until(lambda: is_stale(gateway))
        assert await answers() == [(200, True)] * (len(paths) + 1)
    finally:
        server.start()
    await until(gateway.is_ready)


async def is_stale(gateway: Running) -> bool:
    return bool((await gateway.readiness())["status"] == "stale")


async def test_with_nats_away_writes_are_503_and_nothing_is_delivered_later(
    quick: Running, infractions: Infractions, server: NatsServer, client: Client
) -> None:
    server.stop()
    try:
        answers = [
            await quick.call("POST", "/v1/infractions", BAN),
            await quick.call("POST", "/ban", {"user_id": 1}),
            await quick.call("GET", "/v1/infractions"),
        ]
        assert [answer.status for answer in answers] == [503, 503, 503]
        assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers)
        assert answers[1].json["status"] == "fail"
    finally:
        server.start()
    await until(quick.is_ready)
    await until(lambda: client.is_connected)

    async def is_taken() -> bool:
        """Within the 0.3 s; the key makes one of all tries."""
        body, key = {**BAN, "reason": "after"}, {"Idempotency-Key": "after"}
        return (await quick.call("POST", "/v1/infractions", body, headers=key)).status in {201, 202}

    await until(is_taken)
    await until(lambda: infractions.carried_out)
    info = await client.jsm().stream_info(streams.COMMANDS)
    assert info.state.last_seq == 1
    assert [command.reason for command in infractions.carried_out if command.type == "issue_infraction"] == ["after"]


async def test_what_the_stream_does_not_store_is_503(quick: Running, infractions: Infractions, client: Client) -> None:
    """Invariant 1: one that is full says so in an answer like any other."""
    await infractions.stop()
    jetstream = client.jetstream()
    config = (await jetstream.stream_info(streams.COMMANDS)).config
    await jetstream.update_stream(config.evolve(max_msgs=1, discard=DiscardPolicy.NEW))
    answers = [await quick.call("POST", "/v1/infractions", {**BAN, "reason": each}) for each in ("stored", "not")]
    assert [answer.status for answer in answers] == [202, 503]
    assert int(answers[1].headers["Retry-After"]) > 0


async def test_a_write_survives_a_short_absence_of_nats(
    start: Start, infractions: Infractions, server: NatsServer
) -> None:
    await infractions.admit("all", "check", "punish")
    gateway = await start(publish_timeout_seconds=10)
    await until(gateway.is_ready)
    server.stop()
    await until(lambda: not gateway.gateway.is_connected())
    writing = asyncio.create_task(gateway.call("POST", "/v1/infractions", BAN))
    server.start()
    assert (await writing).status in {201, 202}
    await until(lambda: infractions.carried_out)
    assert len(infractions.carried_out) == 1


async def test_changes_while_nats_was_restarted_are_seen(
    quick: Running, infractions: Infractions, server: NatsServer, client: Client
) -> None:
    await infractions.restrict("roblox=1", banned())
    await infractions.restrict("roblox=2", banned())
    await infractions.restrict("roblox=3", banned())
    await until(lambda: is_banned(quick, 3))
    quick.gateway.watches.restrictions.interrupt()
    await infractions.restrict("roblox=1")
    await client.jsm().purge_stream(f"KV_{streams.RESTRICTIONS_BUCKET}", subject="$KV.restrictions.roblox=2")
    await server.restart(client)
    await infractions.restrict("roblox=4", banned())

    async def is_as_it_should_be() -> bool:
        return [await is_banned(quick, player) for player in (1, 2, 3, 4)] == [False, False, True, True]

    await until(is_as_it_should_be)
    await until(quick.is_ready)


async def test_a_consumer_that_dies_alone_is_made_anew(
    quick: Running, infractions: Infractions, client: Client
) -> None:
    stream = f"KV_{streams.RESTRICTIONS_BUCKET}"
    for consumer in await client.jsm().consumers_info(stream):
        await client.jsm().delete_consumer(stream, consumer.name)
    await infractions.restrict("roblox=1", banned())
    await until(lambda: is_banned(quick, 1))
    await until(quick.is_ready)


async def test_a_lost_bucket_unbans_nobody(quick: Running, infractions: Infractions, client: Client) -> None:
    await infractions.restrict("roblox=1", banned())
    await until(lambda: is_banned(quick, 1))
    await client.jsm().delete_stream(f"KV_{streams.RESTRICTIONS_BUCKET}")
    await made_anew(client)
    await until(lambda: is_stale(quick))
    assert await is_banned(quick, 1)
    await infractions.restrict("roblox=2", banned())
    await until(lambda: is_banned(quick, 2))
    await until(quick.is_ready)
    assert not await is_banned(quick, 1)


async def test_an_unreadable_entry_stops_nobody_else(quick: Running, infractions: Infractions) -> None:
    await infractions.put(streams.RESTRICTIONS_BUCKET, "roblox=9", b"{")
    await infractions.put(streams.CREDENTIALS_BUCKET, "0" * 24, b"{}")
    await infractions.restrict("roblox=1", banned())
    await until(lambda: is_banned(quick, 1))


async def test_a_gateway_loads_what_was_there_before_it(start: Start, infractions: Infractions) -> None:
    await infractions.admit("all", "check")
    for player in range(1, 300):
        await infractions.restrict(f"roblox={player}", banned())
    gateway = await start()
    await until(gateway.is_ready)
    assert (await gateway.readiness())["position"] == infractions.position
    assert all([await is_banned(gateway, player) for player in (1, 150, 299)])
    assert not await is_banned(gateway, 300)


async def test_a_late_result_still_shows_in_checks(start: Start, infractions: Infractions) -> None:
    await infractions.admit("all", "check", "punish")
    infractions.feeds_buckets = False
    gateway = await start(command_timeout_seconds=0)
    await until(gateway.is_ready)
    assert (await gateway.call("POST", "/v1/infractions", BAN)).status == 202
    await until(lambda: is_banned(gateway, 1))


async def test_the_same_key_after_an_accepted_first_try_gives_the_first_result(
    start: Start, infractions: Infractions
) -> None:
    await infractions.admit("all", "check", "punish")
    gateway = await start(command_timeout_seconds=0.2)
    await until(gateway.is_ready)
    await infractions.stop()
    key = {"Idempotency-Key": "one"}
    for _ in range(2):
        assert (await gateway.call("POST", "/v1/infractions", BAN, headers=key)).status == 202
    await infractions.start()

    async def is_issued() -> bool:
        return (await gateway.call("POST", "/v1/infractions", BAN, headers=key)).status == 201

    await until(is_issued)
    assert len(infractions.carried_out) == 1


@pytest.mark.parametrize("path", ["/v1/infractions", "/v1/players/roblox/1/lift"], ids=["issue", "lift"])
async def test_who_has_the_token_in_the_path_can_follow_what_was_accepted(
    start: Start, infractions: Infractions, path: str
) -> None:
    await infractions.admit("all", "check", "punish")
    gateway = await start(command_timeout_seconds=0.05)
    await until(gateway.is_ready)
    await infractions.stop()
    body = BAN if path == "/v1/infractions" else {"reason": "x"}
    accepted = await gateway.call("POST", f"/t/all{path}", body, secret=None)
    assert accepted.status == 202
    followed = await gateway.call("GET", accepted.headers["Location"], secret=None)
    assert (followed.status, followed.json["command_id"]) == (200, accepted.json["command_id"])


async def test_one_of_two_gateways_shows_what_the_other_wrote(start: Start, infractions: Infractions) -> None:
    await infractions.admit("all", "check", "punish")
    first, second = await start(), await start(worker=1, position_timeout_seconds=10)
    await until(first.is_ready)
    await until(second.is_ready)
    issued = await first.call("POST", "/v1/infractions", BAN)
    position = {"Banstream-Position": issued.headers["Banstream-Position"]}
    checked = await second.call("GET", CHECK.format(1), headers=position)
    assert "ban" in checked.json["restrictions"]


@pytest.mark.parametrize("prefix", ["", "/t/all"], ids=["header", "path"])
async def test_who_used_a_key_for_two_requests_is_told_so_where_the_second_was_accepted(
    start: Start, infractions: Infractions, prefix: str
) -> None:
    """Through two gateways, neither of which can know what the other stored while infractions is away."""
    await infractions.admit("all", "check", "punish")
    gateways = [await start(command_timeout_seconds=0.05) for _ in range(2)]
    for gateway in gateways:
        await until(gateway.is_ready)
    await infractions.stop()
    key, path = {"Idempotency-Key": "one"}, f"{prefix}/v1/infractions"
    bodies = [BAN, {**BAN, "reason": "y"}]
    accepted = [
        await gateway.call("POST", path, body, headers=key) for gateway, body in zip(gateways, bodies, strict=True)
    ]
    assert [each.status for each in accepted] == [202, 202]
    await infractions.start()
    await until(lambda: infractions.results)
    first, second = [await gateways[0].call("GET", each.headers["Location"]) for each in accepted]
    assert (first.json["status"], first.json["infractions"][0]["reason"]) == ("applied", "x")
    assert (second.json["status"], second.json["refusal"]["code"]) == ("refused", "idempotency-key-reused")
    assert (second.json["infractions"], second.json["command_id"]) == ([], first.json["command_id"])
    again = await gateways[1].call("GET", f"{prefix}/v1/commands/{first.json['command_id']}")
    assert again.json["status"] == "applied"
