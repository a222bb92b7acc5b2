"""Running stacks, and waiting for what they do."""

import asyncio
import codecs
import contextlib
import json
import os
import pwd
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from banstream_cli.stack.supervisor import Supervisor
from banstream_cli.stack.terminal import Terminal
from banstream_cli.stack.unprivileged import Account, run_as
from banstream_testing.servers import free_port

STACK = Path(__file__).with_name("stack_stand_in.py")
PATIENCE_SECONDS = 60.0


def wait_for(condition: Callable[[], Any], what: str = "the condition") -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (outcome := condition()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.01)
    return outcome


async def wait_in_loop_for(condition: Callable[[], Any], what: str = "the condition") -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (outcome := condition()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        await asyncio.sleep(0.01)
    return outcome


def is_running(pid: int) -> bool:
    """A zombie that init has not fetched yet does not run."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def command_of(pid: int) -> str:
    """Empty for a process that has gone meanwhile."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return " ".join(psutil.Process(pid).cmdline())
    return ""


def _new_file() -> "tempfile._TemporaryFileWrapper[bytes]":
    return tempfile.NamedTemporaryFile(prefix="banstream-tests-", delete=False)


class RunningStack:
    """A stack in a process of its own, with its output in files."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str], prefix: tuple[str, ...], output: int | None
    ) -> None:
        self.folder = folder
        shell = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
        with _new_file() as out, _new_file() as err:
            self.out, self.err = Path(out.name), Path(err.name)
            self.running = subprocess.Popen(  # noqa: S603 - our own program
                [*prefix, sys.executable, str(STACK)],
                env={**shell, "BANSTREAM_DATA_DIR": str(folder), **environment},
                stdout=out if output is None else output,
                stderr=err,
            )
        self.seen: set[int] = {self.running.pid}

    @property
    def state(self) -> dict[str, Any]:
        with contextlib.suppress(FileNotFoundError):
            found: dict[str, Any] = json.loads((self.folder / "stack.json").read_text())
            return found
        return {}

    @property
    def output(self) -> str:
        return self.out.read_text(errors="replace")

    @property
    def complaint(self) -> str:
        return self.err.read_text(errors="replace")

    def wait_ready(self) -> dict[str, Any]:
        wait_for(lambda: self._is_ready() or self.running.poll() is not None, "READY")
        assert self._is_ready(), self.output + self.complaint
        self.note_family()
        return self.state

    def _is_ready(self) -> bool:
        return any(line.startswith("READY ") for line in self.output.splitlines())

    def note_family(self) -> set[int]:
        """Every process below the stack now; whoever is seen once is expected to go."""
        with contextlib.suppress(psutil.NoSuchProcess):
            family = psutil.Process(self.running.pid).children(recursive=True)
            self.seen.update(member.pid for member in family)
        return self.seen

    def send(self, number: signal.Signals) -> None:
        self.note_family()
        self.running.send_signal(number)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.send(number)
        return self.running.wait(PATIENCE_SECONDS)

    def wait_until_nothing_is_left(self) -> None:
        wait_for(lambda: not any(map(is_running, self.seen)), "the end of every process")

    def leave(self) -> None:
        if self.running.poll() is None:
            try:
                self.end()
            except subprocess.TimeoutExpired:
                self.running.kill()
                self.running.wait()
        for pid in filter(is_running, self.seen):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for file in (self.out, self.err):
            file.unlink()


StartStack = Callable[..., RunningStack]


@pytest.fixture
def start_stack(tmp_path: Path) -> Iterator[StartStack]:
    """A function that starts a stack; its keywords in capitals are environment variables."""
    started: list[RunningStack] = []

    def start(
        folder: Path | None = None, prefix: tuple[str, ...] = (), output: int | None = None, **environment: str
    ) -> RunningStack:
        wishes = {"BANSTREAM_HTTP_PORT": str(free_port()), **environment}
        started.append(RunningStack(folder or tmp_path / "stack", wishes, prefix, output))
        return started[-1]

    yield start
    for stack in started:
        stack.leave()


@pytest.fixture(scope="session")
def data_kept() -> Iterator[Path]:
    """A data folder with a cluster in it, for stacks that one test after another starts (saves initdb)."""
    with tempfile.TemporaryDirectory(prefix="banstream-tests-") as folder:
        yield Path(folder).resolve() / "stack"


@pytest.fixture
def folder_of_another() -> Iterator[Path]:
    """Of the user daemon; only root can make it."""
    other = pwd.getpwnam("daemon")
    with tempfile.TemporaryDirectory(prefix="banstream-tests-") as folder:
        os.chown(folder, other.pw_uid, other.pw_gid)
        yield Path(folder).resolve()


@pytest.fixture
def as_another(folder_of_another: Path) -> tuple[str, ...]:
    """What to put before a command so that it runs as that user.

    The environment itself may be in a folder that is closed to the user: run_as lets it through for reading.
    """
    owner = folder_of_another.stat()
    needs = (Path(sys.executable), Path(sys.executable).resolve(), Path(__file__))
    return run_as(Account(owner.st_uid, owner.st_gid), signal.SIGKILL, needs)


class Transcript:
    """A terminal and what came out of it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
        self.terminal = Terminal(self._descriptor)

    @property
    def text(self) -> str:
        """What is written so far, which may end in the middle of a character."""
        return codecs.getincrementaldecoder("utf-8")().decode(self._file.read_bytes())

    def close(self) -> None:
        self.terminal.close()
        os.close(self._descriptor)


@pytest.fixture
def transcript(tmp_path: Path) -> Iterator[Transcript]:
    written = Transcript(tmp_path / "transcript")
    yield written
    written.close()


@pytest.fixture
async def supervisor(transcript: Transcript) -> AsyncIterator[Supervisor]:
    async with Supervisor(transcript.terminal, first_pause_seconds=0.02) as started:
        yield started


@pytest.fixture
def eventually() -> Callable[..., Any]:
    return wait_for


@pytest.fixture
def eventually_in_loop() -> Callable[..., Any]:
    return wait_in_loop_for


@pytest.fixture
def command_line() -> Callable[[int], str]:
    return command_of


@pytest.fixture
def runs() -> Callable[[int], bool]:
    return is_running
