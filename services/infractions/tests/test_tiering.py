"""Issuing by a tiering policy: which earlier infractions count, and what the tier makes (facts gflbans 2.8)."""

from datetime import timedelta
from typing import Any

import pytest
from services.infractions.tests.scenes import (
    ELSEWHERE,
    HERE,
    IDS,
    OTHER,
    OTHER_POLICY,
    OURS,
    POLICY,
    START,
    THEIRS,
    World,
    about,
    address,
    amend,
    by,
    by_policy,
    code,
    issue,
    lift,
    register,
    serve,
    world,
)

from banstream_contracts.commands.tiering import UnlinkTieringPolicy
from banstream_contracts.events.infractions import InfractionIssued
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Actor, Lifetime, Punishment
from banstream_contracts.tiering import Tier
from banstream_runtime.identifiers import new_id

PERSON = Actor(kind="person", id="f" * 24, name="Alex")
EARLIER, AWAY, LATER = "1" * 24, "2" * 24, "9" * 24
"""`AWAY` is from another address than `EARLIER`."""
MUTES = (Tier(punishments=(Punishment.VOICE_BLOCK,), duration_seconds=60), Tier(punishments=(Punishment.BAN,)))


def again(command: AnyCommand) -> AnyCommand:
    return command.model_copy(update={"command_id": new_id()})


def tier_of(made: World, command: AnyCommand) -> int | None:
    (event,) = made.decide(command).events
    assert isinstance(event, InfractionIssued)
    return event.tier


def test_each_infraction_leads_to_the_next_tier_and_the_last_one_stays() -> None:
    made = world(register())
    tiers = []
    for number in range(6):
        infraction_id = f"{number:024x}"
        made.do(by_policy(infraction_id))
        tiers.append(made.infraction(infraction_id).tier)
    assert tiers == [0, 1, 2, 3, 3, 3]


@pytest.mark.parametrize(
    ("tier", "lifetime", "time_left", "expires_at"),
    [
        (Tier(), Lifetime.PERMANENT, None, None),
        (Tier(punishments=(Punishment.BAN,)), Lifetime.PERMANENT, None, None),
        (Tier(duration_seconds=60), Lifetime.TIMED, None, START + timedelta(seconds=60)),
        (Tier(punishments=(Punishment.VOICE_BLOCK,), duration_seconds=60, online=True), Lifetime.ONLINE, 60, None),
    ],
    ids=["warning", "for good", "timed", "online"],
)
def test_a_tier_says_what_and_how_long(tier: Tier, lifetime: Lifetime, time_left: int | None, expires_at: Any) -> None:
    made = world(register(tiers=(tier,)), by_policy(EARLIER))
    infraction = made.infraction()
    assert (infraction.punishments, infraction.lifetime) == (tier.punishments, lifetime)
    assert (infraction.duration_seconds, infraction.time_left_seconds) == (tier.duration_seconds, time_left)
    assert (infraction.expires_at, infraction.tiering_policy_id, infraction.server_id) == (expires_at, POLICY, OURS)


def test_the_reason_is_the_given_one_or_else_the_policys() -> None:
    made = world(register(), by_policy(IDS[0]), by_policy(IDS[1], reason="mic spam, again"))
    assert [made.infraction(each).reason for each in IDS[:2]] == ["mic spam", "mic spam, again"]


@pytest.mark.parametrize(
    ("earlier", "asked", "counted"),
    [
        ((by_policy(EARLIER),), {}, 1),
        ((by_policy(EARLIER, player=OTHER),), {}, 0),
        ((by_policy(EARLIER, player=OTHER, address=address()),), {"address": address()}, 1),
        ((by_policy(EARLIER, player=OTHER, address=address()),), {"address": address(ELSEWHERE)}, 0),
        ((by_policy(EARLIER, player=OTHER, address=address()),), {}, 0),
        (
            (issue(EARLIER, player=OTHER, address=address()), by_policy(AWAY, player=OTHER)),
            {"address": address()},
            0,
        ),
        ((by_policy(EARLIER, player=None, address=address()),), {"address": address()}, 1),
        ((by_policy(EARLIER, address=address()),), {"player": None, "address": address()}, 1),
        ((by_policy(EARLIER, address=address()),), {"address": address()}, 1),
        ((by_policy(EARLIER, tiering_policy_id=OTHER_POLICY),), {}, 0),
        ((by_policy(EARLIER, tiering_policy_id=OTHER_POLICY),), {"also_count": (OTHER_POLICY,)}, 1),
        ((issue(EARLIER),), {}, 0),
        ((by_policy(EARLIER), lift(EARLIER)), {}, 0),
        ((by_policy(EARLIER), amend(EARLIER, lifetime=Lifetime.SESSION)), {}, 0),
        ((by_policy(EARLIER), amend(EARLIER, tiering_policy_id=None)), {}, 0),
        ((by_policy(EARLIER, server_id=THEIRS),), {}, 1),
    ],
)
def test_what_counts(earlier: tuple[AnyCommand, ...], asked: dict[str, Any], counted: int) -> None:
    policies = (register(tiers=MUTES), register(OTHER_POLICY, tiers=MUTES))
    assert tier_of(world(*policies, *earlier), by_policy(LATER, **asked)) == counted


