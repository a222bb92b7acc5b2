"""The environment with the Luau VM: made once from a Python that is new enough, kept at the root of the repository."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
REQUIREMENTS = Path(__file__).with_name("requirements-luau.txt")
OLDEST = (3, 12)
NEWEST = (3, 14)
VARIABLE = "BANSTREAM_LUAU_PYTHON"


def python_with_luau() -> Path | None:
    """A Python that can `import pluau`; None where no Python is new enough."""
    for python, version in _candidates():
        environment = ROOT / f".venv-luau-{version}-{_fingerprint()}"
        if not environment.exists():
            _make(environment, python)
        return environment / "bin" / "python"
    return None


def _fingerprint() -> str:
    return hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:8]


def _make(environment: Path, python: str) -> None:
    """Beside its place and then moved, so that nobody finds half of it; who comes second uses that of the first."""
    with tempfile.TemporaryDirectory(prefix=".venv-luau-", dir=ROOT) as folder:
        made = Path(folder) / "made"
        _run(python, "-m", "venv", str(made)).check_returncode()
        pip = [str(made / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        installed = _run(*pip, "--require-hashes", "-r", str(REQUIREMENTS))
        if installed.returncode:
            raise RuntimeError(f"pluau cannot be installed:\n{installed.stderr}")
        if not environment.exists():
            shutil.move(made, environment)


def _run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - Pythons of this machine


def _candidates() -> Iterator[tuple[str, str]]:
    """Each Python that is new enough, with its version."""
    names = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    installed = sorted((str(path) for path in pyenv.glob("3.*/bin/python")), reverse=True)
    named = [os.environ[VARIABLE]] if VARIABLE in os.environ else []
    for python in [*named, *names, "python3", *installed]:
        version = _version(python)
        if version is not None and OLDEST <= version <= NEWEST:
            yield python, f"{version[0]}.{version[1]}"


def _version(python: str) -> tuple[int, int] | None:
    """None where it cannot be started: pyenv's shims are there for versions that are not."""
    found = shutil.which(python)
    if found is None:
        return None
    asked = _run(found, "-c", "import sys, venv; print(*sys.version_info[:2])")
    if asked.returncode:
        return None
    major, minor = asked.stdout.split()
    return int(major), int(minor)
