"""`stack.json`: what scripts and other tools may know of a running stack."""

import os
from collections.abc import Mapping
from pathlib import Path

from banstream_cli.stack.access import NATS, OPERATOR, POSTGRES, Access
from banstream_cli.stack.private_file import read_json, write_private_json


def write_state(path: Path, access: Access, pids: Mapping[str, int], *, ready: bool) -> None:
    """Replace the file; `pid` is the supervisor's, null once it has stopped."""
    state: dict[str, object] = {
        "ready": ready,
        "url": access.http_url,
        "ports": dict(access.ports),
        "pid": os.getpid() if pids else None,
        "pids": dict(pids),
    }
    if NATS in access.ports:
        state["nats_url"] = access.nats_url
        state["nats_user"], state["nats_password"] = OPERATOR, access.secrets.nats[OPERATOR]
    if POSTGRES in access.ports:
        state["admin_database_url"] = access.database_url()
    write_private_json(path, state)


def remembered_ports(path: Path) -> dict[str, int]:
    """The ports of the last run by name; empty without a last run."""
    ports = (read_json(path) or {}).get("ports")
    if not isinstance(ports, dict):
        return {}
    return {str(name): port for name, port in ports.items() if isinstance(port, int) and 0 < port < 1 << 16}
