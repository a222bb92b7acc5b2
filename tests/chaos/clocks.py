"""Wall clocks of single processes, moved while they run by a small library that is preloaded (clock.c)."""

import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

_SOURCE = Path(__file__).with_name("clock.c")


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock of a process that was started with `environment`."""

    file: Path
    library: Path

    @property
    def environment(self) -> dict[str, str]:
        """What the process needs."""
        return {"LD_PRELOAD": str(self.library), "BANSTREAM_CHAOS_CLOCK": str(self.file)}

    def step(self, seconds: int) -> None:
        """From now on so much ahead of the right time, or behind it; 0 is right."""
        with self.file.open("r+b") as file:
            file.write(struct.pack("q", seconds))


def clock_library(folder: Path) -> Path | None:
    """Build the library in a folder; None where no compiler is."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    library = folder / "clock.so"
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(_SOURCE)], check=True)
    return library


def clock(library: Path, file: Path) -> Clock:
    """A clock that is right so far."""
    file.write_bytes(bytes(8))
    return Clock(file, library)
