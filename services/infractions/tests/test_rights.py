"""Who may do what in an admin's name (facts gflbans 1.1, 2.3, 3)."""

import pytest
from services.infractions.tests.scenes import (
    ADMIN,
    IDS,
    OTHER,
    OURS,
    PLAYER,
    POLICY,
    SECOND_ADMIN,
    THEIRS,
    about,
    amend,
    by,
    by_policy,
    code,
    issue,
    lift,
    lift_all,
    make_admin,
    register,
    reinstate,
    world,
)

from banstream_contracts.admins import Right
from banstream_contracts.commands.admins import RemoveAdmin
from banstream_contracts.commands.credentials import CreateCredential, RevokeCredential
from banstream_contracts.commands.playing import RequestKick
from banstream_contracts.commands.tiering import UnlinkTieringPolicy
from banstream_contracts.events.admins import AdminSet
from banstream_contracts.events.infractions import InfractionIssued
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Lifetime, Punishment, Scope

BOTH = (Punishment.VOICE_BLOCK, Punishment.BAN)
MUTE_GLOBALLY = (Right.ISSUE, Right.VOICE_BLOCK, Right.SCOPE_GLOBAL)


@pytest.mark.parametrize(
    ("rights", "punishments", "scope", "is_allowed"),
    [
        (MUTE_GLOBALLY, (Punishment.VOICE_BLOCK,), Scope.GLOBAL, True),
        (MUTE_GLOBALLY[:2], (Punishment.VOICE_BLOCK,), Scope.SERVER, True),
        (MUTE_GLOBALLY[1:], (Punishment.VOICE_BLOCK,), Scope.GLOBAL, False),
        (MUTE_GLOBALLY[:2], (Punishment.VOICE_BLOCK,), Scope.GLOBAL, False),
        (MUTE_GLOBALLY, (Punishment.VOICE_BLOCK,), Scope.COMMUNITY, False),
        ((Right.ISSUE, Right.SCOPE_COMMUNITY), (), Scope.COMMUNITY, True),
        (MUTE_GLOBALLY, BOTH, Scope.GLOBAL, False),
        ((*MUTE_GLOBALLY, Right.BAN), BOTH, Scope.GLOBAL, True),
        ((Right.ISSUE,), (), Scope.SERVER, True),
        ((Right.EDIT_ALL,), (), Scope.SERVER, False),
        ((), (), Scope.SERVER, False),
    ],
)
def test_issuing_needs_its_right_one_a_punishment_and_one_for_the_scope(
    rights: tuple[Right, ...], punishments: tuple[Punishment, ...], scope: Scope, is_allowed: bool
) -> None:
    decision = world(make_admin(*rights)).do(by(issue(punishments=punishments, scope=scope), ADMIN))
    assert code(decision) == (None if is_allowed else "insufficient-rights")
    assert bool(decision.events) is is_allowed


@pytest.mark.parametrize("punishment", list(Punishment), ids=lambda each: each.value)
def test_every_punishment_has_a_right_of_its_own(punishment: Punishment) -> None:
    made = world(make_admin(Right.ISSUE, *(right for right in Right if right.value != punishment.value)))
    assert code(made.decide(by(issue(punishments=(punishment,)), ADMIN))) == "insufficient-rights"
    assert code(world(make_admin(*Right)).decide(by(issue(punishments=(punishment,)), ADMIN))) is None


def test_a_server_alone_may_do_everything() -> None:
    assert world().do(by(issue(punishments=BOTH, scope=Scope.COMMUNITY))).events


def test_the_refusal_names_the_admin_and_what_is_missing() -> None:
    decision = world(make_admin(Right.ISSUE)).do(by(issue(scope=Scope.GLOBAL), ADMIN))
    assert decision.refusal
    assert decision.refusal.message == "Alyx lacks the rights: voice_block, scope_global"


@pytest.mark.parametrize(
    "command",
    [by(issue(), ADMIN), by(lift(), ADMIN), by(lift_all(), ADMIN), by(by_policy(IDS[0]), ADMIN), by(register(), ADMIN)],
    ids=lambda each: each.type,
)
@pytest.mark.parametrize("was_removed", [False, True], ids=["unknown", "removed"])
def test_one_who_is_no_admin_may_do_nothing(was_removed: bool, command: AnyCommand) -> None:
    made = world()
    if was_removed:
        made.do(make_admin(*Right), RemoveAdmin(**about(player=ADMIN)))
    decision = made.decide(command)
    assert decision.refusal
    assert (decision.refusal.code, decision.refusal.message) == ("insufficient-rights", "roblox:8 is no admin")


