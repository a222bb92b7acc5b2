"""Values are read as laxly as pydantic 1 does, and never otherwise than whole, clean and bounded."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from banstream_contracts.text import Reason
from banstream_gateway.gflbans.bodies import Fields
from banstream_gateway.gflbans.errors import Rejected
from banstream_gateway.gflbans.players import simple

WHOLE: list[tuple[object, int | None]] = [
    (60, 60),
    ("60", 60),
    (" 60 ", 60),
    (60.7, 60),
    (True, 1),
    (None, None),
    (2**31, 2**31),
]
NOT_WHOLE = [0, -1, "", "60.7", "x", float("nan"), float("inf"), [], {}, 2**63, "9" * 40]
TRUE = [True, 1, 1.0, "1", "true", "TRUE", "True", "on", "YES", "t", "y"]
FALSE = [False, 0, 0.0, -0.0, "0", "false", "FALSE", "off", "No", "f", "n"]
NEITHER = [2, -1, "", "2", "maybe", 0.5, 1.5, 2.0, float("nan"), float("inf"), [], {}]


@pytest.mark.parametrize(("value", "number"), WHOLE, ids=[repr(value) for value, _ in WHOLE])
def test_a_number_may_be_text_or_have_a_fraction(value: object, number: int | None) -> None:
    assert Fields({"n": value}).whole("n") == number


@pytest.mark.parametrize("value", NOT_WHOLE, ids=range(len(NOT_WHOLE)))
def test_what_is_no_number_is_rejected(value: object) -> None:
    with pytest.raises(Rejected, match=r"^n: "):
        Fields({"n": value}).whole("n")


def test_true_and_false_have_many_words() -> None:
    assert all(Fields({"b": value}).truth("b", default=False) for value in TRUE)
    assert not any(Fields({"b": value}).truth("b", default=True) for value in FALSE)
    assert Fields({"b": None}).truth("b", default=True)


@pytest.mark.parametrize("value", NEITHER, ids=range(len(NEITHER)))
def test_what_is_neither_is_rejected(value: object) -> None:
    with pytest.raises(Rejected):
        Fields({"b": value}).truth("b", default=True)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=10,
)


@given(json_values)
def test_every_value_is_read_or_rejected(value: Any) -> None:
    fields = Fields({"field": value})
    readers: list[Callable[[], object]] = [
        lambda: fields.shown("field"),
        lambda: fields.whole("field"),
        lambda: fields.truth("field", default=True),
        lambda: fields.nested("field"),
        lambda: list(fields.objects("field") or ()),
    ]
    for read in readers:
        try:
            found = read()
        except Rejected:
            continue
        if isinstance(found, str):
            TypeAdapter(Reason).validate_python(found)


@given(json_values, json_values, json_values)
def test_every_player_is_somebody_or_rejected(service: Any, player_id: Any, ip: Any) -> None:
    try:
        target = simple(Fields({"gs_service": service, "gs_id": player_id, "ip": ip}))
    except Rejected:
        return
    assert target.player is not None or target.ip
