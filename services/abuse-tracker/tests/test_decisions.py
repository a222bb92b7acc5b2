"""What commands make of players and policies: a batch on a log in memory."""

import json
from collections.abc import Iterable
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banstream_abuse_tracker.domain.batch import Known
from banstream_abuse_tracker.domain.corrections import history_of
from banstream_abuse_tracker.domain.policies import Policies
from banstream_abuse_tracker.domain.record import PlayerState, evolve
from banstream_contracts.abuse import Incident
from banstream_contracts.commands.abuse import (
    AnyAbuseCommand,
    ProtectPlayer,
    RemovePolicy,
    SetPolicy,
    UnprotectPlayer,
)
from banstream_contracts.commands.infractions import IssueInfraction, OpenRequest
from banstream_contracts.events.abuse import ABUSE_EVENT, AnyPolicyEvent, PlayerEvent
from banstream_contracts.infractions import Lifetime, Punishment, Scope
from banstream_contracts.policies import Policy, Thresholds
from banstream_decider.events import event_of
from banstream_testing.abuse import PLAYER, SERVER_ID, asked, incident, report
from banstream_testing.abuse_in_memory import NOW, Tracker, at, dismiss, ended, restore


def test_the_seeds_example_warns_kicks_and_bans() -> None:
    tracker = Tracker()
    tracker.report(*["speed_hack"] * 10)
    assert tracker.reached() == [("warn", "none", None), ("kick", "kick", None), ("ban", "ban", None)]
    assert tracker.types.count("abuse.detected") == 10
    assert tracker.types.count("abuse.kick_requested") == 1


@pytest.mark.parametrize(
    ("reason", "category"),
    [("speed_hack", "speed_hack"), ("_x", "x"), ("__2_", "2_"), ("_", None), ("_" * 64, None), ("z" * 64, "z" * 64)],
    ids=["usual", "underscore", "two", "only", "only-long", "long"],
)
def test_a_reason_that_is_no_category_bans_all_the_same(reason: str, category: str | None) -> None:
    """Else the relay would stop at it, and with it every ban."""
    tracker = Tracker()
    tracker.set_policy(thresholds={"warn": None, "kick": None, "ban": 1}, reasons=("any",))
    tracker.report(reason)
    (ban,) = tracker.commands()
    assert isinstance(ban, IssueInfraction)
    assert (ban.category, ban.reason) == (category, f"{reason} (1 incident)")


@pytest.mark.parametrize("scope", Scope)
def test_a_ban_that_would_hold_nowhere_is_asked_for_instead(scope: Scope) -> None:
    """What a token reports need not have happened on a server."""
    tracker = Tracker()
    tracker.set_policy(thresholds={"warn": None, "kick": None, "ban": 1}, ban_scope=scope)
    tracker.report("clip", server_id=None)
    (command,) = tracker.commands()
    is_asked = isinstance(command, OpenRequest)
    assert is_asked == (scope is Scope.SERVER)
    tracker.report("clip")
    assert tracker.reached() == [("ban", "review" if is_asked else "ban", None)]


def test_tens_of_thousands_of_incidents_are_dismissed_by_events_that_fit_into_a_message() -> None:
    tracker = Tracker()
    for _ in range(41):
        tracker.do(report(*(incident("clip", occurred_at=NOW) for _ in range(500)), issued_at=NOW))
    tracker.do(dismiss())
    events = [each for each in tracker.log if each.type == "abuse.dismissed"]
    assert [len(each.data["incident_ids"]) for each in events] == [10_000, 10_000, 500]
    assert all(len(json.dumps(each.data)) < 512 * 1024 for each in events)
    assert len({each.command_id for each in events}) == 1
    assert (tracker.count(), tracker.player.total) == (0, 0)
    happened = [event_of(each, ABUSE_EVENT) for each in tracker.log]
    history = history_of([event for event in happened if not isinstance(event, AnyPolicyEvent)])
    assert len(history.dismissed) == len(history.incidents) == 20_500


