"""Changing an infraction: how it ends, whose it is, what it holds (facts gflbans 2.6)."""

from datetime import timedelta
from typing import Any

import pytest
from services.infractions.tests.scenes import (
    ADMIN,
    OURS,
    POLICY,
    START,
    THEIRS,
    amend,
    by,
    by_policy,
    code,
    issue,
    lift,
    make_admin,
    online,
    register,
    serve,
    world,
)

from banstream_contracts.admins import Right
from banstream_contracts.events.infractions import InfractionAmended, InfractionExpired
from banstream_contracts.infractions import Lifetime, Punishment, Scope, Status

TIMED = issue(lifetime=Lifetime.TIMED, duration_seconds=3600)
PERMANENT = issue()
ONLINE = online(seconds=600)
SESSION = issue(lifetime=Lifetime.SESSION)
BAN = issue(punishments=(Punishment.BAN,))
IN_AN_HOUR = START + timedelta(hours=1)
ENDS: dict[Lifetime, dict[str, Any]] = {
    Lifetime.PERMANENT: {"expires_at": None, "time_left_seconds": None, "duration_seconds": None},
    Lifetime.SESSION: {"expires_at": None, "time_left_seconds": None, "duration_seconds": None},
}


@pytest.mark.parametrize("before", [TIMED, PERMANENT, ONLINE, SESSION], ids=["timed", "permanent", "online", "session"])
@pytest.mark.parametrize(
    ("changes", "lifetime", "ends"),
    [
        ({"lifetime": Lifetime.PERMANENT}, Lifetime.PERMANENT, ENDS[Lifetime.PERMANENT]),
        ({"duration_seconds": None}, Lifetime.PERMANENT, ENDS[Lifetime.PERMANENT]),
        ({"lifetime": Lifetime.PERMANENT, "duration_seconds": None}, Lifetime.PERMANENT, ENDS[Lifetime.PERMANENT]),
        ({"lifetime": Lifetime.SESSION}, Lifetime.SESSION, ENDS[Lifetime.SESSION]),
        (
            {"duration_seconds": 3600},
            Lifetime.TIMED,
            {"expires_at": IN_AN_HOUR, "time_left_seconds": None, "duration_seconds": 3600},
        ),
        (
            {"lifetime": Lifetime.TIMED, "duration_seconds": 3600},
            Lifetime.TIMED,
            {"expires_at": IN_AN_HOUR, "time_left_seconds": None, "duration_seconds": 3600},
        ),
        ({"time_left_seconds": 900}, Lifetime.ONLINE, {"expires_at": None, "time_left_seconds": 900}),
        (
            {"lifetime": Lifetime.ONLINE, "time_left_seconds": 900, "duration_seconds": 1800},
            Lifetime.ONLINE,
            {"expires_at": None, "time_left_seconds": 900, "duration_seconds": 1800},
        ),
        (
            {"lifetime": Lifetime.ONLINE, "duration_seconds": 1800},
            Lifetime.ONLINE,
            {"expires_at": None, "time_left_seconds": 1800, "duration_seconds": 1800},
        ),
    ],
    ids=lambda each: "-".join(each) if isinstance(each, dict) and "expires_at" not in each else None,
)
def test_every_way_to_end_can_be_given_to_every_infraction(
    before: Any, changes: dict[str, Any], lifetime: Lifetime, ends: dict[str, Any]
) -> None:
    made = world(before)
    made.now = START + timedelta(seconds=30)
    made.do(amend(at=made.now, **changes))
    infraction = made.infraction()
    assert infraction.lifetime is lifetime
    assert infraction.model_dump(include=set(ends)) == ends
    assert made.do(amend(at=made.now, **changes)).events == (), "again"


@pytest.mark.parametrize(
    ("before", "changes", "reason"),
    [
        (BAN, {"time_left_seconds": 60}, "a ban cannot count time connected"),
        (BAN, {"lifetime": Lifetime.SESSION}, "a ban cannot last for a session"),
        (BAN, {"lifetime": Lifetime.ONLINE, "duration_seconds": 60}, "a ban cannot count time connected"),
        (ONLINE, {"punishments": (Punishment.BAN,)}, "a ban cannot count time connected"),
        (SESSION, {"punishments": (Punishment.BAN,)}, "a ban cannot last for a session"),
        (PERMANENT, {"lifetime": Lifetime.TIMED}, "needs duration_seconds"),
        (TIMED, {"lifetime": Lifetime.TIMED, "duration_seconds": None}, "needs duration_seconds"),
        (PERMANENT, {"lifetime": Lifetime.ONLINE}, "needs time_left_seconds"),
        (PERMANENT, {"time_left_seconds": 60, "duration_seconds": 60}, "not both"),
        (PERMANENT, {"lifetime": Lifetime.TIMED, "time_left_seconds": 60}, "not both"),
        (PERMANENT, {"lifetime": Lifetime.SESSION, "duration_seconds": 60}, "neither duration nor time left"),
        (PERMANENT, {"lifetime": Lifetime.PERMANENT, "time_left_seconds": 60}, "neither duration nor time left"),
        (PERMANENT, {"server_id": None, "scope": Scope.SERVER}, "issued by a server"),
        (issue(scope=Scope.SERVER), {"server_id": None}, "issued by a server"),
        (PERMANENT, {"punishments": None}, "a list"),
    ],
)
def test_a_change_that_cannot_be_is_refused_with_the_reason(before: Any, changes: dict[str, Any], reason: str) -> None:
    made = world(before)
    decision = made.do(amend(**changes))
    assert decision.refusal
    assert decision.refusal.code == "invalid-change"
    assert reason in decision.refusal.message
    assert decision.events == ()


