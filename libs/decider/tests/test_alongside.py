"""Work beside a service is given its connection, ends with it, and takes it along where it has a bug."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from faststream import ContextRepo, TestApp
from faststream.nats import NatsBroker, TestNatsBroker
from nats.aio.client import Client

from banstream_decider.application import Application
from banstream_decider.turns import Work, alongside

CLIENT = Client()
_LONGEST_SECONDS = 20.0


@dataclass
class Waiting:
    """Work that never ends by itself."""

    client: Client
    is_stopped: bool = False
    ended_stopped: list[bool] = field(default_factory=list)

    async def run(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.ended_stopped.append(self.is_stopped)

    def stop(self) -> None:
        self.is_stopped = True


class Broken:
    """Work with a bug."""

    async def run(self) -> None:
        raise ZeroDivisionError

    def stop(self) -> None:
        """It has ended."""


@asynccontextmanager
async def lifespan(context: ContextRepo) -> AsyncIterator[None]:
    context.set_global("client", CLIENT)
    yield


@asynccontextmanager
async def service(make_work: Callable[[Client], Work]) -> AsyncIterator[Application]:
    broker = NatsBroker(logger=None)
    app = Application(broker, lifespan)
    alongside(app, make_work)
    async with TestNatsBroker(broker), TestApp(app):
        await asyncio.sleep(0)
        yield app


async def test_it_is_told_to_stop_before_it_is_cancelled() -> None:
    made: list[Waiting] = []

    def make(client: Client) -> Waiting:
        made.append(Waiting(client))
        return made[-1]

    async with service(make):
        assert [(work.client, work.ended_stopped) for work in made] == [(CLIENT, [])]
    assert [work.ended_stopped for work in made] == [[True]]


async def test_a_bug_in_it_ends_the_service() -> None:
    waited: list[str | None] = []

    async def used() -> None:
        async with service(lambda _client: Broken()) as app:
            waited.append(await app.unless_stopped(asyncio.sleep(_LONGEST_SECONDS, "in vain")))

    with pytest.raises(ZeroDivisionError):
        await used()
    assert waited == [None]
