"""Every process of the system, each with proxies of its own to everything it talks to."""

import asyncio
import os
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import psutil
from tests.chaos.clocks import Clock, clock, clock_library
from tests.chaos.plan import NATS, Kind

from banstream_contracts import streams
from banstream_privacy.transit import sealing_public_key
from banstream_remote_files.testing.ftp_server import PASSWORD as FTP_PASSWORD
from banstream_remote_files.testing.ftp_server import USER, ftp_server
from banstream_testing.dayz_feed import DAYZ_FEED_KEY
from banstream_testing.discord import DiscordStandIn, discord_stand_in
from banstream_testing.disks import Disk, small_disk
from banstream_testing.processes import (
    DECIDERS,
    LOOPBACK,
    METRICS,
    Gateway,
    Service,
    console_process,
    decider_process,
    gateway_process,
)
from banstream_testing.servers import nats_server, postgres_server
from banstream_testing.system import System, mint, prepare
from banstream_testing.tcp_proxy import TcpProxy, tcp_proxy
from banstream_testing.waiting import eventually

POSTGRES = "postgres"
_COPIES = {
    streams.INFRACTIONS: 2,
    streams.ABUSE_TRACKER: 1,
    streams.NOTIFIER: 1,
    streams.FTP_SYNC: 1,
    streams.DAYZ_FEED: 1,
}
_GATEWAYS = 2
_COPIED_BUCKETS = 4
_DISK_MEGABYTES = {NATS: 192, POSTGRES: 640}
_BAN_FILE = "ban.txt"
_LATE_SECONDS = 0.5
_SETTINGS = {
    **METRICS,
    "BANSTREAM_COMMAND_TIMEOUT_SECONDS": "1",
    "BANSTREAM_FTP_SYNC_TIMEOUT_SECONDS": "3",
    "BANSTREAM_FTP_SYNC_CHECK_SECONDS": "20",
    "BANSTREAM_DAYZ_FEED_SEALING_PUBLIC_KEY": sealing_public_key(DAYZ_FEED_KEY).hex(),
}


@dataclass(slots=True)
class World:
    """What can be broken, by name; `system` is how clients and operators see it.

    `lives` counts the starts of each process: what a gateway has in memory ends with its life.
    """

    system: System
    processes: dict[str, Service]
    proxies: dict[str, TcpProxy]
    discord: DiscordStandIn
    ban_file: Path
    clocks: dict[str, Clock] = field(default_factory=dict)
    disks: dict[str, Disk] = field(default_factory=dict)
    lives: Counter[str] = field(default_factory=Counter)
    killed_at: dict[str, float] = field(default_factory=dict)
    """When each life was ended on purpose, by the monotonic clock."""
    down: set[str] = field(default_factory=set)
    """Processes that are dead on purpose."""
    ended: Counter[str] = field(default_factory=Counter)
    """Processes that ended by themselves, and were started again as a supervisor does."""
    not_tried: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """Promises that were broken while a fault lasted."""

    def targets(self) -> dict[Kind, list[str]]:
        """What each kind of fault can be done to here."""
        servers = [NATS, POSTGRES]
        everything = [*self.processes, *servers]
        can_pause = all(self.pids(name) for name in servers)
        connections = list(self.proxies)
        return {
            Kind.KILL: everything,
            Kind.PAUSE: everything if can_pause else list(self.processes),
            Kind.DELAY: connections,
            Kind.CUT: connections,
            Kind.BLACK_HOLE: connections,
            Kind.FULL_DISK: list(self.disks),
            Kind.CLOCK_FORWARD: list(self.clocks),
            Kind.CLOCK_BACK: list(self.clocks),
            Kind.START_ALONE: [each.service.name for each in self.system.gateways],
        }

    def gate(self, number: int) -> str:
        """The life of a gateway."""
        return self._life(f"gateway-{number + 1}")

    def start(self, name: str) -> None:
        """Start a process; returns once NATS answers, and at once for the others."""
        if name == NATS:
            self.system.nats.start()
        elif name == POSTGRES:
            self.system.postgres.start()
        else:
            self.processes[name].start()
        self.lives[name] += 1
        self.down.discard(name)

    def kill(self, name: str) -> None:
        """End a process without a word."""
        self.down.add(name)
        self.killed_at[self._life(name)] = time.monotonic()
        self.lives[name] += 1
        if name == NATS:
            self.system.nats.kill()
        elif name == POSTGRES:
            self.system.postgres.kill()
        else:
            self.processes[name].kill()

    async def answers(self, gateway: str) -> bool:
        """Whether a gateway answers checks."""
        url = next(each.url for each in self.system.gateways if each.service.name == gateway)
        try:
            async with self.system.http.get(f"{url}/readyz") as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    def pids(self, name: str) -> list[int]:
        """The process with everything that it has started."""
        if name == NATS:
            found = self.system.nats.pids()
        elif name == POSTGRES:
            found = self.system.postgres.pids()
        else:
            found = [self.processes[name].pid]
        with suppress(psutil.NoSuchProcess):
            return [each for pid in found for each in (pid, *(child.pid for child in psutil.Process(pid).children()))]
        return []

    async def keep(self) -> None:
        """Start again what ends by itself, until cancelled."""
        while True:
            for name, process in self.processes.items():
                if name not in self.down and not psutil.pid_exists(process.pid):
                    self.ended[name] += 1
                    self.start(name)
                elif name not in self.down and psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE:
                    process.kill()
                    self.ended[name] += 1
                    self.start(name)
            await asyncio.sleep(_LATE_SECONDS)

    def _life(self, name: str) -> str:
        return f"{name} #{self.lives[name]}"


