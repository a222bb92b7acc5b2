"""Where everything is and how to get in."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from banstream_cli.stack.ports import LOOPBACK
from banstream_cli.stack.postgres import SUPERUSER
from banstream_cli.stack.secret_file import Secrets

DATABASE = "banstream"
OPERATOR = "operator"
NATS, NATS_MONITOR, POSTGRES = "nats", "nats_monitor", "postgres"
CONSOLE = "console"
"""The port where the public looks."""


@dataclass(frozen=True, slots=True)
class Access:
    """Addresses, ports by name and secrets of a running stack."""

    folder: Path
    http_host: str
    http_port: int
    ports: Mapping[str, int]
    secrets: Secrets = field(repr=False)
    console_host: str = LOOPBACK

    @property
    def http_url(self) -> str:
        """As seen from this machine: an address that means all of them is not one to connect to."""
        return f"http://{_reachable(self.http_host)}:{self.http_port}"

    @property
    def console_url(self) -> str | None:
        """Of the pages for everybody, as seen from this machine; None where they are not served."""
        return f"http://{_reachable(self.console_host)}:{self.ports[CONSOLE]}" if CONSOLE in self.ports else None

    @property
    def nats_url(self) -> str:
        """Without user and password."""
        return f"nats://{LOOPBACK}:{self.ports[NATS]}"

    def database_url(self, role: str = SUPERUSER) -> str:
        """With the role's password; passwords are hex, so nothing needs escaping."""
        return f"postgresql://{role}:{self.secrets.postgres[role]}@{LOOPBACK}:{self.ports[POSTGRES]}/{DATABASE}"


def _reachable(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return LOOPBACK if address.version == 4 else "[::1]"  # noqa: PLR2004 - of IP
    return host if address.version == 4 else f"[{host}]"  # noqa: PLR2004 - of IP
