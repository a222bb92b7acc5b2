"""Rows of other systems, made fit to be sent."""

from datetime import UTC, datetime
from typing import Any

import pytest

from banstream_cli.importing.rows import Lifted, Rejected, Row
from banstream_cli.importing.tidying import NO_REASON, Mend, Sendable, Where, cut_at_word, tidied
from banstream_contracts.infractions import Punishment, Scope, Severity
from banstream_contracts.players import Player
from banstream_contracts.text import control_character

ALICE = Player(service="steam", id="76561198000000001")
SERVER = "01948a00000000000000beef"
AT, LATER = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def row(**fields: Any) -> Row:
    return Row(**{"key": "ban:1", "player": ALICE, "punishments": (Punishment.BAN,), "reason": "aimbot", **fields})


def sendable(**fields: Any) -> Sendable:
    made = tidied(row(**fields), Where())
    assert isinstance(made, Sendable), made
    return made


def test_a_whole_row_is_sent_as_the_gateway_takes_it() -> None:
    made = sendable(
        name="Alice",
        address="192.0.2.7",
        note="seen twice",
        evidence="demo 7",
        category="Aim bot!",
        severity=Severity.HIGH,
        issued_at=AT,
        issued_by="Bob",
        expires_at=LATER,
        lifted=Lifted(AT, "Carol", "mistake"),
    )
    assert made == Sendable(
        "ban:1",
        {
            "row": "ban:1",
            "player": {"service": "steam", "id": ALICE.id, "name": "Alice", "ip": "192.0.2.7"},
            "punishments": ["ban"],
            "reason": "aimbot",
            "note": "seen twice",
            "evidence": "demo 7",
            "category": "aim_bot",
            "severity": "high",
            "issued_at": "2025-01-02T03:04:05Z",
            "issued_by": "Bob",
            "expires_at": "2026-01-02T03:04:05Z",
            "lifted": {"at": "2025-01-02T03:04:05Z", "by": "Carol", "reason": "mistake"},
        },
    )


def test_a_row_with_nothing_to_say_says_nothing() -> None:
    made = sendable(name="", note=" ", evidence="", issued_by="\0", category="!", lifted=Lifted())
    assert made.body == {
        "row": "ban:1",
        "player": {"service": "steam", "id": ALICE.id},
        "punishments": ["ban"],
        "reason": "aimbot",
        "lifted": {},
    }


def test_an_address_alone_keeps_the_name_for_staff() -> None:
    made = sendable(player=None, address="[2001:DB8::7]:2302", name="Mallory")
    assert (made.body["ip"], made.body["note"], "player" in made.body) == ("2001:db8::7", "Name: Mallory", False)


@pytest.mark.parametrize("reason", [None, "", " \t\n", "\0\x1b"], ids=["none", "empty", "blank", "control"])
def test_a_missing_reason_is_said(reason: str | None) -> None:
    made = sendable(reason=reason)
    assert made.body["reason"] == NO_REASON
    assert Mend.NO_REASON in made.mended


def test_control_characters_become_blanks_and_lines_of_notes_stay_apart() -> None:
    made = sendable(
        reason="rude\r\nto\x00all\u2028", name="\x1b[2JEve", note="one\r\ntwo\n\nthree", evidence="a\tb\x85c \ud800"
    )
    assert made.body["reason"] == "rude  to all"
    assert made.body["player"]["name"] == "[2JEve"
    assert (made.body["note"], made.body["evidence"]) == ("one ⏎ two ⏎ three", "a b c")
    assert made.mended == {Mend.CONTROL_CHARACTERS}


def test_what_is_too_long_is_cut_and_whole_in_the_note() -> None:
    reason, name = "word " * 300 + "end", "n" * 200
    made = sendable(reason=reason, name=name, issued_by=name, note="first", lifted=Lifted(by=name, reason=reason))
    body = made.body
    assert (len(body["reason"]), body["reason"][-6:]) == (1020, " word…")
    assert len(body["player"]["name"]) == len(body["issued_by"]) == len(body["lifted"]["by"]) == 128
    assert body["note"].startswith(f"first ⏎ Name: {name} ⏎ Issued by: {name} ⏎ Reason: {reason} ⏎ Lifted by: ")
    assert made.mended == {Mend.REASON_CUT, Mend.NAME_CUT}


def test_notes_and_evidence_are_bounded() -> None:
    made = sendable(note="x" * 5000, evidence="y " * 6000)
    assert (len(made.body["note"]), len(made.body["evidence"])) == (4096, 10_000)
    assert made.mended == {Mend.NOTE_CUT, Mend.EVIDENCE_CUT}


@pytest.mark.parametrize(
    ("text", "most", "cut"),
    [
        ("one two three", 8, "one two…"),
        ("one two three", 9, "one two…"),
        ("onetwothree", 8, "onetwot…"),
        ("a bcdefghijkl", 8, "a bcdef…"),
    ],
    ids=["at-a-word", "in-a-word", "one-word", "word-too-early"],
)
def test_a_text_is_cut_at_a_word(text: str, most: int, cut: str) -> None:
    assert cut_at_word(text, most) == cut


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"player": None}, "it names neither a player nor an address"),
        ({"key": "k" * 129}, "row: String should have at most 128 characters"),
        ({"key": "a\nb"}, "holds the control character U+000A"),
        ({"player": None, "address": "192.0.2.*"}, "an IP address is written like 192.0.2.7"),
        ({"address": "255.255.255.255"}, "no player comes from 255.255.255.255"),
        ({"issued_at": LATER, "expires_at": AT}, "it ends before it begins"),
        ({"issued_at": datetime(2025, 1, 2)}, "issued_at: Input should have timezone info"),  # noqa: DTZ001 - on purpose
        ({"scope": Scope.SERVER}, "it holds on one server and names none"),
        ({"server_id": "7"}, "server_id: String should match"),
        ({"player": None, "lifted": Lifted(AT, "Bob")}, "it names neither a player nor an address"),
    ],
    ids=[
        "nobody",
        "long-id",
        "line-in-id",
        "range",
        "broadcast",
        "ends-first",
        "no-zone",
        "no-server",
        "no-server-id",
        "nobody-lifted",
    ],
)
def test_what_cannot_be_sent_says_why(fields: dict[str, Any], why: str) -> None:
    made = tidied(row(**fields), Where())
    assert isinstance(made, Rejected)
    assert why in made.why
    assert made.place.startswith("row ")
    assert len(made.raw) <= 500


def test_the_operator_may_say_where_all_hold() -> None:
    own = row(scope=Scope.SERVER, server_id=SERVER)
    kept, moved = tidied(own, Where()), tidied(own, Where(Scope.COMMUNITY))
    assert isinstance(kept, Sendable)
    assert isinstance(moved, Sendable)
    assert (kept.body["scope"], kept.body["server_id"]) == ("server", SERVER)
    assert (moved.body["scope"], "server_id" in moved.body) == ("community", False)


def test_no_text_that_is_sent_holds_a_control_character() -> None:
    every = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0xD800]))
    texts = dict.fromkeys(("name", "reason", "note", "evidence", "issued_by"), f"a{every}b")
    body = sendable(**texts, lifted=Lifted(by=f"a{every}b", reason=f"a{every}b")).body
    told = [*body.values(), *body["player"].values(), *body["lifted"].values()]
    assert [each for each in told if isinstance(each, str) and control_character(each)] == []
