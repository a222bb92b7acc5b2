"""The simulation against a reimplementation that shares nothing with it, and against the live tracker."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from banstream_abuse_tracker.domain.batch import Batch, Loaded
from banstream_abuse_tracker.domain.policies import Policies
from banstream_abuse_tracker.domain.simulation import (
    FOR_GOOD,
    Change,
    Course,
    Happened,
    Outcome,
    Simulation,
    changes,
    counting_from,
    end_of_ban,
)
from banstream_contracts.commands.abuse import ProtectPlayer
from banstream_contracts.infractions import Scope
from banstream_contracts.players import Player
from banstream_contracts.policies import Policy, PolicyVersion, Thresholds
from banstream_decider.ports import Received
from banstream_runtime.identifiers import new_id
from banstream_testing.abuse import SERVER_ID, asked, incident, report

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2"]), st.sampled_from(["speed_hack", "aimbot", "unheard_of"]), st.integers(-120, 120)
    ),
    max_size=50,
)
LIMITS = st.none() | st.integers(1, 6)
POLICIES = st.builds(
    Policy,
    thresholds=st.builds(Thresholds, warn=LIMITS, kick=LIMITS, ban=LIMITS),
    auto_kick=st.booleans(),
    auto_ban=st.booleans(),
    ban_duration_seconds=st.none() | st.integers(1, 200),
    ban_scope=st.sampled_from(Scope),
    reset_after_seconds=st.none() | st.integers(1, 100),
    weights=st.dictionaries(st.just("aimbot"), st.integers(0, 4)),
    coalesce_seconds=st.sampled_from([0.0, 1.0, 15.0]),
    shadow=st.booleans(),
)


def happened(steps: list[tuple[str, str, int]]) -> list[Happened]:
    """In the order of the log: some are told late."""
    moment, found = BEGAN, []
    for player, reason, seconds in steps:
        moment += timedelta(seconds=seconds)
        found.append(Happened(player, reason, moment, SERVER_ID))
    return found


def always(policy: Policy) -> Simulation:
    version = PolicyVersion(policy=policy)
    return Simulation(lambda _server: version, frozenset(), BEGAN - timedelta(days=1))


def run(policy: Policy, *seconds: float, reason: str = "aimbot", protected: bool = False) -> Course:
    version = PolicyVersion(policy=policy)
    simulation = Simulation(lambda _server: version, {"1"} if protected else frozenset(), BEGAN)
    for second in seconds:
        simulation.take(Happened("1", reason, BEGAN + timedelta(seconds=second), SERVER_ID))
    return simulation.course


def outcomes(course: Course) -> dict[str, int]:
    return {str(outcome): count for outcome, count in course.outcomes.items() if count}


def naive(policy: Policy, steps: list[Happened]) -> dict[str, dict[str, int]]:
    """Everything anew for each player, with plain numbers."""
    found = {}
    for player in {step.player for step in steps}:
        told = [(step.reason, step.at.timestamp()) for step in steps if step.player == player]
        if tally := naively([each for each in told if each[0] != "unheard_of"], policy):
            found[player] = tally
    return found


@dataclass
class Run:
    """Incidents no farther apart than the quiet time."""

    times: list[float] = field(default_factory=list)
    counted: list[tuple[str, float]] = field(default_factory=list)
    above: set[str] = field(default_factory=set)


def naively(steps: list[tuple[str, float]], policy: Policy) -> dict[str, int]:
    tally: dict[str, int] = {}
    begin, forgotten, runs = float("-inf"), float("-inf"), list[Run]()
    quiet = policy.reset_after_seconds or float("inf")
    for reason, now in steps:
        near = [run for run in runs if min(run.times) - quiet <= now <= max(run.times) + quiet]
        apart = [run for run in runs if run not in near]
        if now < begin or now <= forgotten or (len(apart) == 2 and now < min(run.times[0] for run in apart)):
            continue
        run = joined(near, policy)
        run.times = sorted([*run.times, now])
        runs = sorted([*apart, run], key=lambda each: each.times[0])
        if len(runs) > 2:
            forgotten = max(runs.pop(0).times) + quiet
        if is_near(run, reason, now, policy):
            continue
        run.counted.append((reason, now))
        count = sum(policy.weights.get(each, 1) for each, _ in run.counted)
        limits = [(name, limit) for name, limit in policy.thresholds if limit is not None and count >= limit]
        new = [name for name, _ in limits if name not in run.above]
        run.above |= {*new}
        came = [word for name in new if (word := naive_word(name, policy))]
        for word in came:
            tally[word] = tally.get(word, 0) + 1
        if "ban" in came:
            begin, runs = now + (policy.ban_duration_seconds or float("inf")), []
    return tally


def joined(near: list[Run], policy: Policy) -> Run:
    whole = Run()
    for run in near:
        again = [each for each in run.counted if is_near(whole, *each, policy)]
        whole.counted += [each for each in run.counted if each not in again]
        whole.times, whole.above = whole.times + run.times, whole.above | run.above
    return whole


def is_near(run: Run, reason: str, now: float, policy: Policy) -> bool:
    return any(each == reason and abs(now - when) < policy.coalesce_seconds for each, when in run.counted)


def naive_word(threshold: str, policy: Policy) -> str:
    kick, ban = "kick" if policy.auto_kick else "", "ban" if policy.auto_ban else "review"
    word = {"warn": "warning", "kick": kick, "ban": ban}[threshold]
    return "withheld" if word and policy.shadow else word


@given(POLICIES, STEPS)
def test_it_says_what_a_naive_count_says(policy: Policy, steps: list[tuple[str, str, int]]) -> None:
    simulation = always(policy)
    incidents = happened(steps)
    for each in incidents:
        simulation.take(each)
    found = {
        player: {str(outcome): count for outcome, count in counts.items()}
        for player, counts in simulation.course.players.items()
    }
    assert found == naive(policy, incidents)
    assert simulation.course.incidents == len(steps)
    assert simulation.course.refused.total() == sum(1 for _, reason, _ in steps if reason == "unheard_of")


@given(POLICIES, STEPS)
def test_until_a_ban_it_crosses_what_the_live_tracker_crosses(
    policy: Policy, steps: list[tuple[str, str, int]]
) -> None:
    """In whatever order they are told. Live, what is told during a ban counts until the ban ends."""
    versions = {"default": (policy,)}
    now = BEGAN + timedelta(days=3650)
    batch = Batch(Loaded(0, {}, Policies(versions), frozenset(), {}), now, new_id)
    simulation = always(policy)
    for step in happened(steps):
        if simulation.course.of(step.player).get(Outcome.BAN):
            continue
        known = Player(service="roblox", id=step.player)
        command = report(incident(step.reason, known, occurred_at=step.at), issued_at=now)
        batch.decide(Received(command, None))
        (live,) = batch.results[command.command_id].incidents
        assert simulation.take(step) == live.thresholds


@given(POLICIES, st.booleans())
def test_the_actions_are_those_of_the_live_tracker(policy: Policy, protected: bool) -> None:
    """Every threshold at once, so that no ban comes between."""
    at_once = policy.model_copy(update={"weights": {"aimbot": 6}})
    batch = Batch(Loaded(0, {}, Policies({"default": (at_once,)}), frozenset(), {}), BEGAN, new_id)
    known = Player(service="roblox", id="1")
    if protected:
        batch.decide(Received(ProtectPlayer(**asked(player=known, reason="staff")), None))
    batch.decide(Received(report(incident("aimbot", known)), None))
    live = [event.data for event in batch.events if event.type == "abuse.threshold_reached"]
    words = {"none": "warning", "kick": "kick", "ban": "ban", "review": "review"}
    expected: dict[str, int] = {}
    for event in live:
        if event["action"] != "none" or event["threshold"] == "warn":
            word = "withheld" if event.get("withheld") else words[event["action"]]
            expected[word] = expected.get(word, 0) + 1
    assert outcomes(run(at_once, 0, protected=protected)) == expected


def test_after_a_ban_the_count_begins_anew_at_its_end() -> None:
    policy = Policy(thresholds=Thresholds(warn=None, kick=None, ban=2), ban_duration_seconds=100)
    course = run(policy, 0, 1, 2, 50, 100.9, 101, 102)
    assert (outcomes(course), course.ignored) == ({"ban": 2}, 3)


def test_a_ban_that_would_hold_nowhere_is_reviewed() -> None:
    policy = Policy(thresholds=Thresholds(warn=None, kick=None, ban=1), ban_scope=Scope.SERVER)
    simulation = always(policy)
    simulation.take(Happened("1", "aimbot", BEGAN))
    assert outcomes(simulation.course) == {"review": 1}


def test_a_ban_for_good_is_the_last_there_is() -> None:
    policy = Policy(thresholds=Thresholds(warn=1, kick=None, ban=2), ban_duration_seconds=None)
    assert outcomes(run(policy, *range(0, 10**9, 10**8))) == {"warning": 1, "ban": 1}


def test_the_end_of_a_ban_has_an_end_itself() -> None:
    policy = Policy(ban_duration_seconds=100 * 365 * 86_400)
    assert end_of_ban(policy.ban_duration_seconds, FOR_GOOD - timedelta(days=1)) == FOR_GOOD


def test_what_is_reviewed_withheld_or_protected_interrupts_nothing() -> None:
    thresholds = Thresholds(warn=1, kick=2, ban=3)
    reviewed, shadow = Policy(thresholds=thresholds, auto_ban=False), Policy(thresholds=thresholds, shadow=True)
    assert outcomes(run(reviewed, *range(9))) == {"warning": 1, "kick": 1, "review": 1}
    assert outcomes(run(shadow, *range(9))) == {"withheld": 3}
    protected = run(Policy(thresholds=thresholds), *range(9), protected=True)
    assert (outcomes(protected), protected.ignored) == ({"warning": 1, "withheld": 2}, 0)
    manual = Policy(thresholds=thresholds, auto_kick=False, auto_ban=False)
    assert outcomes(run(manual, *range(9))) == {"warning": 1, "review": 1}


def test_what_came_before_counts_and_is_not_told() -> None:
    policy = Policy(thresholds=Thresholds(warn=2, kick=None, ban=4), ban_duration_seconds=100)
    course = run(policy, -3, -2, -1, 0)
    assert (outcomes(course), course.incidents) == ({"ban": 1}, 1)
    banned_before = run(policy, -4, -3, -2, -1, 0, 50, 98)
    assert (outcomes(banned_before), banned_before.ignored) == ({}, 3)


def test_a_reason_that_is_not_allowed_is_refused() -> None:
    course = run(Policy(thresholds=Thresholds(warn=1)), 0, 1, reason="unheard_of")
    assert (outcomes(course), course.refused) == ({}, {"unheard_of": 2})


def two_policies(scope: Scope) -> Simulation:
    strict = Policy(
        servers=("a" * 24,),
        thresholds=Thresholds(warn=None, kick=None, ban=2),
        ban_duration_seconds=100,
        ban_scope=scope,
    )
    mild = Policy(thresholds=Thresholds(warn=3, kick=None, ban=None))
    strict_version = PolicyVersion(policy_id="strict", version=1, policy=strict)
    versions = {"a" * 24: strict_version}
    return Simulation(lambda server: versions.get(server or "", PolicyVersion(policy=mild)), frozenset(), BEGAN)


def test_a_ban_holds_under_every_policy_or_on_its_own_servers() -> None:
    for scope, warnings in ((Scope.GLOBAL, 0), (Scope.SERVER, 1)):
        simulation = two_policies(scope)
        for second, server in enumerate((None, "a" * 24, None, "a" * 24, None, None)):
            simulation.take(Happened("1", "aimbot", BEGAN + timedelta(seconds=second), server))
        assert simulation.course.outcomes[Outcome.BAN] == 1
        assert simulation.course.outcomes[Outcome.WARNING] == warnings, scope


def test_the_difference_names_who_is_new_and_who_is_gone() -> None:
    both = [Simulation(partial(_always, version), frozenset(), BEGAN) for version in two_versions()]
    for number, player in enumerate("aabbbc"):
        for simulation in both:
            simulation.take(Happened(player, "aimbot", BEGAN + timedelta(seconds=number)))
    found = {each.outcome: each for each in changes(both[0].course, both[1].course)}
    assert found[Outcome.WARNING] == Change(Outcome.WARNING, new=(), gone=("a", "b"))
    assert found[Outcome.BAN] == Change(Outcome.BAN, new=("a", "b"), gone=())
    assert found[Outcome.KICK] == Change(Outcome.KICK, new=(), gone=())


def _always(version: PolicyVersion, _server_id: str | None) -> PolicyVersion:
    return version


def two_versions() -> tuple[PolicyVersion, PolicyVersion]:
    mild = Policy(thresholds=Thresholds(warn=2, kick=None, ban=None))
    strict = Policy(thresholds=Thresholds(warn=3, kick=None, ban=2))
    return PolicyVersion(policy=mild), PolicyVersion(policy=strict)


def test_a_simulation_remembers_one_counter_a_player() -> None:
    simulation = always(Policy(thresholds=Thresholds(warn=1, kick=None, ban=2), ban_duration_seconds=1))
    for second in range(1000):
        simulation.take(Happened(str(second % 3), "aimbot", BEGAN + timedelta(seconds=second)))
    counters = simulation._counters["default"]  # noqa: SLF001 - what it costs is the point
    assert counters.keys() <= {"0", "1", "2"}
    assert all(len(counter.counted) <= 1 for counter in counters.values())


def test_it_begins_as_early_as_the_policy_that_remembers_longest_and_within_the_calendar() -> None:
    minute, ages, ever = (Policy(reset_after_seconds=each) for each in (60, 100 * 365 * 86_400, None))
    assert counting_from(BEGAN, [ever]) == BEGAN
    assert counting_from(BEGAN, [ever, minute, Policy(reset_after_seconds=1)]) == BEGAN - timedelta(minutes=1)
    assert counting_from(datetime(1971, 1, 1, tzinfo=UTC), [minute, ages]).year == 1970
