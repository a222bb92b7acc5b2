"""Four cases for each command: it happens, is refused, is ignored, and comes again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banstream_contracts.commands.credentials import CreateCredential, RevokeCredential, RotateCredential
from banstream_contracts.commands.infractions import (
    AmendInfraction,
    InfractionChanges,
    IssueInfraction,
    LiftInfraction,
    LiftRestrictions,
    ReinstateInfraction,
)
from banstream_contracts.events.event import stored
from banstream_contracts.infraction_messages import EVENT, AnyCommand, AnyEvent
from banstream_contracts.infractions import Actor, Infraction, Lifetime, Punishment, Scope, Status
from banstream_contracts.players import Player
from banstream_infractions.domain.decisions import decide
from banstream_infractions.domain.evolution import evolve, fold
from banstream_infractions.domain.record import Decision, Record
from banstream_infractions.domain.serving import expire
from banstream_runtime.identifiers import new_id

START = datetime(2026, 1, 1, tzinfo=UTC)
MODERATOR = Actor(kind="token", id="0" * 24)
PLAYER = Player(service="roblox", id="1")
OURS, THEIRS = "a" * 24, "b" * 24
IDS = ("1" * 24, "2" * 24, "3" * 24)


def about(**values: Any) -> dict[str, Any]:
    return {
        "command_id": new_id(),
        "issued_at": START,
        "actor": MODERATOR,
        "correlation_id": new_id(),
        **values,
    }


def issue(infraction_id: str = IDS[0], **changes: Any) -> IssueInfraction:
    values = about(
        infraction_id=infraction_id,
        player=PLAYER,
        punishments=(Punishment.BAN,),
        lifetime=Lifetime.PERMANENT,
        reason="aimbot",
    )
    return IssueInfraction(**{**values, **changes})


def amend(infraction_id: str = IDS[0], **changes: Any) -> AmendInfraction:
    return AmendInfraction(**about(infraction_id=infraction_id, changes=InfractionChanges(**changes)))


def lift(infraction_id: str = IDS[0]) -> LiftInfraction:
    return LiftInfraction(**about(infraction_id=infraction_id, reason="appeal"))


def lift_all(**changes: Any) -> LiftRestrictions:
    return LiftRestrictions(**about(player=PLAYER, reason="amnesty", **changes))


def reinstate(infraction_id: str = IDS[0]) -> ReinstateInfraction:
    return ReinstateInfraction(**about(infraction_id=infraction_id, reason="it was right"))


def by_us(command: AnyCommand) -> AnyCommand:
    return command.model_copy(update={"actor": Actor(kind="server", id=OURS)})


def after(record: Record, decision: Decision) -> Record:
    for event in decision.events:
        record = evolve(record, event, 1)
    return record


def play(*commands: AnyCommand, now: datetime = START) -> Record:
    record = Record()
    for command in commands:
        record = after(record, decide(command, record, now))
    return record


def the(record: Record, infraction_id: str = IDS[0]) -> Infraction:
    return record.infractions[infraction_id]


def code(decision: Decision) -> str | None:
    return decision.refusal.code if decision.refusal else None


def test_issuing_restricts_the_player() -> None:
    assert the(play(issue())).is_in_force(START)


def test_issuing_the_same_infraction_again_yields_nothing() -> None:
    command = issue()
    assert decide(command, play(command), START) == Decision(touched=(IDS[0],))


def test_a_second_infraction_of_the_same_player_is_one_more() -> None:
    assert len(play(issue(), issue(IDS[1])).infractions) == 2


def test_the_very_same_ban_in_force_is_not_repeated_where_asked() -> None:
    decision = decide(issue(IDS[1], unless_in_force=True), play(issue()), START)
    assert decision == Decision(touched=(IDS[0],))


@pytest.mark.parametrize(
    "difference",
    [{"reason": "speed hack"}, {"punishments": (Punishment.VOICE_BLOCK,)}, {"scope": Scope.COMMUNITY}],
)
def test_a_different_ban_is_issued_even_where_repeats_are_not(difference: dict[str, Any]) -> None:
    assert decide(issue(IDS[1], unless_in_force=True, **difference), play(issue()), START).events


def test_a_ban_is_issued_again_after_the_first_was_lifted() -> None:
    assert decide(issue(IDS[1], unless_in_force=True), play(issue(), lift()), START).events


def test_a_timed_infraction_ends_by_itself() -> None:
    infraction = the(play(issue(lifetime=Lifetime.TIMED, duration_seconds=60)))
    assert infraction.expires_at == START + timedelta(seconds=60)
    assert infraction.is_in_force(START + timedelta(seconds=59))
    assert not infraction.is_in_force(START + timedelta(seconds=60))


def test_amending_changes_what_is_named_and_nothing_else() -> None:
    before = the(play(issue(note="seen twice")))
    changed = the(play(issue(note="seen twice"), amend(reason="speed hack")))
    assert changed.reason == "speed hack"
    assert changed.model_copy(update={"reason": before.reason}) == before


def test_a_duration_counts_from_the_issue() -> None:
    infraction = the(play(issue(), amend(duration_seconds=3600)))
    assert (infraction.lifetime, infraction.expires_at) == (Lifetime.TIMED, START + timedelta(hours=1))


def test_a_null_duration_makes_it_permanent() -> None:
    infraction = the(play(issue(lifetime=Lifetime.TIMED, duration_seconds=60), amend(duration_seconds=None)))
    assert (infraction.lifetime, infraction.expires_at) == (Lifetime.PERMANENT, None)


def test_a_note_can_be_taken_away() -> None:
    assert the(play(issue(note="x"), amend(note=None))).note is None


def test_amending_to_what_it_is_yields_nothing() -> None:
    assert decide(amend(reason="aimbot"), play(issue()), START).events == ()


@pytest.mark.parametrize(
    ("history", "command", "refusal"),
    [
        ((), amend(reason="x"), "unknown-infraction"),
        ((issue(), lift()), amend(reason="x"), "ended"),
        ((issue(),), amend(scope=Scope.SERVER), "invalid-change"),
        ((issue(),), amend(punishments=None), "invalid-change"),
        ((), lift(), "unknown-infraction"),
        ((issue(scope=Scope.SERVER, server_id=THEIRS),), by_us(lift()), "other-server"),
        ((issue(scope=Scope.SERVER, server_id=THEIRS),), by_us(amend(reason="x")), "other-server"),
        ((issue(scope=Scope.SERVER, server_id=THEIRS), lift()), by_us(reinstate()), "other-server"),
        ((), reinstate(), "unknown-infraction"),
        ((), RotateCredential(**about(credential_id=IDS[0], key_hash="0" * 64)), "unknown-credential"),
        ((), RevokeCredential(**about(credential_id=IDS[0])), "unknown-credential"),
    ],
)
def test_what_cannot_be_is_refused(history: tuple[AnyCommand, ...], command: AnyCommand, refusal: str) -> None:
    decision = decide(command, play(*history), START)
    assert (code(decision), decision.events) == (refusal, ())


def test_lifting_ends_the_infraction_and_says_who_and_why() -> None:
    infraction = the(play(issue(), lift()))
    assert (infraction.status, infraction.ended_by, infraction.ended_reason) == (Status.LIFTED, MODERATOR, "appeal")


def test_lifting_twice_yields_nothing() -> None:
    assert decide(lift(), play(issue(), lift()), START) == Decision(touched=(IDS[0],))


def test_a_server_lifts_its_own_and_global_infractions() -> None:
    own = play(issue(scope=Scope.SERVER, server_id=OURS))
    of_others = play(issue(scope=Scope.GLOBAL, server_id=THEIRS))
    assert decide(by_us(lift()), own, START).events
    assert decide(by_us(lift()), of_others, START).events


def test_lifting_all_leaves_warnings_and_what_has_ended() -> None:
    record = play(issue(), issue(IDS[1], punishments=()), issue(IDS[2]), lift(IDS[2]))
    assert decide(lift_all(), record, START).touched == (IDS[0],)


def test_lifting_one_punishment_leaves_the_others() -> None:
    both = issue(punishments=(Punishment.VOICE_BLOCK, Punishment.CHAT_BLOCK))
    infraction = the(play(both, lift_all(punishments=(Punishment.VOICE_BLOCK,))))
    assert (infraction.punishments, infraction.status) == ((Punishment.CHAT_BLOCK,), Status.ACTIVE)


def test_lifting_a_punishment_that_an_infraction_lacks_takes_the_one_it_has() -> None:
    """The issuer's server fails the whole infraction here (facts gflbans 2.4): not to be copied."""
    record = play(issue(punishments=(Punishment.VOICE_BLOCK, Punishment.BAN)))
    decision = decide(lift_all(punishments=(Punishment.VOICE_BLOCK, Punishment.CHAT_BLOCK)), record, START)
    assert the(after(record, decision)).punishments == (Punishment.BAN,)


