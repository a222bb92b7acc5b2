"""Whose address it is, among 10,000 marked ranges; one look into a plain dictionary beside it."""

import random
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import TypeVar

from banstream_contracts.infractions import Actor
from banstream_contracts.networks import MarkedNetwork, NetworkKind
from banstream_gateway.vpn.marks import Marks
from bench.report import Figure

T = TypeVar("T")

RANGES, LOOKUPS, ROUNDS = 10_000, 100_000, 3
SHORTEST, LONGEST = {4: 8, 6: 16}, {4: 32, 6: 128}


async def measure() -> list[Figure]:
    """The best of some rounds, since nothing but this process is measured."""
    chance = random.Random(20_260_101)  # noqa: S311 - the same ranges in every run
    marks = _marks(chance)
    v4 = [IPv4Address(chance.getrandbits(32)) for _ in range(LOOKUPS)]
    v6 = [IPv6Address(chance.getrandbits(128)) for _ in range(LOOKUPS)]
    plain = {int(address): True for address in v4[:RANGES]}
    look_up = partial(marks.find, asn=None)
    control = _microseconds(plain.get, [int(address) for address in v4])
    return [_figure("IPv4", _microseconds(look_up, v4), control), _figure("IPv6", _microseconds(look_up, v6), control)]


def _figure(version: str, took: float, control: float) -> Figure:
    note = f"a plain dictionary: {control:.2f} µs; {took / control:.0f} times that"
    return Figure(f"vpn lookup among {RANGES:,} ranges, {version}", "µs", took, goal=50, at_most=True, note=note)


def _marks(chance: random.Random) -> Marks:
    """As many of each version, of every length there is: the worst case for a lookup by length."""
    marks = Marks()
    actor, now = Actor(kind="system", id="bench"), datetime.now(UTC)
    for version, bits in ((4, 32), (6, 128)):
        for _ in range(RANGES):
            length = chance.randint(SHORTEST[version], LONGEST[version])
            address = IPv4Address if version == 4 else IPv6Address
            network = ip_network((address(chance.getrandbits(bits)), length), strict=False)
            marks.apply_own(MarkedNetwork(network=str(network), kind=NetworkKind.VPN, marked_at=now, marked_by=actor))
    sys.stderr.write(f"  {len(marks):,} ranges\n")
    return marks


def _microseconds(look_up: Callable[[T], object], asked: Sequence[T]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for each in asked:
            look_up(each)
        best = min(best, time.perf_counter() - began)
    return best / len(asked) * 1e6