def test_events_name_the_admin_as_recorded_whatever_the_server_says() -> None:
    decision = world(make_admin(*Right, name="Alyx")).do(by(issue(), ADMIN))
    (issued,) = decision.events
    assert isinstance(issued, InfractionIssued)
    assert (issued.actor.kind, issued.actor.id, issued.actor.name, issued.actor.admin) == (
        "server",
        OURS,
        "Alyx",
        ADMIN,
    )


@pytest.mark.parametrize(
    ("target_rights", "acting_rights", "expected"),
    [
        ((Right.IMMUNE,), MUTE_GLOBALLY, "immune"),
        ((Right.IMMUNE,), (*MUTE_GLOBALLY, Right.SKIP_IMMUNITY), None),
        ((), MUTE_GLOBALLY, None),
        ((Right.IMMUNE,), None, None),
    ],
    ids=["immune", "skipped", "not immune", "no acting admin"],
)
def test_an_immune_target_is_punished_only_by_those_who_skip_immunity(
    target_rights: tuple[Right, ...], acting_rights: tuple[Right, ...] | None, expected: str | None
) -> None:
    made = world(make_admin(*target_rights, player=PLAYER, name="Barney"), register())
    if acting_rights is not None:
        made.do(make_admin(*acting_rights))
    admin = None if acting_rights is None else ADMIN
    assert code(made.decide(by(issue(), admin))) == expected
    assert code(made.decide(by(by_policy(IDS[0]), admin))) == expected


HARSHER = [
    amend(punishments=BOTH),
    amend(duration_seconds=3601),
    amend(lifetime=Lifetime.PERMANENT),
    amend(scope=Scope.COMMUNITY),
    amend(server_id=THEIRS),
]
MILDER = [
    amend(punishments=()),
    amend(duration_seconds=3599),
    amend(lifetime=Lifetime.ONLINE, time_left_seconds=60),
    amend(lifetime=Lifetime.SESSION),
    amend(scope=Scope.SERVER),
    amend(reason="seen twice"),
    lift(),
]


@pytest.mark.parametrize("command", [*HARSHER, *MILDER], ids=lambda each: str(getattr(each, "changes", each.type)))
def test_what_an_immune_player_had_before_may_be_made_milder_but_not_harsher(command: AnyCommand) -> None:
    made = world(
        issue(lifetime=Lifetime.TIMED, duration_seconds=3600, scope=Scope.GLOBAL),
        make_admin(Right.IMMUNE, player=PLAYER, name="Barney"),
        make_admin(*(right for right in Right if right is not Right.SKIP_IMMUNITY)),
        make_admin(*Right, player=SECOND_ADMIN, name="Eli"),
    )
    assert code(made.decide(by(command, ADMIN))) == ("immune" if command in HARSHER else None)
    assert made.decide(by(command, SECOND_ADMIN)).events
    assert made.decide(by(command)).events or command == HARSHER[-1]


def test_what_was_lifted_is_put_back_on_an_immune_player_only_by_those_who_skip_immunity() -> None:
    made = world(issue(), lift(), make_admin(Right.IMMUNE, player=PLAYER, name="Barney"), make_admin(Right.EDIT_ALL))
    assert code(made.do(by(reinstate(), ADMIN))) == "immune"
    assert made.do(make_admin(Right.EDIT_ALL, Right.SKIP_IMMUNITY), by(reinstate(), ADMIN)).events


def test_an_admin_who_is_one_no_more_is_not_immune() -> None:
    made = world(make_admin(Right.IMMUNE, player=PLAYER), RemoveAdmin(**about(player=PLAYER)), make_admin(*Right))
    assert made.do(by(issue(), ADMIN)).events


EDITS = [
    pytest.param(amend(reason="x"), id="amend"),
    pytest.param(lift(), id="lift"),
    pytest.param(reinstate(), id="reinstate"),
]


@pytest.mark.parametrize("command", EDITS)
@pytest.mark.parametrize(
    ("rights", "is_own", "is_allowed"),
    [
        ((Right.EDIT_ALL,), False, True),
        ((Right.ISSUE,), True, True),
        ((Right.ISSUE,), False, False),
        ((), True, False),
    ],
)
def test_others_infractions_are_edited_with_edit_all_and_ones_own_with_issue(
    rights: tuple[Right, ...], is_own: bool, is_allowed: bool, command: AnyCommand
) -> None:
    made = world(make_admin(*Right), make_admin(*Right, player=SECOND_ADMIN, name="Barney"))
    made.do(by(issue(), ADMIN if is_own else SECOND_ADMIN))
    if command.type == "reinstate_infraction":
        made.do(lift())
    made.do(make_admin(*rights))
    decision = made.decide(by(command, ADMIN))
    assert code(decision) == (None if is_allowed else "insufficient-rights")
    assert bool(decision.events) is is_allowed


