"""A connection that the network has lost without a word ends on both sides, whatever was on its way."""

import asyncio
import ctypes
import socket
import struct
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import asyncpg
import pytest
import uvloop

from banstream_event_log import postgres
from banstream_testing.fixtures import Database
from banstream_testing.tcp_proxy import TcpProxy, way_to
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="options and filters of sockets as Linux has them")

_SO_ATTACH_FILTER = 26
_TAKE_NOTHING = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
_LOCK = "select pg_try_advisory_lock(1)"

Run = Callable[[Coroutine[Any, Any, list[tuple[int, ...]]]], list[tuple[int, ...]]]


def fall_silent(proxy: TcpProxy) -> None:
    """The connections that there are take no packets more: nothing that is sent to them is acknowledged."""
    for writer in proxy._writers:  # noqa: SLF001 - no test but this one needs them
        taken: socket.socket = writer.get_extra_info("socket")
        program = struct.pack("HL", 1, ctypes.addressof(_TAKE_NOTHING))
        taken.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a second instead of eleven."""
    for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT"):
        monkeypatch.setitem(postgres.CLIENT_KEEPALIVE, name, 1)
    monkeypatch.setitem(postgres.CLIENT_KEEPALIVE, "TCP_USER_TIMEOUT", 1000)
    monkeypatch.setitem(postgres.KEEPALIVE, "tcp_user_timeout", "1000")


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
async def test_either_kind_of_connection_is_asked_whether_it_is_still_there(database: Database, run: Run) -> None:
    async def asked() -> list[tuple[int, ...]]:
        one = await postgres.connect(database.service_url)
        async with postgres.create_pool(database.service_url) as pool, pool.acquire() as pooled:
            found = [options(one), options(pooled._con)]  # type: ignore[attr-defined] # noqa: SLF001 - the one lent
        await one.close()
        return found

    assert await asyncio.to_thread(run, asked()) == [(1, 5, 2, 3, 11_000)] * 2


def options(connection: "asyncpg.Connection[asyncpg.Record]") -> tuple[int, ...]:
    ours = connection._transport.get_extra_info("socket")  # type: ignore[attr-defined] # noqa: SLF001 - nothing tells else
    names = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
    asks = ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    return (asks, *(ours.getsockopt(socket.IPPROTO_TCP, name) for name in names))


@pytest.mark.usefixtures("soon")
async def test_a_query_on_a_silent_connection_ends_and_another_connection_works(database: Database) -> None:
    async with way_to(database.service_url) as (proxy, url):
        connection = await postgres.connect(url)
        fall_silent(proxy)
        with pytest.raises(postgres.TRANSIENT):
            await asyncio.wait_for(asyncio.shield(asyncio.create_task(connection.fetchval("select 1"))), 20)
        assert connection.is_closed()
        another = await postgres.connect(url)
        assert await another.fetchval("select 1") == 1
        await another.close()


@pytest.mark.usefixtures("soon")
async def test_a_silent_connection_that_nobody_uses_is_closed(database: Database) -> None:
    async with way_to(database.service_url) as (proxy, url):
        connection = await postgres.connect(url)
        fall_silent(proxy)

        async def is_closed() -> bool:
            return connection.is_closed()

        await eventually(is_closed, 20)


@pytest.mark.usefixtures("soon")
async def test_the_locks_of_who_fell_silent_are_free_though_an_answer_is_on_its_way(database: Database) -> None:
    async with way_to(database.service_url) as (proxy, url):
        silent = await postgres.connect(url)
        assert await silent.fetchval(_LOCK)
        answer = asyncio.create_task(silent.fetchval("select pg_sleep(0.2)"))
        other = await postgres.connect(database.service_url)

        async def is_at_work() -> bool:
            return bool(await other.fetchval("select count(*) from pg_stat_activity where query like 'select pg_sl%'"))

        await eventually(is_at_work)
        fall_silent(proxy)

        async def is_free() -> bool:
            return bool(await other.fetchval(_LOCK))

        await eventually(is_free, 20)
        with suppress(*postgres.TRANSIENT):
            await answer
        await other.close()
