"""The command as a test runs it: inside the process for speed, or as a process of its own on pipes and terminals."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from cli.tests.gateway_stand_in import TOKEN, StandIn, gateway_stand_in
from cli.tests.imports_stand_in import ROWS, Imports
from nats.aio.client import Client
from nats.errors import NoRespondersError
from typer.testing import CliRunner

from banstream_cli.importing.formats.table import FORMATS
from banstream_cli.root import app
from banstream_contracts import subjects
from banstream_testing.abuse import tracker as abuse_tracker
from banstream_testing.dayz_feed import dayz_feed as dayz_feed_service
from banstream_testing.fixtures import Database
from banstream_testing.ftp_sync import ftp_sync as ftp_sync_service
from banstream_testing.ftp_sync import ftp_sync_url
from banstream_testing.infractions import bus as fresh_bus
from banstream_testing.infractions import service
from banstream_testing.loopback import on_loopback
from banstream_testing.notifier import notifier as notifier_service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def complaint(self) -> str:
        """The one line on stderr."""
        (line,) = self.err.splitlines()
        return line


Run: TypeAlias = Callable[..., Awaitable[Outcome]]
Start: TypeAlias = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str | None]:
    """What the command sees of the environment; tests add to it. None takes a variable away."""
    ours = {name: None for name in os.environ if name.startswith("BANSTREAM_")}
    return {**ours, "BANSTREAM_DATA_DIR": str(tmp_path / "no-stack"), "COLUMNS": "80", "TZ": "UTC"}


@pytest.fixture
async def imports(environment: dict[str, str | None], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Imports]:
    """A gateway that takes imports, of a format of its own too; the command finds it by its environment."""
    monkeypatch.setattr("banstream_cli.commands.import_options.FORMATS", {**FORMATS, ROWS.name: ROWS})
    stand_in = Imports()
    async with on_loopback(stand_in.application()) as url:
        environment |= {"BANSTREAM_URL": url, "BANSTREAM_TOKEN": "any"}
        yield stand_in


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of that format, not written yet."""
    return tmp_path / "bans.rows"


@pytest.fixture
def nowhere() -> Iterator[str]:
    """HOST:PORT where nobody listens, and nobody else can begin to meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture
def run(environment: Mapping[str, str | None]) -> Run:
    """Run a command in a thread, so that what it talks to can live in the loop of the test."""

    async def run_command(*arguments: str, **more: str | None) -> Outcome:
        result = await asyncio.to_thread(CliRunner().invoke, app, arguments, env={**environment, **more})
        unexpected = result.exception and not isinstance(result.exception, SystemExit)
        assert not unexpected, f"{result.exception!r}\n{result.output}"
        return Outcome(result.exit_code, result.stdout, result.stderr)

    return run_command


@pytest.fixture
def start(environment: Mapping[str, str | None]) -> Iterator[Start]:
    """Start a command as a process of its own; options of Popen by name."""
    started: list[subprocess.Popen[bytes]] = []

    def start_command(*arguments: str, **options: Any) -> "subprocess.Popen[bytes]":
        known = {**os.environ, **environment}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        started.append(
            subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "banstream_cli", *arguments],
                env={name: value for name, value in known.items() if value is not None},
                **{**pipes, **options},
            )
        )
        return started[-1]

    yield start_command
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
async def gateway(environment: dict[str, str | None]) -> AsyncIterator[StandIn]:
    """A gateway that the command finds by its environment."""
    async with gateway_stand_in() as stand_in:
        environment |= {"BANSTREAM_URL": stand_in.url, "BANSTREAM_TOKEN": TOKEN}
        yield stand_in


@pytest.fixture
async def bus(nats: NatsServer, environment: dict[str, str | None]) -> AsyncIterator[Client]:
    """A connection to fresh streams, which the command finds by its environment."""
    environment["BANSTREAM_NATS_URL"] = nats.url
    async with fresh_bus(nats) as connected:
        yield connected.client


@pytest.fixture
def admin(database: Database, environment: dict[str, str | None]) -> Database:
    """A migrated database that the command finds by its environment."""
    environment["BANSTREAM_ADMIN_DATABASE_URL"] = database.admin_url
    return database


@pytest.fixture
async def all_logs(admin: Database) -> Database:
    """A database with the schema of every service."""
    await ftp_sync_url(admin)
    return admin


@pytest.fixture
async def infractions(bus: Client, nats: NatsServer, admin: Database) -> AsyncIterator[Client]:
    """The service that decides, running; gives the connection to its bus."""

    async with service(nats, admin):
        await eventually(lambda: answers(bus, subjects.QUERY_STATUS), 60)
        yield bus


@pytest.fixture
async def tracker(bus: Client, nats: NatsServer, admin: Database) -> AsyncIterator[Client]:
    """The abuse tracker, running; gives the connection to its bus."""
    async with abuse_tracker(nats, admin):
        await eventually(lambda: answers(bus, subjects.QUERY_ABUSE_STATUS), 60)
        yield bus


@pytest.fixture
async def notifier(bus: Client, nats: NatsServer, admin: Database) -> AsyncIterator[Client]:
    """The notifier, running; gives the connection to its bus."""
    async with notifier_service(nats, admin):
        await eventually(lambda: answers(bus, subjects.QUERY_NOTIFIER_STATUS), 60)
        yield bus


@pytest.fixture
async def ftp_sync(bus: Client, nats: NatsServer, admin: Database) -> AsyncIterator[Client]:
    """Ftp-sync, running; gives the connection to its bus."""
    async with ftp_sync_service(nats, await ftp_sync_url(admin)):
        await eventually(lambda: answers(bus, subjects.QUERY_FTP_SYNC_STATUS), 60)
        yield bus


@pytest.fixture
async def dayz_feed(bus: Client, nats: NatsServer, admin: Database, tmp_path: Path) -> AsyncIterator[Client]:
    """The feed of DayZ logs, running; gives the connection to its bus."""
    async with dayz_feed_service(nats, admin.dayz_url, tmp_path):
        await eventually(lambda: answers(bus, subjects.QUERY_DAYZ_STATUS), 60)
        yield bus


async def answers(client: Client, subject: str) -> bool:
    """Whether a service is there."""
    try:
        await client.request(subject, b"{}", timeout=30)
    except NoRespondersError:
        return False
    return True
