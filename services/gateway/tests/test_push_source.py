"""What the ring may be told of a stream of which it is sent a part."""

from banstream_contracts import headers
from banstream_gateway.push_source import PushSource
from banstream_gateway.restrictions import Restrictions
from banstream_gateway.ring import Ring

PLACE = [b"5", b"1", b"1795299640127694817", b"0"]
ISSUED = b'{"occurred_at":"2026-01-02T03:04:05Z","infraction_id":"cccccccccccccccccccccccc","scope":"global"}'


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
