"""The whole system as processes, each of which a test can kill and start again.

Unlike `banstream up` nothing is restarted by itself: what a test kills stays dead until it says otherwise.
"""

import asyncio
import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import aiohttp
import asyncpg

from banstream_abuse_tracker import operations as abuse_operations
from banstream_cli.bootstrap import create_credential
from banstream_infractions import operations as infractions_operations
from banstream_notifier import operations as notifier_operations
from banstream_privacy.transit import sealing_public_key
from banstream_runtime.connection import NatsSettings, connect
from banstream_runtime.streams import apply_streams
from banstream_testing.infractions import MASTER_KEY
from banstream_testing.notifier import NOTIFIER_KEY
from banstream_testing.servers import NatsServer, PostgresServer, free_port, nats_server, postgres_server
from banstream_testing.waiting import eventually

ADDRESS_KEY = bytes(range(32, 64))
ROLE_PASSWORD = "only-for-tests"
LOOPBACK = "127.0.0.1"

_NONE: Mapping[str, str] = MappingProxyType({})


class Service:
    """One process of a service."""

    def __init__(self, name: str, argv: list[str], environment: dict[str, str], log: Path) -> None:
        self.name = name
        self._argv = argv
        self._environment = environment
        self._log = log
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._running is not None
        return self._running.pid

    def start(self) -> None:
        """Start it; does not wait until it is ready."""
        with self._log.open("ab") as output:
            self._running = subprocess.Popen(self._argv, env=self._environment, stdout=output, stderr=output)

    def kill(self) -> None:
        """End it without a word."""
        if self._running:
            self._running.kill()
            self._running.wait()

    def stop(self) -> int:
        """Ask it to end; the exit code."""
        assert self._running is not None
        self._running.send_signal(signal.SIGTERM)
        return self._running.wait(timeout=60)

    @property
    def output(self) -> str:
        """What it has logged."""
        return self._log.read_text(errors="replace")


@dataclass(slots=True)
class Gateway:
    """A gateway process and where it listens."""

    service: Service
    url: str


@dataclass(slots=True)
class System:
    """Servers, services and credentials. `url` is that of the first gateway."""

    nats: NatsServer
    postgres: PostgresServer
    admin_database_url: str
    service_database_url: str
    infractions: Service
    abuse_tracker: Service
    notifier: Service
    gateways: list[Gateway]
    http: aiohttp.ClientSession
    token: str = ""
    admin_token: str = ""
    server_id: str = ""
    server_key: str = ""
    folder: Path = field(default_factory=Path)

    @property
    def url(self) -> str:
        """Of the first gateway."""
        return self.gateways[0].url

    def headers(self, token: str | None = None) -> dict[str, str]:
        """Authorization with the token that may check, report and punish, or another."""
        return {"Authorization": f"Bearer {token or self.token}"}

    def cli_environment(self) -> dict[str, str]:
        """What the `banstream` command needs to work on this system."""
        return {
            "PATH": os.environ["PATH"],
            "BANSTREAM_URL": self.url,
            "BANSTREAM_TOKEN": self.admin_token,
            "BANSTREAM_NATS_URL": self.nats.url,
            "BANSTREAM_ADMIN_DATABASE_URL": self.admin_database_url,
            "BANSTREAM_DATA_DIR": str(self.folder / "none"),
        }

    async def restart_infractions(self) -> None:
        """Start it after a kill and wait until it answers queries."""
        self.infractions.start()

        async def answers() -> bool:
            async with self.http.get(f"{self.url}/v1/infractions?limit=1", headers=self.headers()) as answer:
                return answer.status == 200

        await eventually(answers, 20)

    async def wait_ready(self, gateway: int = 0) -> None:
        """Until a gateway answers that it is ready."""
        url = self.gateways[gateway].url

        async def ready() -> bool:
            with contextlib.suppress(aiohttp.ClientError):
                async with self.http.get(f"{url}/readyz") as answer:
                    return answer.status == 200
            return False

        await eventually(ready, 20)


