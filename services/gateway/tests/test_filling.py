"""Buckets that were lost and are filled from the beginning of the log: what is not in them yet is not nowhere."""

import pytest
from nats.aio.client import Client
from services.gateway.tests.conftest import Running, Start, made_anew, until
from services.gateway.tests.stand_in import Infractions
from services.gateway.tests.test_outages import CHECK, banned, is_banned

from banstream_contracts import streams
from banstream_edge.wholeness import Wholeness

WATCHED = [streams.RESTRICTIONS_BUCKET, streams.CREDENTIALS_BUCKET, streams.ADMINS_BUCKET, streams.NETWORKS_BUCKET]
SECRET = "server-key"


def test_a_bucket_is_whole_once_it_has_said_how_far_it_is_and_is_as_far_as_it_has_to_be() -> None:
    bucket = Wholeness(streams.CREDENTIALS_BUCKET)
    assert (bucket.is_whole, bucket.filling) == (False, None)
    told: list[tuple[str, bytes | None]] = [
        ("filling", b"9"),
        ("position", b"0"),
        ("position", b"8"),
        ("position", b"9"),
        ("filling", None),
        ("position", None),
    ]
    found = []
    for key, value in told:
        bucket.hear(key, value)
        found.append((bucket.is_whole, bucket.filling))
    assert found == [
        (False, "being filled, at 0 of 9"),
        (False, "being filled, at 0 of 9"),
        (False, "being filled, at 8 of 9"),
        (True, None),
        (True, None),
        (False, None),
    ]


def test_a_bucket_that_does_not_follow_the_log_is_always_whole() -> None:
    assert Wholeness(streams.PRESENCE_BUCKET).is_whole


async def lost(client: Client, bucket: str) -> None:
    await client.jsm().delete_stream(f"KV_{bucket}")
    await made_anew(client)


@pytest.mark.parametrize("bucket", WATCHED)
async def test_a_gateway_that_starts_while_a_bucket_is_filled_waits_until_it_is_whole(
    start: Start, infractions: Infractions, client: Client, bucket: str
) -> None:
    await infractions.admit(SECRET, "check")
    await infractions.restrict("roblox=1", banned())
    await lost(client, bucket)
    gateway = await start()

    async def lacks(reason: str | None) -> bool:
        missing: dict[str, str] = (await gateway.readiness())["missing"]
        return missing == ({bucket: reason} if reason else {})

    await until(lambda: all(watch.is_loaded for watch in gateway.gateway.watches if watch.bucket != bucket))
    assert await lacks("not loaded yet")
    for position in (0, 99):
        await infractions.put(bucket, streams.FILLING_KEY, b"100")
        await infractions.put(bucket, streams.POSITION_KEY, str(position).encode())
        await until(lambda: lacks(f"being filled, at {position} of 100"))  # noqa: B023 - awaited in this turn
        assert (await gateway.call("GET", "/readyz")).status == 503
    await infractions.put(bucket, streams.POSITION_KEY, b"100")
    await until(lambda: lacks(None))
    assert (await gateway.call("GET", "/readyz")).status == 200


async def test_nobody_is_told_that_a_credential_is_wrong_while_credentials_are_filled(
    start: Start, infractions: Infractions, client: Client
) -> None:
    await infractions.admit(SECRET, "check")
    await lost(client, streams.CREDENTIALS_BUCKET)
    await infractions.put(streams.CREDENTIALS_BUCKET, streams.FILLING_KEY, b"100")
    await infractions.put(streams.CREDENTIALS_BUCKET, streams.POSITION_KEY, b"1")
    gateway = await start()
    await until(lambda: gateway.gateway.credentials.position == 1)
    assert (await gateway.call("GET", CHECK.format(1), secret=SECRET)).status == 503
    infractions.position = 99
    await infractions.admit(SECRET, "check")
    await until(gateway.is_ready)
    assert (await gateway.call("GET", CHECK.format(1), secret=SECRET)).status == 200
    assert (await gateway.call("GET", CHECK.format(1), secret="wrong")).status == 401


async def test_checks_are_answered_once_the_restrictions_are_whole(
    start: Start, infractions: Infractions, client: Client
) -> None:
    await infractions.admit("all", "check")
    await lost(client, streams.RESTRICTIONS_BUCKET)
    await infractions.put(streams.RESTRICTIONS_BUCKET, streams.FILLING_KEY, b"100")
    await infractions.restrict("roblox=1", banned())
    gateway = await start()
    await until(lambda: gateway.gateway.restrictions.position == infractions.position)
    assert (await gateway.call("GET", CHECK.format(1))).status == 503
    infractions.position = 99
    await infractions.restrict("roblox=2", banned())
    await until(gateway.is_ready)
    assert [await is_banned(gateway, player) for player in (1, 2, 3)] == [True, True, False]


async def test_a_gateway_that_runs_while_the_bucket_is_filled_keeps_what_it_had(
    start: Start, infractions: Infractions, client: Client
) -> None:
    await infractions.admit("all", "check")
    await infractions.restrict("roblox=1", banned())
    gateway: Running = await start()
    await until(gateway.is_ready)
    await lost(client, streams.RESTRICTIONS_BUCKET)
    await infractions.put(streams.RESTRICTIONS_BUCKET, streams.FILLING_KEY, b"100")
    await infractions.restrict("roblox=3", banned())
    await until(lambda: is_banned(gateway, 3))
    ready = await gateway.call("GET", "/readyz")
    assert (ready.status, ready.json["missing"]) == (200, {streams.RESTRICTIONS_BUCKET: "stale"})
    assert await is_banned(gateway, 1)
    infractions.position = 99
    await infractions.restrict("roblox=2", banned())
    await until(gateway.is_ready)
    assert [await is_banned(gateway, player) for player in (1, 2, 3)] == [False, True, True]
