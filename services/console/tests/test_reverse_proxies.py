"""Whom the limits on sign-ins count, behind real proxies that say who called them."""

from collections.abc import AsyncIterator
from ipaddress import IPv4Address
from secrets import randbelow

import aiohttp
import pytest
import pytest_asyncio
from argon2 import PasswordHasher
from services.console.tests.reverse_proxy import Writes, appends, appends_with_port, proxied, replaces
from services.console.tests.signing_in import loaded_console

from banstream_console.staff.signing_in import passwords
from banstream_testing.console import Console
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus, service
from banstream_testing.servers import NatsServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

FREE = 20
"""Attempts that cost an address nothing."""


@pytest.fixture(autouse=True)
def quick_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts are counted here, not how long each is made to take."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "NOBODYS", hasher.hash("of nobody"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def known(nats: NatsServer, wall_database: Database) -> AsyncIterator[NatsServer]:
    """A bus on which the accounts are loaded."""
    async with bus(nats), service(nats, wall_database):
        yield nats


def somewhere() -> str:
    """One of the addresses of loopback, so that tests lock nobody else out."""
    return str(IPv4Address("127.1.0.0") + randbelow(2**24 - 2**17))


async def tried(url: str, address: str, forged: str | None = None) -> int:
    """Sign in as nobody, by a connection of its own."""
    headers = {} if forged is None else {"X-Forwarded-For": forged}
    form = {"username": f"nobody-{randbelow(10**9)}", "password": "wrong"}
    connector = aiohttp.TCPConnector(local_addr=(address, 0), force_close=True)
    async with (
        aiohttp.ClientSession(connector=connector) as http,
        http.post(f"{url}/login", data=form, headers=headers) as answer,
    ):
        return answer.status


async def statuses(made: Console, hops: tuple[Writes, ...], forgeries: list[str | None]) -> tuple[set[int], int, int]:
    """What one client is answered while attempts are free, then; and what another one is then."""
    client, other = somewhere(), somewhere()
    async with proxied(made.url, hops) as url:
        free = {await tried(url, client, forgeries[number % len(forgeries)]) for number in range(FREE)}
        return free, await tried(url, client, forgeries[-1]), await tried(url, other)


@pytest.mark.parametrize(
    "hops",
    [
        (appends,),
        (appends, appends),
        (appends_with_port,),
        (replaces,),
        (replaces, appends),
        (appends_with_port, appends),
    ],
    ids=lambda hops: "-".join(each.__name__ for each in hops),
)
async def test_behind_proxies_one_client_is_counted_as_one_and_alone(
    known: NatsServer, hops: tuple[Writes, ...]
) -> None:
    async with loaded_console(known, console_trusted_proxies=len(hops)) as made:
        assert await statuses(made, hops, [None]) == ({200}, 429, 200)


FORGED: list[str | None] = [
    "203.0.113.1",
    "203.0.113.2, 203.0.113.3",
    "2001:db8::1",
    "[2001:db8::2]:443",
    "unknown",
    "",
    ", , ,",
    "\"; '<%00>",
    "x" * 4000,
    "203.0.113.9:1, 203.0.113.9:2",
]


@pytest.mark.parametrize(
    "hops", [(appends,), (appends, appends)], ids=lambda hops: "-".join(each.__name__ for each in hops)
)
async def test_no_client_gets_around_the_lockout_by_what_it_says_of_itself(
    known: NatsServer, hops: tuple[Writes, ...]
) -> None:
    async with loaded_console(known, console_trusted_proxies=len(hops)) as made:
        assert await statuses(made, hops, FORGED) == ({200}, 429, 200)


async def test_without_a_trusted_proxy_the_header_is_nothing(known: NatsServer) -> None:
    async with loaded_console(known, console_trusted_proxies=0) as made:
        assert await statuses(made, (), FORGED) == ({200}, 429, 200)
