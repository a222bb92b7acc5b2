"""Pages of a later release: one thing that cannot be read is named, and takes no other one with it."""

import json
from copy import deepcopy
from typing import Any

import pytest
from pydantic import ValidationError

from banstream_contracts.examples.log_sources import EXAMPLES
from banstream_contracts.queries.log_sources import FindingPage

KEY = "0" * 32


def page_with(**changes: Any) -> dict[str, Any]:
    """One finding that this release knows, and one that it does not."""
    (example,) = (each for each in EXAMPLES if isinstance(each, FindingPage))
    page: dict[str, Any] = json.loads(example.model_dump_json())
    (known,) = page["items"]
    return {"items": [known, {**deepcopy(known), "key": KEY, **changes}], "next": None}


def test_a_finding_of_a_later_release_is_named_and_the_others_are_read() -> None:
    page = page_with(status="forwarded")
    read = FindingPage.model_validate({**page, "unreadable": ["1" * 32]})
    assert [each.key for each in read.items] == [page["items"][0]["key"]]
    assert read.unreadable == ("1" * 32, KEY)
    assert FindingPage.model_validate_json(json.dumps(page)).unreadable == (KEY,)


def test_a_finding_that_nothing_names_fails_the_page() -> None:
    with pytest.raises(ValidationError, match=r"items\.1\.key"):
        FindingPage.model_validate(page_with(key=None))
