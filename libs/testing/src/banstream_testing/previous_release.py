"""The release before this one, as processes: its own code out of the history, on the libraries of today."""

import json
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

MARKER = "tests/upgrade/release.json"
"""Written by tests/upgrade/mark_release.py."""


class NotInThisClone(Exception):
    """The history does not reach back to the release: a shallow clone, or no clone at all."""


@dataclass(frozen=True, slots=True)
class PreviousRelease:
    """Its sources, unpacked into a folder."""

    commit: str
    folder: Path

    @property
    def python_path(self) -> str:
        """To be found before the packages of this environment."""
        sources = [*self.folder.glob("libs/*/src"), *self.folder.glob("services/*/src"), *self.folder.glob("cli/src")]
        return ":".join(str(path) for path in sorted(sources))

    def place_of(self, package: str) -> Path:
        """Where a process of this release imports a package from."""
        program = f"import {package}; print({package}.__file__)"
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": self.python_path},
        )
        return Path(done.stdout.strip())


def unpack(root: Path, folder: Path) -> PreviousRelease:
    """Take the sources of the release that the marker below `root` names; raises NotInThisClone."""
    commit = json.loads((root / MARKER).read_text(encoding="utf-8"))["commit"]
    archive = folder / "release.tar"
    done = subprocess.run(
        ["git", "archive", f"--output={archive}", commit, "libs", "services", "cli"],  # noqa: S607 - whichever git is here
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise NotInThisClone(f"{commit[:12]}: {done.stderr.strip()}")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    archive.unlink()
    return PreviousRelease(commit, folder)
