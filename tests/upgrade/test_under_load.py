"""From the last release to this one while bans and join checks go on: two of each process, one after the other.

The release before is itself here: its own code, out of the history, on the schema and the streams that it made.
"""

import asyncio
import os
import random
import secrets
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
import pytest_asyncio

from banstream_cli.direct.bootstrap import create_credential
from banstream_cli.direct.event_logs import EVENT_LOGS
from banstream_contracts import streams
from banstream_runtime.connection import NatsSettings, connect
from banstream_testing.previous_release import NotInThisClone, PreviousRelease, unpack
from banstream_testing.processes import (
    DECIDERS,
    METRICS,
    ROLE_PASSWORD,
    Gateway,
    Service,
    decider_process,
    gateway_process,
)
from banstream_testing.servers import NatsServer, nats_server, postgres_server
from banstream_testing.steps import run_banstream, somebody
from banstream_testing.waiting import eventually

ROOT = Path(__file__).parents[2]
WRITERS, CHECKERS = 3, 3
GATEWAYS = 2
RELAYED = {"relay_position"}
UNREAD = "grams"
"""A column that the release before writes and nobody reads; a rebuild leaves it empty (ADR 0034)."""
WRITES_EACH_STEP = 15
"""So many more are answered between one step of the upgrade and the next."""
GRACE_SECONDS = 40
"""As the Deployments have it (deploy/k8s): who has not ended by then is killed."""

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]


@dataclass(slots=True)
class Installation:
    """Two processes of infractions, two gateways, and everything by which more of them are started."""

    release: PreviousRelease
    nats: NatsServer
    database: str
    folder: Path
    http: aiohttp.ClientSession
    stack: AsyncExitStack
    token: str = ""
    infractions: list[Service] = field(default_factory=list)
    gateways: list[Gateway] = field(default_factory=list)
    started: int = 0

    def environment(self, *, is_old: bool) -> dict[str, str]:
        old = {"PYTHONPATH": self.release.python_path} if is_old else {}
        return {"PATH": os.environ["PATH"], "BANSTREAM_NATS_URL": self.nats.url, **METRICS, **old}

    async def deploy_step(self, *arguments: str, is_old: bool) -> None:
        passwords = dict.fromkeys((log.password_variable for log in EVENT_LOGS.values()), ROLE_PASSWORD)
        environment = {
            **self.environment(is_old=is_old),
            **passwords,
            "BANSTREAM_ADMIN_DATABASE_URL": self.database,
            "BANSTREAM_DATA_DIR": str(self.folder / "none"),
        }
        done = await run_banstream(environment, *arguments)
        assert done.code == 0, done

    async def start_infractions(self, *, is_old: bool) -> None:
        place = self._place()
        database = self.database.rsplit("@", 1)[1]
        spec = DECIDERS[streams.INFRACTIONS]
        service = decider_process(streams.INFRACTIONS, spec, self.environment(is_old=is_old), database, place)
        await self._start(service, service.metrics_url.removesuffix("/metrics"))
        self.infractions.append(service)

    async def start_gateway(self, *, is_old: bool) -> None:
        place = self._place()
        gateway = gateway_process(self.started, self.environment(is_old=is_old), place)
        await self._start(gateway.service, gateway.url)
        self.gateways.append(gateway)

    def _place(self) -> Path:
        self.started += 1
        place = self.folder / str(self.started)
        place.mkdir()
        return place

    async def _start(self, service: Service, url: str) -> None:
        """Until it is ready; infractions can only be ready once it has a schema."""
        self.stack.callback(service.kill)
        service.start()

        async def is_ready() -> bool:
            with suppress(aiohttp.ClientError):
                async with self.http.get(f"{url}/readyz") as answer:
                    return answer.status == 200
            return False

        await eventually(is_ready)


