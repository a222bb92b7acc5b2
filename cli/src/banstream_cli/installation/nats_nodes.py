"""The configuration of each node of NATS, one or three: TLS to clients and among nodes, what is acknowledged synced."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from banstream_cli.installation.certificates import make_certificates
from banstream_cli.installation.nats_accounts import accounts_with
from banstream_cli.stack.nats_users import quoted

SYNC_INTERVAL = "always"
"""An acknowledgement then means that the node, or a majority of them, has the message on disk (ADR 0017)."""

_SIZE = re.compile(r"[1-9][0-9]{0,8}[KMGT]B")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Cluster:
    """Its nodes by host name or IPv4 address, the ports that all of them use, and where the files lie on each.

    `store_size` is how much streams may take on each, such as `80GB`; without it NATS takes three quarters of what is
    free when it starts. Raises ValueError for a host that is none or comes twice, and for a size that is none.
    """

    hosts: tuple[str, ...]
    folder: str = "/etc/nats"
    store: str = "/var/lib/nats"
    port: int = 4222
    route_port: int = 6222
    monitor_port: int = 8222
    sync_interval: str = SYNC_INTERVAL
    store_size: str | None = None

    def __post_init__(self) -> None:
        """Hosts become names of folders and parts of the configuration."""
        wrong = [host for host in self.hosts if not _HOST.fullmatch(host)]
        if wrong or len(set(self.hosts)) != len(self.hosts) or not self.hosts:
            raise ValueError(f"no set of host names and IPv4 addresses: {', '.join(map(repr, self.hosts))}")
        if self.store_size is not None and not _SIZE.fullmatch(self.store_size):
            raise ValueError(f"a size is written like 80GB or 512MB, not {self.store_size!r}")


def cluster_files(cluster: Cluster, passwords: Mapping[str, str], now: datetime) -> dict[str, dict[str, str]]:
    """The files of each node by host; `passwords` are by user. Every call makes a new certificate authority."""
    made = make_certificates(list(cluster.hosts), now)
    users = "\n".join(accounts_with(passwords)) + "\n"
    secured = {"ca.crt": made.authority, "tls.crt": made.certificate, "tls.key": made.key, "users.conf": users}
    return {host: {"nats.conf": "\n".join(node_config(cluster, host)) + "\n", **secured} for host in cluster.hosts}


def client_url(cluster: Cluster) -> str:
    """What services are told as BANSTREAM_NATS_URL."""
    return ",".join(f"tls://{host}:{cluster.port}" for host in cluster.hosts)


def node_config(cluster: Cluster, host: str) -> Iterator[str]:
    """`nats.conf` of one node, line by line; it includes `users.conf` beside it. A node alone has no routes."""
    yield f"server_name: {quoted(host)}"
    yield f"listen: {quoted(f'{host}:{cluster.port}')}"
    yield f"client_advertise: {quoted(f'{host}:{cluster.port}')}"
    yield f"http: {quoted(f'127.0.0.1:{cluster.monitor_port}')}"
    yield "lame_duck_duration: 30s"
    yield "lame_duck_grace_period: 5s"
    yield "tls {"
    yield from _tls(cluster, "  ")
    yield "}"
    if len(cluster.hosts) > 1:
        yield from _routes(cluster, host)
    yield "jetstream {"
    yield f"  store_dir: {quoted(cluster.store)}"
    yield f"  sync_interval: {quoted(cluster.sync_interval)}"
    if cluster.store_size is not None:
        yield f"  max_file_store: {cluster.store_size}"
    yield "}"
    yield 'include "users.conf"'


def _routes(cluster: Cluster, host: str) -> Iterator[str]:
    routes = ", ".join(quoted(f"tls://{each}:{cluster.route_port}") for each in cluster.hosts)
    yield "cluster {"
    yield "  name: banstream"
    yield f"  listen: {quoted(f'{host}:{cluster.route_port}')}"
    yield f"  routes: [{routes}]"
    yield "  tls {"
    yield from _tls(cluster, "    ")
    yield "    verify: true"
    yield "  }"
    yield "}"


def _tls(cluster: Cluster, indent: str) -> Iterator[str]:
    for key, name in (("cert_file", "tls.crt"), ("key_file", "tls.key"), ("ca_file", "ca.crt")):
        yield f"{indent}{key}: {quoted(f'{cluster.folder}/{name}')}"