def test_those_of_other_servers_do_not_count_where_the_policy_says_so() -> None:
    made = world(register(include_other_servers=False), by_policy(IDS[0], server_id=THEIRS), by_policy(IDS[1]))
    assert made.infraction(IDS[1]).tier == 0
    assert tier_of(made, by_policy(LATER)) == 1


@pytest.mark.parametrize(("seconds", "tier"), [(86_399, 1), (86_400, 0)])
def test_an_infraction_counts_for_its_time(seconds: int, tier: int) -> None:
    made = world(register(), by_policy(EARLIER))
    made.pass_time(seconds)
    assert tier_of(made, by_policy(LATER, at=made.now)) == tier


@pytest.mark.parametrize(
    ("tiers", "counted"),
    [
        ((Tier(duration_seconds=60), Tier()), 0),
        ((Tier(punishments=(Punishment.VOICE_BLOCK,), duration_seconds=60), Tier()), 1),
    ],
    ids=["a warning", "a punishment"],
)
@pytest.mark.parametrize("is_noticed", [True, False], ids=["noticed", "not yet noticed"])
def test_past_its_end_a_punishment_counts_on_and_a_warning_does_not(
    is_noticed: bool, tiers: tuple[Tier, ...], counted: int
) -> None:
    made = world(register(tiers=tiers), by_policy(EARLIER))
    if is_noticed:
        made.pass_time(60)
    assert tier_of(made, by_policy(LATER, at=START + timedelta(seconds=60))) == counted


def test_a_punishment_that_was_served_counts_on() -> None:
    online = (Tier(punishments=(Punishment.VOICE_BLOCK,), duration_seconds=60, online=True), Tier())
    made = world(register(tiers=online), by_policy(EARLIER), serve(EARLIER, 60))
    assert tier_of(made, by_policy(LATER)) == 1


def test_the_same_infraction_is_issued_once_and_both_answers_show_the_policy() -> None:
    made = world(register())
    first, second = made.do(by_policy(EARLIER)), made.do(again(by_policy(EARLIER)))
    assert (len(first.events), second.events, second.touched) == (1, (), (EARLIER,))
    assert first.tiering_policy
    assert first.tiering_policy == second.tiering_policy


def test_a_policy_that_is_not_in_use_issues_nothing() -> None:
    assert code(world().do(by_policy(EARLIER))) == "unknown-tiering-policy"
    unlink = UnlinkTieringPolicy(**about(tiering_policy_id=POLICY, server_id=OURS))
    made = world(register(), unlink)
    assert code(made.do(by_policy(EARLIER))) == "unknown-tiering-policy"
    assert made.do(again(unlink)).events == ()
    made.do(register())
    assert made.do(by_policy(EARLIER)).events


def test_registering_again_changes_nothing_and_other_terms_do() -> None:
    made = world(register())
    assert made.do(register()).events == ()
    assert made.do(register(default_reason="other")).events


def test_a_policy_is_its_servers() -> None:
    made = world(register())
    assert code(made.do(register().model_copy(update={"server_id": THEIRS}))) == "other-server"
    assert code(made.do(UnlinkTieringPolicy(**about(tiering_policy_id=POLICY, server_id=THEIRS)))) == "other-server"
    unknown = UnlinkTieringPolicy(**about(tiering_policy_id=OTHER_POLICY, server_id=OURS))
    assert code(made.do(unknown)) == "unknown-tiering-policy"


def test_an_address_alone_is_punished_by_a_policy_too() -> None:
    made = world(register(), by_policy(EARLIER, player=None, address=address()))
    assert (made.infraction().player, made.infraction().address_hash) == (None, HERE)


def test_a_plugin_leaves_the_tiers_as_a_person_has_changed_them() -> None:
    made = world(register())
    made.do(register(name="Kinder").model_copy(update={"actor": PERSON}))
    assert made.do(by(register())).events == ()
    policy = made.records[f"tiering:{POLICY}"].tiering_policy
    assert policy
    assert (policy.terms.name, policy.registered_by) == ("Kinder", PERSON)
    assert made.do(register(name="Kinder still").model_copy(update={"actor": PERSON})).events
    made.do(UnlinkTieringPolicy(**about(tiering_policy_id=POLICY, server_id=OURS)))
    assert made.do(by(register())).events, "out of use, so the plugin takes it up again"
