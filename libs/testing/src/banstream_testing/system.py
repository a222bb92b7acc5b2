"""The whole system as processes, each of which a test can kill and start again.

Unlike `banstream up` nothing is restarted by itself: what a test kills stays dead until it says otherwise.
"""

import asyncio
import contextlib
import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType

import aiohttp
import asyncpg

from banstream_cli.direct.bootstrap import create_credential
from banstream_contracts import permissions, streams
from banstream_privacy.transit import sealing_public_key
from banstream_runtime.connection import connect
from banstream_runtime.streams import apply_streams
from banstream_testing.dayz_feed import DAYZ_FEED_KEY
from banstream_testing.processes import (
    DECIDERS,
    Gateway,
    Service,
    console_process,
    decider_process,
    gateway_process,
    set_role_passwords,
)
from banstream_testing.servers import (
    NatsServer,
    PostgresServer,
    nats_login,
    nats_server,
    postgres_server,
)
from banstream_testing.waiting import eventually

_NONE: Mapping[str, str] = MappingProxyType({})
PATIENT: Mapping[str, str] = MappingProxyType(
    {
        "BANSTREAM_COMMAND_TIMEOUT_SECONDS": "6",
        "BANSTREAM_QUERY_TIMEOUT_SECONDS": "6",
        "BANSTREAM_POSITION_TIMEOUT_SECONDS": "5",
    }
)
"""A machine that stands still for two seconds makes no other answer of a whole system."""
_ASKED: Mapping[str, str] = MappingProxyType(
    {
        streams.INFRACTIONS: "infractions?limit=1",
        streams.ABUSE_TRACKER: "policies",
        streams.NOTIFIER: "targets",
        streams.FTP_SYNC: "ban-files",
        streams.DAYZ_FEED: "log-sources",
    }
)
"""What each service answers through a gateway."""


@dataclass(slots=True)
class System:
    """Servers, services and credentials. `url` is that of the first gateway."""

    nats: NatsServer
    postgres: PostgresServer
    admin_database_url: str
    deciders: dict[str, Service]
    gateways: list[Gateway]
    http: aiohttp.ClientSession
    token: str = ""
    admin_token: str = ""
    server_id: str = ""
    server_key: str = ""
    console: Gateway | None = None
    folder: Path = field(default_factory=Path)

    @property
    def url(self) -> str:
        """Of the first gateway."""
        return self.gateways[0].url

    @property
    def logs(self) -> Path:
        """The folder that local sources of logs are below."""
        folder = self.folder / "logs"
        folder.mkdir(exist_ok=True)
        return folder

    @property
    def infractions(self) -> Service:
        """The service that decides on infractions."""
        return self.deciders[streams.INFRACTIONS]

    @property
    def abuse_tracker(self) -> Service:
        """The service that counts incidents."""
        return self.deciders[streams.ABUSE_TRACKER]

    @property
    def notifier(self) -> Service:
        """The service that tells targets."""
        return self.deciders[streams.NOTIFIER]

    @property
    def services(self) -> list[Service]:
        """All of them, in the order in which they start."""
        gateways = (gateway.service for gateway in self.gateways)
        return [*self.deciders.values(), *gateways, *([self.console.service] if self.console else [])]

    def headers(self, token: str | None = None) -> dict[str, str]:
        """Authorization with the token that may check, report and punish, or another."""
        return {"Authorization": f"Bearer {token or self.token}"}

    def cli_environment(self) -> dict[str, str]:
        """What the `banstream` command needs to work on this system."""
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "BANSTREAM_URL": self.url,
            "BANSTREAM_TOKEN": self.admin_token,
            **self.nats.environment(),
            **nats_login(permissions.OPERATOR),
            "BANSTREAM_ADMIN_DATABASE_URL": self.admin_database_url,
            "BANSTREAM_DATA_DIR": str(self.folder / "none"),
        }

    async def restart_infractions(self) -> None:
        """Start it after a kill and wait until it answers queries."""
        self.infractions.start()

        async def answers() -> bool:
            async with self.http.get(f"{self.url}/v1/infractions?limit=1", headers=self.headers()) as answer:
                return answer.status == 200

        await eventually(answers)

    async def wait_ready(self, gateway: int = 0) -> None:
        """Until a gateway answers that it is ready."""
        url = self.gateways[gateway].url

        async def ready() -> bool:
            with contextlib.suppress(aiohttp.ClientError):
                async with self.http.get(f"{url}/readyz") as answer:
                    return answer.status == 200
            return False

        await eventually(ready)

    async def wait_known(self, gateway: int = 0) -> None:
        """Until a gateway has heard of the credentials that tests use, and knows what its feed has to tell."""
        for secret in (self.server_key, self.token, self.admin_token):
            await self._wait_ok(f"{self.gateways[gateway].url}/v1/feed", secret)

    async def wait_all(self) -> None:
        """Until everybody answers who may be asked: the last may start seconds after the first."""
        for name in self.deciders:
            await self._wait_ok(f"{self.url}/v1/{_ASKED[name]}", self.admin_token)
        if self.console:
            await self._wait_ok(f"{self.console.url}/readyz")
        for service in self.services:
            if service.metrics_url:
                await self._wait_ok(service.metrics_url)

    async def _wait_ok(self, url: str, secret: str | None = None) -> None:
        async def is_ok() -> bool:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with self.http.get(url, headers=self.headers(secret)) as answer:
                    return answer.status == 200
            return False

        await eventually(is_ok)


