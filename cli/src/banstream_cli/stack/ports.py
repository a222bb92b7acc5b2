"""TCP ports of this machine."""

import asyncio
import errno
import secrets
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from banstream_cli.stack.errors import StackError

LOOPBACK = "127.0.0.1"

CANDIDATES = range(10_240, 22_528)
"""Below the ports which the kernel lends to outgoing connections: a client that keeps trying a stopped
server on one of those may connect to itself, and then the server cannot have its port back.
Those between are for the servers of tests (`banstream_testing.servers.free_port`)."""

OLD_PORT_WAIT_SECONDS = 3.0


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """True when nobody listens there; also false when a listener shares its port (SO_REUSEPORT)."""
    return bind_error(host, port) is None


def bind_error(host: str, port: int) -> OSError | None:
    """Why the port cannot be bound, or None. Connections in TIME_WAIT do not count."""
    try:
        family, kind, protocol, address = _address(host, port)
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        return error
    return None


@contextmanager
def held(host: str, port: int) -> Iterator[None]:
    """Bound and never listening: other stacks find the port taken before anybody listens; gateways bind it beside.

    Where connections to an earlier server that did not share it still fade, it is not held.
    """
    with ExitStack() as stack:
        with suppress(OSError):
            family, kind, protocol, address = _address(host, port)
            holder = stack.enter_context(socket.socket(family, kind, protocol))
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            holder.bind(address)
        yield


def find_free_port(taken: Iterable[int] = ()) -> int:
    """A loopback port that is free now and not among those taken."""
    unwanted = set(taken)
    for _ in range(1000):
        port = secrets.choice(CANDIDATES)
        if port not in unwanted and is_free(port):
            return port
    raise StackError(f"no free port found on {LOOPBACK} between {CANDIDATES.start} and {CANDIDATES.stop}")


async def choose_ports(names: Iterable[str], remembered: Mapping[str, int]) -> dict[str, int]:
    """The remembered port of each name if it is still free, so that tools reconnect; else a new one."""
    deadline = time.monotonic() + OLD_PORT_WAIT_SECONDS
    chosen: dict[str, int] = {}
    for name in names:
        old = remembered.get(name)
        if old is None or old in chosen.values() or not await _becomes_free(old, deadline):
            old = find_free_port([*chosen.values(), *remembered.values()])
        chosen[name] = old
    return chosen


async def _becomes_free(port: int, deadline: float) -> bool:
    """Wait a little: children of a stack that was killed may still be on their way out."""
    while not is_free(port):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True


def _address(host: str, port: int) -> tuple[socket.AddressFamily, socket.SocketKind, int, Any]:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except UnicodeError as error:
        raise OSError(errno.EINVAL, "not the name of a host") from error
    return family, kind, protocol, address
