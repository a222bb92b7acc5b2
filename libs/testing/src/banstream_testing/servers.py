"""NATS and Postgres for tests: in containers or embedded, as `backend` says."""

import contextlib
import itertools
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

import psutil
from pydantic import SecretStr

from banstream_cli.stack.nats_server import find_nats_server
from banstream_cli.stack.nats_users import authorization, users_with
from banstream_cli.stack.ports import is_free
from banstream_contracts import permissions
from banstream_runtime.connection import NatsSettings
from banstream_testing.backend import NATS_IMAGE, POSTGRES_IMAGE, backend
from banstream_testing.folders import folder_in_memory

NATS_PASSWORD = "only-for-tests"
"""Of every user; who names none is the operator."""
_START_SECONDS = 60.0
_FIRST_PORT, _PORTS_EACH, _SHARES = 22_528, 1_280, 8
"""So many ports for each of up to so many processes that run tests beside each other."""

T = TypeVar("T")


@dataclass(slots=True)
class NatsServer:
    """A running server with the users and permissions of the contracts; a restart keeps its port and its streams.

    `pids` are its processes; those in a container are not told.
    """

    url: str
    kill: Callable[[], None]
    start: Callable[[], None]
    log: Callable[[], str]
    pids: Callable[[], list[int]] = list
    ca_file: str = ""

    def settings(self, user: str = permissions.OPERATOR) -> NatsSettings:
        """Whom a client connects as."""
        password = SecretStr(NATS_PASSWORD)
        return NatsSettings(
            nats_url=self.url, nats_user=user, nats_password=password, nats_ca_file=self.ca_file or None
        )

    def environment(self) -> dict[str, str]:
        """The variables by which a service finds it; `nats_login` adds who the service is."""
        trust = {"BANSTREAM_NATS_CA_FILE": self.ca_file} if self.ca_file else {}
        return {"BANSTREAM_NATS_URL": self.url, **trust}

    def violations(self) -> list[str]:
        """What users tried that they may not, as the server has logged it."""
        return [line for line in self.log().splitlines() if " Violation" in line]


def nats_login(user: str) -> dict[str, str]:
    """The variables by which a service is one of the users."""
    return {"BANSTREAM_NATS_USER": user, "BANSTREAM_NATS_PASSWORD": NATS_PASSWORD}


@dataclass(slots=True)
class PostgresServer:
    """A running server; `url` is its administrator's, of the database `postgres`. `start` waits for nothing.

    `pids` are its main process; one in a container is not told.
    """

    url: str
    kill: Callable[[], None]
    start: Callable[[], None]
    pids: Callable[[], list[int]] = list


@contextmanager
def nats_server(parent: Path | None = None) -> Iterator[NatsServer]:
    """A NATS server with JetStream and a folder of its own below `parent` or in memory, loopback only."""
    with tempfile.TemporaryDirectory(
        prefix="banstream-nats-", dir=parent or folder_in_memory(), ignore_cleanup_errors=True
    ) as name:
        folder = Path(name)
        folder.chmod(0o755)
        passwords = dict.fromkeys(permissions.users(), NATS_PASSWORD)
        config = folder / "nats.conf"
        config.write_text(
            "\n".join([*authorization(users_with(passwords)), f"no_auth_user: {permissions.OPERATOR}", ""])
        )
        yield from _nats_container(config) if backend() == "containers" else _nats_embedded(folder, config)


