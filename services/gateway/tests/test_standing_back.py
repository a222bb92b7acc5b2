"""A gateway that starts beside others on one port."""

import asyncio
from contextlib import AsyncExitStack

import aiohttp
from aiohttp import web

from banstream_gateway.server import serving
from banstream_testing.waiting import eventually

CONNECTIONS = 40
"""The system gives each to one of those who listen; that all go to one of two by chance is one in 10^12."""


def saying(name: str) -> web.Application:
    async def say(_request: web.Request) -> web.Response:
        return web.Response(text=name)

    app = web.Application()
    app.router.add_get("/", say)
    return app


async def who_answers(port: int) -> set[str]:
    """Each time on a new connection."""
    names = set()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        for _ in range(CONNECTIONS):
            async with session.get(f"http://127.0.0.1:{port}/") as answer:
                names.add(await answer.text())
    return names


async def test_who_has_not_loaded_leaves_the_port_to_who_has() -> None:
    """And joins in once it has loaded."""
    loaded, joined = asyncio.Event(), asyncio.Event()
    async with serving(saying("first"), "127.0.0.1", 0, 5) as port:

        async def second() -> None:
            async with serving(saying("second"), "127.0.0.1", port, 5, may_answer=loaded.is_set):
                joined.set()
                await asyncio.Event().wait()

        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(second())
            assert await who_answers(port) == {"first"}
            assert not joined.is_set()
            loaded.set()
            await joined.wait()
            assert await who_answers(port) == {"first", "second"}
            running.cancel()


async def test_who_has_not_loaded_answers_where_nobody_else_does_any_more() -> None:
    """An answer that says why is better than none."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(AsyncExitStack())
        port = await first.enter_async_context(serving(saying("first"), "127.0.0.1", 0, 5))
        second = serving(saying("second"), "127.0.0.1", port, 5, may_answer=lambda: False)
        joining = asyncio.create_task(stack.enter_async_context(second))
        assert await who_answers(port) == {"first"}
        await first.aclose()
        await joining

        async def answers() -> bool:
            return await who_answers(port) == {"second"}

        await eventually(answers)


async def test_its_own_port_answers_from_the_start() -> None:
    """For probes, which ask whether it has loaded."""
    async with serving(saying("first"), "127.0.0.1", 0, 5) as port:
        async with serving(saying("own"), "127.0.0.1", 0, 5) as free:
            pass
        second = serving(saying("second"), "127.0.0.1", port, 5, ("127.0.0.1", free), lambda: False)
        waiting = asyncio.create_task(second.__aenter__())

        async def answers() -> bool:
            try:
                return await who_answers(free) == {"second"}
            except aiohttp.ClientError:
                return False

        await eventually(answers)
        assert await who_answers(port) == {"first"}
        waiting.cancel()
        await asyncio.wait([waiting])
