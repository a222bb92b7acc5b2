"""A NATS of an earlier release, whose streams are in the account `$G`, as docs/nats.md moves it to accounts."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.js.errors import NotFoundError
from pydantic import SecretStr

from banstream_cli.nats_accounts import accounts_with
from banstream_cli.nats_users import authorization, users_with
from banstream_cli.stack.nats_server import find_nats_server
from banstream_contracts import permissions, streams
from banstream_runtime.connection import NatsSettings, connect
from banstream_runtime.streams import apply_streams
from banstream_testing.servers import NATS_PASSWORD, free_port

pytestmark = pytest.mark.integration

PASSWORDS = dict.fromkeys(permissions.users(), NATS_PASSWORD)
DEAD = "banstream.dead.infractions"


@asynccontextmanager
async def nats(folder: Path, users: Iterable[str]) -> AsyncIterator[Client]:
    """One with such users, and the store that another may have left; the operator's connection."""
    port = free_port()
    jetstream = f'jetstream {{ store_dir: "{folder}", sync_interval: always }}'
    (folder / "nats.conf").write_text("\n".join([f"listen: 127.0.0.1:{port}", jetstream, *users, ""]))
    server = await asyncio.create_subprocess_exec(str(find_nats_server(None)), "-c", str(folder / "nats.conf"))
    settings = NatsSettings(
        nats_url=f"nats://127.0.0.1:{port}",
        nats_user=permissions.OPERATOR,
        nats_password=SecretStr(NATS_PASSWORD),
    )
    try:
        client = await connect(settings, "test", timeout_seconds=30)
        yield client
        await client.close()
    finally:
        server.terminate()
        await server.wait()


async def test_streams_are_made_anew_and_the_way_back_finds_the_old_ones(tmp_path: Path) -> None:
    before, after = [*authorization(users_with(PASSWORDS))], [*accounts_with(PASSWORDS)]
    async with nats(tmp_path, before) as client:
        await apply_streams(client)
        await client.jetstream().publish(DEAD, b"{}")
    async with nats(tmp_path, after) as client:
        with pytest.raises(NotFoundError):
            await client.jetstream().stream_info(streams.DEAD)
        assert streams.DEAD in await apply_streams(client)
        assert (await client.jetstream().stream_info(streams.DEAD)).state.messages == 0
        assert not await apply_streams(client)
    async with nats(tmp_path, before) as client:
        assert (await client.jetstream().stream_info(streams.DEAD)).state.messages == 1
