"""What cursors are worth: here, in another gateway, and when they are old."""

import asyncio

import pytest
from nats.aio.client import Client
from services.gateway.tests.conftest import Running, Start, until
from services.gateway.tests.feeds import ISSUED, OTHER, SERVER, message, now, poll, read, texts
from services.gateway.tests.stand_in import Infractions

from banstream_contracts import streams
from banstream_gateway.feed import push_feed
from banstream_gateway.feed.push_feed import Reader


async def test_every_event_is_a_cursor_right_behind_itself(gateway: Running, infractions: Infractions) -> None:
    cursor = await now(gateway)
    for text in "abc":
        await infractions.tell("server.message_sent", message(text))
    events = await read(gateway, cursor, 3)
    assert texts(await read(gateway, events[0]["id"], 2)) == ["b", "c"]
    assert texts((await poll(gateway, cursor, more="&limit=2")).json["events"]) == ["a", "b"]


async def test_the_cursor_of_who_hears_nothing_moves_with_what_concerns_others(
    gateway: Running, infractions: Infractions
) -> None:
    cursor = await now(gateway)
    await infractions.admit("own", "check", kind="server", id=SERVER)
    await infractions.tell("server.message_sent", message("x", server_id=OTHER))
    await infractions.tell("credential.created", {"credential_id": SERVER})
    place = int(cursor.split("-")[1]) + 2
    await until(lambda: gateway.gateway.push.ring.newest == place)
    await until(lambda: gateway.gateway.credentials.kind_of(SERVER))
    reply = (await poll(gateway, cursor, wait=0, secret="own")).json
    assert (reply["events"], int(reply["cursor"].split("-")[1])) == ([], place)


async def test_who_waits_does_not_lose_the_place_to_what_concerns_others(
    start: Start, infractions: Infractions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_feed, "_GLANCE_SECONDS", 0.01)
    credential = await infractions.admit("all", "check")
    gateway = await start(push_ring_length=1)
    await until(gateway.is_ready)
    place = int((await now(gateway)).split("-")[1])
    feed = gateway.gateway.push
    glanced_at: list[int | None] = []

    def is_gone() -> bool:
        glanced_at.append(feed.ring.newest)
        return False

    reader = Reader(credential, SERVER, is_gone)
    waiting = asyncio.create_task(feed.next(feed.now(), reader, 10, 60))
    for number in range(1, 4):
        await infractions.tell("server.message_sent", message("x", server_id=OTHER))
        await until(lambda: waiting.done() or place + number in glanced_at)  # noqa: B023 - asked at once
    await infractions.tell("server.message_sent", message("own", server_id=SERVER))
    (entry,) = (await waiting).entries
    assert b'"own"' in entry.push.fields


async def test_a_cursor_is_good_in_another_gateway_and_after_a_restart(
    gateway: Running, start: Start, infractions: Infractions
) -> None:
    cursor = await now(gateway)
    for text in "abc":
        await infractions.tell("server.message_sent", message(text))
    events = await read(gateway, cursor, 3)
    second = await start(worker=1)
    await now(second)
    assert await read(second, cursor, 3) == events
    assert await read(second, events[1]["id"], 1) == events[2:]
    assert await now(second) == await now(gateway)


async def test_a_cursor_before_what_concerns_nobody_is_good_after_a_restart(
    gateway: Running, start: Start, infractions: Infractions, client: Client
) -> None:
    cursor = await now(gateway)
    for _ in range(5):
        await infractions.tell("abuse.detected", {}, service="abuse-tracker")
    await infractions.tell("server.message_sent", message("x"))
    second = await start(worker=1)
    await now(second)
    for each in (gateway, second):
        assert texts(await read(each, cursor, 1)) == ["x"]
    consumers = await client.jsm().consumers_info(streams.EVENTS)
    sent = [each.delivered.consumer_seq for each in consumers if each.delivered and not each.config.durable_name]
    assert sent == [1, 1]  # what concerns nobody never came to either gateway, and nobody else is left


async def test_a_gateway_that_lags_behind_another_does_not_refuse_its_cursor(
    gateway: Running, infractions: Infractions
) -> None:
    cursor = await now(gateway)
    await infractions.tell("infraction.issued", ISSUED, position=infractions.position + 1)
    await until(lambda: gateway.gateway.push.source._arrivals)  # noqa: SLF001 - taken, but not told yet
    ahead = "{}-{}".format(cursor.split("-")[0], int(cursor.split("-")[1]) + 1)
    assert (await poll(gateway, ahead, wait=0)).json == {"events": [], "cursor": ahead}


async def test_an_expired_cursor_is_410_with_the_present_one_and_the_snapshot(
    start: Start, infractions: Infractions
) -> None:
    await infractions.admit("all", "check")
    gateway = await start(push_ring_length=2)
    cursor = await now(gateway)
    for text in "abcd":
        await infractions.tell("server.message_sent", message(text))
    await until(lambda: gateway.gateway.push.ring.newest == int(cursor.split("-")[1]) + 4)
    incarnation, newest = (await now(gateway)).split("-")
    for text in (cursor, f"zzz-{newest}", f"{incarnation}-{int(newest) + 1}"):
        reply = await poll(gateway, text)
        assert (reply.status, reply.json["type"]) == (410, "urn:banstream:problem:cursor-expired")
        assert reply.headers["Content-Type"] == "application/problem+json"
        assert (reply.json["cursor"], reply.json["snapshot"]) == (f"{incarnation}-{newest}", "/v1/feed/snapshot")
    in_path = await gateway.call("GET", f"/t/all/v1/feed?cursor={cursor}", secret=None)
    assert (in_path.status, in_path.json["snapshot"]) == (410, "/t/all/v1/feed/snapshot")
    assert (await gateway.call("GET", in_path.json["snapshot"], secret=None)).status == 200
    assert texts(await read(gateway, f"{incarnation}-{int(newest) - 2}", 2)) == ["c", "d"]


async def test_what_is_older_than_the_retention_is_not_told(
    start: Start, infractions: Infractions, client: Client
) -> None:
    async def is_stored() -> bool:
        return bool((await client.jsm().stream_info(streams.EVENTS)).state.last_seq)

    await infractions.admit("all", "check")
    await infractions.tell("server.message_sent", message("old"))
    await until(is_stored)
    gateway = await start(push_retention_seconds=0.001)
    cursor = await now(gateway)
    assert not cursor.endswith("-0")
    assert (await poll(gateway, cursor, wait=0)).json["events"] == []
    assert (await poll(gateway, cursor.split("-")[0] + "-0", wait=0)).status == 410


@pytest.mark.parametrize("cursor", ["x", "-", "k3-", "K3-1", "k3--1", "k3-1%0a"])
async def test_what_is_no_cursor_is_400(gateway: Running, cursor: str) -> None:
    await now(gateway)
    reply = await poll(gateway, cursor)
    assert (reply.status, reply.json["errors"][0]["field"]) == (400, "query.cursor")
