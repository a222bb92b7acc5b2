"""A NATS that may take less than its disk has: what it has no room for is refused, and taken once there is room."""

import asyncio
from pathlib import Path

import pytest
from nats.js import JetStreamContext
from nats.js.api import StreamConfig
from nats.js.errors import ServiceUnavailableError

from banstream_cli.stack.nats_server import find_nats_server
from banstream_runtime.connection import NatsSettings, connect
from banstream_testing.servers import free_port

pytestmark = pytest.mark.integration
CHUNK = bytes(100_000)


async def test_a_full_store_refuses_and_goes_on_by_itself(tmp_path: Path) -> None:
    """Unlike a disk without room, after which a stream stays broken until NATS is started anew (docs/chaos.md)."""
    settings = configured(tmp_path, "8MB")
    server = await asyncio.create_subprocess_exec(str(find_nats_server(None)), "-c", str(tmp_path / "nats.conf"))
    try:
        client = await connect(settings, "test", timeout_seconds=30)
        jetstream = client.jetstream()
        for name in ("A", "B"):
            await jetstream.add_stream(StreamConfig(name=name, subjects=[f"{name}.>"]))
        stored = await filled(jetstream)
        with pytest.raises(ServiceUnavailableError):
            await jetstream.publish("B.x", CHUNK)
        assert (await jetstream.stream_info("A")).state.messages == stored
        await jetstream.purge_stream("A", keep=stored // 2)
        assert (await jetstream.publish("A.x", CHUNK)).seq == stored + 1
        assert (await jetstream.publish("B.x", CHUNK)).seq == 1
        await client.close()
    finally:
        server.terminate()
        await server.wait()


async def filled(jetstream: JetStreamContext) -> int:
    """How many messages there was room for."""
    for stored in range(100):
        try:
            await jetstream.publish("A.x", CHUNK)
        except ServiceUnavailableError:
            return stored
    raise AssertionError("nothing is refused")


def configured(folder: Path, size: str) -> NatsSettings:
    port = free_port()
    jetstream = f'jetstream {{ store_dir: "{folder}", sync_interval: always, max_file_store: {size} }}'
    (folder / "nats.conf").write_text(f"listen: 127.0.0.1:{port}\n{jetstream}\n")
    return NatsSettings(nats_url=f"nats://127.0.0.1:{port}")
