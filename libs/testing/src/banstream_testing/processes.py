"""The processes of the system: how each service is started in a test."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, ModuleType

from banstream_abuse_tracker import operations as abuse_operations
from banstream_contracts import permissions, streams
from banstream_dayz_feed import operations as dayz_feed_operations
from banstream_ftp_sync import operations as ftp_sync_operations
from banstream_infractions import operations as infractions_operations
from banstream_notifier import operations as notifier_operations
from banstream_privacy.appeal_codes import appeal_key
from banstream_privacy.sharing import accounts_key, ban_list_key
from banstream_privacy.transit import sealing_public_key
from banstream_testing.dayz_feed import DAYZ_FEED_KEY
from banstream_testing.forks import Forked
from banstream_testing.infractions import FTP_SYNC_KEY, MASTER_KEY
from banstream_testing.notifier import NOTIFIER_KEY
from banstream_testing.servers import NatsServer, free_port, nats_login

ADDRESS_KEY = bytes(range(32, 64))
ROLE_PASSWORD = "only-for-tests"
LOOPBACK = "127.0.0.1"
METRICS: Mapping[str, str] = MappingProxyType({"BANSTREAM_METRICS_PORT": "one for each process"})
"""The setting with which every process can be scraped, at its `metrics_url`."""

_AT_ITS_START = {"PYTHONPATH", "LD_PRELOAD"}
"""What an interpreter heeds when it starts, so that a fork comes too late: another release, another library."""


class Service:
    """One process of a service; scraped at `metrics_url` where the system was started with METRICS."""

    def __init__(self, name: str, command: tuple[str, ...], environment: dict[str, str], log: Path) -> None:
        self.name = name
        self.metrics_url = ""
        if METRICS.items() <= environment.items():
            port = str(free_port())
            environment = {**environment, "BANSTREAM_METRICS_PORT": port}
            self.metrics_url = f"http://{LOOPBACK}:{port}/metrics"
        self._command = command
        self._environment = environment
        self._log = log
        self._running: subprocess.Popen[bytes] | Forked | None = None

    def change(self, settings: Mapping[str, str]) -> None:
        """Other settings, from its next start on."""
        self._environment = {**self._environment, **settings}

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._running is not None
        return self._running.pid

    def start(self) -> None:
        """Start it; does not wait until it is ready."""
        if Forked.is_wanted and not self._environment.keys() & _AT_ITS_START:
            self._running = Forked(self._command, self._environment, self._log)
            return
        with self._log.open("ab") as output:
            argv = [sys.executable, "-m", *self._command]
            self._running = subprocess.Popen(argv, env=self._environment, stdout=output, stderr=output)

    def kill(self) -> None:
        """End it without a word."""
        if self._running:
            self._running.kill()
            self._running.wait()

    def stop(self, timeout_seconds: float = 60) -> int:
        """Ask it to end; the exit code. Raises subprocess.TimeoutExpired when it goes on."""
        assert self._running is not None
        self._running.terminate()
        return self._running.wait(timeout=timeout_seconds)

    @property
    def output(self) -> str:
        """What it has logged."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""


@dataclass(slots=True)
class Gateway:
    """A gateway process and where it listens."""

    service: Service
    url: str


@dataclass(frozen=True, slots=True)
class Decider:
    """A service with a log: its package, and what it needs besides NATS and its database."""

    package: str
    operations: ModuleType
    own: Mapping[str, str]