def test_a_ban_crossing_bans_for_seven_days_by_a_command_that_is_always_the_same() -> None:
    tracker = Tracker()
    tenth = tracker.report(*["speed_hack"] * 10)[-1]
    (ban,) = tracker.commands()
    assert isinstance(ban, IssueInfraction)
    assert (ban.player, ban.punishments, ban.lifetime) == (PLAYER, (Punishment.BAN,), Lifetime.TIMED)
    assert (ban.duration_seconds, ban.category, ban.scope) == (7 * 86_400, "speed_hack", Scope.GLOBAL)
    assert ban.reason == "speed_hack (10 incidents)"
    assert str(tenth.incident_id) in (ban.evidence or "")
    assert tracker.commands() == [ban]


def test_a_ban_for_incidents_that_were_told_late_is_as_new_among_infractions_as_the_decision() -> None:
    tracker = Tracker()
    reported = [incident("clip", occurred_at=at(0)) for _ in range(10)]
    told_at = at(40 * 86_400)
    tracker.do(report(*reported, issued_at=told_at))
    (ban,) = tracker.commands()
    assert isinstance(ban, IssueInfraction)
    assert int(ban.infraction_id[:12], 16) == int(told_at.timestamp() * 1000)


def test_one_incident_of_much_weight_is_not_said_to_have_been_many() -> None:
    tracker = Tracker()
    tracker.set_policy(weights={"aimbot": 10})
    tracker.report("aimbot")
    (ban,) = tracker.commands()
    (kick,) = [each.data for each in tracker.log if each.type == "abuse.kick_requested"]
    assert isinstance(ban, IssueInfraction)
    assert (ban.reason, kick["reason"]) == ("aimbot (count 10)", "aimbot (count 10)")


def test_a_permanent_ban_duration_bans_for_good() -> None:
    tracker = Tracker()
    tracker.set_policy(thresholds={"ban": 1}, ban_duration_seconds=None)
    tracker.report("aimbot")
    (ban,) = tracker.commands()
    assert isinstance(ban, IssueInfraction)
    assert (ban.lifetime, ban.duration_seconds) == (Lifetime.PERMANENT, None)


def test_without_auto_ban_the_crossing_is_reported_and_a_review_is_asked_for() -> None:
    tracker = Tracker()
    tracker.set_policy(auto_ban=False)
    tracker.report(*["speed_hack"] * 12)
    assert tracker.reached()[-1] == ("ban", "review", None)
    (request,) = tracker.commands()
    assert isinstance(request, OpenRequest)
    assert request.suggested is not None
    assert (request.suggested.duration_seconds, request.player) == (7 * 86_400, PLAYER)


def test_kick_is_independent_of_auto_ban() -> None:
    tracker = Tracker()
    tracker.set_policy(auto_ban=True, auto_kick=True)
    tracker.report(*["clip"] * 5)
    assert tracker.types.count("abuse.kick_requested") == 1
    tracker = Tracker()
    tracker.set_policy(auto_ban=False, auto_kick=False)
    tracker.report(*["clip"] * 5)
    assert tracker.reached() == [("warn", "none", None), ("kick", "none", None)]
    assert "abuse.kick_requested" not in tracker.types


def test_a_protected_player_is_reported_and_nothing_else() -> None:
    tracker = Tracker()
    tracker.do(ProtectPlayer(**asked(player=PLAYER, reason="streamer")))
    tracker.report(*["clip"] * 10)
    assert tracker.reached() == [("warn", "none", None), ("kick", "kick", "protected"), ("ban", "ban", "protected")]
    assert "abuse.kick_requested" not in tracker.types
    assert tracker.commands() == []


def test_protection_and_its_end_happen_once() -> None:
    tracker = Tracker()
    for _ in range(2):
        tracker.do(ProtectPlayer(**asked(player=PLAYER, reason="streamer")))
    for _ in range(2):
        tracker.do(UnprotectPlayer(**asked(player=PLAYER, reason="left")))
    assert tracker.types == ["abuse.protected", "abuse.unprotected"]
    assert not tracker.player.is_protected


