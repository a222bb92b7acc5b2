"""Decisions on punishing whom somebody else has punished behind a preview."""

import pytest
from services.infractions.tests.scenes import IDS, by_policy, code, issue, lift, register, world

from banstream_contracts.infraction_messages import AnyCommand


@pytest.mark.parametrize("by_tiers", [False, True], ids=["by hand", "by tiers"])
@pytest.mark.parametrize(
    ("seen", "said"),
    [(None, None), ((IDS[0],), None), ((IDS[0], IDS[2]), None), ((), "restricted-meanwhile")],
    ids=["not asked", "seen", "more seen", "not seen"],
)
def test_who_has_not_seen_what_is_in_force_is_refused(
    seen: tuple[str, ...] | None, said: str | None, *, by_tiers: bool
) -> None:
    made = world(register(), issue())
    decision = made.decide(by_policy(IDS[1], seen_in_force=seen) if by_tiers else issue(IDS[1], seen_in_force=seen))
    assert (code(decision), len(decision.events), decision.touched) == (
        (said, 0, (IDS[0],)) if said else (None, 1, (IDS[1],))
    )


@pytest.mark.parametrize("over", [lift(), None], ids=["lifted", "a warning"])
def test_what_restricts_nobody_need_not_be_seen(over: AnyCommand | None) -> None:
    made = world(issue(), over) if over else world(issue(punishments=()))
    assert made.do(issue(IDS[1], seen_in_force=())).events
