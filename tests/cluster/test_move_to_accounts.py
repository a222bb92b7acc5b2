"""A NATS with a configuration of an earlier release is given the one of now, as docs/nats.md says."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.js.errors import NotFoundError
from pydantic import SecretStr

from banstream_cli.examination.bus_checks import account
from banstream_cli.installation.nats_accounts import accounts_with
from banstream_cli.stack.nats_server import find_nats_server
from banstream_cli.stack.nats_users import authorization, user_line, users_with
from banstream_contracts import nats_accounts, permissions, streams
from banstream_runtime.connection import NatsSettings, connect
from banstream_runtime.streams import apply_streams
from banstream_testing.nats_cluster import HOSTS, nats_cluster
from banstream_testing.servers import NATS_PASSWORD, free_port
from banstream_testing.waiting import eventually

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
        async with operator(settings) as client:
            yield client
    finally:
        server.terminate()
        await server.wait()


@asynccontextmanager
async def operator(settings: NatsSettings) -> AsyncIterator[Client]:
    client = await connect(settings, "test", timeout_seconds=30)
    try:
        yield client
    finally:
        await client.close()


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


IN_ONE = [
    "accounts {",
    f"{nats_accounts.STREAMS} {{ jetstream: enabled, users: [",
    *(user_line(user) for user in users_with(PASSWORDS)),
    "]}}",
]
"""Services are where the streams are."""


async def test_services_leave_the_account_of_the_streams_by_a_restart_that_moves_nothing(tmp_path: Path) -> None:
    async with nats(tmp_path, IN_ONE) as client:
        await apply_streams(client)
        await client.jetstream().publish(DEAD, b"{}")
        assert await account(client) == (
            "services are in the account BANSTREAM, where the streams are",
            "give NATS what `banstream nats config` prints now: docs/nats.md",
        )
    async with nats(tmp_path, accounts_with(PASSWORDS)) as client:
        assert not await apply_streams(client)
        assert (await client.jetstream().stream_info(streams.DEAD)).state.messages == 1
        assert await account(client) == ("services are in the account SERVICES", "")


async def test_or_by_two_reloads() -> None:
    with nats_cluster(hosts=HOSTS[:1]) as server:
        node = server.nodes[HOSTS[0]]
        node.kill()
        (node.folder / "users.conf").write_text("\n".join(IN_ONE))
        node.start()
        async with operator(server.settings()) as client:
            await apply_streams(client)
        for number in (1, 2):
            node.allow([])

            async def has_reloaded(times: int = number) -> bool:
                return node.log.count("Reloaded server configuration") == times

            await eventually(has_reloaded)
        async with operator(server.settings()) as client:
            assert await account(client) == ("services are in the account SERVICES", "")
            assert not await apply_streams(client)
