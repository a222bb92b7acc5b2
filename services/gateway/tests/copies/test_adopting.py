"""Credentials of a copy count for less than those that NATS tells of; admins and networks are held the same way."""

from datetime import UTC, datetime
from hashlib import sha256

import pytest

from banstream_contracts.infractions import Actor, Credential
from banstream_contracts.streams import POSITION_KEY
from banstream_gateway.held.credentials import Credentials

IDS = {"a": "a" * 24, "b": "b" * 24, "c": "c" * 24}


def credential(secret: str, position: int, name: str = "watched") -> Credential:
    return Credential(
        id=IDS[secret],
        kind="token",
        name=name,
        scopes=("check",),
        key_hash=sha256(secret.encode()).hexdigest(),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        created_by=Actor(kind="system", id="test"),
        position=position,
    )


def apply(held: Credentials, *told: Credential) -> None:
    for each in told:
        held.apply(each.id, each.model_dump_json().encode())


def adopt(held: Credentials, *copied: Credential) -> None:
    held.adopt((), {each.id: each.model_dump_json().encode() for each in copied}, 1000)


def names(held: Credentials) -> list[str | None]:
    return [found.name if (found := held.find(each)) else None for each in "abc"]


@pytest.mark.parametrize("is_under_way", [True, False], ids=["in a pass", "before it"])
def test_what_the_watch_names_is_newer_and_what_it_does_not_is_gone(*, is_under_way: bool) -> None:
    held = Credentials()
    if is_under_way:
        held.begin()
        apply(held, credential("c", 3))
    adopt(held, *(credential(each, 1000, "copied") for each in "abc"))
    assert names(held) == ["copied", "copied", "watched" if is_under_way else "copied"]
    if not is_under_way:
        held.begin()
        apply(held, credential("c", 3))
    apply(held, credential("a", 5))
    held.apply(POSITION_KEY, b"5")
    assert (names(held), held.is_behind) == (["watched", "copied", "watched"], False)
    held.complete()
    assert names(held) == ["watched", None, "watched"]


def test_what_is_deleted_while_a_copy_is_answered_from_is_gone() -> None:
    held = Credentials()
    held.begin()
    adopt(held, credential("a", 1000))
    held.apply(IDS["a"], None)
    assert names(held) == [None, None, None]
    held.complete()


def test_what_is_gone_from_a_copy_is_not_taken_from_its_beginning() -> None:
    held = Credentials()
    adopt(held, credential("a", 1), credential("b", 2))
    held.adopt((), {IDS["a"]: None}, 3)
    assert names(held) == [None, "watched", None]


def test_what_the_watch_has_deleted_is_not_taken_from_a_copy() -> None:
    held = Credentials()
    held.begin()
    held.apply(IDS["a"], None)
    adopt(held, credential("a", 1000), credential("b", 1000))
    assert names(held) == [None, "watched", None]


def test_what_was_written_here_meanwhile_is_not_taken_from_the_rest_of_a_copy() -> None:
    held = Credentials()
    adopt(held, credential("a", 1000))
    held.apply_own(credential("a", 5, "own"))
    adopt(held, credential("a", 1001))
    assert names(held) == ["own", None, None]


def test_nothing_stays_of_a_copy_that_could_not_be_read_to_its_end() -> None:
    held = Credentials()
    held.begin()
    apply(held, credential("c", 3))
    adopt(held, credential("a", 1), credential("b", 2))
    with pytest.raises(ValueError, match="JSON"):
        held.adopt((), {IDS["a"]: b"what a later release writes"}, 3)
    held.disown()
    assert names(held) == [None, None, "watched"]


def test_changes_are_each_told_once() -> None:
    held = Credentials()
    apply(held, credential("a", 1))
    held.changes.follow()
    assert held.changes.taken() == []
    apply(held, credential("a", 1), credential("b", 2))
    assert held.changes.taken() == [IDS["b"]]
    apply(held, credential("b", 3), credential("b", 4))
    assert held.changes.taken() == [IDS["b"]]
    held.apply(IDS["a"], None)
    assert (held.changes.taken(), held.copied(IDS["a"])) == ([IDS["a"]], None)
    held.changes.forget()
    apply(held, credential("c", 4))
    assert held.changes.taken() == []
