"""A gateway that starts while NATS is away answers as the one before it did, and says of when that is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from nats.aio.client import Client
from services.gateway.tests.conftest import ADDRESS_KEY, Running, made_anew, until
from services.gateway.tests.copies.conftest import Again, Away, answers, are_written, stopped
from services.gateway.tests.stand_in import Infractions
from services.gateway.tests.test_outages import BAN, CHECK, banned, is_banned, is_stale

from banstream_contracts import streams
from banstream_contracts.players import address_token, subject_token
from banstream_privacy.addresses import address_hash

ADDRESS = "203.0.113.7"
STALE = "Banstream-Stale-Seconds"


async def test_every_protocol_is_answered_from_the_copy(again: Again, infractions: Infractions, away: Away) -> None:
    await infractions.admit("all", "check", "punish", "admin")
    game = await infractions.admit("game", "check", kind="server")
    await infractions.admit("old", "check", revoked_at=datetime.now(UTC))
    for key in ("roblox=1", subject_token("steam", "76561197960265729"), "ndp=alice"):
        await infractions.restrict(key, banned())
    await infractions.restrict(address_token(address_hash(ADDRESS_KEY, ADDRESS)), banned())
    await infractions.restrict("roblox=2", banned(lifetime="timed", expires_at=datetime.now(UTC)))
    as_game = {"Authorization": f"SERVER {game.id} game"}
    asked = [
        ("GET", CHECK.format(1), None),
        ("GET", CHECK.format(2), None),
        ("GET", f"{CHECK.format(3)}?ip={ADDRESS}", None),
        ("POST", "/v1/check", {"players": [{"service": "roblox", "id": each} for each in (1, 3)]}),
        ("GET", "/api/v1/infractions/check?gs_service=steam&gs_id=76561197960265729", None),
        ("GET", f"/check_ban?username=nobody&ip={ADDRESS}", None),
        ("POST", "/check_ban", {"user_id": 1}),
        ("POST", "/check_ban", {"user_id": 3}),
    ]
    before = await again()
    await until(before.is_ready)

    async def said(gateway: Running) -> list[tuple[int, bytes, str]]:
        found = [await gateway.call(method, path, body, headers=as_game) for method, path, body in asked]
        return [(each.status, each.body, each.headers.get("Banstream-Position", "")) for each in found]

    expected = await said(before)
    assert [status for status, *_ in expected] == [200] * len(asked)
    await stopped(before)
    async with away():
        gateway = await again()
        await until(lambda: answers(gateway))
        assert await said(gateway) == expected
        for method, path, body in asked:
            assert STALE in (await gateway.call(method, path, body, headers=as_game)).headers
        for wrong in ("wrong", "old"):
            assert (await gateway.call("GET", CHECK.format(1), secret=wrong)).status == 401
        for refused in [
            await gateway.call("POST", "/v1/infractions", BAN),
            await gateway.call("GET", "/v1/infractions"),
            await gateway.call("GET", "/v1/feed"),
        ]:
            assert (refused.status, int(refused.headers["Retry-After"]) > 0) == (503, True)


async def test_it_says_that_it_answers_from_a_copy_and_of_when(
    again: Again, infractions: Infractions, away: Away
) -> None:
    await infractions.admit("all", "check")
    await stopped(await again())
    async with away():
        gateway = await again()
        await until(lambda: answers(gateway))
        ready = await gateway.readiness()
        assert ready["status"] == "stale"
        assert ready["position"] == infractions.position
        told = ready["missing"][streams.RESTRICTIONS_BUCKET].removeprefix("from the copy of ")
        assert timedelta() <= datetime.now(UTC) - datetime.fromisoformat(told) < timedelta(minutes=10)
        assert b"banstream_copied_buckets 4.0" in (await gateway.call("GET", "/metrics")).body
    await until(gateway.is_ready)
    assert b"banstream_copied_buckets 0.0" in (await gateway.call("GET", "/metrics")).body


async def test_what_nats_says_when_it_is_back_holds(
    again: Again, infractions: Infractions, away: Away, client: Client
) -> None:
    await infractions.admit("all", "check")
    revoked = await infractions.admit("revoked", "check")
    for player in (1, 2, 3):
        await infractions.restrict(f"roblox={player}", banned())
    await stopped(await again())
    await infractions.restrict("roblox=1")
    await client.jsm().purge_stream(f"KV_{streams.RESTRICTIONS_BUCKET}", subject="$KV.restrictions.roblox=2")
    await infractions.restrict("roblox=4", banned())
    await infractions.admit("revoked", "check", id=revoked.id, revoked_at=datetime.now(UTC))
    async with away():
        gateway = await again()
        await until(lambda: answers(gateway))
        assert [await is_banned(gateway, player) for player in (1, 2, 3, 4)] == [True, True, True, False]
        assert (await gateway.call("GET", CHECK.format(1), secret="revoked")).status == 200
    await until(gateway.is_ready)
    assert [await is_banned(gateway, player) for player in (1, 2, 3, 4)] == [False, False, True, True]
    assert (await gateway.call("GET", CHECK.format(1), secret="revoked")).status == 401
    assert STALE not in (await gateway.call("GET", CHECK.format(1))).headers


async def test_an_emptied_bucket_unbans_nobody_and_an_older_log_is_followed(
    again: Again, infractions: Infractions, client: Client
) -> None:
    await infractions.admit("all", "check")
    for player in (1, 2):
        await infractions.restrict(f"roblox={player}", banned())
    infractions.position = 1000
    await infractions.restrict("roblox=3", banned(reason="newer"))
    await stopped(await again())
    await client.jsm().delete_stream(f"KV_{streams.RESTRICTIONS_BUCKET}")
    await made_anew(client)
    gateway = await again()
    await until(lambda: answers(gateway))
    await infractions.put(streams.RESTRICTIONS_BUCKET, streams.FILLING_KEY, b"10")
    infractions.position = 5
    await infractions.restrict("roblox=3", banned(reason="older"))
    await until(lambda: reason(gateway, 3, "older"))
    assert await is_stale(gateway)
    assert [await is_banned(gateway, player) for player in (1, 2)] == [True, True]
    infractions.position = 9
    await infractions.restrict("roblox=2", banned())
    await until(gateway.is_ready)
    assert [await is_banned(gateway, player) for player in (1, 2, 3)] == [False, True, True]
    assert (await gateway.readiness())["position"] == 10


async def reason(gateway: Running, player: int, text: str) -> bool:
    found = (await gateway.call("GET", CHECK.format(player))).json["restrictions"]
    return bool(found["ban"]["reason"] == text)


async def test_a_write_shows_at_once_though_the_log_is_older_than_the_copy(
    again: Again, infractions: Infractions, client: Client
) -> None:
    await infractions.admit("all", "check", "punish")
    infractions.position = 1000
    await infractions.restrict("roblox=3", banned())
    await stopped(await again())
    await client.jsm().delete_stream(f"KV_{streams.RESTRICTIONS_BUCKET}")
    await made_anew(client)
    gateway = await again(publish_timeout_seconds=10)
    await until(lambda: answers(gateway))
    infractions.position, infractions.feeds_buckets = 5, False
    assert (await gateway.call("POST", "/v1/infractions", BAN)).status == 201
    assert await is_banned(gateway, 1)


async def test_while_nats_brings_the_buckets_no_copy_is_read(again: Again, infractions: Infractions) -> None:
    await infractions.admit("all", "check")
    await stopped(await again())
    gateway = await again(copy_after_seconds=60)
    await until(gateway.is_ready)
    assert "copy" not in str((await gateway.readiness())["missing"])
    assert gateway.gateway.watches.restrictions.copied_at is None


async def test_a_revoked_token_is_out_within_moments(
    again: Again, infractions: Infractions, away: Away, folder: Path
) -> None:
    """Whoever dies does not say in order what it held."""
    await infractions.admit("all", "check")
    token = await infractions.admit("token", "check")
    first = await again()
    await until(lambda: are_written(first))
    whole = (folder / "credentials.copy").stat().st_size
    await infractions.admit("token", "check", id=token.id, revoked_at=datetime.now(UTC))
    await until(lambda: (folder / "credentials.copy").stat().st_size > whole)
    async with away():
        second = await again()
        await until(lambda: answers(second))
        assert (await second.call("GET", CHECK.format(1))).status == 200
        assert (await second.call("GET", CHECK.format(1), secret="token")).status == 401