@asynccontextmanager
async def running_system(
    gateways: int = 1,
    settings: Mapping[str, str] = _NONE,
    *,
    console: bool = False,
    ftp_sync: bool = False,
    dayz_feed: bool = False,
    servers: Callable[[], AbstractContextManager[NatsServer]] = nats_server,
    postgres: PostgresServer | None = None,
) -> AsyncIterator[System]:
    """Start everything with servers of its own; `settings` are further BANSTREAM_… variables of all services.

    What most tests do not look at is started only where it is asked for: the pages for everybody with `console`, who
    keeps ban files with `ftp_sync`, who follows logs with `dayz_feed`, local ones below `System.logs`.
    `servers` is another NATS than the usual single server; `postgres` is one that others use too and nobody may kill:
    the system gets a database of its own there.
    """
    settings = {**PATIENT, **settings}
    if dayz_feed:
        settings = {"BANSTREAM_DAYZ_FEED_SEALING_PUBLIC_KEY": sealing_public_key(DAYZ_FEED_KEY).hex(), **settings}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="banstream-system-")))
        nats = stack.enter_context(servers())
        server = postgres or stack.enter_context(postgres_server())
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as http:
            system = await _assemble(nats, server, gateways, http, folder, settings)
            system.console = console_process(nats, settings, folder) if console else None
            if not ftp_sync:
                del system.deciders[streams.FTP_SYNC]
            if not dayz_feed:
                del system.deciders[streams.DAYZ_FEED]
            for service in system.services:
                stack.callback(service.kill)
                service.start()
            await mint(system)
            for number in range(gateways):
                await system.wait_ready(number)
                await system.wait_known(number)
            await system.wait_all()
            yield system
            refused = nats.violations()
            assert not refused, f"a service needs more than its permissions give it: {refused[:3]}"
    if postgres:
        await _drop(postgres, system.admin_database_url)


async def _assemble(
    nats: NatsServer,
    postgres: PostgresServer,
    gateways: int,
    http: aiohttp.ClientSession,
    folder: Path,
    settings: Mapping[str, str],
) -> System:
    admin_url = await prepare(nats, postgres)
    common = {"PATH": os.environ["PATH"], **nats.environment(), **settings}
    database = admin_url.rsplit("@", 1)[1]
    return System(
        nats=nats,
        postgres=postgres,
        admin_database_url=admin_url,
        deciders={each: decider_process(each, spec, common, database, folder) for each, spec in DECIDERS.items()},
        gateways=[gateway_process(number, common, folder) for number in range(gateways)],
        http=http,
        folder=folder,
    )


async def prepare(nats: NatsServer, postgres: PostgresServer) -> str:
    """Make a database with every schema, and the streams; the URL of the database for its administrator."""
    base, _ = postgres.url.rsplit("/", 1)
    name = f"system_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(postgres.url)
    await connection.execute(f"create database {name}")
    await connection.close()
    await set_role_passwords(f"{base}/{name}")
    client = await connect(nats.settings(), "test system", timeout_seconds=30)
    await apply_streams(client)
    await client.close()
    return f"{base}/{name}"


async def _drop(postgres: PostgresServer, admin_database_url: str) -> None:
    connection = await asyncpg.connect(postgres.url)
    await connection.execute(f"drop database {admin_database_url.rsplit('/', 1)[1]} with (force)")
    await connection.close()


async def mint(system: System) -> None:
    """Make the credentials that tests use, once infractions runs."""
    client = await connect(system.nats.settings(), "test system", timeout_seconds=30)
    try:
        make = partial(create_credential, client, result_seconds=60)
        making = [
            make(kind="server", name="test server", scopes=("check", "report", "punish")),
            make(kind="token", name="test token", scopes=("check", "report", "punish")),
            make(kind="token", name="test admin", scopes=("check", "report", "punish", "admin")),
        ]
        server, token, admin = await asyncio.gather(*making)
    finally:
        await client.close()
    system.server_id, system.server_key = server
    system.token, system.admin_token = token[1], admin[1]
