"""The feed while NATS or its stream is away, and when it comes back."""

import asyncio

from nats.aio.client import Client
from services.gateway.tests.conftest import NatsServer, Running, Start, made_anew, until
from services.gateway.tests.feeds import ISSUED, banned, both, is_waiting, message, now, poll, read, streaming, texts
from services.gateway.tests.stand_in import Infractions

from banstream_contracts import streams


async def test_a_stream_made_anew_is_noticed(gateway: Running, infractions: Infractions, client: Client) -> None:
    cursor = await now(gateway)
    await client.jsm().delete_stream(streams.EVENTS)
    await made_anew(client)

    async def is_expired() -> bool:
        return (await poll(gateway, cursor, wait=0)).status == 410

    await until(is_expired)
    fresh = await now(gateway)
    assert fresh.split("-")[0] != cursor.split("-")[0]
    await infractions.tell("server.message_sent", message("new"))
    assert texts(await read(gateway, fresh, 1)) == ["new"]


async def test_a_consumer_that_dies_alone_goes_on_without_a_gap(
    gateway: Running, infractions: Infractions, client: Client
) -> None:
    cursor = await now(gateway)
    for consumer in await client.jsm().consumers_info(streams.EVENTS):
        await client.jsm().delete_consumer(streams.EVENTS, consumer.name)
    for text in "ab":
        await infractions.tell("server.message_sent", message(text))
    assert texts(await read(gateway, cursor, 2)) == ["a", "b"]


async def test_a_ban_is_told_as_one_though_the_watch_of_the_restrictions_died_unnoticed(
    gateway: Running, infractions: Infractions, client: Client
) -> None:
    cursor = await now(gateway)
    bucket = f"KV_{streams.RESTRICTIONS_BUCKET}"
    for consumer in await client.jsm().consumers_info(bucket):
        await client.jsm().delete_consumer(bucket, consumer.name)
    await infractions.tell("infraction.issued", ISSUED, position=await infractions.restrict("roblox=1", banned()))
    (event,) = await read(gateway, cursor, 1)
    assert (event["banned"], [*event["restrictions"]]) == (True, ["ban"])


async def test_nats_restarts_while_a_client_waits(
    gateway: Running, infractions: Infractions, server: NatsServer, client: Client
) -> None:
    cursor = await now(gateway)
    waiting = asyncio.create_task(read(gateway, cursor, 1))
    await is_waiting(gateway)
    server.stop()
    try:
        await until(lambda: not gateway.gateway.is_connected())
        reply = await poll(gateway, cursor, wait=0)
        assert (reply.status, reply.json) == (200, {"events": [], "cursor": cursor})
        assert not waiting.done()
    finally:
        server.start()
    await until(lambda: client.is_connected)
    await infractions.tell("server.message_sent", message("after"))
    assert texts(await waiting) == ["after"]


async def test_without_its_stream_the_feed_is_503_and_checks_go_on(
    start: Start, infractions: Infractions, client: Client
) -> None:
    await infractions.admit("all", "check")
    await client.jsm().delete_stream(streams.EVENTS)
    gateway = await start()
    await until(gateway.is_ready)
    reply = await gateway.call("GET", "/v1/feed")
    assert (reply.status, int(reply.headers["Retry-After"]) > 0) == (503, True)
    assert (await gateway.call("GET", "/v1/feed/snapshot")).status == 503
    assert (await gateway.call("GET", "/v1/players/roblox/1/restrictions")).status == 200
    await made_anew(client)
    assert await now(gateway)


@both
async def test_a_stream_made_anew_under_an_open_connection_is_told(
    gateway: Running, infractions: Infractions, client: Client, transport: str
) -> None:
    cursor = await now(gateway)
    async with streaming(gateway, transport, cursor) as stream:
        await client.jsm().delete_stream(streams.EVENTS)
        await made_anew(client)
        expired = await stream.event()
        assert (expired["type"], expired["id"].split("-")[0] != cursor.split("-")[0]) == ("expired", True)
        await infractions.tell("server.message_sent", message("new"))
        assert (await stream.event())["text"] == "new"


@both
async def test_connections_stay_while_nats_is_restarted(
    gateway: Running, infractions: Infractions, server: NatsServer, client: Client, transport: str
) -> None:
    cursor = await now(gateway)
    async with streaming(gateway, transport, cursor) as stream:
        await infractions.tell("server.message_sent", message("before"))
        assert (await stream.event())["text"] == "before"
        await server.restart(client)
        await infractions.tell("server.message_sent", message("after"))
        assert (await stream.event())["text"] == "after"


async def test_without_the_restrictions_nobody_is_told_that_a_player_is_free(
    start: Start, infractions: Infractions, client: Client
) -> None:
    await infractions.admit("all", "check")
    await client.jsm().delete_stream(f"KV_{streams.RESTRICTIONS_BUCKET}")
    gateway = await start()
    await until(lambda: gateway.gateway.push.source.is_loaded)
    for path in ("", "/sse", "/snapshot"):
        assert (await gateway.call("GET", f"/v1/feed{path}")).status == 503
    await made_anew(client)
    await infractions.reach(infractions.position)
    assert await now(gateway)