def test_in_shadow_everything_is_worked_out_and_nothing_acts() -> None:
    tracker = Tracker()
    tracker.set_policy(shadow=True)
    tracker.report(*["clip"] * 10)
    assert [withheld for _, _, withheld in tracker.reached()] == ["shadow"] * 3
    assert "abuse.kick_requested" not in tracker.types
    assert tracker.commands() == []


def test_who_reports_is_told_why_nothing_follows_from_a_threshold() -> None:
    tracker = Tracker()

    def told() -> list[tuple[list[str], str | None]]:
        results = tracker.do(report(*[incident("clip") for _ in range(10)]))[0].incidents
        return [([*each.thresholds], each.withheld) for each in results if each.thresholds]

    tracker.set_policy(shadow=True)
    assert told() == [(["warn"], "shadow"), (["kick"], "shadow"), (["ban"], "shadow")]
    tracker = Tracker()
    tracker.do(ProtectPlayer(**asked(player=PLAYER, reason="streamer")))
    assert told() == [(["warn"], None), (["kick"], "protected"), (["ban"], "protected")]


def test_a_repeated_incident_changes_nothing() -> None:
    tracker = Tracker()
    once = incident()
    first = tracker.do(report(once, once))[0]
    again = tracker.do(report(once))[0]
    assert [each.status for each in first.incidents] == ["recorded", "repeated"]
    assert (again.status, again.incidents[0].status, again.incidents[0].count) == ("unchanged", "repeated", 1)
    assert tracker.types == ["abuse.detected"]


def test_a_reason_nobody_knows_is_refused_alone() -> None:
    tracker = Tracker()
    (result,) = tracker.do(report(incident("being_rude"), incident("clip")))
    assert [each.status for each in result.incidents] == ["refused", "recorded"]
    assert "being_rude" in (result.incidents[0].message or "")
    tracker.set_policy(reasons=("being_rude",))
    assert tracker.do(report(incident("being_rude")))[0].incidents[0].status == "recorded"
    tracker.set_policy(reasons=("any",))
    assert tracker.do(report(incident("whatever")))[0].incidents[0].status == "recorded"


def test_a_clock_ahead_of_ours_is_taken_for_ours() -> None:
    tracker = Tracker()
    tracker.do(report(incident(occurred_at=at(9999)), issued_at=NOW))
    assert tracker.player.last_at == NOW


def test_policies_have_versions_and_the_same_again_is_none() -> None:
    tracker = Tracker()
    first, same, second = (tracker.set_policy(coalesce_seconds=n) for n in (1.0, 1.0, 2.0))
    assert [r.policy.version for r in (first, same, second) if r.policy] == [1, 1, 2]
    assert same.status == "unchanged"


@pytest.mark.parametrize("expected", [0, 2])
def test_an_expected_version_refuses_what_somebody_changed_meanwhile(expected: int) -> None:
    tracker = Tracker()
    tracker.set_policy(coalesce_seconds=1)
    command = SetPolicy(**asked(policy_id="default", policy=Policy(coalesce_seconds=2), expected_version=expected))
    (result,) = tracker.do(command)
    assert result.refusal is not None
    assert result.refusal.code == "policy-changed"


@pytest.mark.parametrize(
    ("policy_id", "servers", "code"),
    [
        ("default", (SERVER_ID,), "invalid-policy"),
        ("strict", (), "invalid-policy"),
        ("other", (SERVER_ID,), "server-taken"),
    ],
)
def test_a_policy_that_cannot_hold_is_refused(policy_id: str, servers: tuple[str, ...], code: str) -> None:
    tracker = Tracker()
    tracker.set_policy("strict", servers=(SERVER_ID,))
    result = tracker.set_policy(policy_id, servers=servers)
    assert result.refusal is not None
    assert result.refusal.code == code


def test_what_never_happens_and_bans_for_good_are_read_back_from_the_log() -> None:
    tracker = Tracker()
    tracker.set_policy(thresholds={"warn": None, "kick": None, "ban": None}, ban_duration_seconds=None)
    read = Policies()
    for event in (event_of(each, ABUSE_EVENT) for each in tracker.log):
        assert isinstance(event, AnyPolicyEvent)
        read = read.after(event)
    assert read.in_force == tracker.policies.in_force


