"""Incidents told late count as if they had come in time, or less; the count is that of a quiet stretch of time."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from banstream_abuse_tracker.domain.counting import Step, advance
from banstream_abuse_tracker.domain.tally import Tally
from banstream_contracts.abuse import Threshold
from banstream_contracts.policies import Policy, Thresholds
from banstream_testing.abuse import incident, report
from banstream_testing.abuse_in_memory import Tracker, at, dismiss, ended

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = 86_400.0
WARN, KICK, BAN = Threshold.WARN, Threshold.KICK, Threshold.BAN
DAILY = Policy(reset_after_seconds=int(DAY))
Told = list[tuple[str, float]]


def play(policy: Policy, told: Told) -> list[Step]:
    steps: list[Step] = []
    for reason, seconds in told:
        tally = steps[-1].tally if steps else Tally()
        steps.append(advance(tally, policy, reason, START + timedelta(seconds=seconds)))
    return steps


def clips(*days: float) -> Told:
    return [("clip", day * DAY) for day in days]


def crossed(steps: list[Step]) -> list[Threshold]:
    return [each for step in steps for each in step.crossed]


def statuses(steps: list[Step]) -> list[str]:
    return [step.status for step in steps]


def test_nine_of_nine_days_ago_that_are_told_after_one_of_today_do_not_ban_with_it() -> None:
    steps = play(DAILY, clips(9, *[0] * 9))
    assert crossed(steps) == [WARN, KICK]
    assert (steps[-1].count, steps[-1].tally.count) == (9, 1)


def test_ten_of_nine_days_ago_ban_whatever_was_told_before() -> None:
    steps = play(DAILY, clips(9, *[0] * 10))
    assert crossed(steps) == [WARN, KICK, BAN]
    assert [step.restarted for step in steps] == [False] * 11


def test_an_incident_between_two_runs_makes_one_of_them() -> None:
    steps = play(DAILY, clips(0, 0, 1.5, 1.5, 0.8))
    assert [step.count for step in steps] == [1, 2, 1, 2, 5]
    assert crossed(steps) == [WARN, KICK]
    assert steps[-1].tally == play(DAILY, clips(0, 0, 0.8, 1.5, 1.5))[-1].tally


def test_two_runs_that_had_reached_a_threshold_reach_it_no_third_time_as_one() -> None:
    """Infractions bans once: the ban for the newer run came after the older one had happened."""
    steps = play(DAILY, clips(*[1.5] * 10, *[0] * 10, 0.8, 0.8))
    assert crossed(steps).count(BAN) == 2
    assert (steps[-1].count, crossed(steps[20:])) == (22, [])


def test_an_incident_of_a_run_that_is_forgotten_counts_nothing() -> None:
    steps = play(DAILY, clips(0, *[5] * 3, 9, 0, 0.5))
    assert statuses(steps)[-2:] == ["late", "late"]
    assert steps[-1].tally == steps[-3].tally


def test_a_run_that_was_punished_and_is_forgotten_is_not_punished_again() -> None:
    steps = play(DAILY, clips(*[0] * 10, 5, 6.5, 5.8, *[0.5] * 10))
    assert crossed(steps).count(BAN) == 1
    assert statuses(steps)[-10:] == ["late"] * 10


def test_a_run_between_the_two_known_takes_the_place_of_the_older_one() -> None:
    steps = play(DAILY, clips(0, 9, 5, 5, 0))
    assert [step.count for step in steps] == [1, 1, 1, 2, 1]
    assert statuses(steps) == ["recorded"] * 4 + ["late"]


def test_a_burst_that_is_told_after_a_later_incident_is_one_incident_in_each_window() -> None:
    policy = Policy(coalesce_seconds=5.0)
    steps = play(policy, [("clip", 100.0), *[("clip", n * 0.19) for n in range(29)]])
    assert steps[-1].tally.count == 3


def test_what_is_older_than_all_that_is_remembered_coalesces() -> None:
    policy = Policy(coalesce_seconds=5.0)
    steps = play(policy, [*[("clip", n * 10.0) for n in range(60)], ("clip", 95.0), ("clip", 105.0)])
    assert statuses(steps)[-2:] == ["coalesced", "recorded"]


def test_what_counted_in_two_runs_counts_once_when_they_are_one() -> None:
    policy = Policy(coalesce_seconds=10.0, reset_after_seconds=5)
    steps = play(policy, [("clip", 0.0), ("clip", 8.0), ("aimbot", 4.0)])
    assert [step.count for step in steps] == [1, 1, 2]


def test_what_counts_once_takes_its_whole_weight_out_of_the_other_run() -> None:
    policy = Policy(coalesce_seconds=10.0, reset_after_seconds=5, weights={"clip": 3})
    steps = play(policy, [("clip", 0.0), ("clip", 8.0), ("aimbot", 4.0)])
    assert [step.count for step in steps] == [3, 3, 4]


def test_the_reporter_and_the_log_are_told_the_count_of_the_run_that_an_incident_belongs_to() -> None:
    tracker = Tracker()
    tracker.set_policy(reset_after_seconds=int(DAY))
    reported = [incident(occurred_at=at(days * DAY)) for days in (9, 0, 0)]
    (result,) = tracker.do(report(*reported, issued_at=at(9 * DAY)))
    assert [each.count for each in result.incidents] == [1, 1, 2]
    assert [each.data["count"] for each in tracker.log if each.type == "abuse.detected"] == [1, 1, 2]
    assert tracker.count() == 1


def test_without_ids_what_is_dismissed_are_the_incidents_of_the_newest_run() -> None:
    tracker = Tracker()
    tracker.set_policy(reset_after_seconds=int(DAY))
    reported = [incident(occurred_at=at(days * DAY)) for days in (9, 0, 8.5)]
    tracker.do(report(*reported, issued_at=at(9 * DAY)))
    tracker.do(dismiss(issued_at=at(9 * DAY)))
    assert (tracker.count(), tracker.player.total) == (1, 1)


def test_without_ids_that_is_dismissed_too_which_was_too_late_until_others_were_dismissed() -> None:
    tracker = Tracker()
    tracker.set_policy(reset_after_seconds=int(DAY))
    reported = [incident(occurred_at=at(days * DAY)) for days in (0, 5, 9, 0.2)]
    (result,) = tracker.do(report(*reported, issued_at=at(9 * DAY)))
    tracker.do(dismiss(*reported[1:3]))
    assert (result.incidents[-1].status, tracker.count()) == ("late", 2)
    tracker.set_policy(reset_after_seconds=None)
    tracker.do(dismiss(issued_at=at(9 * DAY)))
    assert (tracker.count(), tracker.player.total) == (0, 0)


def test_the_end_of_a_ban_makes_all_before_it_late() -> None:
    tracker = Tracker()
    tracker.set_policy(reset_after_seconds=int(DAY))
    tracker.report("clip", seconds=0)
    tracker.report("clip", seconds=9 * DAY)
    tracker.do(ended(9.5 * DAY))
    (result,) = tracker.do(report(incident(occurred_at=at(0)), issued_at=at(10 * DAY)))
    assert (result.incidents[0].status, tracker.count()) == ("late", 0)


REASONS = st.sampled_from(["clip", "aimbot", "teleport"])
LIMITS = st.integers(1, 8)
VALUES: dict[str, Any] = {
    "thresholds": st.builds(Thresholds, warn=LIMITS, kick=LIMITS, ban=LIMITS),
    "reset_after_seconds": st.none() | st.integers(1, 60),
    "weights": st.sampled_from([{}, {"aimbot": 3}, {"clip": 0}]),
}
INCIDENTS = st.lists(st.tuples(REASONS, st.integers(0, 300).map(float)), max_size=40)


def last_run(steps: list[Step]) -> tuple[int, datetime | None, datetime | None]:
    tally = steps[-1].tally
    return tally.count, tally.first_at, tally.last_at


@given(st.builds(Policy, **VALUES), INCIDENTS, st.data())
def test_what_is_told_at_most_a_quiet_time_late_counts_as_if_it_had_come_in_time(
    policy: Policy, happened: Told, data: st.DataObject
) -> None:
    """As few as two runs are known at a time, and the newest is the same; what both reach, the one in time reaches."""
    in_time = sorted(happened, key=lambda each: each[1])
    latest = policy.reset_after_seconds or 1000
    delayed = [(data.draw(st.integers(0, latest)) + each[1], each) for each in in_time]
    told = [each for _, each in sorted(delayed, key=lambda each: each[0])]
    lived, ideal = play(policy, told), play(policy, in_time)
    assert set(crossed(lived)) == set(crossed(ideal))
    assert "late" not in statuses(lived)
    assert not happened or last_run(lived) == last_run(ideal)


@given(st.builds(Policy, **VALUES, coalesce_seconds=st.sampled_from([0.0, 3.0, 40.0])), INCIDENTS)
def test_in_whatever_order_incidents_are_told_nothing_is_reached_that_is_not_in_time(
    policy: Policy, told: Told
) -> None:
    lived, ideal = play(policy, told), play(policy, sorted(told, key=lambda each: each[1]))
    assert {*crossed(lived)} <= {*crossed(ideal)}
    assert max([step.count for step in lived], default=0) <= max([step.count for step in ideal], default=0)