def test_lifting_by_scope_and_server_follows_what_the_server_sees() -> None:
    record = play(
        issue(scope=Scope.GLOBAL, server_id=THEIRS),
        issue(IDS[1], scope=Scope.SERVER, server_id=THEIRS),
        issue(IDS[2], scope=Scope.COMMUNITY, server_id=THEIRS),
    )
    assert decide(lift_all(server_id=OURS), record, START).touched == (IDS[0], IDS[2])
    assert decide(lift_all(server_id=OURS, include_other_servers=False), record, START).touched == (IDS[2],)
    assert decide(lift_all(scopes=(Scope.SERVER,)), record, START).touched == (IDS[1],)


def test_reinstating_puts_it_back_with_the_end_it_had() -> None:
    timed = issue(lifetime=Lifetime.TIMED, duration_seconds=60)
    assert the(play(timed, lift(), reinstate())) == the(play(timed))


def test_what_has_passed_its_end_cannot_be_reinstated() -> None:
    record = play(issue(lifetime=Lifetime.TIMED, duration_seconds=60), lift())
    assert code(decide(reinstate(), record, START + timedelta(seconds=60))) == "not-lifted"


def test_expiry_ends_what_is_due_once() -> None:
    record = play(issue(lifetime=Lifetime.TIMED, duration_seconds=60), issue(IDS[1]))
    now = START + timedelta(seconds=60)
    decision = expire(record, now)
    assert decision.touched == (IDS[0],)
    assert expire(after(record, decision), now).events == ()


