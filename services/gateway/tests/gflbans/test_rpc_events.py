"""Which pushes become RPC events, by themselves."""

import time
from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import orjson

from banstream_contracts.players import Player
from banstream_edge.bus import Bus
from banstream_gateway.feed.push_feed import PushFeed
from banstream_gateway.feed.pushes import Push
from banstream_gateway.feed.ring import Cursor, Entry, Ring
from banstream_gateway.game_servers.known_addresses import KnownAddresses
from banstream_gateway.game_servers.rpc_events import RpcEvents
from banstream_gateway.game_servers.rpc_place import Place
from banstream_gateway.game_servers.rpc_queue import RpcQueue
from banstream_gateway.held.restrictions import Restrictions
from banstream_gateway.held.standings import Restriction

SERVER = "a" * 24
KEY = "address=" + "c" * 64


def blocks(found: Mapping[str, Restriction], _now: datetime) -> dict[str, dict[str, Any]]:
    return {punishment: {"reason": restriction.reason} for punishment, restriction in found.items()}


def events_of(ring: Ring, addresses: KnownAddresses) -> RpcEvents:
    feed = SimpleNamespace(ring=ring, now=lambda: ring.cursor, restrictions=Restrictions())
    return RpcEvents(cast("PushFeed", feed), blocks, addresses, 900.0)


def told(ring: Ring, addresses: KnownAddresses, after: Cursor | None = None) -> list[dict[str, Any]]:
    events = events_of(ring, addresses)
    found, end = events.after(after or Cursor("", 0), SERVER)
    assert end == ring.cursor
    return [orjson.loads(events.written(each, SERVER)) for each in found]


def ring(*ages: float, **fields: Any) -> Ring:
    """One change for each age in seconds; the ring itself has dropped nothing, as while NATS is away."""
    ring = Ring(10_000, 2000)
    ring.begin("a1")
    ring.settle(0)
    now = time.time()
    shown = {"type": "restrictions", "change": "issued", "player": {"service": "steam", "id": "1"}}
    for sequence, age in enumerate(ages, start=1):
        push = Push("restrictions", now - age, None, "steam=1", orjson.dumps(shown), **fields)
        ring.add(Entry(sequence, now - age, push))
    return ring


def test_an_event_is_kept_for_fifteen_minutes() -> None:
    there = told(ring(901.0, 890.0, 1.0), KnownAddresses())
    assert len(there) == 2


def test_an_event_has_the_same_id_wherever_it_is_told() -> None:
    one, other = ring(2.0, 1.0), ring(2.0, 1.0)
    assert [each["event_id"] for each in told(one, KnownAddresses())] == [
        each["event_id"] for each in told(other, KnownAddresses())
    ]
    assert len({each["event_id"] for each in told(one, KnownAddresses())}) == 2


def test_what_comes_after_a_cursor_is_told() -> None:
    assert len(told(ring(3.0, 2.0, 1.0), KnownAddresses(), Cursor("a1", 1))) == 2
    assert len(told(ring(3.0, 2.0, 1.0), KnownAddresses(), Cursor("of another stream", 2))) == 3


def test_an_address_is_told_to_the_server_that_named_it_alone() -> None:
    addresses = KnownAddresses()
    addresses.remember("b" * 24, KEY, "192.0.2.7")
    assert [each["target_type"] for each in told(ring(1.0, address=KEY), addresses)] == ["player"]
    addresses.remember(SERVER, KEY, "192.0.2.7")
    player, address = told(ring(1.0, address=KEY), addresses)
    assert (address["target_type"], address["target"]) == ("ip", "192.0.2.7")
    assert player["event_id"] != address["event_id"]
    assert set(address["glob"].values()) == {None}


def test_however_much_waits_little_is_read_in_one_go_and_all_of_it_in_the_end() -> None:
    events, cursor, pages = events_of(ring(*[1.0] * 1201), KnownAddresses()), Cursor("", 0), []
    while (page := events.after(cursor, SERVER))[1] != cursor:
        pages.append([each.sequence for each in page[0]])
        cursor = page[1]
    assert [sequence for page in pages for sequence in page] == [*range(1, 1202)]
    assert max(map(len, pages)) <= 500


def test_a_kick_is_found_behind_however_many_changes() -> None:
    held = ring(*[1.0] * 1201)
    kicked = {"type": "kick", "player": {"service": "steam", "id": "76561197960265729"}}
    held.add(Entry(1202, time.time(), Push("kick", time.time(), SERVER, None, orjson.dumps(kicked))))
    events, player = events_of(held, KnownAddresses()), Player(service="steam", id="76561197960265729")
    found = events.kick_after(Cursor("a1", 0), SERVER, player)
    assert (found and found.sequence) == 1202
    assert events.kick_after(Cursor("a1", 1202), SERVER, player) is None


def test_what_waits_behind_much_that_was_taken_is_found() -> None:
    events = events_of(ring(*[1.0] * 1201), KnownAddresses())
    taken = [*events.after(Cursor("", 0), SERVER)[0], *events.after(Cursor("a1", 500), SERVER)[0]]
    queue = RpcQueue(cast("Bus", None), events)
    queue.bucket.apply(SERVER, msgspec.json.encode(Place("a1", 0, tuple(each.id for each in taken))))
    assert [each.sequence for each in queue.waiting(SERVER)] == [*range(1001, 1202)]
