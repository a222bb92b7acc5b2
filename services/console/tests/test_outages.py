"""While the service behind the wall is away, the wall stays, and says how old it is."""

import json
from contextlib import suppress
from functools import partial

import aiohttp
import pytest
import pytest_asyncio

from banstream_testing.console import Answer, Console, console
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus, issue, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def known(nats: NatsServer, wall_database: Database) -> None:
    """One ban that is known to a service that is not there."""
    async with bus(nats) as connected, service(nats, wall_database):
        await connected.send(issue("1", player_name="Still Here", category="aimbot"))


async def when(page: Console, path: str, status: int) -> Answer | None:
    with suppress(aiohttp.ClientError):
        answer = await page.get(path)
        return answer if answer.status == status else None
    return None


async def test_a_wall_that_was_never_read_says_so(nats: NatsServer, known: None) -> None:
    del known
    async with console(nats) as page:
        answer = await page.get("/hall-of-shame?lang=en")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        assert "cannot be read right now" in answer.text
        for path in ("/api/bans", "/api/statistics", "/bans.csv"):
            answer = await page.get(path)
            assert (answer.status, answer.headers["Content-Type"]) == (503, "application/problem+json")
            assert answer.headers["Retry-After"] == "5"


async def test_the_last_good_answer_is_shown_with_its_age(
    nats: NatsServer, wall_database: Database, known: None
) -> None:
    del known
    async with console(nats) as page:
        async with service(nats, wall_database):
            await eventually(partial(when, page, "/hall-of-shame", 200))
            await eventually(partial(when, page, "/api/bans", 200))
        await eventually(partial(_is_stale, page))
        answer = await page.get("/hall-of-shame?lang=en")
        assert answer.status == 200
        assert "Still Here" in answer.text
        assert "This is how it was 1 minute ago" in answer.text
        told = await page.get("/api/bans")
        assert json.loads(told.body)["total"] == 1
        assert int(told.headers["Banstream-Stale-Seconds"]) >= 0
        other = await page.get("/hall-of-shame?search=never+asked")
        assert other.status == 503
        assert (await page.get("/bans.csv")).status == 503
        async with service(nats, wall_database):
            await eventually(partial(_is_fresh, page))


async def _is_stale(page: Console) -> bool:
    return "Banstream-Stale-Seconds" in (await page.get("/api/bans")).headers


async def _is_fresh(page: Console) -> bool:
    answer = await page.get("/hall-of-shame?lang=en")
    return answer.status == 200 and "how it was" not in answer.text


async def test_without_nats_pages_are_served_and_the_console_is_not_ready(
    nats: NatsServer, wall_database: Database, known: None
) -> None:
    del known
    async with console(nats) as page, service(nats, wall_database):
        await eventually(partial(when, page, "/hall-of-shame", 200))
        version = page.wall.pulse.version
        nats.kill()
        try:
            await eventually(partial(when, page, "/readyz", 503))
            answer = await page.get("/hall-of-shame?lang=en")
            assert answer.status == 200
            assert "Still Here" in answer.text
            assert (await page.get("/healthz")).status == 200
        finally:
            nats.start()
        await eventually(partial(when, page, "/readyz", 200))
        await eventually(partial(_is_fresh, page))
        await eventually(partial(_has_rung, page, version))


async def _has_rung(page: Console, version: str) -> bool:
    """It follows the events again: whoever waits is told to look."""
    return page.wall.pulse.version != version
