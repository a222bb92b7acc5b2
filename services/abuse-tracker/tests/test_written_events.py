"""What comes of an incident is written without the models of its events: they would have written the same."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banstream_abuse_tracker.domain.batch import Batch, Known, Loaded, stream_of
from banstream_abuse_tracker.domain.policies import Policies
from banstream_abuse_tracker.domain.record import PlayerState, abuse_of
from banstream_abuse_tracker.domain.tally import Counting, Run, Tally, tally_of
from banstream_contracts.abuse import Mode, PlayerAbuse, Threshold
from banstream_contracts.events.abuse import ABUSE_EVENT, PolicySet
from banstream_contracts.infractions import Actor, Severity
from banstream_contracts.policies import Policy, Thresholds
from banstream_decider.events import Fact, event_of, fact_of
from banstream_decider.ports import Received
from banstream_event_log.events import NewEvent
from banstream_runtime.identifiers import new_id
from banstream_testing.abuse import PLAYER, incident, report

NOW = datetime(2026, 6, 1, 12, 0, 0, 250_000, tzinfo=UTC)
STREAM = stream_of(PLAYER)

details = st.none() | st.dictionaries(
    st.sampled_from(["evidence", "speed", "é"]),
    st.none() | st.integers(-9, 9) | st.floats(-1, 1) | st.lists(st.sampled_from(["a", " b ", "ü"]), max_size=3),
    max_size=3,
)
incidents = st.fixed_dictionaries(
    {
        "reason": st.sampled_from(["speed_hack", "clip"]),
        "player_name": st.none() | st.just("Zaphod"),
        "details": details,
        "session_id": st.none() | st.just("s-1"),
        "severity": st.none() | st.sampled_from(Severity),
        "mode": st.none() | st.sampled_from(Mode),
        "summary": st.none() | st.just("15 placed in 60 s"),
        "occurred_at": st.integers(-100, 100).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    }
)
policies = st.builds(
    Policy,
    thresholds=st.builds(Thresholds, warn=st.none() | st.integers(1, 3), kick=st.none() | st.integers(1, 3)),
    auto_ban=st.booleans(),
    shadow=st.booleans(),
    coalesce_seconds=st.sampled_from([0.0, 60.0]),
    reset_after_seconds=st.none() | st.just(30),
    weights=st.sampled_from([{}, {"clip": 9}]),
)


def decided(reported: list[dict[str, Any]], policy: Policy, state: PlayerState, **values: Any) -> Batch:
    held = Policies().after(
        PolicySet(policy_id="default", version=1, policy=policy, actor=Actor(kind="system", id="x"), occurred_at=NOW)
    )
    loaded = Loaded(0, {STREAM: Known(3, state)}, held, frozenset(), {})
    batch = Batch(loaded, NOW, new_id)
    batch.decide(Received(report(*(incident(**each) for each in reported), issued_at=NOW, **values)))
    return batch


def fact(event: NewEvent) -> Fact:
    return Fact(event.type, event.stream, event.data, event.actor, event.occurred_at)


@settings(max_examples=80, deadline=None)
@given(st.lists(incidents, min_size=1, max_size=8), policies, st.booleans(), st.booleans(), st.booleans())
def test_each_event_is_as_its_model_is_stored(
    reported: list[dict[str, Any]], policy: Policy, is_protected: bool, has_server: bool, review: bool
) -> None:
    values: dict[str, Any] = {"review": review} if has_server else {"review": review, "server_id": None}
    batch = decided(reported, policy, PlayerState(is_protected=is_protected), **values)
    assert batch.events
    assert [fact(each) for each in batch.events] == [fact_of(event_of(each, ABUSE_EVENT)) for each in batch.events]


@pytest.mark.parametrize("mode", [Mode.ALERT, Mode.REVIEW, Mode.ACT])
def test_all_that_can_follow_from_an_incident_is_written_so(mode: Mode) -> None:
    grave = {"severity": Severity.HIGH, "mode": mode, "details": {"evidence": ["seen"]}, "player_name": "Zaphod"}
    batch = decided([grave] * 10, Policy(), PlayerState())
    kinds = {each.type for each in batch.events}
    follows = "abuse.alert_raised" if mode is Mode.ALERT else "abuse.threshold_reached"
    assert kinds >= {"abuse.detected", follows}
    assert [fact(each) for each in batch.events] == [fact_of(event_of(each, ABUSE_EVENT)) for each in batch.events]


def test_a_standing_travels_as_it_is_and_back() -> None:
    counted = (Counting(NOW, "clip"), Counting(NOW, "fly_hack"))
    sure = Tally(1, NOW, NOW, counted[:1])
    tally = Tally(
        2,
        NOW,
        NOW,
        counted,
        (Threshold.WARN,),
        (Severity.HIGH,),
        "0" * 24,
        since=NOW,
        earlier=Run(4, NOW, NOW),
        sure=sure,
    )
    standing = PlayerState(2, NOW, NOW, is_protected=True, protected_reason="staff", counters={"default": tally})
    told = abuse_of(PLAYER, standing)
    assert PlayerAbuse.model_validate_json(told.model_dump_json()) == told
    assert {name: getattr(told, name) for name in PlayerState.__struct_fields__[:5]} == {
        name: getattr(standing, name) for name in PlayerState.__struct_fields__[:5]
    }
    counter = told.counters["default"]
    assert (counter.counted_at, counter.under_review) == ({"clip": NOW, "fly_hack": NOW}, 1)
    assert tally_of(counter) == tally