@asynccontextmanager
async def installed(release: PreviousRelease, folder: Path) -> AsyncIterator[Installation]:
    """The last release as its own deploy steps and processes make it."""
    async with AsyncExitStack() as stack:
        nats, postgres = stack.enter_context(nats_server()), stack.enter_context(postgres_server())
        http = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)))
        name = f"upgrade_{secrets.token_hex(6)}"
        connection = await asyncpg.connect(postgres.url)
        await connection.execute(f"create database {name}")
        await connection.close()
        running = Installation(release, nats, f"{postgres.url.rsplit('/', 1)[0]}/{name}", folder, http, stack)
        await running.deploy_step("migrate", is_old=True)
        await running.deploy_step("streams", "apply", is_old=True)
        await asyncio.gather(*(running.start_infractions(is_old=True) for _ in range(2)))
        client = await connect(NatsSettings(nats_url=nats.url), "test upgrade", timeout_seconds=30)
        make = partial(create_credential, client, result_seconds=60)
        _, running.token = await make(kind="token", name="load", scopes=("check", "report", "punish"))
        await client.close()
        await asyncio.gather(*(running.start_gateway(is_old=True) for _ in range(2)))
        yield running


@dataclass(slots=True)
class Load:
    """Clients that go to another gateway when one is not there, and remember every answer."""

    installation: Installation
    accepted: dict[str, int] = field(default_factory=dict)
    checks: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    cut_off: int = 0
    is_over: bool = False

    async def call(self, method: str, path: str, body: object = None, key: str = "") -> tuple[int, Any]:
        """By whichever gateway takes the connection; status 0 when neither does.

        A check that was taken and never answered is cut off. A gateway that drains does not do that, but for a kept
        connection that it closes in the moment in which a request is sent: such a check goes to the next gateway, as
        any client repeats what is safe to repeat (RFC 9112, 9.3.1), and a write is sent again with its key.
        """
        headers = {"Authorization": f"Bearer {self.installation.token}", **({"Idempotency-Key": key} if key else {})}
        first = random.randrange(2)  # noqa: S311 - which gateway is no secret
        gateways = self.installation.gateways
        for gateway in [*gateways[first:], *gateways[:first]]:
            try:
                async with self.installation.http.request(
                    method, f"{gateway.url}{path}", json=body, headers=headers
                ) as answer:
                    return answer.status, await answer.json()
            except aiohttp.ClientConnectorError:
                continue
            except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError):
                self.cut_off += method == "GET"
        return 0, None

    async def ban_for_ever(self) -> None:
        """One player after the other; what is not accepted is sent again with its key, as clients do."""
        while not self.is_over:
            player = somebody()
            body = {"player": {"service": "roblox", "id": player}, "punishments": ["ban"], "reason": "aimbot"}
            status = 0
            while status not in {200, 201, 202}:
                status, answer = await self.call("POST", "/v1/infractions", body, key=f"ban {player}")
                if status not in {0, 200, 201, 202, 503}:
                    self.wrong.append(f"ban: {status} {answer}")
                    return
            self.accepted[player] = status

    async def check_for_ever(self) -> None:
        """Somebody whom every gateway has refused before: never again is one of them let in."""
        while not self.is_over:
            known = [*self.settled]
            player = random.choice(known) if known else "1"  # noqa: S311 - as above
            status, answer = await self.call("GET", f"/v1/players/roblox/{player}/restrictions")
            self.checks[status] += 1
            if status == 200 and known and "ban" not in answer["restrictions"]:
                self.wrong.append(f"check: {player} is banned and was let in")
            await asyncio.sleep(0.002)

    async def moves(self) -> None:
        """Until so many more bans have been accepted and checks answered."""
        bans, checks = len(self.accepted) + WRITES_EACH_STEP, self.checks.total() + WRITES_EACH_STEP

        async def has_moved() -> bool:
            return bool(self.wrong) or (len(self.accepted) >= bans and self.checks.total() >= checks)

        await eventually(has_moved)

    async def goes_on(self) -> None:
        """And until every gateway knows those bans."""
        await self.moves()
        fresh = self.accepted.keys() - set(self.settled)
        for gateway in self.installation.gateways:
            for player in fresh:
                await eventually(partial(self._refuses, gateway, player))
        self.settled += fresh

    async def _refuses(self, gateway: Gateway, player: str) -> bool:
        headers = {"Authorization": f"Bearer {self.installation.token}"}
        url = f"{gateway.url}/v1/players/roblox/{player}/restrictions"
        async with self.installation.http.get(url, headers=headers) as answer:
            return answer.status == 200 and "ban" in (await answer.json())["restrictions"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    try:
        release = unpack(ROOT, tmp_path_factory.mktemp("release"))
    except NotInThisClone as missing:
        pytest.skip(f"NOT TESTED: the release before is not in this clone's history: {missing}")
    async with installed(release, tmp_path_factory.mktemp("upgrade")) as running:
        yield running


async def log_of(installation: Installation) -> Counter[str]:
    """How often each player was banned, by the log."""
    connection = await asyncpg.connect(installation.database)
    rows = await connection.fetch(
        "select stream from infractions.event_log where stream like 'player:%' and type like '%issued'"
    )
    await connection.close()
    return Counter(row["stream"].rsplit(":", 1)[1] for row in rows)


async def read_models(installation: Installation) -> dict[str, list[str]]:
    """Every row of every table but how far the relay is; a rebuild makes most of them anew and leaves the others."""
    connection = await asyncpg.connect(installation.database)
    tables = await connection.fetch("select tablename from pg_tables where schemaname = 'infractions'")
    found = {}
    for table in {row["tablename"] for row in tables} - RELAYED:
        rows = await connection.fetch(
            f"select (to_jsonb(t) - $1::text)::text as row from infractions.{table} t", UNREAD
        )
        found[table] = sorted(row["row"] for row in rows)
    await connection.close()
    return found


async def end(service: Service) -> None:
    """As a supervisor does."""
    try:
        assert await asyncio.to_thread(service.stop, GRACE_SECONDS) == 0
    except subprocess.TimeoutExpired:
        service.kill()


async def upgrade(installation: Installation, load: Load) -> None:
    """As docs/operations.md says; between the steps old and new work side by side."""
    await load.goes_on()
    await installation.deploy_step("migrate", is_old=False)
    await installation.deploy_step("streams", "apply", is_old=False)
    await load.goes_on()
    for _ in range(2):
        await installation.start_infractions(is_old=False)
        await end(installation.infractions.pop(0))
        await load.goes_on()
    for _ in range(2):
        await installation.start_gateway(is_old=False)
        old = installation.gateways[0]
        stopping = asyncio.create_task(end(old.service))
        await load.moves()
        await stopping
        await load.moves()
        installation.gateways.remove(old)
    await load.goes_on()


@pytest.mark.timeout(300)
async def test_nothing_is_lost_from_the_last_release_to_this_one(installation: Installation) -> None:
    assert installation.release.place_of("banstream_infractions").is_relative_to(installation.release.folder)
    load = Load(installation)
    async with asyncio.TaskGroup() as tasks:
        clients = [tasks.create_task(load.ban_for_ever()) for _ in range(WRITERS)]
        clients += [tasks.create_task(load.check_for_ever()) for _ in range(CHECKERS)]
        try:
            await upgrade(installation, load)
        finally:
            load.is_over = True
    assert not load.wrong, load.wrong[:3]
    assert load.checks.keys() == {200}, load.checks
    assert load.cut_off <= GATEWAYS, "at most one kept connection of each that stopped"

    async def all_are_there() -> bool:
        return (await log_of(installation)).keys() >= load.accepted.keys()

    await eventually(all_are_there)
    assert set((await log_of(installation)).values()) == {1}
    await installation.deploy_step("log", "verify", is_old=False)
    kept = await read_models(installation)
    await installation.deploy_step("rebuild", is_old=False)
    made_anew = await read_models(installation)
    assert {table: {*rows} ^ {*made_anew[table]} for table, rows in kept.items() if rows != made_anew[table]} == {}
    assert not installation.nats.violations()
