"""Moments and durations that operators write."""

from datetime import UTC, datetime

import pytest
from cli.tests.conftest import Run

from banstream_cli.times import parse_moment


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+09:00"], ids=["last", "first"])
def test_a_moment_outside_of_all_time_is_no_time(moment: str) -> None:
    with pytest.raises(ValueError, match="is no time"):
        parse_moment(moment, datetime.now(UTC))


async def test_a_token_that_outlives_all_time_is_wrong_use(run: Run) -> None:
    outcome = await run("tokens", "create", "x", "--scope", "admin", "--bootstrap", "--expires-in", "999999999w")
    assert (outcome.code, outcome.out) == (2, "")
    assert "after all time" in outcome.complaint
