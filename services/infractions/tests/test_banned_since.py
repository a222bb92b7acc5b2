"""Bans for what had happened before another ban: one punishment is enough, unless it is less."""

from datetime import timedelta
from typing import Any

import pytest
from services.infractions.tests.scenes import IDS, OTHER, OURS, START, THEIRS, amend, issue, lift, world

from banstream_contracts.commands.infractions import IssueInfraction
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Lifetime, Punishment, Scope
from banstream_infractions.domain.record import Decision

DAY = 86_400
HAPPENED = START - timedelta(hours=1)
LATER = START + timedelta(hours=1)


def ban(infraction_id: str = IDS[0], **changes: Any) -> IssueInfraction:
    values = {"punishments": (Punishment.BAN,), "lifetime": Lifetime.TIMED, "duration_seconds": 7 * DAY}
    return issue(infraction_id, **{**values, **changes})


def for_good(**changes: Any) -> IssueInfraction:
    return ban(lifetime=Lifetime.PERMANENT, duration_seconds=None, **changes)


def told_late(*before: AnyCommand, **changes: Any) -> Decision:
    """What an automatic ban for something from before comes to."""
    values = {"unless_banned_since": HAPPENED, "reason": "10 incidents", "policy_id": "default", **changes}
    made = world(*before)
    made.now = LATER
    return made.decide(ban(IDS[1], at=LATER, **values))


STAND_FOR_IT: dict[str, AnyCommand] = {
    "as long": ban(),
    "longer": ban(duration_seconds=8 * DAY),
    "for good": for_good(),
    "everywhere always": ban(scope=Scope.COMMUNITY),
    "of another policy": ban(policy_id="strict"),
}
ARE_LESS: dict[str, AnyCommand] = {
    "shorter": ban(duration_seconds=DAY),
    "over": ban(duration_seconds=60),
    "on a server alone": ban(scope=Scope.SERVER),
    "no ban": issue(),
    "from before it": for_good(at=HAPPENED - timedelta(seconds=1)),
    "of somebody else": for_good(player=OTHER),
}


@pytest.mark.parametrize("name", STAND_FOR_IT)
def test_a_ban_from_after_the_deed_stands_for_it(name: str) -> None:
    decision = told_late(STAND_FOR_IT[name])
    assert (decision.events, decision.touched, decision.refusal) == ((), (IDS[0],), None)


@pytest.mark.parametrize("name", ARE_LESS)
def test_a_ban_that_is_less_does_not(name: str) -> None:
    decision = told_late(ARE_LESS[name])
    assert (len(decision.events), decision.touched) == (1, (IDS[1],))


@pytest.mark.parametrize(("server_id", "times"), [(OURS, 0), (THEIRS, 1)], ids=["same", "another"])
def test_a_ban_on_a_server_stands_for_those_on_it(server_id: str, times: int) -> None:
    decision = told_late(ban(scope=Scope.SERVER), scope=Scope.SERVER, server_id=server_id)
    assert len(decision.events) == times


@pytest.mark.parametrize(
    ("change", "times"),
    [(lift(), 1), (amend(duration_seconds=DAY), 1), (amend(duration_seconds=None), 0)],
    ids=["lifted", "shortened", "for good by now"],
)
def test_a_ban_is_what_has_become_of_it(change: AnyCommand, times: int) -> None:
    assert len(told_late(ban(), change).events) == times


def test_a_ban_for_good_is_not_spared_by_one_that_ends() -> None:
    forever = {"lifetime": Lifetime.PERMANENT, "duration_seconds": None}
    assert told_late(ban(), **forever).events
    assert not told_late(for_good(), **forever).events


def test_who_does_not_ask_for_it_bans_a_second_time() -> None:
    assert told_late(ban(), unless_banned_since=None).events
