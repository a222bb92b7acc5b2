"""Incidents of detectors: how grave they are, what may follow from them, and what a policy makes of it."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banstream_abuse_tracker.consequences import commands_for
from banstream_abuse_tracker.domain.batch import Known, stream_of
from banstream_abuse_tracker.domain.counting import Grade
from banstream_abuse_tracker.domain.evidence import evidence_of
from banstream_abuse_tracker.domain.policies import Policies
from banstream_abuse_tracker.domain.record import PlayerState, evolve
from banstream_abuse_tracker.domain.simulation import Happened, Outcome, Simulation
from banstream_contracts.abuse import Incident, Mode
from banstream_contracts.commands.abuse import (
    DismissIncidents,
    ProtectPlayer,
    RestartCount,
    SetPolicy,
    UnprotectPlayer,
)
from banstream_contracts.commands.command import Command
from banstream_contracts.commands.infractions import IssueInfraction, OpenRequest
from banstream_contracts.events.abuse import ABUSE_EVENT, AbuseAlertRaised, AbuseDetected, PlayerEvent
from banstream_contracts.infractions import Lifetime, Scope, Severity
from banstream_contracts.policies import AtOnce, Policy, PolicyVersion
from banstream_decider.events import event_of
from banstream_testing.abuse import PLAYER, asked, incident, report
from banstream_testing.abuse_in_memory import NOW, LogInMemory, at

EVIDENCE = ["21:04:45 | placed one", "21:04:46 | placed another"]


class Tracker(LogInMemory):
    def __init__(self, policy: Policy | None = None) -> None:
        super().__init__()
        if policy is not None:
            self.do(SetPolicy(**asked(policy_id="default", policy=policy)))

    def see(self, severity: Severity | None, mode: Mode | None = Mode.ACT, seconds: int = 0) -> Incident:
        values: dict[str, Any] = {"severity": severity, "mode": mode, "summary": "15 placed in 60 s"}
        seen = incident(
            "lag_machine",
            occurred_at=at(seconds),
            details={"evidence": EVIDENCE},
            player_name="Survivor",
            **values,
        )
        self.do(report(seen, issued_at=at(seconds)))
        return seen

    @property
    def reached(self) -> list[tuple[str, str | None]]:
        events = [each.data for each in self.log if each.type == "abuse.threshold_reached"]
        return [(each["action"], each.get("withheld")) for each in events]

    @property
    def commands(self) -> list[Command]:
        return [command for each in self.log for command in commands_for(each)]

    @property
    def asked(self) -> list[str]:
        return [type(each).__name__ for each in self.commands]

    @property
    def count(self) -> int:
        counters = self.players[stream_of(PLAYER)].player.counters
        return counters["default"].count if "default" in counters else 0


def test_a_critical_act_bans_for_good_at_once_and_the_ban_shows_why() -> None:
    tracker = Tracker()
    tracker.see(Severity.CRITICAL)
    (ban,) = tracker.commands
    assert isinstance(ban, IssueInfraction)
    assert (ban.lifetime, ban.category, ban.severity) == (Lifetime.PERMANENT, "lag_machine", Severity.CRITICAL)
    assert (ban.player_name, ban.reason) == ("Survivor", "15 placed in 60 s")
    assert ban.evidence == "21:04:45 | placed one ⏎ 21:04:46 | placed another"


def test_a_grave_act_bans_at_once_and_staff_is_asked_to_review_that_ban() -> None:
    tracker = Tracker(Policy(severities={Severity.HIGH: AtOnce(ban_duration_seconds=3600, review=True)}))
    tracker.see(Severity.HIGH)
    ban, request = tracker.commands
    assert isinstance(ban, IssueInfraction)
    assert isinstance(request, OpenRequest)
    assert (ban.lifetime, ban.duration_seconds, ban.severity) == (Lifetime.TIMED, 3600, Severity.HIGH)
    assert request.suggested is not None
    assert request.suggested.infraction_id == ban.infraction_id


def test_a_ban_lasts_as_long_as_the_policy_says_however_late_the_incident_was_told() -> None:
    tracker = Tracker(Policy(severities={Severity.HIGH: AtOnce(ban_duration_seconds=3600, review=True)}))
    tracker.see(Severity.HIGH, seconds=-7200)
    assert [each.issued_at for each in tracker.commands] == [NOW, NOW]


def test_the_default_is_that_of_the_seed() -> None:
    assert Policy().severities == {Severity.CRITICAL: AtOnce(), Severity.HIGH: AtOnce(review=True)}
    tracker = Tracker()
    tracker.see(Severity.HIGH)
    assert tracker.asked == ["IssueInfraction", "OpenRequest"]


@pytest.mark.parametrize("severity", [Severity.LOW, Severity.MEDIUM])
def test_lesser_acts_count_under_the_thresholds(severity: Severity) -> None:
    tracker = Tracker()
    for second in range(10):
        tracker.see(severity, seconds=second)
    assert tracker.reached == [("none", None), ("kick", None), ("ban", None)]
    (ban,) = tracker.commands
    assert isinstance(ban, IssueInfraction)
    assert (ban.duration_seconds, ban.severity) == (7 * 86_400, severity)


@pytest.mark.parametrize(
    ("mode", "types", "count"),
    [
        (Mode.RECORD, [], 0),
        (Mode.ALERT, [], 0),
        (Mode.REVIEW, ["OpenRequest"], 0),
        (Mode.ACT, ["IssueInfraction"], 1),
        (None, ["IssueInfraction"], 1),
    ],
)
def test_the_mode_caps_what_may_happen(mode: Mode | None, types: list[str], count: int) -> None:
    tracker = Tracker()
    tracker.see(Severity.CRITICAL, mode)
    assert (tracker.asked, tracker.count) == (types, count)
    alerts = [event_of(each, ABUSE_EVENT) for each in tracker.log if each.type == "abuse.alert_raised"]
    assert len(alerts) == (mode is Mode.ALERT)
    for alert in alerts:
        assert isinstance(alert, AbuseAlertRaised)
        assert (alert.category, alert.reason, alert.player_name) == ("lag_machine", "15 placed in 60 s", "Survivor")


def test_what_may_not_act_never_counts_however_often() -> None:
    tracker = Tracker()
    for second in range(30):
        tracker.see(Severity.CRITICAL, (Mode.RECORD, Mode.ALERT)[second % 2], second)
    assert (tracker.reached, tracker.count) == ([], 0)


def test_a_protected_player_is_not_banned_until_the_protection_ends() -> None:
    tracker = Tracker()
    tracker.do(ProtectPlayer(**asked(player=PLAYER, reason="staff")))
    tracker.see(Severity.CRITICAL)
    assert (tracker.reached, tracker.commands) == ([("ban", "protected")], [])
    tracker.do(UnprotectPlayer(**asked(player=PLAYER, reason="left")))
    tracker.see(Severity.CRITICAL, seconds=1)
    assert tracker.asked == ["IssueInfraction"]


def test_a_policy_in_shadow_only_says_what_it_would_do() -> None:
    tracker = Tracker(Policy(shadow=True))
    tracker.see(Severity.CRITICAL)
    tracker.do(SetPolicy(**asked(policy_id="default", policy=Policy())))
    assert (tracker.reached, tracker.commands) == ([("ban", "shadow")], [])
    tracker.see(Severity.CRITICAL, seconds=1)
    assert tracker.asked == ["IssueInfraction"]


def test_without_automatic_bans_staff_decides() -> None:
    tracker = Tracker(Policy(auto_ban=False))
    tracker.see(Severity.CRITICAL)
    assert tracker.asked == ["OpenRequest"]


def test_a_policy_without_severities_only_counts() -> None:
    tracker = Tracker(Policy(severities={}))
    tracker.see(Severity.CRITICAL)
    assert (tracker.reached, tracker.count) == ([], 1)


def test_as_grave_an_act_bans_once_until_the_count_begins_anew() -> None:
    tracker = Tracker(Policy(severities={Severity.CRITICAL: AtOnce(), Severity.HIGH: AtOnce()}))
    for second, severity in enumerate((Severity.HIGH, Severity.HIGH, Severity.CRITICAL, Severity.HIGH)):
        tracker.see(severity, seconds=second)
    assert [ban.severity for ban in tracker.commands if isinstance(ban, IssueInfraction)] == ["high", "critical"]
    ended = RestartCount(**asked(player=PLAYER, infraction_id="0" * 24, scope=Scope.GLOBAL, issued_at=at(10)))
    tracker.do(ended)
    tracker.see(Severity.HIGH, seconds=11)
    assert len(tracker.commands) == 3


def test_a_dismissed_act_does_not_spare_the_next_one() -> None:
    tracker = Tracker()
    wrong = tracker.see(Severity.CRITICAL)
    tracker.do(DismissIncidents(**asked(player=PLAYER, reason="a mod")))
    dismissed = next(each for each in tracker.log if each.type == "abuse.dismissed")
    assert dismissed.data["incident_ids"] == [str(wrong.incident_id)]
    tracker.see(Severity.CRITICAL, seconds=1)
    assert len(tracker.commands) == 2


def test_a_ban_that_was_withheld_does_not_spare_the_next_act_when_the_graver_one_is_dismissed() -> None:
    tracker = Tracker()
    tracker.do(ProtectPlayer(**asked(player=PLAYER, reason="staff")))
    tracker.see(Severity.HIGH)
    tracker.do(UnprotectPlayer(**asked(player=PLAYER, reason="left")))
    wrong = tracker.see(Severity.CRITICAL, seconds=1)
    tracker.see(Severity.HIGH, seconds=2)
    assert tracker.asked == ["IssueInfraction"]
    tracker.do(DismissIncidents(**asked(player=PLAYER, incident_ids=(wrong.incident_id,), reason="a mod")))
    tracker.see(Severity.HIGH, seconds=3)
    assert tracker.asked == ["IssueInfraction", "IssueInfraction", "OpenRequest"]


def test_the_same_act_told_again_changes_nothing() -> None:
    tracker = Tracker()
    seen = tracker.see(Severity.CRITICAL)
    before = list(tracker.log)
    tracker.do(report(seen), report(seen))
    assert tracker.log == before


@pytest.mark.parametrize(
    ("details", "evidence"),
    [
        (None, None),
        ({}, None),
        ({"evidence": "no list"}, None),
        ({"evidence": [1, None]}, None),
        ({"evidence": [" a ", "", "b"]}, "a ⏎ b"),
    ],
    ids=["none", "empty", "text", "numbers", "lines"],
)
def test_evidence_is_the_texts_of_the_details(details: Mapping[str, Any] | None, evidence: str | None) -> None:
    assert evidence_of(details) == evidence


def test_evidence_is_cut() -> None:
    assert len(evidence_of({"evidence": ["x" * 900] * 50}) or "") == 3000
    assert (evidence_of({"evidence": ["x"] * 50}) or "").count("x") == 20


GRADES = st.tuples(
    st.none() | st.sampled_from(list(Severity)), st.none() | st.sampled_from(list(Mode)), st.integers(0, 20)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(GRADES, max_size=25), st.lists(st.integers(0, 25), max_size=4), st.booleans())
def test_the_log_alone_makes_the_same_players(
    seen: list[tuple[Severity | None, Mode | None, int]], corrected: list[int], is_protected: bool
) -> None:
    tracker = Tracker()
    for number, (severity, mode, seconds) in enumerate(seen):
        tracker.see(severity, mode, seconds)
        if number in corrected:
            protects = ProtectPlayer(**asked(player=PLAYER, reason="staff"))
            tracker.do(protects if is_protected else DismissIncidents(**asked(player=PLAYER, reason="false")))
    policies, players = Policies(), dict[str, Known]()
    for logged in tracker.log:
        event = event_of(logged, ABUSE_EVENT)
        assert isinstance(event, PlayerEvent)
        known = players.get(logged.stream) or Known(0, PlayerState())
        players[logged.stream] = Known(logged.version, evolve(known.player, event, policies))
    assert players == tracker.players


@settings(max_examples=60, deadline=None)
@given(st.lists(GRADES, max_size=25))
def test_a_simulation_asks_for_what_the_live_tracker_asks_for(
    seen: list[tuple[Severity | None, Mode | None, int]],
) -> None:
    """Where no ban comes between: live, one begins when infractions says so."""
    policy = Policy(auto_ban=False)
    tracker = Tracker(policy)
    simulation = Simulation(lambda _: PolicyVersion(policy=policy), frozenset(), at(-1))
    for severity, mode, seconds in seen:
        tracker.see(severity, mode, seconds)
        simulation.take(Happened("1", "lag_machine", at(seconds), None, Grade(severity, mode)))
    live = [action for action, _ in tracker.reached]
    assert simulation.course.outcomes[Outcome.REVIEW] == live.count("review")
    assert simulation.course.outcomes[Outcome.KICK] == live.count("kick")


def test_a_simulation_bans_at_once_and_for_as_long_as_the_severity_says() -> None:
    policy = Policy(severities={Severity.HIGH: AtOnce(ban_duration_seconds=10, review=True)})
    simulation = Simulation(lambda _: PolicyVersion(policy=policy), frozenset(), NOW)
    for second in (0, 5, 11):
        simulation.take(Happened("1", "lag_machine", at(second), None, Grade(Severity.HIGH, Mode.ACT)))
    assert simulation.course.outcomes == {"ban": 2, "review": 2}
    assert simulation.course.ignored == 1
    kept = Simulation(lambda _: PolicyVersion(policy=policy), frozenset({"1"}), NOW)
    kept.take(Happened("1", "lag_machine", NOW, None, Grade(Severity.HIGH, Mode.ACT)))
    assert kept.course.outcomes == {"withheld": 1}


def test_an_incident_of_before_has_no_severity() -> None:
    tracker = Tracker()
    tracker.do(report(incident("clip")))
    event = event_of(tracker.log[0], ABUSE_EVENT)
    assert isinstance(event, AbuseDetected)
    assert (event.severity, event.mode, event.is_protected) == (None, None, False)