@contextmanager
def postgres_server(parent: Path | None = None) -> Iterator[PostgresServer]:
    """A Postgres server of its own, in a folder below `parent`."""
    if backend() == "containers":
        yield from _postgres_container()
        return
    with tempfile.TemporaryDirectory(prefix="banstream-pg-", dir=parent, ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield from _postgres_embedded(Path(folder) / "data")


def _postgres_embedded(data_dir: Path) -> Iterator[PostgresServer]:
    """By the embedded stack, which restarts a killed server: it is put to sleep while the server is to stay dead."""
    stack = subprocess.Popen(
        [sys.executable, "-m", "banstream_cli", "up", "--only", "postgres"],
        env={**os.environ, "BANSTREAM_DATA_DIR": str(data_dir)},
        stdout=subprocess.DEVNULL,
    )
    state = data_dir / "stack.json"

    def pids() -> list[int]:
        return [json.loads(state.read_text())["pids"]["postgres"]]

    def kill() -> None:
        stack.send_signal(signal.SIGSTOP)
        # Each backend too, which has a group of its own: it outlives its postmaster by a moment, and may still commit.
        postmaster = psutil.Process(pids()[0])
        postmaster.suspend()
        for process in (*postmaster.children(recursive=True), postmaster):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    try:
        url = wait_until(lambda: _ready_database_url(state, stack))
        yield PostgresServer(url, kill, lambda: stack.send_signal(signal.SIGCONT), pids)
    finally:
        stack.send_signal(signal.SIGCONT)
        stack.terminate()
        stack.wait(timeout=60)


def _ready_database_url(state: Path, stack: "subprocess.Popen[bytes]") -> str | None:
    if stack.poll() is not None:
        raise RuntimeError(f"banstream up --only postgres ended with {stack.returncode}")
    if not state.exists():
        return None
    known = json.loads(state.read_text())
    if not known.get("ready"):
        return None
    return str(known["admin_database_url"]).rsplit("/", 1)[0] + "/postgres"


def _nats_embedded(folder: Path, config: Path) -> Iterator[NatsServer]:
    ports, log = folder / "ports", folder / "log"
    ports.mkdir()
    running: list[subprocess.Popen[bytes]] = []
    port = free_port()

    def start() -> None:
        for old in ports.iterdir():
            old.unlink()
        binary = str(find_nats_server(None))
        listening = ["-js", "-sd", str(folder / "store"), "-a", "127.0.0.1", "-p", str(port), "-m", "-1"]
        command = [binary, "-c", str(config), *listening, "--ports_file_dir", str(ports)]
        with log.open("ab") as output:
            server = subprocess.Popen(command, stderr=output)
        running.append(server)
        found = wait_until(lambda: _ports(ports))
        wait_until(lambda: answers(f"{found['monitoring'][0]}/healthz"))

    def kill() -> None:
        running[-1].kill()
        running[-1].wait()

    start()
    try:
        url = f"nats://127.0.0.1:{port}"
        yield NatsServer(url, kill, start, lambda: log.read_text(errors="replace"), lambda: [running[-1].pid])
    finally:
        kill()


def free_port() -> int:
    """A port of loopback that nobody listens on, and that nobody else in this run is given.

    Below those that outgoing connections are given (32768 and up on Linux): one of these could take the port of a
    server that is being restarted. Above those that `banstream up` chooses among: nobody binds one at once.
    """
    return next(port for port in _own_ports() if is_free(port))


@cache
def _own_ports() -> Iterator[int]:
    """Those of this one of the processes that run tests, each once before any again, from anywhere on."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _SHARES
    first, begin = _FIRST_PORT + worker * _PORTS_EACH, secrets.randbelow(_PORTS_EACH)
    return (first + (begin + step) % _PORTS_EACH for step in itertools.count())


def _ports(folder: Path) -> dict[str, list[str]] | None:
    for path in folder.glob("*.ports"):
        try:
            found: dict[str, list[str]] = json.loads(path.read_text())
        except ValueError:
            return None
        return found
    return None


def answers(url: str) -> bool:
    """Whether a URL answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def wait_until(condition: Callable[[], T | None]) -> T:
    """Until the answer is true. Raises TimeoutError."""
    deadline = time.monotonic() + _START_SECONDS
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError("a test server did not start")
        time.sleep(0.02)
    return answer


def _nats_container(config: Path) -> Iterator[NatsServer]:
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import LogMessageWaitStrategy

    container = (
        DockerContainer(NATS_IMAGE)
        .with_bind_ports(4222, free_port())
        .with_volume_mapping(str(config), "/etc/banstream.conf", "ro")
        .with_command("-c /etc/banstream.conf -js -sd /data")
    )
    with container.waiting_for(LogMessageWaitStrategy("Server is ready")):
        wrapped = container.get_wrapped_container()
        url = f"nats://{container.get_container_host_ip()}:{container.get_exposed_port(4222)}"
        yield NatsServer(url, wrapped.kill, wrapped.start, lambda: bytes(wrapped.logs()).decode(errors="replace"))


def _postgres_container() -> Iterator[PostgresServer]:
    from testcontainers.community.postgres import PostgresContainer

    container = PostgresContainer(POSTGRES_IMAGE, driver=None, dbname="postgres").with_bind_ports(5432, free_port())
    with container:
        wrapped = container.get_wrapped_container()
        yield PostgresServer(container.get_connection_url(), wrapped.kill, wrapped.start)
