"""What shows nothing is no part of a text, and what shapes its neighbours is part only of what is shown."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banstream_privacy.visible import clean, shaped, visible

EVERY = [chr(code) for code in range(sys.maxunicode + 1)]
SHAPES = {"\u180b", "\u180c", "\u180d", "\u180f", "\u200c", "\u200d"} | {
    chr(code) for first, last in ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF)) for code in range(first, last + 1)
}
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
BAR = "\u0336"
PARTS = ("a", "Z", "é", BAR, "\u0301", "\u20e3", "\u200b", "\u200d", "\ufe0f", "\u034f", "\u202e", "日", FAMILY, " ")


def test_no_format_character_no_half_of_one_and_none_of_private_use_is_visible() -> None:
    unseen = [each for each in EVERY if unicodedata.category(each) in {"Cf", "Co", "Cs"}]
    assert [each for each in unseen if visible(f"a{each}b") != "ab"] == []


def test_no_letter_number_mark_or_sign_but_the_fillers_is_taken_for_nothing() -> None:
    taken = {each for each in EVERY if visible(f"a{each}b") == "ab" and unicodedata.category(each)[0] != "C"}
    assert taken - SHAPES == set("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def test_only_joiners_and_variants_are_shown_and_not_compared() -> None:
    assert {each for each in EVERY if shaped(f"a{each}b") != visible(f"a{each}b")} == SHAPES


def test_every_accent_is_seen_three_times_at_most() -> None:
    accents = [each for each in EVERY if unicodedata.category(each) in {"Mn", "Me"} and visible(f"a{each}") != "a"]
    assert [each for each in accents if visible(f"a{each * 9}b{each * 3}") != f"a{each * 3}b{each * 3}"] == []


@pytest.mark.parametrize("between", ["\u200b", "\u202e", "\u034f", "\u200d", "\ufe0f", "\U000e0100"], ids=ascii)
def test_nothing_between_accents_lets_them_pile_up(between: str) -> None:
    pile = f"Z{f'{BAR}{BAR}{between}' * 50}"
    assert visible(pile) == f"Z{BAR * 3}"
    assert shaped(pile).count(BAR) == clean(pile).count(BAR) == 3


def test_variants_are_no_accents() -> None:
    assert shaped("e\ufe0f\ufe0f\ufe0f\u0301") == "e\ufe0f\ufe0f\ufe0f\u0301"


def test_a_family_stays_together_where_it_is_shown() -> None:
    assert shaped(f"{FAMILY}\u200b \u2764\ufe0f") == f"{FAMILY} \u2764\ufe0f"
    assert visible(f"{FAMILY}\u200b \u2764\ufe0f") == "\U0001f468\U0001f469\U0001f467 \u2764"


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join) | st.text(max_size=60))
def test_what_is_visible_stays_visible(text: str) -> None:
    assert visible(visible(text)) == visible(text) == visible(shaped(text))
    assert shaped(shaped(text)) == shaped(text)


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join) | st.text(max_size=300))
def test_clean_text_turns_and_hides_nothing(text: str) -> None:
    cleaned = clean(text)
    assert not set(cleaned) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u0000\r\n\t\x1b")
    assert clean(cleaned) == cleaned
    assert "  " not in cleaned


@pytest.mark.parametrize(
    "text",
    ["", " \t\n", "\u200b\u202e\u3164", "\ufe0f", "\u200d\u200c", " \U000e0100 ", "\u200b\ufe0f\u2028"],
    ids=ascii,
)
def test_of_what_is_not_seen_nothing_is_left(text: str) -> None:
    assert clean(text) == ""


def test_blanks_and_control_characters_are_one_blank() -> None:
    assert clean("\u00a0a \r\n\u2003b\x00\u200b c\t") == "a b c"
