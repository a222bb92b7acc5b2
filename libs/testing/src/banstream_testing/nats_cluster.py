"""Three NATS nodes on loopback, with the very configuration that operators generate: TLS, accounts, users."""

import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from banstream_cli.installation.nats_accounts import accounts_with
from banstream_cli.installation.nats_nodes import SYNC_INTERVAL, Cluster, client_url, cluster_files, node_config
from banstream_cli.stack.nats_server import find_nats_server
from banstream_contracts import permissions, subscribers
from banstream_testing.servers import NATS_PASSWORD, NatsServer, answers, free_port, wait_until

HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
"""All of loopback; a node's name is its address."""


@dataclass(slots=True)
class Node:
    """One server. A restart keeps what it has stored."""

    host: str
    folder: Path
    monitor: int
    _running: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        """Start it; does not wait until it has caught up."""
        binary = str(find_nats_server(None))
        command = [binary, "-c", str(self.folder / "nats.conf"), "-m", str(self.monitor)]
        with (self.folder / "log").open("ab") as output:
            self._running = subprocess.Popen(command, stdout=output, stderr=output)

    def kill(self) -> None:
        """End it without a word."""
        if self._running:
            self._running.kill()
            self._running.wait()

    def allow(self, outside: Sequence[str]) -> None:
        """Let those subscribers in besides the users, as an operator does: users.conf anew, then a reload."""
        (self.folder / "users.conf").write_text("\n".join(accounts_with(_passwords(outside))))
        if self._running:
            self._running.send_signal(signal.SIGHUP)

    @property
    def has_caught_up(self) -> bool:
        """Whether it says that it has everything that the others have."""
        return answers(f"http://127.0.0.1:{self.monitor}/healthz")

    @property
    def log(self) -> str:
        """What it has said."""
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""


@dataclass(slots=True)
class NatsCluster(NatsServer):
    """A cluster where a single server is expected; `kill` and `start` are of all its nodes."""

    nodes: dict[str, Node] = field(default_factory=dict)


@contextmanager
def nats_cluster(
    outside: Sequence[str] = (), hosts: tuple[str, ...] = HOSTS, sync_interval: str = SYNC_INTERVAL
) -> Iterator[NatsCluster]:
    """Nodes that have found each other, with those subscribers; one host makes a server alone."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="banstream-cluster-")))
        cluster = Cluster(hosts, port=_free_on_all(), route_port=_free_on_all(), sync_interval=sync_interval)
        nodes = dict(_written(cluster, folder, _passwords(outside)))
        for node in nodes.values():
            stack.callback(node.kill)
            node.start()
        wait_until(lambda: all(node.has_caught_up for node in nodes.values()))
        yield NatsCluster(
            url=client_url(cluster),
            kill=lambda: _each(nodes, Node.kill),
            start=lambda: _each(nodes, Node.start),
            log=lambda: "\n".join(node.log for node in nodes.values()),
            ca_file=str(folder / hosts[0] / "ca.crt"),
            nodes=nodes,
        )


def _written(cluster: Cluster, folder: Path, passwords: dict[str, str]) -> Iterator[tuple[str, Node]]:
    """Each node has on this machine a folder of its own for what is in the same folder of each machine elsewhere."""
    for host, files in cluster_files(cluster, passwords, datetime.now(UTC)).items():
        own = folder / host
        own.mkdir()
        here = replace(cluster, folder=str(own), store=str(own / "store"))
        for name, text in {**files, "nats.conf": "\n".join(node_config(here, host))}.items():
            (own / name).write_text(text)
        yield host, Node(host, own, free_port())


def _passwords(outside: Sequence[str]) -> dict[str, str]:
    users = (*permissions.users(), *(subscribers.user_of(name) for name in outside))
    return dict.fromkeys(users, NATS_PASSWORD)


def _each(nodes: dict[str, Node], act: Callable[[Node], None]) -> None:
    for node in nodes.values():
        act(node)


def _free_on_all() -> int:
    """A port that nobody listens on at any of the addresses."""
    while True:
        port = free_port()
        with ExitStack() as stack:
            probes = [(stack.enter_context(socket.socket()), host) for host in HOSTS]
            with suppress(OSError):
                for probe, host in probes:
                    probe.bind((host, port))
                return port