def test_a_removed_policy_gives_its_servers_to_the_default_and_goes_on_counting_versions() -> None:
    tracker = Tracker()
    tracker.set_policy("strict", servers=(SERVER_ID,), thresholds={"ban": 1})
    removal = RemovePolicy(**asked(policy_id="strict"))
    assert tracker.do(removal)[0].status == "applied"
    assert tracker.do(RemovePolicy(**asked(policy_id="strict")))[0].status == "refused"
    tracker.report("clip")
    assert (tracker.count("default"), tracker.reached()) == (1, [])
    again = tracker.set_policy("strict", servers=(SERVER_ID,))
    assert again.policy is not None
    assert again.policy.version == 3


steps = st.lists(
    st.one_of(
        st.tuples(st.just("report"), st.integers(1, 3)),
        st.tuples(st.just("dismiss"), st.integers(0, 20)),
        st.tuples(st.just("restore"), st.integers(0, 20)),
        st.tuples(st.just("end"), st.just(0)),
        st.tuples(st.just("policy"), st.integers(1, 12)),
    ),
    max_size=25,
)


def carry_out(tracker: Tracker, wished: Iterable[tuple[str, int]]) -> list[AnyAbuseCommand]:
    """Commands that make sense where they stand; a second passes with each."""
    reported: list[Incident] = []
    done: list[AnyAbuseCommand] = []
    for second, (what, number) in enumerate(wished, 1):
        command: AnyAbuseCommand
        if what == "report":
            fresh = [incident("clip", occurred_at=at(second)) for _ in range(number)]
            reported += fresh
            command = report(*fresh, issued_at=at(second))
        elif what in {"dismiss", "restore"} and reported:
            chosen = reported[number % len(reported)]
            command = dismiss(chosen) if what == "dismiss" else restore(chosen)
        elif what == "policy":
            command = SetPolicy(**asked(policy_id="default", policy=Policy(thresholds=Thresholds(ban=number))))
        else:
            command = ended(second)
        tracker.do(command)
        done.append(command)
    return done


@settings(max_examples=60, deadline=None)
@given(steps)
def test_repeating_any_report_or_restart_changes_nothing(wished: list[tuple[str, int]]) -> None:
    tracker = Tracker()
    done = carry_out(tracker, wished)
    before = list(tracker.log)
    tracker.do(*(each for each in done if each.type in {"record_incidents", "restart_count"}))
    assert tracker.log == before


@settings(max_examples=60, deadline=None)
@given(steps)
def test_the_log_alone_makes_the_same_players(wished: list[tuple[str, int]]) -> None:
    tracker = Tracker()
    carry_out(tracker, wished)
    policies, players = Policies(), dict[str, Known]()
    for logged in tracker.log:
        event = event_of(logged, ABUSE_EVENT)
        if not isinstance(event, PlayerEvent):
            policies = policies.after(event)
            continue
        known = players.get(logged.stream) or Known(0, PlayerState())
        players[logged.stream] = Known(logged.version, evolve(known.player, event, policies))
    assert players == tracker.players


@settings(max_examples=60, deadline=None)
@given(steps)
def test_the_count_is_that_of_the_incidents_left_since_the_last_restart(wished: list[tuple[str, int]]) -> None:
    tracker = Tracker()
    carry_out(tracker, wished)
    left: dict[UUID, bool] = {}
    total: set[str] = set()
    for each in tracker.log:
        match each.type:
            case "abuse.detected":
                left[each.command_id] = True
                total.add(str(each.command_id))
            case "abuse.count_restarted" if each.data["counters"]:
                left = dict.fromkeys(left, False)
            case "abuse.dismissed":
                total -= set(each.data["incident_ids"])
            case "abuse.restored":
                total |= set(each.data["incident_ids"])
            case _:
                pass
    counting = {str(each) for each, counts in left.items() if counts}
    if tracker.players:
        assert tracker.count() == len(counting & total)
        assert tracker.player.total == len(total)
