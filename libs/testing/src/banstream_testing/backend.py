"""Which servers tests use: containers where a Docker engine has the images, embedded servers else.

`BANSTREAM_TEST_BACKEND` is `auto` (the default), `containers` or `embedded`.
"""

import os
import socket
from functools import cache
from urllib.parse import urlsplit

NATS_IMAGE = "nats:2.15-alpine"
POSTGRES_IMAGE = "postgres:18-alpine"
VARIABLE = "BANSTREAM_TEST_BACKEND"
_ENGINE = "unix:///var/run/docker.sock"
_ANSWER_SECONDS = 2.0


class BackendError(ValueError):
    """There is no such backend, or not here."""


@cache
def backend() -> str:
    """Which servers this run uses. Containers end with their fixture, so the library's reaper image is not needed."""
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
    chosen, engine = os.environ.get(VARIABLE, "auto"), os.environ.get("DOCKER_HOST", _ENGINE)
    if chosen not in {"auto", "containers", "embedded"}:
        raise BackendError(f"{VARIABLE} is auto, containers or embedded, not {chosen!r}")
    if chosen == "containers" and not _answers(engine):
        raise BackendError(f"{VARIABLE} is containers, and no Docker engine answers at {engine}; set embedded or auto")
    return ("containers" if _has_images(engine) else "embedded") if chosen == "auto" else chosen


def _has_images(engine: str) -> bool:
    """Whether a Docker engine is there that already has the images: none is pulled."""
    if not _answers(engine):
        return False

    import docker
    from docker.errors import DockerException

    try:
        client = docker.from_env(timeout=2)
        try:
            client.images.get(NATS_IMAGE)
            client.images.get(POSTGRES_IMAGE)
        finally:
            client.close()
    except (DockerException, OSError):
        return False
    return True


def _answers(engine: str) -> bool:
    """Whether an engine listens; the client library leaves its socket open when none does."""
    where = urlsplit(engine)
    try:
        if where.scheme == "unix":
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(where.path)
        elif where.scheme == "tcp":
            socket.create_connection((where.hostname, where.port), _ANSWER_SECONDS).close()
    except OSError:
        return False
    return True
