"""What spares most texts the search for what identifies must not spare one that holds it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banstream_privacy import masking
from banstream_privacy.masking import MASK, masked

PARTS = (
    *("pos ", "POS:", "Coordinates ", "posición ", "local ", "localização", "grid ", "坐标", "x ", "y:", "z="),
    *("1", "12", "123", "4567", "1234567", "1.5", ",", "; ", "|", "(", "]", " ", "-", "+", "@", "a.b", "::", "fe80"),
    *("steam_0:1:5", "[u:1:55]", "\u017f", "İ", "٣", "٣٤٥٦٧٨٩", "deadbeefdeadbee1", "=", "_", "name", "1.2.3.4"),
)


@given(st.lists(st.sampled_from(PARTS), max_size=9).map("".join))
def test_a_text_is_masked_as_if_nothing_were_spared(text: str) -> None:
    whole = masking._PLACES.sub(MASK, masking._IDENTIFYING.sub(MASK, text))  # noqa: SLF001 - the very patterns
    assert masked(text) == whole


TOLD = [
    *("203.0.113.7", "203.0.113.7:2302", "2001:db8::7", "ann@example.net", "76561198000000001"),
    *("4117.1, 10504.5", "4117, 10504.5", "4117.1 10504", "4117 10504", "4117,10504", "41,105,238"),
    *("4117.1, 238.1, 10504.5", "4117.1 6 10504.5", "4117 -1.5 10504", "x 4117 y 10504", "pos 4117 10504"),
]


@pytest.mark.parametrize("end", ["", ".", "...", "!", ", it says."])
@pytest.mark.parametrize("told", TOLD)
def test_the_end_of_a_sentence_shows_nothing(told: str, end: str) -> None:
    assert masked(f"Was seen at {told}{end}") == f"Was seen at {MASK}{end}"
    assert masked(f"…{told}{end}") == f"…{MASK}{end}"
    assert told not in masked(f"...{told}{end}")


@pytest.mark.parametrize("text", ["1.2.3.4.5", "v1.4117 10504.5.1", "1.16.5", "2.5 of 10", "10504.5.1 4117"])
def test_versions_and_counts_are_shown(text: str) -> None:
    assert masked(text) == text


LONGEST = 10_000
BLANKS = " " * 800
ART = {
    "word": f"pos{BLANKS}q 1 2",
    "other-word": f"坐标{BLANKS}q 1 2",
    "letters": f"x 1{BLANKS}y{BLANKS}q 1",
    "bracket": f"({BLANKS}1{BLANKS}2 q",
    "bar": f"1{BLANKS}|{BLANKS}q 1",
    "syllables": "po" * (LONGEST // 2),
    "words": "pos " * (LONGEST // 4),
    "many-letters": "x 1 " * (LONGEST // 4),
    "many-bars": "1 | " * (LONGEST // 4),
    "many-brackets": "<1, " * (LONGEST // 4),
    "mail": "a.b@" * (LONGEST // 4),
    "addresses": "fe80:" * (LONGEST // 5),
}


@pytest.mark.parametrize("text", ART.values(), ids=ART)
def test_the_longest_text_of_art_is_masked_without_trouble(text: str) -> None:
    """Whoever writes evidence makes nobody wait who reads it."""
    begun = time.process_time()
    masked(text)
    assert time.process_time() - begun < 2
