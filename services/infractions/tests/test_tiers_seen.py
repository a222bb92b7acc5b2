"""The tier that a moderator was shown is the one that is due, or they are told."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services.infractions.tests.scenes import (
    IDS,
    OTHER,
    OTHER_POLICY,
    OURS,
    PLAYER,
    POLICY,
    THEIRS,
    World,
    address,
    amend,
    by_policy,
    code,
    issue,
    lift,
    register,
    reinstate,
    serve,
    world,
)

from banstream_contracts.events.infractions import InfractionIssued
from banstream_contracts.infractions import Lifetime, Punishment
from banstream_contracts.tiering import NumberedTier, Tier

LAST = "9" * 24
TIERS = (
    Tier(),
    Tier(duration_seconds=600),
    Tier(duration_seconds=600, online=True),
    Tier(punishments=(Punishment.VOICE_BLOCK,), duration_seconds=600),
    Tier(punishments=(Punishment.CHAT_BLOCK,), duration_seconds=600, online=True),
    Tier(punishments=(Punishment.BAN,)),
)
Step = Callable[[World, str], object]
"""What happens, about the infraction of that id."""
STEPS: dict[str, Step] = {
    "by the policy": lambda made, each: made.do(by_policy(each, at=made.now)),
    "of another server": lambda made, each: made.do(by_policy(each, at=made.now, server_id=THEIRS)),
    "by another policy": lambda made, each: made.do(by_policy(each, at=made.now, tiering_policy_id=OTHER_POLICY)),
    "of somebody else": lambda made, each: made.do(by_policy(each, at=made.now, player=OTHER, address=address())),
    "with an address": lambda made, each: made.do(by_policy(each, at=made.now, address=address())),
    "by hand": lambda made, each: made.do(issue(each, at=made.now)),
    "lifted": lambda made, each: made.do(lift(each, at=made.now)),
    "put back": lambda made, each: made.do(reinstate(each, at=made.now)),
    "for a session": lambda made, each: made.do(amend(each, at=made.now, lifetime=Lifetime.SESSION)),
    "a warning": lambda made, each: made.do(amend(each, at=made.now, punishments=())),
    "for good": lambda made, each: made.do(amend(each, at=made.now, duration_seconds=None)),
    "into the policy": lambda made, each: made.do(amend(each, at=made.now, tiering_policy_id=POLICY)),
    "out of a policy": lambda made, each: made.do(amend(each, at=made.now, tiering_policy_id=None)),
    "served": lambda made, each: made.do(serve(each, 400, at=made.now)),
    "noticed": lambda made, _: made.pass_time(400),
    "not noticed": lambda made, _: setattr(made, "now", made.now + timedelta(seconds=400)),
}


def shown(made: World) -> NumberedTier:
    """What a page says that asks for every infraction of the player."""
    policy = made.records[f"tiering:{POLICY}"].tiering_policy
    assert policy
    return policy.next_tier([each for each in made.infractions() if each.player == PLAYER], OURS, made.now)


@pytest.mark.parametrize("include", [True, False], ids=["every server", "its own server"])
@given(st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(1, 8)), max_size=30))
def test_what_is_shown_is_what_is_due_whatever_happened(include: bool, steps: list[tuple[str, int]]) -> None:
    made = world(register(tiers=TIERS, include_other_servers=include, tier_ttl_seconds=2000), register(OTHER_POLICY))
    for name, number in steps:
        STEPS[name](made, f"{number:024x}")
    tier = shown(made)
    (event,) = made.decide(by_policy(LAST, at=made.now, seen_tier=tier)).events
    assert isinstance(event, InfractionIssued)
    assert (event.tier, event.punishments) == (tier.number, tier.punishments)


def test_of_two_who_have_seen_the_same_warning_one_gives_it() -> None:
    made = world(register(tiers=TIERS))
    tier = shown(made)
    first = made.do(by_policy(IDS[0], seen_in_force=(), seen_tier=tier))
    second = made.do(by_policy(IDS[1], seen_in_force=(), seen_tier=tier))
    assert (len(first.events), second.events, code(second)) == (1, (), "tier-changed")
    again = by_policy(IDS[1], seen_in_force=(), seen_tier=shown(made))
    assert made.do(again).events
    assert made.infraction(IDS[1]).tier == 1
    assert code(made.do(again)) is None, "the same command comes to the same"


def test_who_has_seen_a_tier_with_other_terms_is_told() -> None:
    made = world(register(tiers=TIERS))
    tier = shown(made)
    made.do(register(tiers=(Tier(punishments=(Punishment.BAN,)), *TIERS)))
    assert code(made.do(by_policy(IDS[0], seen_tier=tier))) == "tier-changed"


def test_who_does_not_say_what_they_have_seen_gives_the_tier_that_is_due() -> None:
    made = world(register(tiers=TIERS), by_policy(IDS[0]), by_policy(IDS[1]))
    assert [made.infraction(each).tier for each in IDS[:2]] == [0, 1]
