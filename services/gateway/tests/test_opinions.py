"""When a provider is asked, and when not."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from services.gateway.tests.conftest import until

from banstream_gateway.vpn.opinions import Limits, Opinions
from banstream_gateway.vpn.providers import ProviderFailed
from banstream_gateway.vpn.verdicts import Address, Opinion, ProviderName, read_address

HOUR = 3600.0
ADDRESSES = [read_address(f"192.0.2.{last}") for last in range(10)]
VPN = Opinion(is_vpn=True, why="seen")


@dataclass
class Fake:
    """A provider that does as the test says."""

    name: ProviderName = "iphub"
    fails: Exception | None = None
    asked: list[Address] = field(default_factory=list)
    gate: asyncio.Event | None = None
    is_closed: bool = False

    async def opinion(self, address: Address) -> Opinion:
        self.asked.append(address)
        if self.gate:
            await self.gate.wait()
        if self.fails:
            raise self.fails
        return VPN

    async def close(self) -> None:
        self.is_closed = True


@dataclass
class World:
    """Time and day as the test says."""

    now: float = 1000.0
    day: str = "2026-01-01"
    counted: list[tuple[str, str]] = field(default_factory=list)

    def opinions(self, *providers: Fake, **limits: Any) -> Opinions:
        usual = {"daily_budget": 100, "cache_seconds": 24 * HOUR, "cache_length": 100}
        return Opinions(
            providers,
            Limits(**{**usual, **limits}),
            asked=lambda name, outcome: self.counted.append((name, outcome)),
            clock=lambda: self.now,
            today=lambda: self.day,
        )


@pytest.fixture
def world() -> World:
    return World()


async def test_without_a_provider_nothing_is_asked(world: World) -> None:
    assert await world.opinions().of(ADDRESSES[0]) is None
    assert world.counted == []


async def test_an_opinion_is_remembered_for_a_day(world: World) -> None:
    fake = Fake()
    opinions = world.opinions(fake)
    for elapsed in (0.0, 23.9 * HOUR, 24.1 * HOUR):
        world.now = 1000.0 + elapsed
        assert await opinions.of(ADDRESSES[0]) == ("iphub", VPN)
    assert len(fake.asked) == 2


async def test_no_more_addresses_are_remembered_than_allowed_and_the_least_used_goes_first(world: World) -> None:
    fake = Fake()
    opinions = world.opinions(fake, cache_length=2)
    for index in (0, 1, 0, 2, 0, 1):
        await opinions.of(ADDRESSES[index])
        assert len(opinions) <= 2
    assert fake.asked == [ADDRESSES[index] for index in (0, 1, 2, 1)]


async def test_over_its_daily_budget_a_provider_is_not_asked_until_the_next_day(world: World) -> None:
    fake = Fake()
    opinions = world.opinions(fake, daily_budget=2)
    answers = [await opinions.of(address) for address in ADDRESSES[:4]]
    assert [answer is not None for answer in answers] == [True, True, False, False]
    assert fake.asked == ADDRESSES[:2]
    assert world.counted[-2:] == [("iphub", "over_budget")] * 2
    world.day = "2026-01-02"
    assert await opinions.of(ADDRESSES[2]) == ("iphub", VPN)


async def test_failures_are_paid_for_out_of_the_budget(world: World) -> None:
    fake = Fake(fails=ProviderFailed("no"))
    opinions = world.opinions(fake, daily_budget=2)
    for address in ADDRESSES[:4]:
        assert await opinions.of(address) is None
    assert len(fake.asked) == 2


async def test_an_address_without_an_opinion_is_left_alone_for_a_while(world: World) -> None:
    fake = Fake(fails=ProviderFailed("no"))
    opinions = world.opinions(fake)
    for elapsed in (0, 299, 301):
        world.now = 1000.0 + elapsed
        assert await opinions.of(ADDRESSES[0]) is None
    assert len(fake.asked) == 2


@pytest.mark.parametrize(
    "fault", [ProviderFailed("TimeoutError", 30.0), RuntimeError("a bug in a library")], ids=["expected", "unexpected"]
)
async def test_a_provider_that_is_away_rests_and_the_next_one_is_asked(world: World, fault: Exception) -> None:
    broken, good = Fake("iphub", fails=fault), Fake("proxycheck")
    opinions = world.opinions(broken, good)
    for address in ADDRESSES[:3]:
        assert await opinions.of(address) == ("proxycheck", VPN)
    assert broken.asked == ADDRESSES[:1]
    world.now += 31
    await opinions.of(ADDRESSES[3])
    assert broken.asked == [ADDRESSES[0], ADDRESSES[3]]
    assert ("iphub", "resting") in world.counted


async def test_many_who_ask_at_once_cost_one_question(world: World) -> None:
    fake = Fake(gate=asyncio.Event())
    opinions = world.opinions(fake)
    asking = [asyncio.create_task(opinions.of(ADDRESSES[0])) for _ in range(20)]
    await until(lambda: fake.asked)
    asking[0].cancel()
    assert fake.gate is not None
    fake.gate.set()
    assert await asyncio.gather(*asking[1:]) == [("iphub", VPN)] * 19
    assert len(fake.asked) == 1


async def test_closing_ends_what_still_waits(world: World) -> None:
    fake = Fake(gate=asyncio.Event())
    opinions = world.opinions(fake)
    asking = asyncio.create_task(opinions.of(ADDRESSES[0]))
    await until(lambda: fake.asked)
    await opinions.close()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert fake.is_closed