def test_a_ban_can_become_a_mute_that_counts_time_connected_at_once() -> None:
    made = world(BAN)
    made.do(amend(punishments=(Punishment.VOICE_BLOCK,), time_left_seconds=60))
    assert (made.infraction().punishments, made.infraction().time_left_seconds) == ((Punishment.VOICE_BLOCK,), 60)


def test_changing_the_reason_leaves_what_was_served() -> None:
    made = world(ONLINE, serve(seconds=100), amend(reason="x"))
    assert (made.infraction().time_left_seconds, made.infraction().duration_seconds) == (500, 600)


def test_more_time_left_than_it_ever_had_makes_it_longer() -> None:
    made = world(ONLINE, serve(seconds=100), amend(time_left_seconds=900))
    assert (made.infraction().time_left_seconds, made.infraction().duration_seconds) == (900, 900)
    made.do(amend(time_left_seconds=300))
    assert (made.infraction().time_left_seconds, made.infraction().duration_seconds) == (300, 900)


def test_no_time_left_ends_it() -> None:
    made = world(ONLINE)
    decision = made.do(amend(time_left_seconds=0))
    assert [type(event) for event in decision.events] == [InfractionAmended, InfractionExpired]
    assert made.infraction().status is Status.EXPIRED


@pytest.mark.parametrize(
    ("ending", "is_offered"), [(serve(seconds=600), False), (lift(), True)], ids=["served", "lifted"]
)
def test_only_what_was_lifted_is_said_to_come_back(ending: Any, is_offered: bool) -> None:
    decision = world(ONLINE, ending).do(amend(reason="x"))
    assert decision.refusal
    assert (decision.refusal.code, "reinstate" in decision.refusal.message) == ("ended", is_offered)


def test_a_change_of_the_first_release_leaves_the_time_that_was_left() -> None:
    """Its event says nothing about it."""
    made = world(ONLINE, serve(seconds=100))
    (event,) = made.decide(amend(reason="x")).events
    made._take([event.model_copy(update={"time_left_seconds": None})])  # noqa: SLF001 - an event of long ago
    assert made.infraction().time_left_seconds == 500


@pytest.mark.parametrize("server_id", [None, THEIRS], ids=["web", "another server"])
def test_an_infraction_is_given_to_another_server_by_those_who_may(server_id: str | None) -> None:
    made = world(issue(server_id=OURS), make_admin(Right.EDIT_ALL))
    assert code(made.decide(by(amend(server_id=server_id)))) == "insufficient-rights", "a key alone"
    assert code(made.decide(by(amend(server_id=server_id), ADMIN))) == "insufficient-rights", "an admin without it"
    assert code(made.decide(by(amend(server_id=OURS, reason="x")))) is None, "where it is already"
    made.do(make_admin(Right.EDIT_ALL, Right.ASSIGN_SERVER))
    (event,) = made.do(by(amend(server_id=server_id), ADMIN)).events
    assert isinstance(event, InfractionAmended)
    assert (event.server_id, made.infraction().server_id) == (server_id, server_id)


def test_a_token_gives_an_infraction_to_another_server() -> None:
    assert world(issue(), amend(server_id=THEIRS)).infraction().server_id == THEIRS


def test_a_tiering_policy_is_given_and_taken_with_its_tier() -> None:
    made = world(register(), by_policy("1" * 24))
    assert made.infraction().tier == 0
    assert code(made.decide(amend(tiering_policy_id="9" * 24))) == "unknown-tiering-policy"
    made.do(amend(tiering_policy_id=None))
    assert (made.infraction().tiering_policy_id, made.infraction().tier) == (None, None)
    made.do(amend(tiering_policy_id=POLICY))
    assert (made.infraction().tiering_policy_id, made.infraction().tier) == (POLICY, None)


def test_taking_punishments_off_says_which() -> None:
    made = world(issue(punishments=(Punishment.VOICE_BLOCK, Punishment.CHAT_BLOCK)))
    (event,) = made.do(amend(punishments=(Punishment.CHAT_BLOCK, Punishment.ITEM_BLOCK))).events
    assert isinstance(event, InfractionAmended)
    assert event.removed == (Punishment.VOICE_BLOCK,)
    assert made.infraction().punishments == (Punishment.CHAT_BLOCK, Punishment.ITEM_BLOCK)
