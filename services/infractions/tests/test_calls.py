"""Calling an admin: who may, how often, who takes the call (facts gflbans 3)."""

from datetime import timedelta
from typing import Any

import pytest
from services.infractions.tests.scenes import (
    IDS,
    OTHER,
    OURS,
    START,
    THEIRS,
    about,
    call,
    code,
    issue,
    lift,
    world,
)

from banstream_contracts.commands.calls import ClaimCall
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Lifetime, Punishment, Scope

BLOCK = (Punishment.CALL_ADMIN_BLOCK,)
SERVER_CALLS = f"calls:{OURS}"


def claim(name: str = "Alyx", server_id: str = OURS) -> ClaimCall:
    return ClaimCall(**about(server_id=server_id, admin_name=name))


@pytest.mark.parametrize(
    ("earlier", "include_other_servers", "is_blocked"),
    [
        ((issue(punishments=BLOCK, scope=Scope.SERVER, server_id=OURS),), False, True),
        ((issue(punishments=BLOCK, scope=Scope.SERVER, server_id=THEIRS),), True, False),
        ((issue(punishments=BLOCK, scope=Scope.GLOBAL, server_id=THEIRS),), True, True),
        ((issue(punishments=BLOCK, scope=Scope.GLOBAL, server_id=THEIRS),), False, False),
        ((issue(punishments=BLOCK, scope=Scope.COMMUNITY, server_id=THEIRS),), False, True),
        ((issue(punishments=BLOCK, player=OTHER),), True, False),
        ((issue(punishments=(Punishment.CHAT_BLOCK,)),), True, False),
        ((issue(punishments=BLOCK), lift()), True, False),
        ((issue(punishments=BLOCK, lifetime=Lifetime.SESSION),), True, False),
    ],
)
def test_who_is_blocked_where_the_server_looks_may_not_call(
    earlier: tuple[AnyCommand, ...], include_other_servers: bool, is_blocked: bool
) -> None:
    decision = world(*earlier).do(call(include_other_servers=include_other_servers))
    assert code(decision) == ("blocked" if is_blocked else None)
    assert bool(decision.events) is not is_blocked


def test_a_block_that_has_ended_blocks_nobody() -> None:
    made = world(issue(punishments=BLOCK, lifetime=Lifetime.TIMED, duration_seconds=60))
    assert code(made.decide(call())) == "blocked"
    made.now += timedelta(seconds=60)
    assert code(made.decide(call(at=made.now))) is None


@pytest.mark.parametrize(
    ("passed", "cooldown", "left"),
    [(0, 600, 600), (1, 600, 599), (0.5, 600, 600), (599.5, 600, 1), (600, 600, None), (60, 30, None), (60, 90, 30)],
)
def test_the_cooldown_of_the_request_counts_from_the_servers_last_call(
    passed: float, cooldown: int, left: int | None
) -> None:
    made = world(call(cooldown_seconds=3600))
    decision = made.do(call(IDS[1], at=START + timedelta(seconds=passed), cooldown_seconds=cooldown))
    if left is None:
        assert decision.events
    else:
        assert decision.refusal
        assert (decision.refusal.code, decision.refusal.retry_after_seconds) == ("cooling-down", left)


def test_a_clock_that_runs_behind_waits_no_longer_than_the_cooldown() -> None:
    decision = world(call()).do(call(IDS[1], at=START - timedelta(hours=1)))
    assert decision.refusal
    assert decision.refusal.retry_after_seconds == 600


def test_one_who_is_blocked_hears_that_and_not_of_the_cooldown() -> None:
    made = world(call(content=call().content.model_copy(update={"caller": OTHER})), issue(punishments=BLOCK))
    assert code(made.decide(call(IDS[1]))) == "blocked"


def test_each_server_cools_down_by_itself() -> None:
    assert world(call()).do(call(IDS[1], server_id=THEIRS)).events


def test_a_blocked_or_cooling_call_leaves_no_trace() -> None:
    made = world(call(), call(IDS[1]))
    assert [event.type for event in made.events] == ["call.opened"]


def test_the_next_call_takes_the_place_of_the_open_one() -> None:
    made = world(call(), call(IDS[1], at=START + timedelta(seconds=600)), claim())
    last = made.records[SERVER_CALLS].call
    assert last
    assert (last.id, last.claimed_by) == (IDS[1], "Alyx")


def test_the_same_call_again_is_no_second_one() -> None:
    assert world(call()).do(call()).events == ()


@pytest.mark.parametrize(
    ("earlier", "name", "message"),
    [
        ((), "Alyx", "nobody has called an admin on this server"),
        ((call(server_id=THEIRS),), "Alyx", "nobody has called an admin on this server"),
        ((call(), claim("Barney")), "Alyx", "Barney has taken the call already"),
    ],
    ids=["none", "another server's", "taken"],
)
def test_a_claim_of_no_open_call_says_why(earlier: tuple[Any, ...], name: str, message: str) -> None:
    decision = world(*earlier).do(claim(name))
    assert decision.refusal
    assert (decision.refusal.code, decision.refusal.message) == ("no-open-call", message)


def test_who_has_the_call_claims_it_again_in_vain_and_unharmed() -> None:
    decision = world(call(), claim()).do(claim())
    assert (decision.events, decision.refusal) == ((), None)
