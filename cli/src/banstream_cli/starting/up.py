"""The order of start, and of the end."""

import asyncio
import errno
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from banstream_cli.stack.access import CONSOLE, DATABASE, NATS, NATS_MONITOR, POSTGRES, Access
from banstream_cli.stack.credentials import ensure_dev_credentials
from banstream_cli.stack.errors import StackError, folder_trouble, scarce_room
from banstream_cli.stack.lock import locked
from banstream_cli.stack.nats_server import NatsSetup, find_nats_server, nats_service
from banstream_cli.stack.plan import Plan
from banstream_cli.stack.ports import bind_error, choose_ports, held
from banstream_cli.stack.postgres import (
    SUPERUSER,
    PostgresSetup,
    ensure_database,
    find_bin_folder,
    postgres_service,
)
from banstream_cli.stack.private_file import remove_unfinished
from banstream_cli.stack.readiness import http_answer, wait_until_ok
from banstream_cli.stack.secret_file import Secrets, load_secrets
from banstream_cli.stack.settings import StackSettings
from banstream_cli.stack.state_file import remembered_ports, write_state
from banstream_cli.stack.stop_requests import run_until, stop_requests
from banstream_cli.stack.supervisor import Supervisor
from banstream_cli.stack.terminal import Terminal, complain
from banstream_cli.stack.writable import check_usable
from banstream_cli.starting.banner import (
    console_lines,
    curl_lines,
    developer_lines,
    first_account_lines,
    infrastructure_urls,
)
from banstream_cli.starting.services import BANSTREAM

REFUSED = 2
_CONSOLE_PORT = 8081
_ANY_PORT = 0
_OF_THE_PORT = {errno.EADDRINUSE, errno.EACCES}
"""What else does not let a port be bound is the fault of the address."""


async def run_stack(settings: StackSettings, plan: Plan = BANSTREAM) -> int:
    """Run everything until a stop is asked for (0), or say in one line why that is not possible (2)."""
    terminal = Terminal()
    problem = None
    try:
        with locked(settings.data_dir):
            await _Stack(settings, plan, terminal).run()
    except StackError as error:
        problem = f"{error}{scarce_room(settings.data_dir)}"
    finally:
        await asyncio.to_thread(terminal.close)
    if problem is None:
        return 0
    complain(problem)
    return REFUSED


