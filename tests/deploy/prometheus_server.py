"""A real Prometheus on loopback, where one is installed."""

import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import yaml

from banstream_testing.servers import free_port

SECONDS = 30.0


@contextmanager
def prometheus_server(folder: Path, config: dict[str, Any]) -> Iterator[str]:
    """Its URL; ends with the block."""
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
    url = f"http://127.0.0.1:{free_port()}"
    command = ["prometheus", f"--config.file={folder}/prometheus.yaml", f"--storage.tsdb.path={folder}/data"]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen([*command, f"--web.listen-address={url.removeprefix('http://')}"], stderr=log)
    try:
        until(lambda: asked(f"{url}/-/ready") is not None)
        yield url
    finally:
        running.terminate()
        running.wait(timeout=SECONDS)


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def asked(url: str) -> bytes | None:
    """What is answered; None where it is refused."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - of loopback
            body: bytes = answer.read()
            return body
    except OSError:
        return None


def queried(url: str, expression: str) -> list[dict[str, Any]] | None:
    """The samples of an expression; None where it is refused."""
    answer = asked(f"{url}/api/v1/query?{urllib.parse.urlencode({'query': expression})}")
    found: list[dict[str, Any]] | None = orjson.loads(answer)["data"]["result"] if answer else None
    return found
