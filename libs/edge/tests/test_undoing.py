"""Whose doing it was, as people write it, and the command that takes it back."""

from uuid import UUID

import pytest

from banstream_contracts.accounts import account_id
from banstream_contracts.commands.infractions import AmendInfraction, LiftInfraction, ReinstateInfraction
from banstream_contracts.examples import parts
from banstream_contracts.infractions import Actor, Infraction
from banstream_contracts.players import Player
from banstream_contracts.queries.undoing import Doer, Done
from banstream_edge.undoing import Undoer, doer_of, undoing

ID = "01948a00000000000000cafe"
UNDOER = Undoer(Actor(kind="token", id="0" * 24), UUID(int=7), "account was stolen")


@pytest.mark.parametrize(
    ("text", "doer"),
    [
        ("person:ada", Doer(kind="person", id=account_id("ada"))),
        ("person:Ada", Doer(kind="person", id=account_id("ada"))),
        (f"person:{ID}", Doer(kind="person", id=ID)),
        ("person:discord:80351110224678912", Doer(kind="person", id="discord:80351110224678912")),
        (f"token:{ID}", Doer(kind="token", id=ID)),
        (f"server:{ID}", Doer(kind="server", id=ID)),
        ("system:abuse-tracker", Doer(kind="system", id="abuse-tracker")),
        ("admin:steam:76561197960265729", Doer(admin=Player(service="steam", id="76561197960265729"))),
        ("admin:steam:STEAM_0:1:0", Doer(admin=Player(service="steam", id="76561197960265729"))),
        ("policy:default", Doer(policy_id="default")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_whose_doing_it_was_is_read(text: str, doer: Doer) -> None:
    assert doer_of(text) == doer


@pytest.mark.parametrize(
    "text",
    [
        *("", ":", "ada", "person", "person:", ":ada", "Person:ada", "player:roblox:1", "person:a", "person:ada b"),
        *("person:a\nda", "person:discord:", "person:steam:76561197960265729", "token:ada", f"token:{ID}0"),
        *(f"server:{ID.upper()}", f"token: {ID}", "system:", "system:a\x07b", "system:" + "a" * 65),
        *("admin:", "admin:steam", "admin:steam:7", "admin:Steam:76561197960265729", "policy:", "policy:No Policy"),
    ],
    ids=ascii,
)
def test_anything_else_is_told_how_it_is_written(text: str) -> None:
    with pytest.raises(ValueError, match=r"^is written person:LOGIN, token:ID, ") as found:
        doer_of(text)
    assert type(found.value) is ValueError


def infraction(*, position: int) -> Infraction:
    return parts.infraction.model_copy(update={"position": position})


def done(undo: str, *, position: int = 9, did: str = "infraction.issued", as_imported: bool = False) -> Done:
    changes = parts.changes if undo in {"amend", "reinstate"} else None
    held = infraction(position=position)
    values = {"infraction": held, "position": 8, "did": (did,), "undo": undo, "changes": changes}
    return Done.model_validate({**values, "as_imported": as_imported})


def test_what_takes_it_back_is_asked_for_in_sight_of_how_it_stands() -> None:
    lift, reinstate, amend = (undoing(done(each), UNDOER) for each in ("lift", "reinstate", "amend"))
    assert isinstance(lift, LiftInfraction)
    assert (lift.reason, lift.import_id) == ("account was stolen", None)
    assert isinstance(reinstate, ReinstateInfraction)
    assert (reinstate.reason, reinstate.changes) == ("account was stolen", parts.changes)
    assert isinstance(amend, AmendInfraction)
    assert amend.changes == parts.changes
    for each in (lift, reinstate, amend):
        assert (each.infraction_id, each.seen_position) == (parts.INFRACTION_ID, 9)
        assert (each.actor, each.correlation_id) == (UNDOER.actor, UUID(int=7))
    assert len({each.command_id for each in (lift, reinstate, amend)}) == 3


@pytest.mark.parametrize(
    ("did", "import_id"), [("infraction.imported", parts.IMPORT_ID), ("infraction.reinstated", None)]
)
def test_what_they_imported_is_taken_back_as_the_imports(did: str, import_id: str | None) -> None:
    """What they put back as it was imported is not theirs to take out of reach of the lift that was before."""
    lift = undoing(done("lift", position=parts.POSITION, did=did), UNDOER)
    assert isinstance(lift, LiftInfraction)
    assert lift.import_id == import_id


@pytest.mark.parametrize("undo", ["amend", "reinstate"])
@pytest.mark.parametrize("as_imported", [True, False])
def test_what_is_put_back_as_it_was_imported_is_said_to_be(undo: str, as_imported: bool) -> None:
    command = undoing(done(undo, as_imported=as_imported), UNDOER)
    assert isinstance(command, AmendInfraction | ReinstateInfraction)
    assert command.as_imported is as_imported


@pytest.mark.parametrize("undo", ["left", "unchanged"])
def test_of_what_stays_nothing_is_asked(undo: str) -> None:
    assert undoing(done(undo), UNDOER) is None
