"""What a killed stack may leave in a cluster: a Postgres on its way out, or only its pid file."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path

from banstream_cli.stack.errors import StackError

WAIT_SECONDS = 10.0


async def end_orphan(cluster: Path) -> None:
    """Wait for a Postgres that still runs in the cluster, and make a pid file harmless that nobody stands behind.

    Postgres itself takes any living process of that number for a server and refuses to start: after a restart
    of a container, where numbers are small, that may be anything. The caller holds the lock of the data folder.
    """
    file = cluster / "postmaster.pid"
    if sys.platform != "linux":
        return
    deadline = time.monotonic() + WAIT_SECONDS
    while (pid := _pid_in(file)) and _works_in(pid, cluster):
        if time.monotonic() > deadline:
            raise StackError(f"a Postgres of an earlier run (pid {pid}) does not leave {cluster}; end it")
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGINT)
        await asyncio.sleep(0.1)
    if pid:
        _name_ourselves(file)


def _pid_in(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="utf-8", errors="replace").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _name_ourselves(file: Path) -> None:
    """A server ignores the number of its own parent.

    The rest of the file must stay: by it, Postgres finds sessions of the dead server that still hold its memory.
    """
    _, _, rest = file.read_text(encoding="utf-8", errors="surrogateescape").partition("\n")
    file.write_text(f"{os.getpid()}\n{rest}", encoding="utf-8", errors="surrogateescape")


def _works_in(pid: int, folder: Path) -> bool:
    """A server's working folder is its cluster. Of other users' programs we learn nothing: not ours."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == folder
    except OSError:
        return False
