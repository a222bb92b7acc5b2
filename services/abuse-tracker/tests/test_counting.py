"""How an incident moves a count (facts ndp-flask-rewind 3.5)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banstream_abuse_tracker.domain.counting import Step, advance, count_now
from banstream_abuse_tracker.domain.tally import Tally
from banstream_contracts.abuse import Threshold
from banstream_contracts.policies import Policy, Thresholds

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = 86_400
WARN, KICK, BAN = Threshold.WARN, Threshold.KICK, Threshold.BAN


def policy(**values: Any) -> Policy:
    thresholds = Thresholds(**values.pop("thresholds", {}))
    return Policy(thresholds=thresholds, **values)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def play(under: Policy, *incidents: tuple[str, float], counter: Tally | None = None) -> list[Step]:
    steps = []
    counter = counter or Tally()
    for reason, seconds in incidents:
        steps.append(advance(counter, under, reason, at(seconds)))
        counter = steps[-1].tally
    return steps


def crossings(steps: list[Step]) -> list[tuple[int, tuple[Threshold, ...]]]:
    return [(step.tally.count, step.crossed) for step in steps if step.crossed]


def test_the_seeds_thresholds_fire_once_each() -> None:
    steps = play(policy(), *(("speed_hack", n) for n in range(30)))
    assert crossings(steps) == [(3, (WARN,)), (5, (KICK,)), (10, (BAN,))]
    assert steps[-1].tally.count == 30


def test_all_reasons_count_into_one_total() -> None:
    steps = play(policy(), ("aimbot", 0), ("teleport", 1), ("clip", 2))
    assert crossings(steps) == [(3, (WARN,))]


def test_one_heavy_incident_crosses_all_thresholds_at_once_and_in_order() -> None:
    (step,) = play(policy(weights={"aimbot": 10}), ("aimbot", 0))
    assert (step.counted, step.crossed) == (10, (WARN, KICK, BAN))


def test_a_weight_of_nothing_is_recorded_and_counts_nothing() -> None:
    (step,) = play(policy(weights={"clip": 0}), ("clip", 0))
    assert (step.status, step.counted, step.tally.count) == ("recorded", 0, 0)


def test_a_threshold_that_is_off_is_never_reached() -> None:
    steps = play(policy(thresholds={"warn": None, "kick": 2, "ban": None}), *(("clip", n) for n in range(20)))
    assert crossings(steps) == [(2, (KICK,))]


def test_the_same_reason_within_the_coalescing_time_is_one_incident() -> None:
    under = policy(coalesce_seconds=2)
    steps = play(under, ("fly_hack", 0), ("fly_hack", 1), ("clip", 1), ("fly_hack", 1.9), ("fly_hack", 2))
    assert [step.status for step in steps] == ["recorded", "coalesced", "recorded", "coalesced", "recorded"]
    assert steps[-1].tally.count == 3


def test_an_anomaly_each_frame_is_one_incident_in_each_window() -> None:
    """Fact 3.4: 5.5 s in the air gave 29 events."""
    steps = play(policy(coalesce_seconds=5), *(("fly_hack", n * 0.19) for n in range(29)))
    assert steps[-1].tally.count == 2


def test_incidents_out_of_order_coalesce_both_ways() -> None:
    steps = play(policy(coalesce_seconds=2), ("clip", 10), ("clip", 9))
    assert [step.status for step in steps] == ["recorded", "coalesced"]


def test_nothing_is_kept_where_nothing_coalesces() -> None:
    assert play(policy(), ("clip", 0))[0].tally.counted == ()


def test_of_reasons_without_end_the_latest_are_kept() -> None:
    steps = play(policy(coalesce_seconds=DAY, reasons=("any",)), *((f"r{n}", n) for n in range(1000)))
    assert list(steps[-1].tally.counted_at) == [f"r{n}" for n in range(950, 1000)]
    (again,) = play(policy(coalesce_seconds=DAY), ("r950", 1001), counter=steps[-1].tally)
    assert (again.status, again.tally.count) == ("coalesced", 1000)


def test_nothing_is_too_late_for_a_count_that_never_began_anew() -> None:
    steps = play(policy(), ("clip", 10), ("clip", 5), ("clip", 0))
    assert [step.status for step in steps] == ["recorded"] * 3
    assert (steps[-1].tally.count, steps[-1].tally.since) == (3, None)


def test_reset_after_counts_from_the_last_incident_not_from_the_first() -> None:
    under = policy(reset_after_seconds=7 * DAY)
    steps = play(under, ("clip", 0), ("clip", 6 * DAY), ("clip", 12 * DAY))
    assert crossings(steps) == [(3, (WARN,))]


def test_reset_after_begins_anew_at_the_next_incident_and_thresholds_fire_again() -> None:
    under = policy(reset_after_seconds=7 * DAY)
    steps = play(under, *(("clip", n) for n in range(3)), *(("clip", 8 * DAY + n) for n in range(3)))
    assert [step.restarted for step in steps] == [False, False, False, True, False, False]
    assert crossings(steps) == [(3, (WARN,)), (3, (WARN,))]


def test_reset_after_shows_on_reading_before_any_incident() -> None:
    under = policy(reset_after_seconds=DAY)
    (step,) = play(under, ("clip", 0))
    assert (count_now(step.tally, under, at(DAY)), count_now(step.tally, under, at(DAY + 1))) == (1, 0)


def test_never_is_never() -> None:
    (step,) = play(policy(), ("clip", 0))
    assert count_now(step.tally, policy(), at(3650 * DAY)) == 1


def test_what_happened_before_the_count_began_is_late() -> None:
    begun = Tally(since=at(100))
    late, on_time = play(policy(), ("clip", 99), ("clip", 100), counter=begun)
    assert (late.status, late.tally) == ("late", begun)
    assert (on_time.status, on_time.tally.count) == ("recorded", 1)


def test_a_lower_threshold_of_a_new_version_fires_at_the_next_incident() -> None:
    counter = play(policy(), *(("clip", n) for n in range(4)))[-1].tally
    assert advance(counter, policy(thresholds={"kick": 4}), "clip", at(5)).crossed == (KICK,)


def test_a_higher_threshold_of_a_new_version_fires_when_it_is_reached() -> None:
    counter = play(policy(), *(("clip", n) for n in range(10)))[-1].tally
    steps = play(policy(thresholds={"ban": 12}), ("clip", 11), ("clip", 12), counter=counter)
    assert crossings(steps) == [(12, (BAN,))]


incidents = st.lists(
    st.tuples(st.sampled_from(["clip", "aimbot", "teleport"]), st.integers(0, 400).map(float)), max_size=60
)


@given(incidents, st.integers(1, 9), st.sampled_from([None, 50]), st.sampled_from([0.0, 7.0]))
def test_counting_agrees_with_a_plain_count(
    happened: list[tuple[str, float]], ban: int, reset_after: int | None, coalesce: float
) -> None:
    """In order of time, against a count written down the simple way."""
    happened.sort(key=lambda each: each[1])
    under = policy(thresholds={"ban": ban}, reset_after_seconds=reset_after, coalesce_seconds=coalesce)
    counted_at: dict[str, float] = {}
    last: float | None = None
    count = bans = 0
    for reason, seconds in happened:
        if reset_after is not None and last is not None and seconds - last > reset_after:
            count, counted_at = 0, {}
        last = seconds
        if coalesce and reason in counted_at and seconds - counted_at[reason] < coalesce:
            continue
        counted_at[reason] = seconds
        count += 1
        bans += count == ban
    steps = play(under, *happened)
    assert sum(BAN in step.crossed for step in steps) == bans
    assert (steps[-1].tally.count if steps else 0) == count


@pytest.mark.parametrize("late", [False, True])
def test_every_step_says_the_weight_whether_it_counted_or_not(late: bool) -> None:
    counter = Tally(since=at(10) if late else None)
    assert advance(counter, policy(weights={"clip": 4}), "clip", at(0)).weight == 4