def test_what_nobody_signed_is_another_ones() -> None:
    made = world(by(issue()), make_admin(Right.ISSUE))
    assert code(made.decide(by(lift(), ADMIN))) == "insufficient-rights"


def test_widening_needs_the_right_to_the_scope() -> None:
    made = world(make_admin(Right.EDIT_ALL), issue(scope=Scope.SERVER))
    assert code(made.decide(by(amend(scope=Scope.GLOBAL), ADMIN))) == "insufficient-rights"
    assert code(made.decide(by(amend(scope=Scope.SERVER, reason="x"), ADMIN))) is None


def test_punishments_that_an_admin_may_not_touch_stay_as_they_are() -> None:
    """Facts gflbans 2.6: neither given nor taken."""
    made = world(make_admin(Right.EDIT_ALL, Right.VOICE_BLOCK, Right.CHAT_BLOCK), issue(punishments=BOTH))
    made.do(by(amend(punishments=(Punishment.CHAT_BLOCK, Punishment.ITEM_BLOCK)), ADMIN))
    assert made.infraction().punishments == (Punishment.BAN, Punishment.CHAT_BLOCK)


@pytest.mark.parametrize(
    ("command", "right"),
    [
        (make_admin(player=OTHER, name="Barney"), Right.MANAGE_ADMINS),
        (RemoveAdmin(**about(player=OTHER)), Right.MANAGE_ADMINS),
        (register("9" * 24), Right.MANAGE_POLICIES),
        (UnlinkTieringPolicy(**about(tiering_policy_id=POLICY, server_id=OURS)), Right.MANAGE_POLICIES),
        (RequestKick(**about(player=PLAYER, reason="idle")), Right.KICK),
        (
            CreateCredential(**about(credential_id="e" * 24, kind="server", name="x", scopes=(), key_hash="0" * 64)),
            Right.MANAGE_SERVERS,
        ),
        (
            CreateCredential(**about(credential_id="e" * 24, kind="token", name="x", scopes=(), key_hash="0" * 64)),
            Right.MANAGE_TOKENS,
        ),
    ],
    ids=["set", "remove", "register", "unlink", "kick", "server", "token"],
)
def test_a_right_to_manage_opens_what_it_is_about_and_nothing_else(command: AnyCommand, right: Right) -> None:
    made = world(make_admin(player=OTHER), register())
    made.do(make_admin(*(each for each in Right if each is not right)))
    assert code(made.decide(by(command, ADMIN))) == "insufficient-rights"
    made.do(make_admin(right))
    assert made.decide(by(command, ADMIN)).events


def test_ending_a_credential_needs_the_right_to_its_kind() -> None:
    made = world(
        CreateCredential(**about(credential_id="e" * 24, kind="server", name="x", scopes=(), key_hash="0" * 64)),
        make_admin(Right.MANAGE_TOKENS),
    )
    revoke = RevokeCredential(**about(credential_id="e" * 24))
    assert code(made.decide(by(revoke, ADMIN))) == "insufficient-rights"
    made.do(make_admin(Right.MANAGE_SERVERS))
    assert made.decide(by(revoke, ADMIN)).events


def test_an_admin_is_made_changed_removed_and_made_again_once_each() -> None:
    made = world(make_admin(Right.BAN))
    assert made.do(make_admin(Right.BAN)).events == ()
    (changed,) = made.do(make_admin(Right.BAN, Right.ISSUE)).events
    assert isinstance(changed, AdminSet)
    assert changed.rights == (Right.ISSUE, Right.BAN)
    assert made.do(RemoveAdmin(**about(player=ADMIN))).events
    assert made.do(RemoveAdmin(**about(player=ADMIN))).events == ()
    assert made.do(make_admin(Right.BAN, Right.ISSUE)).events
    admin = made.records["admin:roblox:8"].admin
    assert admin
    assert (admin.removed_at, admin.may(Right.BAN)) == (None, True)


def test_removing_one_who_never_was_an_admin_is_refused() -> None:
    assert code(world().do(RemoveAdmin(**about(player=ADMIN)))) == "unknown-admin"


@pytest.mark.parametrize("lifetime", [Lifetime.ONLINE, Lifetime.SESSION], ids=lambda each: each.value)
def test_a_ban_neither_counts_time_connected_nor_lasts_for_a_session(lifetime: Lifetime) -> None:
    decision = world().do(issue(punishments=(Punishment.BAN,), lifetime=lifetime, duration_seconds=60))
    assert code(decision) == "invalid-change"