class _Stack:
    """One run; the caller holds the lock of the data folder."""

    def __init__(self, settings: StackSettings, plan: Plan, terminal: Terminal) -> None:
        self._settings = settings
        self._plan = plan
        self._terminal = terminal
        self._supervisor = Supervisor(terminal, self._record)
        self._access: Access | None = None
        self._http_port, self._console_port = ExitStack(), ExitStack()
        self._is_ready = False

    async def run(self) -> None:
        """Start, wait until a stop is asked for, and stop; signals are heard until the last child is gone."""
        with self._http_port, self._console_port, stop_requests(self._say_stopping, self._supervisor.kill) as asked:
            try:
                async with self._supervisor:
                    await run_until(asked, self._serve())
            finally:
                self._is_ready = False
                self._record()

    def _say_stopping(self) -> None:
        self._terminal.tell("stopping; press Ctrl-C again to kill")

    def _record(self) -> None:
        """Tell scripts what runs now. Runs inside the supervision, which a full disk must not end."""
        if self._access is None:
            return
        try:
            write_state(self._file("stack.json"), self._access, self._supervisor.pids, ready=self._is_ready)
        except OSError as error:
            self._terminal.tell(f"stack.json could not be written: {error}")

    async def _serve(self) -> None:
        began = time.monotonic()
        self._access = access = await self._gain_access()
        self._record()
        await self._start_infrastructure(access)
        if not self._settings.only:
            await self._start_services(access)
        lines = await self._ready_lines(access)
        self._is_ready = True
        self._record()
        self._terminal.tell(f"ready after {time.monotonic() - began:.1f} s; data in {access.folder}; Ctrl-C stops")
        for line in lines:
            self._terminal.plain(line)
        await asyncio.Event().wait()

    async def _gain_access(self) -> Access:
        settings = self._settings
        if not settings.only:
            _check_bind(settings.http_host, settings.http_port, "BANSTREAM_HTTP")
            self._http_port.enter_context(held(settings.http_host, settings.http_port))
            _check_bind(settings.console_host, settings.console_port or _ANY_PORT, "BANSTREAM_CONSOLE")
        with folder_trouble(settings.data_dir):
            remove_unfinished(settings.data_dir)
            check_usable((settings.data_dir, *settings.data_dir.glob("*.json")), settings.data_dir, "banstream")
            secrets = self._load_secrets()
            remembered = remembered_ports(self._file("stack.json"))
        remembered[CONSOLE] = settings.console_port or remembered.get(CONSOLE, _CONSOLE_PORT)
        ports = await choose_ports(self._port_names(), remembered)
        if CONSOLE in ports:
            self._console_port.enter_context(held(settings.console_host, ports[CONSOLE]))
        return Access(settings.data_dir, settings.http_host, settings.http_port, ports, secrets, settings.console_host)

    def _load_secrets(self) -> Secrets:
        file = self._file("secrets.json")
        if not file.exists() and self._file("postgres/cluster").exists():
            raise StackError(f"{file} is missing, and the database beside it does not open without; restore it")
        return load_secrets(file, self._plan.nats_user_names, self._plan.postgres_role_names)

    def _port_names(self) -> tuple[str, ...]:
        infrastructure = ((NATS, NATS), (NATS_MONITOR, NATS), (POSTGRES, POSTGRES))
        only = self._settings.only
        if only:
            return tuple(name for name, server in infrastructure if server in only)
        return (*(name for name, _ in infrastructure), *self._plan.port_names(self._settings))

    async def _start_infrastructure(self, access: Access) -> None:
        """NATS loads its streams while Postgres starts."""
        if NATS in access.ports:
            self._supervisor.start(nats_service(self._nats_setup(access)))
        postgres = self._postgres_setup(access) if POSTGRES in access.ports else None
        if postgres:
            self._supervisor.start(await postgres_service(postgres, self._supervisor))
        await self._supervisor.wait_ready(self._settings.ready_timeout_seconds)
        if postgres:
            await ensure_database(postgres, DATABASE)

    async def _start_services(self, access: Access) -> None:
        await self._plan.prepare(access, self._supervisor)
        self._console_port.close()
        for specs in self._plan.stages(self._settings, access):
            self._supervisor.start(*specs)
        await self._wait_for_answers(f"{access.http_url}/readyz")

    async def _wait_for_answers(self, readyz: str) -> None:
        timeout = self._settings.ready_timeout_seconds
        try:
            await self._supervisor.wait_ready(timeout)
        except StackError as error:
            status, body = await http_answer(readyz)
            raise StackError(f"{error}; {readyz} answers {status or 'nothing'}: {body[:500]}") from error
        if missing := await wait_until_ok(readyz, timeout):
            raise StackError(f"not ready after {timeout:g} s: {readyz} answers {missing}")

    async def _ready_lines(self, access: Access) -> list[str]:
        if self._settings.only:
            urls = list(infrastructure_urls(access))
            return [*urls, *developer_lines(access), f"READY {' '.join(urls)}"]
        console = console_lines(access.console_url) if access.console_url else ()
        accounts = first_account_lines() if console and await self._nobody_signs_in(access) else ()
        return [*await self._curl_lines(access), *console, *accounts, f"READY {access.http_url}"]

    async def _nobody_signs_in(self, access: Access) -> bool:
        return self._plan.has_accounts is not None and not await self._plan.has_accounts(access)

    async def _curl_lines(self, access: Access) -> list[str]:
        mint = self._plan.mint
        if mint is None:
            return []
        file = self._file("dev-credentials.json")
        credentials = await ensure_dev_credentials(file, access.http_url, partial(mint, access), access.console_url)
        return list(curl_lines(access.http_url, credentials))

    def _nats_setup(self, access: Access) -> NatsSetup:
        return NatsSetup(
            binary=find_nats_server(self._settings.nats_server),
            folder=self._file("nats"),
            port=access.ports[NATS],
            monitor_port=access.ports[NATS_MONITOR],
            users=self._plan.nats_users(access.secrets),
            sync_interval=self._settings.nats_sync_interval,
        )

    def _postgres_setup(self, access: Access) -> PostgresSetup:
        return PostgresSetup(
            bin_folder=find_bin_folder(self._settings.postgres_bin),
            folder=self._file("postgres"),
            port=access.ports[POSTGRES],
            password=access.secrets.postgres[SUPERUSER],
        )

    def _file(self, name: str) -> Path:
        return self._settings.data_dir / name


def _check_bind(host: str, port: int, variables: str) -> None:
    """Before anything is started: gateways share their port, and would share it with a stranger's too."""
    error = bind_error(host, port)
    if error is None:
        return
    if error.errno in _OF_THE_PORT:
        trouble = f"port {port} on {host} is taken or cannot be bound ({error.strerror}); set {variables}_PORT"
    else:
        trouble = f"{host!r} is no address of this machine ({error.strerror}); set {variables}_HOST"
    raise StackError(trouble) from error
