"""The spellings of a policy's keys."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banstream_contracts.policies import Policy
from banstream_contracts.policy_keys import SPELLINGS, STORAGE_KEYS, THRESHOLD_SPELLINGS, WrongKeys, canonical

TOP = {spelling: place for place, each in SPELLINGS.items() for spelling in each}
INSIDE = {spelling: place for place, each in THRESHOLD_SPELLINGS.items() for spelling in each}
DOCUMENTED = {
    *("name", "servers", "weights", "reasons", "shadow", "warnAt", "kickAt", "banAt"),
    *("autoKick", "auto_kick", "autoBan", "auto_ban", "banDuration", "ban_duration", "ban_duration_seconds"),
    *("banScope", "ban_scope", "resetAfter", "reset_after_seconds", "coalesceSeconds", "coalesce_seconds"),
    "severities",
}
KEYS = st.sampled_from(sorted(TOP)) | st.sampled_from(sorted(STORAGE_KEYS | set(INSIDE))) | st.text(max_size=20)
BODIES = st.dictionaries(KEYS, st.integers(), max_size=8)
TABLES = st.dictionaries(st.sampled_from(sorted(INSIDE)) | KEYS, st.integers(), max_size=6)


def test_the_union_is_what_is_documented() -> None:
    assert set(TOP) == DOCUMENTED
    assert set(INSIDE) == {"warn", "warnAt", "kick", "kickAt", "ban", "banAt"}


def test_every_field_of_a_policy_has_a_spelling_and_nothing_else_has() -> None:
    assert {place.partition(".")[0] for place in SPELLINGS} == set(Policy.model_fields)


@given(BODIES, st.none() | TABLES)
def test_exactly_the_union_is_accepted_and_each_thing_once(
    body: dict[str, int], thresholds: Mapping[str, int] | None
) -> None:
    content: dict[str, object] = dict(body)
    content.pop("thresholds", None)
    places = [TOP.get(key) for key in content]
    if thresholds is not None:
        content["thresholds"] = thresholds
        places += [INSIDE.get(key) for key in thresholds]
    is_good = None not in places and len(places) == len(set(places))
    if not is_good:
        with pytest.raises(WrongKeys) as refused:
            canonical(content)
        assert refused.value.faults
        return
    found = canonical(content)
    assert set(found) <= set(Policy.model_fields)
    table = found.pop("thresholds", {})
    assert isinstance(table, dict)
    flat = {**found, **{f"thresholds.{name}": value for name, value in table.items()}}
    values = [*(value for key, value in content.items() if key != "thresholds"), *(thresholds or {}).values()]
    assert flat == dict(zip(places, values, strict=True))


@given(BODIES)
def test_what_is_ignored_changes_nothing(body: dict[str, int]) -> None:
    kept = {key: value for key, value in body.items() if key not in STORAGE_KEYS and key in TOP}
    try:
        expected = canonical(kept)
    except WrongKeys:
        return
    stored = dict.fromkeys(STORAGE_KEYS, "x")
    assert canonical({**kept, **stored}, ignoring=STORAGE_KEYS) == expected
    with pytest.raises(WrongKeys):
        canonical({**kept, **stored})


@given(st.dictionaries(st.sampled_from(sorted(SPELLINGS.keys() - THRESHOLD_SPELLINGS.keys())), st.integers()))
def test_what_is_canonical_stays(body: dict[str, int]) -> None:
    assert canonical(body) == body
    assert canonical(canonical({"warnAt": 1, **body})) == canonical({"warnAt": 1, **body})


@given(st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda x: st.lists(x) | st.dictionaries(KEYS, x)))
def test_any_value_of_thresholds_is_read_or_refused(value: object) -> None:
    try:
        found = canonical({"thresholds": value, "weights": value})
    except WrongKeys:
        return
    assert set(found) <= {"thresholds", "weights"}
