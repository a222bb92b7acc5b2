import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from banstream_contracts.policies import Policy, Thresholds
from banstream_contracts.policy_keys import (
    MOST_FAULTS,
    SPELLINGS,
    STORAGE_KEYS,
    THRESHOLD_SPELLINGS,
    WrongKeys,
    canonical,
    read_policy,
)


def faults(content: dict[str, object]) -> dict[str, str]:
    with pytest.raises(WrongKeys) as refused:
        canonical(content)
    return {fault.key: fault.message for fault in refused.value.faults}


def test_the_words_of_the_documentation_and_of_the_code_mean_the_same() -> None:
    documented = {"thresholds": {"warn": 2, "kick": 3, "ban": 5}, "autoBan": False, "banDuration": 60}
    written = {"warnAt": 2, "kickAt": 3, "banAt": 5, "auto_ban": False, "ban_duration": 60}
    inside = {"thresholds": {"warnAt": 2, "kickAt": 3, "banAt": 5}, "autoBan": False, "ban_duration_seconds": 60}
    expected = Policy(thresholds=Thresholds(warn=2, kick=3, ban=5), auto_ban=False, ban_duration_seconds=60)
    assert read_policy(documented) == read_policy(written) == read_policy(inside) == expected


def test_what_is_not_said_has_its_default() -> None:
    assert read_policy({}) == Policy()
    assert read_policy({"banAt": 4}).thresholds == Thresholds(warn=3, kick=5, ban=4)


def test_an_unknown_key_is_named_with_what_may_have_been_meant() -> None:
    assert faults({"treshold": {}}) == {"treshold": "is not known; did you mean thresholds?"}
    assert faults({"thresholds": {"bann": 1}}) == {"thresholds.bann": "is not known; did you mean thresholds.ban?"}
    assert faults({"zzz": 1, "dataStoreName": "x"}) == {"zzz": "is not known", "dataStoreName": "is not known"}


def test_saying_something_twice_is_refused() -> None:
    assert faults({"thresholds": {"warn": 1}, "warnAt": 2}) == {"warnAt": "says the same as thresholds.warn"}
    assert faults({"autoBan": True, "auto_ban": True}) == {"auto_ban": "says the same as autoBan"}


def test_how_a_game_keeps_its_counts_can_be_ignored() -> None:
    content: dict[str, object] = {**dict.fromkeys(STORAGE_KEYS, 1), "banAt": 4}
    assert canonical(content, ignoring=STORAGE_KEYS) == {"thresholds": {"ban": 4}}


def test_empty_tables_of_luau_are_tables() -> None:
    assert read_policy({"thresholds": [], "weights": []}) == Policy()


def test_values_are_checked_after_the_keys() -> None:
    with pytest.raises(ValidationError):
        read_policy({"banAt": 0})
    with pytest.raises(ValidationError):
        read_policy({"thresholds": 5})


@pytest.mark.parametrize("weight", [True, "2", 2.0, -1, 1001], ids=repr)
def test_a_weight_is_a_whole_number_within_bounds(weight: object) -> None:
    with pytest.raises(ValueError, match=r"weights\.clip"):
        read_policy({"weights": {"clip": weight}})


@pytest.mark.parametrize(
    ("field", "named"), [("servers", "01948a00000000000000beef"), ("reasons", "clip_x")], ids=["servers", "reasons"]
)
def test_a_policy_names_each_server_and_each_reason_once(field: str, named: str) -> None:
    assert getattr(read_policy({field: [named]}), field) == (named,)
    with pytest.raises(ValueError, match=f"{field} names something twice"):
        read_policy({field: [named, named]})


def test_faults_are_bounded() -> None:
    assert len(faults({f"x{number}" * 100: number for number in range(100)})) == MOST_FAULTS


def test_every_field_of_a_policy_can_be_said() -> None:
    places = {*SPELLINGS, *THRESHOLD_SPELLINGS}
    assert {place.partition(".")[0] for place in places} == set(Policy.model_fields)
    assert {place.partition(".")[2] for place in THRESHOLD_SPELLINGS} == set(Thresholds.model_fields)


@given(st.dictionaries(st.text(max_size=20), st.none() | st.integers() | st.dictionaries(st.text(), st.integers())))
def test_anything_is_taken_or_refused(content: dict[str, object]) -> None:
    try:
        read_policy(content)
    except ValueError:
        return
