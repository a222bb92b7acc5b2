import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nats.errors
import pytest
from nats.aio.client import Client

from banstream_cli.stack.errors import StackError
from banstream_cli.stack.nats_server import NatsSetup, find_nats_server, nats_service
from banstream_cli.stack.nats_users import NatsUser
from banstream_cli.stack.supervisor import Supervisor
from banstream_testing.servers import free_port

if TYPE_CHECKING:
    from cli.tests.stack.conftest import Transcript

Eventually = Callable[..., Any]
OPERATOR = NatsUser("operator", "s3cret")
READER = NatsUser("reader", "0123", publish=(), subscribe=("allowed.>", "_INBOX.>"))


@pytest.fixture
def setup(tmp_path: Path) -> NatsSetup:
    folder = tmp_path / 'folder with "quotes" & ünï'
    return NatsSetup(find_nats_server(None), folder, free_port(), free_port(), (OPERATOR, READER))


@asynccontextmanager
async def session(setup: NatsSetup, user: NatsUser, errors: list[Exception] | None = None) -> AsyncIterator[Client]:
    async def keep(error: Exception) -> None:
        if errors is not None:
            errors.append(error)

    client = Client()
    try:
        await client.connect(
            f"nats://127.0.0.1:{setup.port}",
            user=user.name,
            password=user.password,
            allow_reconnect=False,
            connect_timeout=30,
            error_cb=keep,
        )
        yield client
    finally:
        await client.close()


async def test_messages_survive_a_stop_and_a_kill(
    supervisor: Supervisor, setup: NatsSetup, transcript: "Transcript", eventually_in_loop: Eventually
) -> None:
    async with Supervisor(transcript.terminal) as earlier:
        earlier.start(nats_service(setup))
        await earlier.wait_ready(60)
        async with session(setup, OPERATOR) as client:
            await client.jetstream().add_stream(name="KEPT", subjects=["kept.>"])
            await client.jetstream().publish("kept.one", b"1")
    supervisor.start(nats_service(setup))
    await supervisor.wait_ready(60)
    async with session(setup, OPERATOR) as client:
        await client.jetstream().publish("kept.two", b"2")
    killed = supervisor.pids["nats"]
    os.kill(killed, signal.SIGKILL)
    await eventually_in_loop(lambda: supervisor.pids.get("nats", killed) != killed)
    await supervisor.wait_ready(60)
    async with session(setup, OPERATOR) as client:
        assert (await client.jetstream().stream_info("KEPT")).state.messages == 2


async def test_a_user_may_only_what_is_listed(
    supervisor: Supervisor, setup: NatsSetup, eventually_in_loop: Eventually
) -> None:
    supervisor.start(nats_service(setup))
    await supervisor.wait_ready(60)
    refused: list[Exception] = []
    async with session(setup, READER, refused) as reader, session(setup, OPERATOR) as operator:
        heard = await reader.subscribe("allowed.>")
        await reader.subscribe("secret.>")
        await reader.publish("allowed.x", b"from the reader")
        await eventually_in_loop(lambda: len(refused) == 2)
        await operator.publish("allowed.x", b"from the operator")
        assert (await heard.next_msg(60)).data == b"from the operator"


async def test_a_wrong_password_is_refused(supervisor: Supervisor, setup: NatsSetup) -> None:
    supervisor.start(nats_service(setup))
    await supervisor.wait_ready(60)
    with pytest.raises(nats.errors.Error, match="Authorization Violation"):
        async with session(setup, NatsUser("operator", "wrong")):
            pass


def test_passwords_are_in_a_private_file_and_not_in_the_command(setup: NatsSetup) -> None:
    setup.folder.mkdir()
    spec = nats_service(setup)
    assert (setup.folder / "nats.conf").stat().st_mode & 0o777 == 0o600
    assert OPERATOR.password in (setup.folder / "nats.conf").read_text()
    assert OPERATOR.password not in repr((spec, setup))


def test_a_named_server_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="BANSTREAM_NATS_SERVER"):
        find_nats_server(tmp_path / "nats-server")
