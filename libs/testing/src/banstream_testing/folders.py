"""Where tests and their servers keep their files."""

import os
import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - folders in it have random names
_ROOM_BYTES = 4 << 30
"""More than any test needs; a container often has 64 MB there."""


def folder_in_memory() -> Path | None:
    """Where files outlive a process but not the machine; None where there is no room.

    NATS makes fresh streams there in a quarter of the time that a disk takes, and nearly every test begins with that.
    """
    if not os.access(_MEMORY, os.W_OK | os.X_OK) or shutil.disk_usage(_MEMORY).free < _ROOM_BYTES:
        return None
    return _MEMORY


def work_in_memory() -> None:
    """Temporary files of this process, and of those that it starts, go there from now on.

    A disk takes most of a test's time where that copies a database or makes a cluster. Not where TMPDIR says
    something else, and not where no program may be started from there: tests write some.
    """
    folder = folder_in_memory()
    if folder and "TMPDIR" not in os.environ and not os.statvfs(folder).f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
