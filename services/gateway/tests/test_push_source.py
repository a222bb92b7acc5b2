"""What the ring may be told of a stream of which it is sent a part."""

import asyncio

import pytest
from services.gateway.tests.conftest import until
from services.gateway.tests.feeds import banned

from banstream_contracts import headers
from banstream_contracts.infractions import Standing
from banstream_contracts.streams import POSITION_KEY
from banstream_gateway.feed import push_source
from banstream_gateway.feed.push_source import PushSource
from banstream_gateway.feed.ring import Ring
from banstream_gateway.held.restrictions import Restrictions

PLACE = [b"5", b"1", b"1795299640127694817", b"0"]
ISSUED = b'{"occurred_at":"2026-01-02T03:04:05Z","infraction_id":"cccccccccccccccccccccccc","scope":"global"}'


STANDING = Standing(position=3, restrictions=(banned(),)).model_dump_json(exclude_none=True).encode()


class Awaited(Restrictions):
    """Counts how often something was waited for."""

    waits = 0

    async def wait_for(self, position: int, seconds: float) -> bool:
        self.waits += 1
        return await super().wait_for(position, min(seconds, 0.001))


def written(position: int) -> bytes:
    lines = [f"{headers.EVENT_TYPE}: banstream.infraction.issued", f"{headers.EVENT_SOURCE}: banstream/infractions"]
    return "\r\n".join(["NATS/1.0", *lines, f"{headers.EVENT_POSITION}: {position}", "", ""]).encode()


async def test_while_an_event_waits_for_its_restrictions_the_ring_does_not_pass_it_over() -> None:
    ring = Ring(60, 10)
    source = PushSource(ring, Restrictions(), 60, lambda _entry: None)
    source._taken = 4  # noqa: SLF001 - as after a start
    ring.settle(4)
    source._take(b"", PLACE, written(position=7), ISSUED)  # noqa: SLF001 - as the consumer does
    source._pass_over(9)  # noqa: SLF001 - as the consumer does
    assert (ring.newest, len(ring)) == (4, 0)


async def test_an_event_waits_longer_while_the_restrictions_are_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push_source, "CATCH_UP_SECONDS", 0.0)
    ring, restrictions = Ring(60, 10), Awaited()
    restrictions.apply("roblox=1", STANDING)
    restrictions.apply(POSITION_KEY, b"3")
    restrictions.begin()
    told = asyncio.Event()
    source = PushSource(ring, restrictions, 60, lambda _entry: told.set())
    entering = asyncio.create_task(source._enter_in_time())  # noqa: SLF001 - as `run` does
    source._take(b"", PLACE, written(position=7), ISSUED)  # noqa: SLF001 - as the consumer does
    await until(lambda: restrictions.waits > 2)
    assert len(ring) == 0
    restrictions.apply("roblox=1", STANDING)
    restrictions.apply(POSITION_KEY, b"7")
    await until(told.is_set)
    entering.cancel()
    assert len(ring) == 1
