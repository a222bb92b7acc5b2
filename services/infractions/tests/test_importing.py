"""An import takes over what another system says, until somebody says otherwise here."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from services.infractions.tests.scenes import (
    ADMIN,
    ELSEWHERE,
    HERE,
    IDS,
    MODERATOR,
    OTHER,
    OURS,
    PLAYER,
    START,
    about,
    address,
    amend,
    by,
    code,
    issue,
    lift,
    lift_all,
    make_admin,
    reinstate,
    world,
)

from banstream_contracts.admins import Right
from banstream_contracts.commands.command import Command
from banstream_contracts.commands.infractions import ImportInfraction, LiftInfraction, OffenceCommand
from banstream_contracts.events.infractions import InfractionImported
from banstream_contracts.infractions import (
    MAX_DURATION_SECONDS,
    Actor,
    Lifetime,
    LiftedBefore,
    Punishment,
    Scope,
    Severity,
    Status,
)
from banstream_infractions.domain.concerns import Concern
from banstream_infractions.domain.importing import outcome_of
from banstream_infractions.domain.infraction_states import standing_of
from banstream_infractions.domain.sought import Sought, sought_by

FIRST, SECOND = "c1" * 12, "c2" * 12
LONG_AGO = START - timedelta(days=400)
BAN = (Punishment.BAN,)


def take(digest: str = "1", import_id: str = FIRST, **changes: Any) -> ImportInfraction:
    values = about(
        infraction_id=IDS[0],
        player=PLAYER,
        punishments=BAN,
        reason="aimbot",
        import_id=import_id,
        source="sourcebans",
        row="ban:7",
        digest=digest * 64,
        began_at=LONG_AGO,
        issued_by="Old Admin",
    )
    return ImportInfraction(**{**values, **changes})


def take_back(import_id: str = FIRST) -> LiftInfraction:
    return LiftInfraction(**about(infraction_id=IDS[0], reason="wrong file", import_id=import_id))


def test_it_stands_here_as_it_stood_there() -> None:
    made = world(take(address=address(), note="seen twice", scope=Scope.COMMUNITY, category="aimbot"))
    infraction = made.infraction()
    assert (infraction.issued_at, infraction.lifetime, infraction.expires_at) == (LONG_AGO, Lifetime.PERMANENT, None)
    assert infraction.issuer == MODERATOR.model_copy(update={"name": "Old Admin"}), "whoever imported answers for it"
    assert (infraction.player, infraction.address_hash) == (PLAYER, HERE)
    assert (infraction.note, infraction.scope, infraction.category) == ("seen twice", Scope.COMMUNITY, "aimbot")
    assert infraction.imported is not None
    assert (infraction.imported.source, infraction.imported.row) == ("sourcebans", "ban:7")
    assert (infraction.imported.at, infraction.imported.by) == (START, MODERATOR)
    assert infraction.is_as_imported
    assert standing_of(1, [infraction]).restrictions[0].punishments == BAN


def test_all_that_a_row_tells_is_kept() -> None:
    told: dict[str, Any] = {
        "player_name": "Trillian",
        "sealed_name": "c2VhbGVk",
        "note": "seen twice",
        "scope": Scope.SERVER,
        "server_id": OURS,
        "category": "aimbot",
        "severity": Severity.HIGH,
        "evidence": "https://example.com/demo",
    }
    command = take(address=address(), **told)
    [event] = world().do(command).events
    kept = (OffenceCommand.model_fields.keys() | {"import_id", "source", "row", "digest", "issued_by", "lifted"}) - {
        *Command.model_fields,
        "address",
    }
    assert kept > told.keys()
    assert {name: getattr(event, name) for name in kept} == {name: getattr(command, name) for name in kept}


@pytest.mark.parametrize(
    ("days", "status", "restricts"),
    [(401, Status.ACTIVE, True), (400, Status.EXPIRED, False), (30, Status.EXPIRED, False)],
    ids=["in-force", "just-over", "long-over"],
)
def test_what_has_reached_its_end_was_never_in_force_here(days: int, status: Status, restricts: bool) -> None:
    ends_at = LONG_AGO + timedelta(days=days)
    infraction = world(take(ends_at=ends_at)).infraction()
    assert (infraction.status, infraction.lifetime, infraction.expires_at) == (status, Lifetime.TIMED, ends_at)
    assert infraction.duration_seconds == days * 86_400
    assert infraction.ended_at == (None if restricts else ends_at)
    assert bool(standing_of(1, [infraction]).restrictions) is restricts


def test_what_was_lifted_there_is_lifted_here_by_whom_it_was() -> None:
    at = LONG_AGO + timedelta(days=3)
    made = world(take(lifted=LiftedBefore(at=at, by="Head Admin", reason="appeal")))
    infraction = made.infraction()
    assert (infraction.status, infraction.ended_at, infraction.ended_reason) == (Status.LIFTED, at, "appeal")
    assert infraction.ended_by == MODERATOR.model_copy(update={"name": "Head Admin"})
    assert standing_of(1, [infraction]).restrictions == ()
    assert world(take(lifted=LiftedBefore())).infraction().ended_at == START, "when nobody knows, by now"
    assert made.do(reinstate()).refusal is None
    assert made.infraction().status is Status.ACTIVE


def test_an_end_that_lies_behind_everything_is_none() -> None:
    far = LONG_AGO + timedelta(days=200 * 365)
    infraction = world(take(ends_at=far)).infraction()
    assert (infraction.lifetime, infraction.expires_at, infraction.duration_seconds) == (Lifetime.PERMANENT, None, None)


def test_what_has_lasted_for_longer_than_anything_does_is_over_all_the_same() -> None:
    infraction = world(take(began_at=datetime(1900, 1, 1, tzinfo=UTC), ends_at=LONG_AGO)).infraction()
    assert (infraction.status, infraction.expires_at) == (Status.EXPIRED, LONG_AGO)
    assert infraction.duration_seconds == MAX_DURATION_SECONDS


def test_the_same_again_does_nothing_whichever_import_it_is_of() -> None:
    made = world(take())
    assert made.do(take(import_id=SECOND)).events == ()
    infraction = made.infraction()
    assert infraction.imported is not None
    assert infraction.imported.import_id == FIRST


def test_what_has_changed_there_holds_here() -> None:
    made = world(take())
    decision = made.do(take("2", SECOND, ends_at=START + timedelta(days=1), reason="wallhack"))
    assert [type(event) for event in decision.events] == [InfractionImported]
    infraction = made.infraction()
    assert (infraction.reason, infraction.lifetime) == ("wallhack", Lifetime.TIMED)
    assert infraction.imported is not None
    assert infraction.imported.import_id == SECOND
    made.do(take("3", SECOND, lifted=LiftedBefore(by="Head Admin")))
    assert made.infraction().status is Status.LIFTED
    made.do(take("1", SECOND))
    assert made.infraction().status is Status.ACTIVE, "banned there again"


@pytest.mark.parametrize("change", [amend(reason="wallhack"), lift(), lift_all()], ids=["amended", "lifted", "freed"])
def test_what_was_changed_here_stays(change: Any) -> None:
    made = world(take(), change)
    before = made.infraction()
    same = made.do(take(import_id=SECOND))
    assert (same.events, same.refusal) == ((), None)
    assert code(made.do(take("2"))) == "changed-here"
    assert code(made.do(take_back())) in {"changed-here", None}
    assert made.infraction() == before


def test_an_end_that_came_here_by_time_is_no_change_of_anybody() -> None:
    made = world(take(ends_at=START + timedelta(seconds=60)))
    made.pass_time(61)
    assert made.infraction().status is Status.EXPIRED
    assert made.do(take(ends_at=START + timedelta(seconds=60))).events == ()
    made.do(take("2", ends_at=START + timedelta(days=1)))
    assert made.infraction().status is Status.ACTIVE, "it was made longer there"
    made.do(amend(duration_seconds=410 * 86_400))
    made.pass_time(20 * 86_400)
    assert code(made.do(take("3"))) == "changed-here", "the end was somebody's decision here"


def test_one_without_a_beginning_is_as_old_as_its_first_import() -> None:
    made = world(take(began_at=None))
    later = take("2", began_at=None, reason="wallhack").model_copy(update={"issued_at": START + timedelta(days=9)})
    made.do(later)
    assert (made.infraction().issued_at, made.infraction().reason) == (START, "wallhack")
    already_over = world(take(began_at=None, ends_at=LONG_AGO)).infraction()
    assert (already_over.status, already_over.duration_seconds) == (Status.EXPIRED, 1)


def test_an_address_that_comes_later_is_added_and_then_stays() -> None:
    made = world(take())
    made.do(take("2", address=address(), began_at=LONG_AGO - timedelta(days=1)))
    assert (made.infraction().address_hash, made.infraction().issued_at) == (HERE, LONG_AGO)
    [again] = made.do(take("3", address=address(ELSEWHERE), reason="wallhack")).events
    assert (made.infraction().address_hash, made.infraction().reason) == (HERE, "wallhack")
    assert again.model_dump()["sealed_address"] is None, "it would be another address than the hash tells of"
    made.do(take("4"))
    assert made.infraction().address_hash == HERE


def test_an_import_is_taken_back_and_brought_again() -> None:
    made = world(take())
    [lifted] = made.do(take_back()).events
    assert getattr(lifted, "import_id", None) == FIRST
    infraction = made.infraction()
    assert (infraction.status, infraction.is_as_imported) == (Status.LIFTED, True)
    assert infraction.imported is not None
    assert infraction.imported.is_undone
    made.do(take(import_id=SECOND))
    assert made.infraction().status is Status.ACTIVE
    assert made.infraction().imported.is_undone is False  # type: ignore[union-attr]  # it was imported
    ended = [made.do(take_back(SECOND)).refusal for _ in range(2)]
    assert ended == [None, None]


def test_an_import_does_not_take_back_what_a_later_one_has_brought_again() -> None:
    made = world(take(), take("2", SECOND))
    assert code(made.do(take_back(FIRST))) == "changed-here"
    assert made.infraction().status is Status.ACTIVE
    assert made.do(take_back(SECOND)).refusal is None
    assert made.infraction().status is Status.LIFTED


def test_what_was_taken_back_with_its_import_and_put_back_here_is_taken_back_no_more() -> None:
    made = world(take())
    assert made.do(take_back(), reinstate()).refusal is None
    infraction = made.infraction()
    assert infraction.imported
    assert (infraction.status, infraction.imported.is_undone) == (Status.ACTIVE, False)
    assert made.do(take()).events == ()
    assert code(made.do(take("2"))) == "changed-here"


def test_a_lift_of_an_ordinary_kind_is_no_undoing() -> None:
    made = world(issue())
    assert code(made.do(take_back())) == "changed-here", "it came from no import"
    assert made.infraction().status is Status.ACTIVE


def test_an_id_of_something_else_is_not_taken_over() -> None:
    made = world(issue())
    assert code(made.do(take())) == "invalid-change"
    assert made.infraction().imported is None
    other = world(take())
    assert code(other.do(take("2", source="litebans"))) == "invalid-change"
    assert code(other.do(take("2", row="ban:8"))) == "invalid-change"


_NEEDED = (Right.ISSUE, Right.BAN, Right.EDIT_ALL, Right.SCOPE_GLOBAL)


@pytest.mark.parametrize("lacking", [None, *_NEEDED], ids=str)
def test_an_admin_needs_the_right_to_edit_and_those_to_punish_so(lacking: Right | None) -> None:
    made = world(make_admin(*(right for right in _NEEDED if right is not lacking)))
    assert code(made.do(by(take(), ADMIN))) == ("insufficient-rights" if lacking else None)


def test_an_admin_may_not_punish_the_immune() -> None:
    made = world(make_admin(*_NEEDED), make_admin(Right.IMMUNE, player=OTHER, name="Eli"))
    assert code(made.do(by(take(player=OTHER), ADMIN))) == "immune"


def test_the_name_of_another_system_is_nobodys_account_here() -> None:
    made = world(make_admin(Right.ISSUE, Right.BAN, Right.EDIT_ALL, Right.SCOPE_GLOBAL))
    made.do(by(take(), ADMIN))
    assert made.infraction().issuer == Actor(kind="server", id="a" * 24, name="Old Admin")
    made.do(by(take("2", issued_by=None), ADMIN))
    assert made.infraction().issuer.admin == ADMIN


def test_what_becomes_of_a_row_is_told_before() -> None:
    made = world(take())
    digest, other = "1" * 64, "2" * 64
    assert outcome_of(None, digest) == "new"
    assert outcome_of(made.infraction(), digest) == "same"
    assert outcome_of(made.infraction(), other) == "changed"
    made.do(take_back())
    assert outcome_of(made.infraction(), digest) == "changed"
    made.do(reinstate())
    assert (outcome_of(made.infraction(), digest), outcome_of(made.infraction(), other)) == ("same", "left")
    assert outcome_of(world(issue()).infraction(), digest) == "refused"


def test_of_a_long_history_it_looks_at_one_alone() -> None:
    sought = sought_by([(take(), Concern(f"player:{PLAYER}"))])
    assert sought == Sought(infraction_ids=frozenset({IDS[0]}))
