"""Counts that begin anew after a ban, and incidents taken out of them and put back."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from banstream_contracts.commands.abuse import (
    RemovePolicy,
)
from banstream_contracts.commands.infractions import IssueInfraction
from banstream_contracts.infractions import Scope, Severity
from banstream_testing.abuse import asked, incident, report
from banstream_testing.abuse_in_memory import OTHER_SERVER, Tracker, at, dismiss, ended, restore


def test_after_a_ban_has_ended_the_count_begins_anew_and_history_stays() -> None:
    tracker = Tracker()
    tracker.report(*["clip"] * 10)
    tracker.do(ended(100))
    assert (tracker.count(), tracker.player.total) == (0, 10)
    tracker.report("clip", seconds=101)
    assert tracker.count() == 1
    assert tracker.types.count("abuse.threshold_reached") == 3
    tracker.report(*["clip"] * 9, seconds=102)
    assert tracker.types.count("abuse.threshold_reached") == 6


def test_the_same_end_of_a_ban_restarts_once() -> None:
    tracker = Tracker()
    tracker.report("clip")
    tracker.do(ended(1))
    assert [result.status for result in tracker.do(ended(1), ended(1))] == ["unchanged", "unchanged"]
    assert tracker.types.count("abuse.count_restarted") == 1


def test_an_incident_of_after_the_ban_that_is_told_before_its_end_counts() -> None:
    tracker = Tracker()
    before, after = incident(occurred_at=at(1)), incident(occurred_at=at(200))
    tracker.do(report(before, after, issued_at=at(200)))
    tracker.do(ended(100))
    assert (tracker.count(), tracker.player.total) == (1, 2)
    tracker.do(dismiss(after))
    assert tracker.count() == 0


def test_an_incident_in_the_very_moment_of_the_end_counts_whether_it_is_told_before_or_after() -> None:
    tracker = Tracker()
    tracker.report("clip")
    tracker.report("clip", seconds=100)
    tracker.do(ended(100))
    assert tracker.count() == 1
    tracker.report("clip", seconds=100)
    assert tracker.count() == 2


def test_the_end_of_a_ban_of_somebody_unknown_changes_nothing() -> None:
    tracker = Tracker()
    assert tracker.do(ended(1))[0].status == "unchanged"
    assert tracker.log == []


def test_what_happened_before_the_ban_ended_and_is_told_later_does_not_count() -> None:
    tracker = Tracker()
    tracker.report("clip")
    tracker.do(ended(100))
    (result,) = tracker.do(report(incident(occurred_at=at(50)), issued_at=at(200)))
    assert (result.incidents[0].status, tracker.count(), tracker.player.total) == ("late", 0, 2)


def test_a_ban_on_one_server_restarts_the_count_of_that_server_only() -> None:
    tracker = Tracker()
    tracker.set_policy("strict", servers=(OTHER_SERVER,))
    tracker.report("clip", server_id=OTHER_SERVER)
    tracker.report("clip")
    tracker.do(ended(1, scope=Scope.SERVER, server_id=OTHER_SERVER))
    assert (tracker.count("strict"), tracker.count("default")) == (0, 1)


def test_the_end_of_a_ban_restarts_the_count_it_came_from_though_another_policy_holds_there_by_now() -> None:
    tracker = Tracker()
    strict: dict[str, Any] = {"servers": (OTHER_SERVER,), "thresholds": {"ban": 2}, "ban_scope": Scope.SERVER}
    tracker.set_policy("strict", **strict)
    tracker.report("clip", "clip", server_id=OTHER_SERVER)
    (ban,) = tracker.commands()
    assert isinstance(ban, IssueInfraction)
    tracker.do(RemovePolicy(**asked(policy_id="strict")))
    tracker.do(ended(1, scope=Scope.SERVER, server_id=OTHER_SERVER, infraction_id=ban.infraction_id))
    tracker.set_policy("strict", **strict)
    tracker.report("clip", "clip", server_id=OTHER_SERVER, seconds=2)
    assert len(tracker.commands()) == 2


def test_each_policy_counts_by_itself() -> None:
    tracker = Tracker()
    tracker.set_policy("strict", servers=(OTHER_SERVER,), thresholds={"warn": 1})
    tracker.report("clip")
    tracker.report("clip", server_id=OTHER_SERVER)
    assert (tracker.count("default"), tracker.count("strict"), tracker.player.total) == (1, 1, 2)
    assert tracker.reached() == [("warn", "none", None)]


def test_a_dismissed_incident_is_as_if_it_had_not_been() -> None:
    tracker = Tracker()
    reported = tracker.report(*["clip"] * 4)
    tracker.do(dismiss(reported[1]))
    assert (tracker.count(), tracker.player.total) == (3, 3)
    tracker.do(dismiss(reported[1]))
    assert tracker.types.count("abuse.dismissed") == 1
    tracker.do(restore(reported[1]))
    assert (tracker.count(), tracker.player.total) == (4, 4)


def test_a_threshold_that_a_dismissal_took_back_fires_again() -> None:
    tracker = Tracker()
    reported = tracker.report(*["clip"] * 3)
    tracker.do(dismiss(reported[0]))
    tracker.report("clip")
    assert [threshold for threshold, _, _ in tracker.reached()] == ["warn", "warn"]


def test_a_dismissed_incident_gives_its_place_to_those_that_were_one_with_it() -> None:
    tracker = Tracker()
    tracker.set_policy(coalesce_seconds=10)
    first = incident("clip", occurred_at=at(0))
    second = incident("clip", occurred_at=at(1))
    tracker.do(report(first, second, issued_at=at(2)))
    assert tracker.count() == 1
    tracker.do(dismiss(first))
    assert tracker.count() == 1


def test_without_ids_all_that_count_now_are_dismissed() -> None:
    tracker = Tracker()
    tracker.report("clip")
    tracker.do(ended(1))
    tracker.report("clip", "clip", seconds=2)
    tracker.do(dismiss())
    assert (tracker.count(), tracker.player.total) == (0, 1)


def test_without_ids_nothing_is_dismissed_after_the_quiet_time_that_ends_a_count() -> None:
    tracker = Tracker()
    tracker.set_policy(reset_after_seconds=60)
    tracker.report("clip", "clip")
    (after,) = tracker.do(dismiss(issued_at=at(61)))
    assert (after.status, tracker.player.total) == ("unchanged", 2)
    (before,) = tracker.do(dismiss(issued_at=at(60)))
    assert (before.status, tracker.player.total) == ("applied", 0)


def test_an_incident_of_somebody_else_cannot_be_dismissed() -> None:
    tracker = Tracker()
    tracker.report("clip")
    (result,) = tracker.do(dismiss(incident()))
    assert (result.status, result.refusal and result.refusal.code) == ("refused", "unknown-incident")


def test_a_dismissal_after_a_ban_has_ended_leaves_the_new_count() -> None:
    tracker = Tracker()
    (before,) = tracker.report("clip")
    tracker.do(ended(1))
    tracker.report("clip", seconds=2)
    tracker.do(dismiss(before))
    assert tracker.count() == 1


def test_a_threshold_that_incidents_reach_by_being_put_back_fires_at_the_next_one_and_once() -> None:
    tracker = Tracker()
    first, *_ = tracker.report(*["clip"] * 9)
    tracker.do(dismiss(first))
    tracker.report("clip")
    tracker.do(restore(first))
    assert ("ban", "ban", None) not in tracker.reached()
    tracker.report("clip", "clip")
    assert tracker.reached() == [("warn", "none", None), ("kick", "kick", None), ("ban", "ban", None)]
    assert len(tracker.commands()) == 1


def test_a_threshold_that_had_fired_does_not_fire_again_when_its_incidents_are_put_back() -> None:
    tracker = Tracker()
    reported = tracker.report(*["clip"] * 10)
    tracker.do(dismiss(*reported[:4]))
    tracker.do(restore(*reported[:4]))
    tracker.report("clip")
    assert [threshold for threshold, _, _ in tracker.reached()] == ["warn", "kick", "ban"]


def test_a_single_incident_that_banned_at_once_is_no_report_of_the_count() -> None:
    tracker = Tracker()
    critical = incident("clip", occurred_at=at(0), severity=Severity.CRITICAL)
    tracker.do(report(critical, issued_at=at(0)))
    first, *_ = tracker.report(*["clip"] * 8)
    tracker.do(dismiss(first))
    tracker.report("clip")
    tracker.do(restore(first))
    tracker.report("clip")
    assert [threshold for threshold, _, _ in tracker.reached()].count("ban") == 2


def test_what_others_told_bans_by_itself_though_a_credential_under_review_had_asked_for_it() -> None:
    tracker = Tracker()
    first, *_ = tracker.report(*["clip"] * 9)
    tracker.do(dismiss(first))
    tracker.report("clip")
    tracker.report("clip", review=True)
    tracker.do(restore(first))
    tracker.report("clip")
    assert [each for each in tracker.reached() if each[0] == "ban"] == [("ban", "review", None), ("ban", "ban", None)]


def test_thresholds_that_are_reached_between_the_end_of_a_ban_and_hearing_of_it_fire_at_the_next_incident() -> None:
    tracker = Tracker()
    tracker.report(*["clip"] * 10)
    tracker.report(*["clip"] * 10, seconds=200)
    tracker.do(ended(100))
    assert (tracker.count(), len(tracker.reached())) == (10, 3)
    tracker.report("clip", "clip", seconds=201)
    assert [threshold for threshold, _, _ in tracker.reached()] == ["warn", "kick", "ban"] * 2


def test_what_was_reported_in_the_very_moment_of_the_end_is_not_reported_again() -> None:
    tracker = Tracker()
    tracker.set_policy(weights={"aimbot": 3})
    tracker.report("clip")
    tracker.report("aimbot", seconds=100)
    tracker.do(ended(100))
    tracker.report("clip", seconds=101)
    assert (tracker.count(), tracker.reached()) == (4, [("warn", "none", None)])


def test_what_bans_at_once_and_was_told_between_the_end_of_a_ban_and_hearing_of_it_bans_by_the_next_one() -> None:
    tracker = Tracker()
    for seconds in (0, 200):
        critical = incident("clip", occurred_at=at(seconds), severity=Severity.CRITICAL)
        tracker.do(report(critical, issued_at=at(seconds)))
    tracker.do(ended(100))
    assert len(tracker.commands()) == 1
    for seconds in (201, 202):
        critical = incident("clip", occurred_at=at(seconds), severity=Severity.CRITICAL)
        tracker.do(report(critical, issued_at=at(seconds)))
    assert len(tracker.commands()) == 2


@given(st.lists(st.sampled_from([None, 0, 1, "report"]), min_size=6, max_size=20))
def test_whatever_is_dismissed_and_put_back_no_threshold_is_passed_in_silence(history: list[int | str | None]) -> None:
    """None puts all back, a number dismisses that incident."""
    tracker, limits = Tracker(), {"warn": 1, "kick": 2, "ban": 3}
    tracker.set_policy(thresholds=limits)
    reported = tracker.report("clip", "clip")
    for each in history:
        match each:
            case None:
                tracker.do(restore(*reported))
            case int():
                tracker.do(dismiss(reported[each]))
            case _:
                reported += tracker.report("clip")
                passed = {name for name, limit in limits.items() if tracker.count() >= limit}
                assert passed <= {threshold for threshold, _, _ in tracker.reached()}
