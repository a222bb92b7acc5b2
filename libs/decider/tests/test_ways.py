"""A service with faulty ways to NATS and to Postgres: it comes back by itself, says so, and ends when it shall."""

import asyncio
import importlib
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import asyncpg
import nats.errors
import pytest
from faststream import FastStream
from faststream.nats import NatsBroker
from pydantic import SecretStr

from banstream_contracts import streams, subjects
from banstream_decider.turns import Turns
from banstream_event_log import postgres
from banstream_infractions import app as infractions
from banstream_infractions import handlers
from banstream_infractions.settings import NatsSettings, Settings
from banstream_runtime.tasks import ended
from banstream_testing.applications import running
from banstream_testing.fixtures import Database
from banstream_testing.infractions import ADDRESS_KEY, MASTER_KEY, Bus, bus, issue
from banstream_testing.servers import NatsServer, free_port
from banstream_testing.tcp_proxy import TcpProxy, way_to
from banstream_testing.waiting import eventually

_LONGEST_SECONDS = 20.0
"""Whoever starts a service kills it after 30."""
_QUERY = b'{"infraction_id": "%024x"}' % 0


@pytest.fixture(autouse=True)
def as_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Handlers that a broker has started once are not started again: each process has one of each."""
    monkeypatch.setattr(infractions, "router", importlib.reload(handlers).router)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_STOP_SECONDS", 0.5)


def service(nats_url: str, database_url: str, metrics_port: int | None = None) -> FastStream:
    settings = Settings(
        database_url=SecretStr(database_url),
        master_key=SecretStr(MASTER_KEY.hex()),
        address_key=SecretStr(ADDRESS_KEY.hex()),
        metrics_port=metrics_port,
    )
    return infractions.create_app(settings, NatsSettings(nats_url=nats_url))


async def has_ended(app: FastStream, task: "asyncio.Task[None]") -> bool:
    app.exit()
    await asyncio.wait([task], timeout=_LONGEST_SECONDS)
    return task.done()


async def answered(to: Bus) -> bool:
    """Whatever it is told: there is no such infraction."""
    try:
        await to.client.request(subjects.QUERY_INFRACTION, _QUERY, timeout=1)
    except nats.errors.Error:
        return False
    return True


async def test_queries_are_answered_again_once_the_server_has_room_for_connections(
    nats: NatsServer, database: Database
) -> None:
    async with bus(nats) as to, way_to(nats.url) as (proxy, url), running(service(url, database.service_url)):
        await eventually(lambda: answered(to))
        for writer in proxy._writers:  # noqa: SLF001 - no other test speaks for a server
            if writer.get_extra_info("sockname")[1] == proxy.port:
                writer.write(b"-ERR 'maximum connections exceeded'\r\n")
        assert await eventually(lambda: answered(to), _LONGEST_SECONDS)


async def test_a_service_that_gets_no_queries_is_not_ready(nats: NatsServer, database: Database) -> None:
    port = free_port()
    app = service(nats.url, database.service_url, port)

    async def missing() -> dict[str, str] | None:
        try:
            async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                told: dict[str, str] = (await answer.json())["missing"]
                return told
        except aiohttp.ClientError:
            return None

    async def is_ready() -> bool:
        return await missing() == {}

    async with bus(nats), aiohttp.ClientSession() as session, running(app):
        await eventually(is_ready)
        assert isinstance(app.broker, NatsBroker)
        await app.broker.connection.close()
        assert await missing() == {"nats": "not connected"}


async def test_a_service_that_waits_for_nats_is_well_and_ends_when_it_shall(database: Database) -> None:
    waiting = asyncio.Event()

    def take(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        waiting.set()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    port = free_port()
    app = service(f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}", database.service_url, port)
    task = asyncio.create_task(app.run())
    await waiting.wait()
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            async with session.get("/healthz") as answer:
                assert answer.status == 200
            async with session.get("/readyz") as answer:
                assert (answer.status, (await answer.json())["missing"]) == (503, {"nats": "not connected"})
        assert await has_ended(app, task)
    finally:
        await ended(task)
        server.close()


@contextmanager
def frozen(proxy: TcpProxy) -> Iterator[None]:
    proxy.black_hole()
    try:
        yield
    finally:
        proxy.mend()


async def test_a_service_in_the_middle_of_a_batch_ends_though_postgres_is_frozen(
    nats: NatsServer, database: Database
) -> None:
    async with bus(nats) as to, way_to(database.service_url) as (proxy, url):
        app = service(nats.url, url)

        async def is_taken() -> bool:
            intake = await to.client.jetstream().consumer_info(streams.COMMANDS, streams.INFRACTIONS)
            return bool(intake.num_ack_pending)

        async with running(app) as task:
            await to.send(issue("1"))
            with frozen(proxy):
                await to.publish(issue("2"))
                await eventually(is_taken)
                assert await has_ended(app, task)


async def test_a_service_with_a_query_ends_though_postgres_is_frozen(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, way_to(database.service_url) as (proxy, url):
        app = service(nats.url, url)
        async with running(app) as task:
            await eventually(lambda: answered(to))
            with frozen(proxy):
                assert not await answered(to)
                assert await has_ended(app, task)


async def test_work_beside_a_service_ends_though_postgres_is_frozen(database: Database) -> None:
    async with way_to(database.service_url) as (proxy, url):
        begun = asyncio.Event()

        async def write(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
            async with connection.transaction():
                begun.set()
                await connection.execute("select pg_sleep(60)")

        async def work(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(write(connection))

        turns = Turns(url, streams.INFRACTIONS, "test", work)
        task = asyncio.create_task(turns.run())
        await begun.wait()
        with frozen(proxy):
            turns.stop()
            stopping = asyncio.create_task(ended(task))
            await asyncio.wait([stopping], timeout=_LONGEST_SECONDS)
            assert task.done()
        await stopping
