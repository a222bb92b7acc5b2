"""Follow every decision from outside: `python consumer.py nats://HOST:4222 NAME [COUNT]`. Needs only nats-py."""

import asyncio
import json
import os
import ssl
import sys

import nats


async def follow(url: str, name: str, count: int) -> None:
    """Print `count` events (-1: for ever), going on behind the last one that `name` acknowledged."""
    user, password = os.environ.get("BANSTREAM_NATS_USER"), os.environ.get("BANSTREAM_NATS_PASSWORD")
    authority = os.environ.get("BANSTREAM_NATS_CA_FILE")
    client = await nats.connect(
        url.split(","),
        user=user,
        password=password,
        inbox_prefix=f"_INBOX.{user}" if user else "_INBOX",  # nobody may read another's answers
        tls=ssl.create_default_context(cafile=authority) if authority else None,
        max_reconnect_attempts=-1,
    )
    events = await client.jetstream().pull_subscribe("banstream.event.>", durable=name, stream="EVENTS")
    while count != 0:
        try:
            [message] = await events.fetch(1, timeout=60)
        except TimeoutError:
            continue  # nothing happened for a minute
        event = json.loads(message.data)
        player = event.get("player") or {"service": "-", "id": "-"}
        print(event["type"], f"{player['service']}:{player['id']}", event.get("reason", "-"), flush=True)
        await message.ack_sync()
        count -= 1
    await client.close()


if __name__ == "__main__":
    server, durable, *limit = sys.argv[1:]
    asyncio.run(follow(server, durable, int(limit[0]) if limit else -1))