@asynccontextmanager
async def running_system(gateways: int = 1, settings: Mapping[str, str] = _NONE) -> AsyncIterator[System]:
    """Start everything with servers of its own; `settings` are further BANSTREAM_… variables of all services."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="banstream-system-")))
        nats = stack.enter_context(nats_server())
        postgres = stack.enter_context(postgres_server())
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as http:
            system = await _assemble(nats, postgres, gateways, http, folder, settings)
            for service in _services(system):
                stack.callback(service.kill)
                service.start()
            await _mint(system)
            for number in range(gateways):
                await system.wait_ready(number)
            yield system


def _services(system: System) -> list[Service]:
    return [
        system.infractions,
        system.abuse_tracker,
        system.notifier,
        *(gateway.service for gateway in system.gateways),
    ]


async def _assemble(
    nats: NatsServer,
    postgres: PostgresServer,
    gateways: int,
    http: aiohttp.ClientSession,
    folder: Path,
    settings: Mapping[str, str],
) -> System:
    base, _ = postgres.url.rsplit("/", 1)
    name = f"system_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(postgres.url)
    await connection.execute(f"create database {name}")
    await connection.close()
    for operations in (infractions_operations, abuse_operations, notifier_operations):
        await operations.migrate(f"{base}/{name}", ROLE_PASSWORD)
    client = await connect(NatsSettings(nats_url=nats.url), "test system", timeout_seconds=30)
    await apply_streams(client)
    await client.close()
    host = base.rsplit("@", 1)[1]
    service_url = f"postgresql://{infractions_operations.ROLE}:{ROLE_PASSWORD}@{host}/{name}"
    abuse_url = f"postgresql://{abuse_operations.ROLE}:{ROLE_PASSWORD}@{host}/{name}"
    common = {"PATH": os.environ["PATH"], "BANSTREAM_NATS_URL": nats.url, **settings}
    infractions = Service(
        "infractions",
        [sys.executable, "-m", "banstream_infractions", "serve"],
        {**common, "BANSTREAM_DATABASE_URL": service_url, "BANSTREAM_MASTER_KEY": MASTER_KEY.hex()},
        folder / "infractions.log",
    )
    abuse_tracker = Service(
        "abuse-tracker",
        [sys.executable, "-m", "banstream_abuse_tracker", "serve"],
        {**common, "BANSTREAM_DATABASE_URL": abuse_url},
        folder / "abuse-tracker.log",
    )
    notifier_url = f"postgresql://{notifier_operations.ROLE}:{ROLE_PASSWORD}@{host}/{name}"
    notifier = Service(
        "notifier",
        [sys.executable, "-m", "banstream_notifier", "serve"],
        {
            **common,
            "BANSTREAM_DATABASE_URL": notifier_url,
            "BANSTREAM_NOTIFIER_MASTER_KEY": NOTIFIER_KEY.hex(),
            "BANSTREAM_NOTIFIER_ALLOW_PRIVATE_TARGETS": "true",
            "BANSTREAM_NOTIFIER_LONGEST_PAUSE_SECONDS": "0.2",
        },
        folder / "notifier.log",
    )
    return System(
        nats=nats,
        postgres=postgres,
        admin_database_url=f"{base}/{name}",
        service_database_url=service_url,
        infractions=infractions,
        abuse_tracker=abuse_tracker,
        notifier=notifier,
        gateways=[_gateway(number, common, folder) for number in range(gateways)],
        http=http,
        folder=folder,
    )


def _gateway(number: int, common: dict[str, str], folder: Path) -> Gateway:
    port = free_port()
    environment = {
        **common,
        "BANSTREAM_HTTP_PORT": str(port),
        "BANSTREAM_ADDRESS_KEY": ADDRESS_KEY.hex(),
        "BANSTREAM_SEALING_PUBLIC_KEY": sealing_public_key(MASTER_KEY).hex(),
        "BANSTREAM_NOTIFIER_SEALING_PUBLIC_KEY": sealing_public_key(NOTIFIER_KEY).hex(),
        "BANSTREAM_WORKER": str(number + 1),
    }
    argv = [sys.executable, "-m", "banstream_gateway"]
    service = Service(f"gateway-{number + 1}", argv, environment, folder / f"gateway-{number + 1}.log")
    return Gateway(service, f"http://{LOOPBACK}:{port}")


async def _mint(system: System) -> None:
    client = await connect(NatsSettings(nats_url=system.nats.url), "test system", timeout_seconds=30)
    try:
        making = [
            create_credential(client, kind="server", name="test server", scopes=("check", "report", "punish")),
            create_credential(client, kind="token", name="test token", scopes=("check", "report", "punish")),
            create_credential(client, kind="token", name="test admin", scopes=("check", "report", "punish", "admin")),
        ]
        server, token, admin = await asyncio.gather(*making)
    finally:
        await client.close()
    system.server_id, system.server_key = server
    system.token, system.admin_token = token[1], admin[1]