def test_an_amended_end_moves_the_expiry() -> None:
    record = play(issue(lifetime=Lifetime.TIMED, duration_seconds=60), amend(duration_seconds=120))
    assert expire(record, START + timedelta(seconds=60)).events == ()


def test_a_credential_is_created_rotated_and_revoked_once_each() -> None:
    create = CreateCredential(
        **about(credential_id=IDS[0], kind="token", name="bot", scopes=("check",), key_hash="0" * 64)
    )
    rotate = RotateCredential(**about(credential_id=IDS[0], key_hash="1" * 64))
    revoke = RevokeCredential(**about(credential_id=IDS[0]))
    record = play(create, create, rotate, rotate, revoke, revoke)
    assert record.credential is not None
    assert (record.credential.key_hash, record.credential.revoked_at) == ("1" * 64, START)
    assert code(decide(rotate.model_copy(update={"key_hash": "2" * 64}), record, START)) == "credential-revoked"


_ids = st.sampled_from(IDS)
_punishments = st.lists(st.sampled_from(Punishment), max_size=3).map(tuple)
_scopes = st.sampled_from(Scope)
_servers = st.sampled_from([None, OURS, THEIRS])
_issues = st.builds(
    lambda infraction_id, punishments, scope, server, seconds, unless: issue(
        infraction_id,
        punishments=punishments,
        scope=scope,
        server_id=server,
        lifetime=Lifetime.TIMED if seconds else Lifetime.PERMANENT,
        duration_seconds=seconds,
        unless_in_force=unless,
    ),
    _ids,
    _punishments,
    _scopes,
    _servers,
    st.sampled_from([None, 30, 90]),
    st.booleans(),
)
_commands: st.SearchStrategy[AnyCommand] = st.one_of(
    _issues,
    st.builds(lambda i, r: amend(i, reason=r), _ids, st.sampled_from(["a", "b"])),
    st.builds(lambda i, d: amend(i, duration_seconds=d), _ids, st.sampled_from([None, 30, 90])),
    st.builds(lambda i, p: amend(i, punishments=p), _ids, _punishments),
    st.builds(lift, _ids),
    st.builds(lambda p, s: lift_all(punishments=p, server_id=s), _punishments, _servers),
    st.builds(reinstate, _ids),
)


@given(st.lists(_commands, max_size=8), _commands)
def test_repeating_a_command_changes_nothing(earlier: list[AnyCommand], command: AnyCommand) -> None:
    record = play(*earlier, command)
    assert decide(command, record, START).events == ()


@given(st.lists(_commands, max_size=10))
def test_every_history_survives_the_log(commands: list[AnyCommand]) -> None:
    """What is stored as JSON and read back folds to the same record."""
    record, events = Record(), list[AnyEvent]()
    for command in commands:
        decision = decide(command, record, START)
        record = after(record, decision)
        events += decision.events
    assert fold((EVENT.validate_python(stored(event)), 1) for event in events) == record


@given(st.lists(_commands, max_size=10))
def test_the_fold_agrees_with_a_plain_set_of_who_is_banned(commands: list[AnyCommand]) -> None:
    record, banned = Record(), {}
    for command in commands:
        decision = decide(command, record, START)
        record = after(record, decision)
        for event in decision.events:
            match event.type:
                case "infraction.issued":
                    banned[event.infraction_id] = set(event.punishments)
                case "infraction.lifted":
                    banned[event.infraction_id] = set() if event.ended else set(event.remaining)
                case "infraction.reinstated":
                    banned[event.infraction_id] = set(event.punishments)
                case "infraction.amended" if event.changes.punishments is not None:
                    banned[event.infraction_id] = set(event.changes.punishments)
    in_force = {each.id: set(each.punishments) for each in record.infractions.values() if each.is_in_force(START)}
    assert {key: value for key, value in in_force.items() if value} == {k: v for k, v in banned.items() if v}
