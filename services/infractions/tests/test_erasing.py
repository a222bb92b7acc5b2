"""Erasing a player: refused, done, done before; and whose addresses go with them."""

from datetime import timedelta
from typing import Any

import pytest
from services.infractions.tests.scenes import (
    ELSEWHERE,
    HERE,
    IDS,
    OTHER,
    PLAYER,
    START,
    World,
    about,
    address,
    code,
    issue,
    online,
    world,
)

from banstream_contracts.erasure import ErasePlayer, PlayerErased
from banstream_contracts.events.infractions import InfractionLifted
from banstream_contracts.infractions import Lifetime
from banstream_contracts.players import Player
from banstream_infractions.domain.decisions import decide
from banstream_infractions.domain.record import Decision, Record


def erase(**changes: Any) -> ErasePlayer:
    return ErasePlayer(**about(**{"player": PLAYER, "reason": "asked for", **changes}))


def decided(made: World, command: ErasePlayer) -> Decision:
    """With every other stream as context: more than the service loads."""
    own = f"player:{command.player}"
    others = {stream: record for stream, record in made.records.items() if stream != own}
    decision = decide(command, made.records.get(own, Record()), made.now, others)
    made._take(decision.events)  # noqa: SLF001 - what `do` does, whose context knows no erasures
    return decision


def erased_in(decision: Decision) -> PlayerErased:
    (event,) = (each for each in decision.events if isinstance(each, PlayerErased))
    return event


def lifted_in(decision: Decision) -> set[str]:
    return {each.infraction_id for each in decision.events if isinstance(each, InfractionLifted)}


def test_a_player_whom_nobody_knows_is_not_erased() -> None:
    assert code(decided(world(), erase())) == "unknown-player"
    assert code(decided(world(issue(player=OTHER)), erase())) == "unknown-player"


def test_a_player_whom_another_service_knows_is_erased() -> None:
    assert erased_in(decided(world(), erase(seen_at=START))).player == PLAYER


def test_a_player_who_is_restricted_stays_and_the_answer_says_by_what() -> None:
    made = world(issue())
    decision = decided(made, erase())
    assert (code(decision), decision.touched, decision.events) == ("still-restricted", (IDS[0],), ())
    assert decision.refusal
    assert IDS[0] in decision.refusal.message


def test_what_restricts_is_lifted_before_the_erasure_where_that_is_asked_for() -> None:
    made = world(issue())
    decision = decided(made, erase(lift=True))
    assert [type(event) for event in decision.events] == [InfractionLifted, PlayerErased]
    assert not made.infraction().is_in_force(made.now)


@pytest.mark.parametrize(
    "harmless",
    [
        issue(punishments=()),
        issue(lifetime=Lifetime.SESSION),
        issue(lifetime=Lifetime.TIMED, duration_seconds=1, at=START - timedelta(days=1)),
    ],
    ids=["a warning", "of a session", "past its end"],
)
def test_what_restricts_nobody_is_in_no_erasures_way(harmless: Any) -> None:
    assert lifted_in(decided(world(harmless), erase())) == set()


def test_time_connected_that_is_left_restricts() -> None:
    assert code(decided(world(online()), erase())) == "still-restricted"


def test_bans_of_an_address_go_with_the_only_player_it_concerns() -> None:
    made = world(issue(punishments=(), address=address()), issue(IDS[1], player=None, address=address()))
    assert code(decided(made, erase())) == "still-restricted"
    decision = decided(made, erase(lift=True))
    assert lifted_in(decision) == {IDS[1]}
    assert (erased_in(decision).address_hashes, erased_in(decision).infraction_ids) == ((HERE,), (IDS[1],))


@pytest.mark.parametrize("other", [HERE, ELSEWHERE])
def test_an_address_that_concerns_somebody_else_too_is_left_as_it_is(other: str) -> None:
    mine = issue(punishments=(), address=address())
    theirs = issue(IDS[2], player=OTHER, address=address(other))
    made = world(mine, theirs, issue(IDS[1], player=None, address=address()))
    decision = decided(made, erase(lift=True))
    assert lifted_in(decision) == (set() if other == HERE else {IDS[1]})
    assert erased_in(decision).address_hashes == (() if other == HERE else (HERE,))
    assert made.infraction(IDS[2]).is_in_force(made.now)


def test_erasing_twice_is_one_effect_until_something_new_is_known() -> None:
    made = world(issue(punishments=()))
    assert decided(made, erase()).events
    again = decided(made, erase())
    assert (again.events, again.refusal) == ((), None)
    assert decided(made, erase(seen_at=START - timedelta(1))).events == ()
    assert decided(made, erase(seen_at=START + timedelta(1))).events
    made.do(issue(IDS[1], punishments=()))
    assert decided(made, erase()).events


def test_one_player_is_erased_and_no_other() -> None:
    made = world(issue(punishments=()), issue(IDS[1], player=Player(service="roblox", id="11"), punishments=()))
    assert erased_in(decided(made, erase())).stream == "player:roblox:1"
