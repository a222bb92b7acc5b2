"""Text: what may travel."""

import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from banstream_contracts import text
from banstream_contracts.text import blank_control_characters, control_character


def test_exactly_controls_separators_and_surrogates_are_forbidden() -> None:
    forbidden = {character for character in map(chr, range(sys.maxunicode + 1)) if control_character(character)}
    categories = {"Cc", "Cs", "Zl", "Zp"}
    assert forbidden == {
        chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in categories
    }


def test_the_first_forbidden_character_is_named() -> None:
    assert control_character("ab\x1bc\n") == "\x1b"
    assert control_character("Zoë 🙂 \u202e") is None


@given(st.text(st.characters()))
def test_blanking_keeps_the_length_and_everything_else(written: str) -> None:
    blanked = blank_control_characters(written)
    assert len(blanked) == len(written)
    assert control_character(blanked) is None
    assert all(new == old or (new == " " and control_character(old)) for old, new in zip(written, blanked, strict=True))
    blanked.encode()


@pytest.mark.parametrize(
    ("kind", "longest"),
    [(text.Name, 128), (text.Reason, 1024), (text.Note, 4096), (text.Evidence, 10_000), (text.ActorId, 64)],
)
def test_text_is_bounded_and_clean(kind: Any, longest: int) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(kind)
    assert adapter.validate_python("ü" * longest) == "ü" * longest
    for refused in ("a" * (longest + 1), "a" * 10_000_000, "a\nb", "a\0", "\u2028", "a\ud800", 1, None):
        with pytest.raises(ValidationError):
            adapter.validate_python(refused)


@pytest.mark.parametrize("kind", [text.Name, text.Reason, text.ActorId])
def test_what_is_shown_is_not_empty(kind: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python("")


@pytest.mark.parametrize(
    ("kind", "right"),
    [(text.Category, "lag_machine"), (text.ShortId, "0123456789abcdef" + "0" * 8), (text.KeyHash, "ab" * 32)],
)
def test_a_pattern_takes_the_whole_text(kind: Any, right: str) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(kind)
    assert adapter.validate_python(right) == right
    for refused in (f"{right}\n", f" {right}", f"{right}.", right.upper(), "", "٣" * len(right)):
        with pytest.raises(ValidationError):
            adapter.validate_python(refused)
