"""One stack per data folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from banstream_cli.stack.errors import StackError, folder_trouble

FOLDER_MODE = 0o711
"""Others may pass through, not look: as root, Postgres runs as another user and has its own folder inside."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Create the folder if need be and hold it; the kernel lets go when we end in any way.

    Children do not inherit the lock, so what a killed stack left behind does not hold the folder.
    """
    with folder_trouble(folder):
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _hold(handle, folder)
        yield
    finally:
        os.close(handle)


def _hold(handle: int, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(handle, 32, 0).decode(errors="replace").strip() or "unknown"
        raise StackError(
            f"the data folder {folder} is in use by another banstream (pid {holder}); stop it or set BANSTREAM_DATA_DIR"
        ) from error
    with folder_trouble(folder):
        os.truncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
