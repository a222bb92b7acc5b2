"""So many a second, and a burst."""

import pytest

from banstream_gateway import limits
from banstream_gateway.limits import Rate
from banstream_gateway.problems import TooMany


def taken(rate: Rate, key: str, now: float, times: int) -> list[float]:
    return [rate.take(key, now) for _ in range(times)]


def test_a_burst_goes_through_and_then_so_many_a_second() -> None:
    rate = Rate(2, 3)
    assert taken(rate, "a", 100.0, 4) == [0, 0, 0, 0.5]
    assert taken(rate, "a", 100.25, 1) == [0.25]
    assert taken(rate, "a", 100.5, 2) == [0, 0.5]


def test_who_was_quiet_for_long_has_no_more_than_a_burst() -> None:
    rate = Rate(2, 3)
    taken(rate, "a", 100.0, 3)
    assert taken(rate, "a", 4000.0, 4) == [0, 0, 0, 0.5]


def test_everybody_has_a_burst_of_their_own() -> None:
    rate = Rate(2, 1)
    assert [rate.take(key, 100.0) for key in ("a", "b", "a", "b")] == [0, 0, 0.5, 0.5]


def test_the_oldest_of_too_many_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_MOST_KEYS", 2)
    rate = Rate(2, 1)
    assert [rate.take(key, 100.0) for key in ("a", "b", "c", "c", "b", "a")] == [0, 0, 0, 0.5, 0.5, 0]


@pytest.mark.parametrize("seconds", [0.001, 0.5, 1.0, 49.6])
def test_who_waits_as_long_as_told_has_waited_long_enough(seconds: float) -> None:
    told = int(TooMany(seconds).headers["Retry-After"])
    assert seconds <= told <= seconds + 1
