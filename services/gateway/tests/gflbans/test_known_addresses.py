"""Addresses that a game server may be told again, since it named them lately."""

import pytest

from banstream_gateway.game_servers import known_addresses
from banstream_gateway.game_servers.known_addresses import KnownAddresses

ONE, TWO = "a" * 24, "b" * 24


class Clock:
    time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(known_addresses, "monotonic", clock)
    return clock


@pytest.mark.usefixtures("clock")
def test_a_server_is_told_what_it_named_itself_and_nothing_of_others() -> None:
    known = KnownAddresses()
    known.remember(ONE, "address=1", "192.0.2.7")
    assert known.find(ONE, "address=1") == "192.0.2.7"
    assert known.find(ONE, "address=2") is None
    assert known.find(TWO, "address=1") is None


def test_an_address_is_forgotten_after_a_quarter_of_an_hour_without_it(clock: Clock) -> None:
    known = KnownAddresses()
    known.remember(ONE, "address=1", "192.0.2.7")
    clock.time += 900
    assert known.find(ONE, "address=1") == "192.0.2.7"
    clock.time += 1
    assert known.find(ONE, "address=1") is None
    known.remember(ONE, "address=1", "192.0.2.7")
    assert known.find(ONE, "address=1") == "192.0.2.7"


@pytest.mark.usefixtures("clock")
def test_the_oldest_of_too_many_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_addresses, "_MOST", 2)
    known = KnownAddresses()
    for number in (1, 2, 1, 3):
        known.remember(ONE, f"address={number}", f"192.0.2.{number}")
    found = [known.find(ONE, f"address={number}") for number in (1, 2, 3)]
    assert found == ["192.0.2.1", None, "192.0.2.3"]
