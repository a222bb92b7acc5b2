"""Who is told what is wrong hears every fault, and none that follows from another."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, ValidationError

from banstream_contracts.faults import faults_of
from banstream_contracts.networks import NetworkMark

MARK = {"network": "AS64496", "kind": "vpn"}
WRONG = {"network": "nonsense", "kind": "vpn"}


class Marks(BaseModel):
    """A list that is not empty, and something beside it."""

    marks: Annotated[tuple[NetworkMark, ...], Field(min_length=1, max_length=2)]
    note: str = ""


class Strict(Marks, extra="forbid"):
    """The same, and nothing else."""


class Several(BaseModel):
    """Lists inside of lists."""

    lists: Annotated[tuple[Marks, ...], Field(min_length=2)]


def faults(model: type[BaseModel], given: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as error:
        model.model_validate(given)
    return [(".".join(map(str, each["loc"])), each["type"]) for each in faults_of(error.value)]


@pytest.mark.parametrize(
    ("marks", "told"),
    [
        ([], [("marks", "too_short")]),
        ([WRONG], [("marks.0.network", "value_error")]),
        (["x", WRONG], [("marks.0", "model_type"), ("marks.1.network", "value_error")]),
        ([MARK, WRONG], [("marks.1.network", "value_error")]),
        ([MARK] * 3, [("marks", "too_long")]),
    ],
    ids=["none", "one that is wrong", "all wrong", "one of two wrong", "too many"],
)
def test_a_list_has_too_few_only_where_nothing_in_it_is_wrong(marks: Any, told: list[tuple[str, str]]) -> None:
    assert faults(Marks, {"marks": marks}) == told
    assert faults(Marks, {"marks": marks, "note": 1}) == [*told, ("note", "string_type")]


def test_a_list_that_is_empty_is_told_beside_another_that_is_wrong() -> None:
    told = faults(Several, {"lists": [{"marks": []}, {"marks": [WRONG]}]})
    assert told == [("lists.0.marks", "too_short"), ("lists.1.marks.0.network", "value_error")]


@pytest.mark.parametrize(
    "given",
    [{"marks": ["x"] * 500_000}, {"marks": [MARK], **dict.fromkeys(map(str, range(100_000)))}],
    ids=["entries", "fields"],
)
def test_of_thousands_of_faults_none_is_told_by_itself(given: Any) -> None:
    assert faults(Strict, given) == [("", "value_error")]


def test_no_fault_repeats_what_was_given() -> None:
    with pytest.raises(ValidationError) as error:
        Marks.model_validate({"marks": [{"network": "secret", "kind": "secret"}]})
    assert "secret" not in str(faults_of(error.value))
