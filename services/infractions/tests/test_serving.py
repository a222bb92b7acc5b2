"""Time served while connected (facts gflbans 2.5)."""

from datetime import timedelta

import pytest
from services.infractions.tests.scenes import (
    IDS,
    OURS,
    START,
    THEIRS,
    code,
    issue,
    lift,
    online,
    reinstate,
    serve,
    world,
)

from banstream_contracts.events.infractions import InfractionExpired, InfractionServed
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Lifetime, Scope, Status


def test_time_connected_is_taken_off_until_nothing_is_left() -> None:
    made = world(online(seconds=100))
    (served,) = made.do(serve(seconds=60, at=START + timedelta(minutes=1))).events
    assert isinstance(served, InfractionServed)
    assert (served.seconds, served.time_left_seconds) == (60, 40)
    assert (made.infraction().time_left_seconds, made.infraction().last_served_at) == (40, START + timedelta(minutes=1))
    last, expired = made.do(serve(seconds=60, at=START + timedelta(minutes=2))).events
    assert isinstance(last, InfractionServed)
    assert isinstance(expired, InfractionExpired)
    assert (last.seconds, last.time_left_seconds) == (40, 0)
    assert (made.infraction().status, made.infraction().ended_at) == (Status.EXPIRED, START + timedelta(minutes=2))
    assert made.do(serve(seconds=60)).events == ()


@pytest.mark.parametrize(
    ("earlier", "server_id", "counts"),
    [
        ((online(scope=Scope.SERVER),), OURS, True),
        ((online(scope=Scope.SERVER),), THEIRS, False),
        ((online(scope=Scope.GLOBAL),), THEIRS, True),
        ((online(scope=Scope.COMMUNITY),), THEIRS, True),
        ((issue(lifetime=Lifetime.TIMED, duration_seconds=600),), OURS, False),
        ((issue(),), OURS, False),
        ((issue(lifetime=Lifetime.SESSION),), OURS, False),
        ((online(), lift()), OURS, False),
        ((online(), lift(), reinstate()), OURS, True),
    ],
)
def test_only_what_is_in_force_counts_time_connected_and_holds_there_is_served(
    earlier: tuple[AnyCommand, ...], server_id: str, counts: bool
) -> None:
    decision = world(*earlier).do(serve(server_id=server_id))
    assert (bool(decision.events), decision.refusal, decision.touched) == (counts, None, (IDS[0],))


def test_serving_an_unknown_infraction_is_refused() -> None:
    assert code(world().do(serve())) == "unknown-infraction"


def test_a_lifted_infraction_comes_back_with_the_time_it_had_left() -> None:
    made = world(online(seconds=100), serve(seconds=60), lift(), reinstate())
    assert made.infraction().time_left_seconds == 40
