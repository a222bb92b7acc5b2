"""What of a text is compared when it is searched."""

import sys
import unicodedata

import pytest

from banstream_infractions.read_models.grams import folded, grams, searched

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        pytest.param("ad\u200bMin", "admin", id="zero width"),
        pytest.param("abc\u202egnp.exe", "abcgnp.exe", id="direction"),
        pytest.param("so\u00adft", "soft", id="soft hyphen"),
        pytest.param("a\u3164\uffa0\u2800b", "ab", id="fillers"),
        pytest.param("e\u200b\u0301", "é", id="between a letter and its accent"),
        pytest.param("I \u2764\ufe0f you", "i \u2764 you", id="variant of an emoji"),
        pytest.param(FAMILY, "\U0001f468\U0001f469\U0001f467", id="joined emoji"),
        pytest.param("a \u200b b", "a b", id="between blanks"),
        pytest.param("Plain  Name", "plain name", id="plain"),
        pytest.param("\u200b\u2060\ufeff", "", id="nothing else"),
    ],
)
def test_what_shows_nothing_plays_no_part(written: str, seen: str) -> None:
    assert folded(written) == seen


def test_no_format_character_and_none_of_private_use_is_kept() -> None:
    every = map(chr, range(sys.maxunicode + 1))
    unseen = [each for each in every if unicodedata.category(each) in {"Cf", "Co"}]
    assert [each for each in unseen if folded(f"a{each}b") != "ab"] == []


def test_nothing_is_looked_for_by_nothing() -> None:
    for text in ("", "ab"):
        assert (grams(text), searched(text)) == ({}, [])
