"""Where a page goes on."""

import pytest

from banstream_decider.paging import before


@pytest.mark.parametrize(
    "cursor", [None, "", "x7", "-7", "7_0"], ids=["none", "empty", "letters", "below zero", "joined"]
)
def test_a_cursor_that_is_no_number_begins_at_the_beginning(cursor: str | None) -> None:
    assert before("place", cursor) == []


def test_a_page_goes_on_below_its_cursor() -> None:
    assert before("place", "7") == [("place < ?", 7)]


def test_a_cursor_is_never_more_than_a_column_holds() -> None:
    assert before("place", "9" * 64) == [("place < ?", 2**63 - 1)]
    assert before("version", "9" * 64, 2**31 - 1) == [("version < ?", 2**31 - 1)]
