"""What is typed into forms of appeals, and how often."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banstream_console.presentation.long_texts import lines_of
from banstream_console.public.appeals.forms import entry_of, typed_again
from banstream_console.public.appeals.limits import AppealLimits, Attempts
from banstream_contracts.text import control_character


@given(st.text(max_size=200))
def test_whatever_is_typed_is_one_line_without_control_characters(text: str) -> None:
    entry = entry_of({"infraction": text, "code": text, "do": "answer", "text": text, "once": text})
    assert control_character(entry.text) is None
    assert control_character(entry.typed_id) is None
    assert entry_of({"text": typed_again(entry.text), "do": "answer"}).text == entry.text
    assert all(line == line.strip() for line in lines_of(entry.text))


def test_lines_come_back_as_they_were_typed() -> None:
    entry = entry_of({"do": "answer", "text": " one\r\n\r\ntwo\nthree \x00 four "})
    assert lines_of(entry.text) == ["one", "two", "three   four"]


@pytest.mark.parametrize("form", [{}, {"infraction": 1, "code": b"x", "do": "answer"}, {"do": "drop", "once": "a b"}])
def test_odd_forms_ask_for_nothing(form: dict[str, Any]) -> None:
    entry = entry_of(form)
    assert (entry.infraction_id, entry.code, entry.once) == ("", "", "")


def test_ids_are_read_as_people_type_them() -> None:
    typed = " 01948F6E 79F0A1B2-C3D4E5F6 "
    assert entry_of({"infraction": typed}).infraction_id == "01948f6e79f0a1b2c3d4e5f6"


def test_attempts_are_counted_in_a_sliding_window() -> None:
    now = [0.0]
    attempts = Attempts(2, 60, lambda: now[0])
    attempts.note("a")
    now[0] = 10
    attempts.note("a")
    assert (attempts.wait("a"), attempts.wait("b")) == (50, 0)
    now[0] = 60
    assert attempts.wait("a") == 0
    attempts.note("a")
    assert attempts.wait("a") == 10


def test_one_household_has_one_count_and_one_infraction_too() -> None:
    limits = AppealLimits(lambda: 0.0)
    for number in range(10):
        limits.note_wrong(f"2001:db8::{number}", f"{number:024x}")
    assert limits.wait("2001:db8::ffff", "a" * 24)
    assert not limits.wait("2001:db8:0:1::1", "a" * 24)
    for number in range(30):
        limits.note_wrong(f"192.0.2.{number}", "b" * 24)
    assert limits.wait("198.51.100.1", "b" * 24)
    assert not limits.wait("198.51.100.1", "c" * 24)


def test_who_mistypes_an_infraction_does_not_wait_for_others_who_did() -> None:
    limits = AppealLimits(lambda: 0.0)
    for number in range(30):
        limits.note_wrong(f"192.0.2.{number}", "")
    assert not limits.wait("198.51.100.1", "")
