"""What spares most texts the search for what identifies must not spare one that holds it."""

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
