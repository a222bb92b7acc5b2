"""Commands that services give each other, on a real server."""

from banstream_contracts import streams
from banstream_runtime.commanding import store_command
from banstream_runtime.connection import connect
from banstream_testing.abuse import incident, report
from banstream_testing.servers import NatsServer
from banstream_testing.streams import fresh_streams


async def test_the_same_command_is_stored_once(nats: NatsServer) -> None:
    client = await connect(nats.settings(), "test", timeout_seconds=30)
    try:
        await fresh_streams(client)
        command = report(incident())
        for _ in range(2):
            await store_command(client.jetstream(), command)
        assert (await client.jetstream().stream_info(streams.COMMANDS)).state.messages == 1
    finally:
        await client.close()