@asynccontextmanager
async def running_world(*, is_whole: bool = True) -> AsyncIterator[World]:
    """Everything started and ready: a ban file on an FTP server and a channel of Discord are kept already.

    One that is not whole starts sooner, without small disks and clocks of its own.
    """
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(_open_folder())
        places = {name: stack.enter_context(_disk(folder / name, name)) for name in _DISK_MEGABYTES if is_whole}
        disks = {name: disk for name, disk in places.items() if disk is not None}
        at = {name: disk.folder for name, disk in disks.items()}
        nats = stack.enter_context(nats_server(at.get(NATS)))
        postgres = stack.enter_context(postgres_server(at.get(POSTGRES)))
        root = _made(folder / "ftp")
        ftp = stack.enter_context(ftp_server(root))
        discord = await stack.enter_async_context(discord_stand_in())
        http = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)))
        admin_url = await prepare(nats, postgres)
        system = System(nats, postgres, admin_url, {}, [], http, folder=folder)
        world = World(system, {}, {}, discord, root / _BAN_FILE, disks=disks)
        building = _Building(world, stack, folder)
        await building.build(is_whole=is_whole)
        outside = {"notifier → discord": urlsplit(discord.url).port or 0, "ftp-sync → ftp": ftp.port}
        for name, port in outside.items():
            world.proxies[name] = await stack.enter_async_context(tcp_proxy(LOOPBACK, port))
        if missing := _DISK_MEGABYTES.keys() - disks.keys() if is_whole else ():
            world.not_tried.append(f"full disk of {', '.join(sorted(missing))}: mounting a small one needs root")
        for name in world.processes:
            stack.callback(world.processes[name].kill)
            world.start(name)
        await _set_up(world)
        yield world
        for proxy in world.proxies.values():
            proxy.mend()


