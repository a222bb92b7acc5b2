import pytest
from hypothesis import given
from hypothesis import strategies as st

from banstream_privacy.appeal_codes import appeal_code, appeal_key, is_appeal_code

KEY = appeal_key(bytes(range(32)))
INFRACTION, OTHER = "01948f6e79f0a1b2c3d4e5f6", "01948f6e79f0a1b2c3d4e5f7"
CODE = appeal_code(KEY, INFRACTION)


def test_a_code_never_changes() -> None:
    """Players may have written it down before an update."""
    assert CODE == "CJ6NK-B7ZCB"


@given(st.text("0123456789abcdef", min_size=24, max_size=24), st.integers(0, 1000))
def test_a_code_is_the_one_of_its_infraction_and_renewal(infraction_id: str, renewals: int) -> None:
    code = appeal_code(KEY, infraction_id, renewals)
    assert is_appeal_code(KEY, infraction_id, renewals, code)
    assert not is_appeal_code(KEY, infraction_id, renewals + 1, code)
    assert not is_appeal_code(KEY, infraction_id[::-1] + "0", renewals, code)
    assert not is_appeal_code(appeal_key(bytes(32)), infraction_id, renewals, code)
    assert len(code) == 11
    assert not set(code) & set("ILOU")


@given(st.data())
def test_a_code_is_read_as_people_type_it(data: st.DataObject) -> None:
    typed = "".join(
        data.draw(st.sampled_from([character, character.lower(), f"{character}-", f" {character}"]))
        for character in CODE.replace("0", "o").replace("1", "l")
    )
    assert is_appeal_code(KEY, INFRACTION, 0, typed)


@pytest.mark.parametrize("typed", ["", "-", CODE[:-1], f"{CODE}0", CODE[::-1], "ß" * 10, "\ud800" * 10, "0" * 4000])
def test_whatever_else_is_typed_is_wrong(typed: str) -> None:
    assert not is_appeal_code(KEY, INFRACTION, 0, typed)


def test_every_character_of_a_code_counts() -> None:
    plain = CODE.replace("-", "")
    for place, character in enumerate(plain):
        other = "2" if character != "2" else "3"
        assert not is_appeal_code(KEY, INFRACTION, 0, plain[:place] + other + plain[place + 1 :])
