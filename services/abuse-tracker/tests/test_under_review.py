"""Incidents of credentials under review: they count, and only ask staff."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banstream_abuse_tracker.domain.batch import Known
from banstream_abuse_tracker.domain.counting import Grade
from banstream_abuse_tracker.domain.record import PlayerState, evolve
from banstream_abuse_tracker.domain.simulation import Happened, Outcome, Simulation
from banstream_contracts.abuse import Mode
from banstream_contracts.commands.abuse import ProtectPlayer
from banstream_contracts.commands.infractions import IssueInfraction, OpenRequest
from banstream_contracts.commands.requests import RejectRequest
from banstream_contracts.events.abuse import ABUSE_EVENT, AbuseDetected, AbuseThresholdReached, PlayerEvent
from banstream_contracts.infractions import Severity
from banstream_contracts.policies import Policy, PolicyVersion, Thresholds
from banstream_decider.events import event_of
from banstream_testing.abuse import PLAYER, asked, incident, report
from banstream_testing.abuse_in_memory import NOW, Tracker, at, dismiss, ended, restore

WARNED, KICKED, BANNED = ("warn", "none", None), ("kick", "kick", None), ("ban", "ban", None)
NOT_KICKED, ASKED = ("kick", "none", None), ("ban", "review", None)


def asks(tracker: Tracker) -> list[str]:
    return [type(each).__name__ for each in tracker.commands()]


def test_incidents_of_a_credential_under_review_ask_staff_in_place_of_a_ban() -> None:
    tracker = Tracker()
    tracker.report(*["speed_hack"] * 12, review=True)
    assert tracker.reached() == [WARNED, NOT_KICKED, ASKED]
    assert "abuse.kick_requested" not in tracker.types
    (request,) = tracker.commands()
    assert isinstance(request, OpenRequest)
    assert request.suggested is not None
    assert (request.suggested.reason, request.suggested.duration_seconds) == ("speed_hack (10 incidents)", 7 * 86_400)


def test_the_events_say_why_only_staff_is_asked() -> None:
    tracker = Tracker()
    tracker.report(*["clip"] * 2, review=True)
    tracker.report(*["clip"] * 8)
    events = [event_of(each, ABUSE_EVENT) for each in tracker.log]
    detected = [each.under_review for each in events if isinstance(each, AbuseDetected)]
    reached = [each.under_review for each in events if isinstance(each, AbuseThresholdReached)]
    assert detected == [True, True, *[False] * 8]
    assert reached == [True, True, False, True]
    assert tracker.player.counters["default"].under_review == 2


def test_what_others_told_kicks_and_bans_once_it_is_enough_by_itself() -> None:
    tracker = Tracker()
    tracker.report(*["clip"] * 9, review=True)
    tracker.report("clip")
    assert tracker.reached() == [WARNED, NOT_KICKED, ASKED]
    tracker.report(*["clip"] * 9)
    assert tracker.reached()[3:] == [KICKED, BANNED]
    tracker.report(*["clip"] * 20)
    tracker.report(*["clip"] * 20, review=True)
    assert len(tracker.reached()) == 5
    assert asks(tracker) == ["OpenRequest", "IssueInfraction", "RejectRequest"]
    (ban,) = [each for each in tracker.commands() if isinstance(each, IssueInfraction)]
    assert ban.reason == "clip (10 incidents)"


def test_a_request_is_settled_by_the_ban_that_needs_it_no_more() -> None:
    tracker = Tracker()
    tracker.report(*["clip"] * 10, review=True)
    tracker.report(*["clip"] * 10)
    request, ban, settled = tracker.commands()
    assert isinstance(request, OpenRequest)
    assert isinstance(ban, IssueInfraction)
    assert isinstance(settled, RejectRequest)
    assert settled.request_id == request.request_id
    assert f"is enough by itself, and banned: infraction {ban.infraction_id}, unless" in settled.reason
    tracker.report(*["clip"] * 10, review=True)
    assert len(tracker.commands()) == 3


@pytest.mark.parametrize("auto_ban", [True, False], ids=["settled-by-a-ban", "by-another-request"])
def test_requests_for_what_was_told_late_are_as_new_as_the_telling_and_are_settled(auto_ban: bool) -> None:
    tracker = Tracker()
    tracker.set_policy(auto_ban=auto_ban)
    told_at = at(3 * 86_400)
    for review in (True, False):
        tracker.do(report(*[incident("clip", occurred_at=at(0)) for _ in range(10)], issued_at=told_at, review=review))
    opened = [each.request_id for each in tracker.commands() if isinstance(each, OpenRequest)]
    settled = [each.request_id for each in tracker.commands() if isinstance(each, RejectRequest)]
    assert {int(each[:12], 16) for each in opened} == {int(told_at.timestamp() * 1000)}
    assert settled == opened[:1]


def test_a_request_is_settled_by_the_one_that_is_opened_without_what_is_under_review() -> None:
    tracker = Tracker()
    tracker.set_policy(auto_ban=False)
    tracker.report(*["clip"] * 10, review=True)
    tracker.report(*["clip"] * 10)
    first, second, settled = tracker.commands()
    assert isinstance(first, OpenRequest)
    assert isinstance(second, OpenRequest)
    assert isinstance(settled, RejectRequest)
    assert (settled.request_id, settled.reason[-24:]) == (first.request_id, second.request_id)


@pytest.mark.parametrize("withheld", ["shadow", "protected"])
def test_a_request_stays_where_the_ban_is_withheld(withheld: str) -> None:
    tracker = Tracker()
    tracker.report(*["clip"] * 10, review=True)
    if withheld == "shadow":
        tracker.set_policy(shadow=True)
    else:
        tracker.do(ProtectPlayer(**asked(player=PLAYER, reason="streamer")))
    tracker.report(*["clip"] * 10)
    assert asks(tracker) == ["OpenRequest"]
    assert not any("settles" in each.data for each in tracker.log)


def test_what_was_asked_in_shadow_is_no_request_to_settle() -> None:
    tracker = Tracker()
    tracker.set_policy(shadow=True)
    tracker.report(*["clip"] * 10, review=True)
    tracker.set_policy()
    tracker.report(*["clip"] * 10)
    assert asks(tracker) == ["IssueInfraction"]


def test_a_request_about_a_grave_act_is_not_settled_by_a_count() -> None:
    """It suggests more than the count brings."""
    tracker = Tracker()
    grave: dict[str, Any] = {"severity": Severity.CRITICAL, "mode": Mode.ACT, "occurred_at": NOW}
    tracker.do(report(*(incident("clip", **grave) for _ in range(10)), issued_at=NOW, review=True))
    tracker.report(*["clip"] * 10)
    assert asks(tracker) == ["OpenRequest"] * 10 + ["IssueInfraction"]


def test_a_request_about_incidents_before_a_quiet_time_is_left_to_staff() -> None:
    tracker = Tracker()
    tracker.set_policy(reset_after_seconds=60)
    tracker.report(*["clip"] * 10, review=True)
    tracker.report(*["clip"] * 10, seconds=61)
    assert asks(tracker) == ["OpenRequest", "IssueInfraction"]


def test_what_is_under_review_does_not_keep_a_count_from_beginning_anew() -> None:
    tracker = Tracker()
    tracker.set_policy(reset_after_seconds=60)
    tracker.report(*["clip"] * 9)
    tracker.report("clip", seconds=50, review=True)
    tracker.report("clip", seconds=100)
    assert asks(tracker) == ["OpenRequest"]
    assert (tracker.count(), tracker.player.counters["default"].under_review) == (11, 10)


def test_the_count_is_never_less_than_what_others_told_of_it() -> None:
    tracker = Tracker()
    tracker.set_policy(coalesce_seconds=5)
    tracker.report("clip", seconds=4, review=True)
    tracker.report("clip", seconds=0)
    tracker.report("clip", seconds=8)
    assert (tracker.count(), tracker.player.counters["default"].under_review) == (2, 0)


def test_what_is_under_review_swallows_nothing_that_others_tell() -> None:
    tracker = Tracker()
    tracker.set_policy(coalesce_seconds=60, thresholds={"warn": None, "kick": 1, "ban": 2})
    tracker.report("clip", review=True)
    tracker.report("clip", seconds=1)
    assert tracker.reached() == [NOT_KICKED, KICKED]
    tracker.report("clip", seconds=61)
    assert tracker.reached()[-1] == BANNED
    assert tracker.count() == 2


def test_who_was_banned_for_what_others_told_is_not_asked_about() -> None:
    tracker = Tracker()
    tracker.report(*["clip"] * 10)
    tracker.report(*["clip"] * 10, review=True)
    assert tracker.reached() == [WARNED, KICKED, BANNED]


def test_the_count_begins_anew_without_what_was_under_review() -> None:
    tracker = Tracker()
    tracker.report(*["clip"] * 10, review=True)
    tracker.do(ended(10))
    tracker.report(*["clip"] * 10, seconds=11)
    assert tracker.reached()[3:] == [WARNED, KICKED, BANNED]


def test_a_dismissal_takes_them_out_and_a_restoration_puts_them_back() -> None:
    tracker = Tracker()
    wrong = tracker.report(*["clip"] * 9, review=True)
    tracker.do(dismiss(*wrong))
    assert (tracker.count(), tracker.player.counters["default"].under_review) == (0, 0)
    tracker.do(restore(*wrong))
    assert (tracker.count(), tracker.player.counters["default"].under_review) == (9, 9)
    tracker.report("clip")
    assert tracker.reached()[-1] == ASKED


def test_after_a_dismissal_the_request_that_was_opened_is_the_one_that_is_settled() -> None:
    tracker = Tracker()
    wrong, *_ = tracker.report(*["clip"] * 11, review=True)
    tracker.do(dismiss(wrong))
    tracker.report(*["clip"] * 10)
    request, _ban, settled = tracker.commands()
    assert isinstance(request, OpenRequest)
    assert isinstance(settled, RejectRequest)
    assert settled.request_id == request.request_id


def test_after_incidents_are_put_back_no_request_is_settled_that_nobody_opened() -> None:
    tracker = Tracker()
    wrong, *_ = tracker.report(*["clip"] * 9, review=True)
    tracker.do(dismiss(wrong))
    tracker.report("clip", review=True)
    tracker.do(restore(wrong))
    assert tracker.player.counters["default"].asked is None
    tracker.report(*["clip"] * 10)
    assert asks(tracker) == ["OpenRequest", "IssueInfraction", "RejectRequest"]
    request, _ban, settled = tracker.commands()
    assert isinstance(request, OpenRequest)
    assert isinstance(settled, RejectRequest)
    assert settled.request_id == request.request_id


def test_a_request_that_was_settled_is_not_settled_again_after_a_dismissal() -> None:
    tracker = Tracker()
    tracker.report(*["clip"] * 10, review=True)
    _, wrong, *_ = tracker.report(*["clip"] * 10)
    tracker.do(dismiss(wrong))
    assert tracker.player.counters["default"].asked is None
    tracker.report("clip")
    assert asks(tracker).count("RejectRequest") == 1


def test_a_grave_act_asks_staff_at_once_and_spares_nobody_a_ban() -> None:
    tracker = Tracker()
    grave: dict[str, Any] = {"severity": Severity.CRITICAL, "mode": Mode.ACT}
    tracker.do(report(incident("lag_machine", occurred_at=NOW, **grave), issued_at=NOW, review=True))
    assert asks(tracker) == ["OpenRequest"]
    tracker.do(report(incident("lag_machine", occurred_at=NOW, **grave), issued_at=NOW))
    assert asks(tracker) == ["OpenRequest", "IssueInfraction"]


def test_an_event_of_before_is_of_nobody_under_review() -> None:
    tracker = Tracker()
    tracker.report(*["clip"] * 10)
    for logged in tracker.log:
        old = {name: value for name, value in logged.data.items() if name != "under_review"}
        event = ABUSE_EVENT.validate_python({**old, "actor": logged.actor, "occurred_at": logged.occurred_at})
        assert not getattr(event, "under_review", False)


REPORTS = st.lists(st.tuples(st.booleans(), st.sampled_from(["clip", "aimbot"]), st.integers(0, 20)), max_size=25)
POLICIES = st.fixed_dictionaries(
    {
        "weights": st.sampled_from([{}, {"aimbot": 6}, {"clip": 0}]),
        "coalesce_seconds": st.sampled_from([0.0, 5.0]),
        "reset_after_seconds": st.none() | st.integers(1, 6),
        "thresholds": st.sampled_from([{}, {"warn": 1, "kick": 2, "ban": 3}]),
    }
)


@settings(max_examples=60, deadline=None)
@given(REPORTS, POLICIES)
def test_those_are_kicked_and_banned_who_would_be_without_what_is_under_review(
    told: list[tuple[bool, str, int]], policy: dict[str, Any]
) -> None:
    with_them, without = Tracker(), Tracker()
    for each in (with_them, without):
        each.set_policy(**policy)
    for review, reason, seconds in told:
        with_them.report(reason, seconds=seconds, review=review)
        if not review:
            without.report(reason, seconds=seconds)
    for act in ("kick", "ban"):
        done = [[action for _, action, _ in tracker.reached()].count(act) for tracker in (with_them, without)]
        assert done[0] == done[1], act


@settings(max_examples=60, deadline=None)
@given(REPORTS, POLICIES, st.sets(st.integers(0, 25), max_size=3), st.sets(st.integers(0, 25), max_size=2))
def test_the_log_alone_makes_the_same_players_and_rows_keep_them(
    told: list[tuple[bool, str, int]], policy: dict[str, Any], dismissed: set[int], bans_ended: set[int]
) -> None:
    tracker = Tracker()
    tracker.set_policy(**policy)
    for number, (review, reason, seconds) in enumerate(told):
        wrong = incident(reason, occurred_at=at(seconds))
        tracker.do(report(wrong, issued_at=at(seconds + 60), review=review))
        if number in dismissed:
            tracker.do(dismiss(wrong))
        if number in bans_ended:
            tracker.do(ended(seconds))
    players: dict[str, Known] = {}
    for logged in tracker.log:
        event = event_of(logged, ABUSE_EVENT)
        if isinstance(event, PlayerEvent):
            known = players.get(logged.stream) or Known(0, PlayerState())
            players[logged.stream] = Known(logged.version, evolve(known.player, event, tracker.policies))
    assert players == tracker.players
    for known in players.values():
        row = msgspec.json.encode(known.player)
        assert msgspec.convert(msgspec.json.decode(row), PlayerState) == known.player


@settings(max_examples=60, deadline=None)
@given(REPORTS, POLICIES)
def test_a_simulation_asks_for_what_the_live_tracker_asks_for(
    told: list[tuple[bool, str, int]], policy: dict[str, Any]
) -> None:
    """Without automatic bans, which live begin when infractions says so."""
    tracker = Tracker()
    tracker.set_policy(auto_ban=False, **policy)
    values = {**policy, "thresholds": Thresholds(**policy["thresholds"])}
    version = PolicyVersion(policy=Policy(auto_ban=False, **values))
    simulation = Simulation(lambda _: version, frozenset(), at(-1))
    for review, reason, seconds in told:
        tracker.report(reason, seconds=seconds, review=review)
        simulation.take(Happened("1", reason, at(seconds), None, Grade(under_review=review)))
    live = [action for _, action, _ in tracker.reached()]
    assert simulation.course.outcomes[Outcome.REVIEW] == live.count("review")
    assert simulation.course.outcomes[Outcome.KICK] == live.count("kick")


@pytest.mark.parametrize(("under_review", "outcome"), [(True, "review"), (False, "ban")], ids=["under-review", "not"])
def test_a_simulation_bans_nobody_for_what_is_under_review(under_review: bool, outcome: str) -> None:
    simulation = Simulation(lambda _: PolicyVersion(), frozenset(), NOW)
    for second in range(10):
        simulation.take(Happened("1", "clip", at(second), None, Grade(under_review=under_review)))
    assert simulation.course.outcomes[Outcome(outcome)] == 1
    assert simulation.course.outcomes[Outcome.KICK] == int(not under_review)