@dataclass(slots=True)
class _Building:
    """Makes the processes, each with its proxies and its clock."""

    world: World
    stack: AsyncExitStack
    folder: Path

    async def build(self, *, is_whole: bool) -> None:
        library = clock_library(self.folder) if is_whole else None
        if is_whole and library is None:
            self.world.not_tried.append("clock steps: no C compiler is here to build the preloaded clock")
        database = self.world.system.admin_database_url.rsplit("@", 1)[1]
        for service, copies in _COPIES.items():
            for number in range(1, copies + 1):
                name = f"{service}-{number}" if copies > 1 else service
                common = await self._common(name, library)
                own = _made(self.folder / name)
                _made(own / "logs")
                url = await self._through(f"{name} → {POSTGRES}", database)
                process = decider_process(service, DECIDERS[service], common, url, own)
                process.name = name
                self.world.processes[name] = process
                self.world.system.deciders.setdefault(service, process)
        for number in range(_GATEWAYS):
            name = f"gateway-{number + 1}"
            made = gateway_process(number, await self._common(name, library), self.folder)
            made.service.change(_copies(self.folder, name))
            url = await self._through(f"{name} → clients", made.url.removeprefix("http://"))
            self.world.processes[name] = made.service
            self.world.system.gateways.append(Gateway(made.service, f"http://{url}"))
        common = await self._common("console", library)
        proxied = replace(self.world.system.nats, url=common["BANSTREAM_NATS_URL"])
        console = console_process(proxied, common, self.folder)
        self.world.processes["console"] = console.service
        self.world.system.console = console

    async def _common(self, name: str, library: Path | None) -> dict[str, str]:
        url = await self._through(f"{name} → {NATS}", self.world.system.nats.url.removeprefix("nats://"))
        common = {"PATH": os.environ["PATH"], "BANSTREAM_NATS_URL": f"nats://{url}", **_SETTINGS}
        if library is not None:
            made = self.world.clocks[name] = clock(library, self.folder / f"{name}.clock")
            common |= made.environment
        return common

    async def _through(self, name: str, address: str) -> str:
        """HOST:PORT of a new proxy in place of that of an address, what follows it kept."""
        server = urlsplit(f"//{address}")
        proxy = await self.stack.enter_async_context(tcp_proxy(server.hostname or LOOPBACK, server.port or 0))
        self.world.proxies[name] = proxy
        return f"{LOOPBACK}:{proxy.port}{server.path}"


@contextmanager
def _open_folder() -> Iterator[Path]:
    """Postgres runs as another user than root, and has to get through."""
    with tempfile.TemporaryDirectory(prefix="banstream-chaos-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def _copies(folder: Path, gateway: str) -> dict[str, str]:
    """Where a gateway keeps them, and that they are looked at soon."""
    return {"BANSTREAM_COPY_DIR": str(folder / f"copies-{gateway}"), "BANSTREAM_COPY_AFTER_SECONDS": "0.5"}


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _disk(folder: Path, name: str) -> AbstractContextManager[Disk | None]:
    return small_disk(folder, _DISK_MEGABYTES[name])


async def _set_up(world: World) -> None:
    system = world.system
    await mint(system)
    for number in range(_GATEWAYS):
        await system.wait_ready(number)
        await system.wait_known(number)
        await eventually(partial(asyncio.to_thread, _copied, world.system.folder / f"copies-gateway-{number + 1}"))
    ftp, discord = (world.proxies[name].port for name in ("ftp-sync → ftp", "notifier → discord"))
    place = {"kind": "ftp", "host": LOOPBACK, "port": ftp, "user": USER, "path": f"/{_BAN_FILE}"}
    ban_file = {"name": "chaos", "format": "dayz", "place": place, "password": FTP_PASSWORD}
    url = world.discord.webhook().replace(world.discord.url, f"http://{LOOPBACK}:{discord}")
    target = {"name": "chaos", "kind": "discord", "url": url}
    login = {"kind": "local", "folder": "."}
    source = {"name": "chaos", "server_id": system.server_id, "login": login, "time_zone": "UTC", "poll_seconds": 1}
    for path, body in (
        ("ban-files", {**ban_file, "policy": {"may_create": True}}),
        ("targets", target),
        ("log-sources", source),
    ):
        sent = {**system.headers(system.admin_token), "Idempotency-Key": f"chaos {path}"}

        async def is_made(path: str = path, body: object = body, sent: dict[str, str] = sent) -> bool:
            async with system.http.post(f"{system.url}/v1/{path}", json=body, headers=sent) as answer:
                return answer.status in {200, 201}

        await eventually(is_made)


def _copied(folder: Path) -> bool:
    return len([*folder.glob("*.copy")]) == _COPIED_BUCKETS
