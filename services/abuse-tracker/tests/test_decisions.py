"""What commands make of players and policies: a batch on a log in memory."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banstream_abuse_tracker.batch import Batch, Known, Loaded, stream_of
from banstream_abuse_tracker.consequences import commands_for
from banstream_abuse_tracker.corrections import history_of
from banstream_abuse_tracker.policies import Policies
from banstream_abuse_tracker.record import PlayerState, evolve, tally_in
from banstream_contracts.abuse import Incident
from banstream_contracts.abuse_commands import (
    AnyAbuseCommand,
    DismissIncidents,
    ProtectPlayer,
    RemovePolicy,
    RestartCount,
    RestoreIncidents,
    SetPolicy,
    UnprotectPlayer,
)
from banstream_contracts.abuse_events import ABUSE_EVENT, AnyPolicyEvent, PlayerEvent
from banstream_contracts.commands import Command, IssueInfraction, OpenRequest
from banstream_contracts.infractions import Lifetime, Punishment, Scope
from banstream_contracts.policies import Policy, Thresholds
from banstream_contracts.results import CommandResult
from banstream_decider.events import event_of
from banstream_decider.ports import Received
from banstream_event_log.chain import GENESIS, link
from banstream_event_log.events import LoggedEvent
from banstream_runtime.identifiers import new_id
from banstream_testing.abuse import PLAYER, SERVER_ID, asked, incident, report

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
OTHER_SERVER = "01948a00000000000000f00d"


class Tracker:
    """The log in memory, and what is worked out of it."""

    def __init__(self) -> None:
        self.log: list[LoggedEvent] = []
        self.players: dict[str, Known] = {}
        self.policies = Policies()

    def do(self, *commands: AnyAbuseCommand) -> list[CommandResult]:
        loaded = Loaded(
            head=len(self.log),
            players=self.players,
            policies=self.policies,
            recorded=frozenset(each.command_id for each in self.log),
            histories={stream: [e for e in self.log if e.stream == stream] for stream in self.players},
        )
        batch = Batch(loaded, NOW, new_id)
        for command in commands:
            batch.decide(Received(command))
        head = len(self.log)
        self.log += [link(event, head + place, NOW, GENESIS) for place, event in enumerate(batch.events, 1)]
        self.players = {**self.players, **batch.changes.players}
        for event in batch.changes.policies:
            self.policies = self.policies.after(event)
        return [batch.results[command.command_id] for command in commands]

    def report(self, *reasons: str, seconds: float = 0, **values: Any) -> list[Incident]:
        reported = [incident(each, occurred_at=at(seconds)) for each in reasons]
        self.do(report(*reported, issued_at=max(NOW, at(seconds)), **values))
        return reported

    def set_policy(self, policy_id: str = "default", **values: Any) -> CommandResult:
        thresholds = Thresholds(**values.pop("thresholds", {}))
        command = SetPolicy(**asked(policy_id=policy_id, policy=Policy(thresholds=thresholds, **values)))
        return self.do(command)[0]

    @property
    def types(self) -> list[str]:
        return [each.type for each in self.log]

    @property
    def player(self) -> PlayerState:
        return self.players[stream_of(PLAYER)].player

    def count(self, policy_id: str = "default") -> int:
        return tally_in(self.player, policy_id).count

    def reached(self) -> list[tuple[str, str, str | None]]:
        events = [each.data for each in self.log if each.type == "abuse.threshold_reached"]
        return [(each["threshold"], each["action"], each.get("withheld")) for each in events]

    def commands(self) -> list[Command]:
        return [
            command for each in self.log if each.type == "abuse.threshold_reached" for command in commands_for(each)
        ]


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def ended(seconds: float, **values: Any) -> RestartCount:
    common = {"player": PLAYER, "infraction_id": "0" * 24, "scope": Scope.GLOBAL, "issued_at": at(seconds)}
    return RestartCount(**asked(**{**common, **values}))


def dismiss(*incidents: Incident, **values: Any) -> DismissIncidents:
    ids = tuple(each.incident_id for each in incidents)
    return DismissIncidents(**asked(**{"player": PLAYER, "incident_ids": ids, "reason": "teleport pad", **values}))


def restore(*incidents: Incident) -> RestoreIncidents:
    ids = tuple(each.incident_id for each in incidents)
    return RestoreIncidents(**asked(player=PLAYER, incident_ids=ids, reason="it was not"))


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
    assert (ban.category, ban.reason) == (category, f"{reason} (1 incidents)")


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


def test_policies_have_versions_and_the_same_again_is_none() -> None:
    tracker = Tracker()
    first, same, second = (tracker.set_policy(coalesce_seconds=n) for n in (1.0, 1.0, 2.0))
    assert [r.policy.version for r in (first, same, second) if r.policy] == [1, 1, 2]
    assert same.status == "unchanged"


def test_an_expected_version_refuses_what_somebody_changed_meanwhile() -> None:
    tracker = Tracker()
    tracker.set_policy(coalesce_seconds=1)
    command = SetPolicy(**asked(policy_id="default", policy=Policy(coalesce_seconds=2), expected_version=0))
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