DECIDERS = {
    streams.INFRACTIONS: Decider(
        "banstream_infractions",
        infractions_operations,
        {
            "BANSTREAM_MASTER_KEY": MASTER_KEY.hex(),
            "BANSTREAM_ADDRESS_KEY": ADDRESS_KEY.hex(),
            "BANSTREAM_FTP_SYNC_SEALING_PUBLIC_KEY": sealing_public_key(FTP_SYNC_KEY).hex(),
        },
    ),
    streams.ABUSE_TRACKER: Decider("banstream_abuse_tracker", abuse_operations, {}),
    streams.NOTIFIER: Decider(
        "banstream_notifier",
        notifier_operations,
        {
            "BANSTREAM_NOTIFIER_MASTER_KEY": NOTIFIER_KEY.hex(),
            "BANSTREAM_NOTIFIER_ALLOW_PRIVATE_TARGETS": "true",
            "BANSTREAM_NOTIFIER_LONGEST_PAUSE_SECONDS": "0.2",
        },
    ),
    streams.FTP_SYNC: Decider(
        "banstream_ftp_sync",
        ftp_sync_operations,
        {
            "BANSTREAM_FTP_SYNC_MASTER_KEY": FTP_SYNC_KEY.hex(),
            "BANSTREAM_FTP_SYNC_GATHER_SECONDS": "0.1",
            "BANSTREAM_FTP_SYNC_LONGEST_PAUSE_SECONDS": "0.2",
        },
    ),
    streams.DAYZ_FEED: Decider(
        "banstream_dayz_feed",
        dayz_feed_operations,
        {
            "BANSTREAM_DAYZ_FEED_MASTER_KEY": DAYZ_FEED_KEY.hex(),
            "BANSTREAM_DAYZ_FEED_LONGEST_PAUSE_SECONDS": "1",
        },
    ),
}


async def set_role_passwords(admin_database_url: str) -> None:
    """Make every schema, and let each service in."""
    for decider in DECIDERS.values():
        await decider.operations.migrate(admin_database_url, ROLE_PASSWORD)


def decider_process(name: str, spec: Decider, common: Mapping[str, str], database: str, folder: Path) -> Service:
    """A service with a log; `database` is HOST:PORT/NAME."""
    environment = {
        **common,
        **nats_login(name),
        **spec.own,
        "BANSTREAM_DAYZ_FEED_LOCAL_ROOT": str(folder / "logs"),
        "BANSTREAM_DATABASE_URL": f"postgresql://{spec.operations.ROLE}:{ROLE_PASSWORD}@{database}",
    }
    return Service(name, (spec.package, "serve"), environment, folder / f"{name}.log")


def console_process(nats: NatsServer, settings: Mapping[str, str], folder: Path) -> Gateway:
    """The console, and where it listens."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        **nats.environment(),
        **nats_login(permissions.CONSOLE),
        "BANSTREAM_SEALING_PUBLIC_KEY": sealing_public_key(MASTER_KEY).hex(),
        "BANSTREAM_NOTIFIER_SEALING_PUBLIC_KEY": sealing_public_key(NOTIFIER_KEY).hex(),
        "BANSTREAM_FTP_SYNC_SEALING_PUBLIC_KEY": sealing_public_key(FTP_SYNC_KEY).hex(),
        "BANSTREAM_ACCOUNTS_KEY": accounts_key(MASTER_KEY).hex(),
        **settings,
        "BANSTREAM_CONSOLE_PORT": str(port),
    }
    service = Service("console", ("banstream_console",), environment, folder / "console.log")
    return Gateway(service, f"http://{LOOPBACK}:{port}")


def gateway_process(number: int, common: dict[str, str], folder: Path) -> Gateway:
    """One of the gateways, and where it listens."""
    port = free_port()
    environment = {
        **common,
        **nats_login("gateway"),
        "BANSTREAM_HTTP_PORT": str(port),
        "BANSTREAM_ADDRESS_KEY": ADDRESS_KEY.hex(),
        "BANSTREAM_SEALING_PUBLIC_KEY": sealing_public_key(MASTER_KEY).hex(),
        "BANSTREAM_APPEAL_KEY": appeal_key(MASTER_KEY).hex(),
        "BANSTREAM_BAN_LIST_KEY": ban_list_key(MASTER_KEY).hex(),
        "BANSTREAM_NOTIFIER_SEALING_PUBLIC_KEY": sealing_public_key(NOTIFIER_KEY).hex(),
        "BANSTREAM_FTP_SYNC_SEALING_PUBLIC_KEY": sealing_public_key(FTP_SYNC_KEY).hex(),
        "BANSTREAM_WORKER": str(number + 1),
    }
    name = f"gateway-{number + 1}"
    service = Service(name, ("banstream_gateway",), environment, folder / f"{name}.log")
    return Gateway(service, f"http://{LOOPBACK}:{port}")
