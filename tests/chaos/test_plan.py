"""The plan of faults: by its seed alone, fair, and never two on one process."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.chaos.plan import Kind, Planned, broken_by, plan

TARGETS = {
    Kind.KILL: ["gateway-1", "gateway-2", "nats"],
    Kind.PAUSE: ["gateway-1", "nats"],
    Kind.CUT: ["gateway-1 → nats", "gateway-2 → nats"],
    Kind.START_ALONE: ["gateway-1"],
}
ALL = {(kind, target) for kind, targets in TARGETS.items() for target in targets}


def test_the_same_seed_plans_the_same_and_another_something_else() -> None:
    assert plan(7, 300, TARGETS) == plan(7, 300, TARGETS)
    assert plan(7, 300, TARGETS) != plan(8, 300, TARGETS)


@given(st.integers(0, 2**32), st.floats(0, 600))
def test_faults_begin_in_order_and_end_before_the_end(seed: int, seconds: float) -> None:
    planned = plan(seed, seconds, TARGETS)
    assert [each.at for each in planned] == sorted(each.at for each in planned)
    assert all(each.at + each.seconds < seconds for each in planned)


@given(st.integers(0, 2**32))
def test_nothing_comes_again_before_everything_has_come(seed: int) -> None:
    planned = plan(seed, 600, TARGETS)
    rounds = len(planned) // len(ALL)
    times = Counter((each.kind, each.target) for each in planned)
    assert rounds > 5
    assert all(rounds - 1 <= times[pair] <= rounds + 1 for pair in ALL)


@given(st.integers(0, 2**32))
def test_a_process_meets_one_fault_at_a_time(seed: int) -> None:
    planned = plan(seed, 600, TARGETS)
    for number, each in enumerate(planned):
        assert not any(meets(each, other) for other in planned[number + 1 :])


def meets(one: Planned, other: Planned) -> bool:
    are_same = broken_by(one.kind, one.target) & broken_by(other.kind, other.target)
    return bool(are_same) and other.at < one.at + one.seconds


@pytest.mark.parametrize("targets", [{}, {Kind.KILL: []}], ids=["none", "none of a kind"])
def test_nothing_to_break_is_no_fault(targets: dict[Kind, list[str]]) -> None:
    assert plan(1, 60, targets) == []


def test_a_start_without_nats_breaks_it_too() -> None:
    assert broken_by(Kind.START_ALONE, "gateway-1") == {"gateway-1", "nats"}
    assert broken_by(Kind.CUT, "gateway-1 → nats") == {"gateway-1"}
