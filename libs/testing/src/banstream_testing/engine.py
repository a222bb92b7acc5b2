"""The Docker engine of this machine, by its command; `DOCKER_HOST` may name another one."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path


class EngineError(AssertionError):
    """Docker refused; the message is its own."""


def docker(*arguments: str, sent: str | None = None) -> str:
    """What the engine answers. Raises EngineError."""
    engine = "/usr/bin/docker" if Path("/usr/bin/docker").exists() else "docker"
    environment = {**os.environ, "DOCKER_BUILDKIT": "1"}
    done = subprocess.run(
        [engine, *arguments], capture_output=True, text=True, check=False, env=environment, input=sent
    )
    if done.returncode != 0:
        raise EngineError(f"docker {' '.join(arguments[:2])}: {done.stderr.strip()} {done.stdout.strip()}"[-4000:])
    return done.stdout + (done.stderr if arguments[0] == "logs" else "")


def lacks(images: Iterable[str]) -> str:
    """Which image, or the engine itself, is not here; empty when everything is. None is pulled."""
    if shutil.which("docker") is None:
        return "a Docker engine"
    for image in images:
        try:
            docker("image", "inspect", image)
        except EngineError as error:
            return "a Docker engine" if "daemon" in str(error) else f"the image {image}"
    return ""
