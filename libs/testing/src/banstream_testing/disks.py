"""Small disks of their own for servers, to be filled up."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_CHUNK = bytes(1 << 20)


@dataclass(frozen=True, slots=True)
class Disk:
    """A file system in memory."""

    folder: Path

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self) -> int:
        """Leave no room; returns how many bytes were free."""
        written = 0
        with self._ballast.open("ab", buffering=0) as file:
            for size in (len(_CHUNK), 4096):
                try:
                    while True:
                        written += file.write(_CHUNK[:size])
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
        return written

    def free(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Disk | None]:
    """A disk of that size at a folder; None where we may not mount one."""
    folder.mkdir(mode=0o755)
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if os.geteuid() != 0 or mount is None or umount is None:
        yield None
        return
    options = f"size={megabytes}m,mode=755"
    tried = subprocess.run(
        [mount, "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
    )
    if tried.returncode:
        yield None
        return
    try:
        yield Disk(folder)
    finally:
        subprocess.run([umount, "--lazy", str(folder)], check=True)
