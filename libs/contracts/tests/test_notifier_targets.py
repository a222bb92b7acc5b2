"""What may be asked of a target: filters that name each thing once, and ids of Discord and nothing more."""

import pytest
from pydantic import ValidationError

from banstream_contracts.notifier_targets import TargetDisplay, TargetFilters

NAMED = [
    ("events", "infraction.*"),
    ("severities", "high"),
    ("servers", "01948a00000000000000beef"),
    ("scopes", "global"),
]


@pytest.mark.parametrize(("field", "named"), NAMED, ids=[field for field, _ in NAMED])
def test_filters_name_each_thing_once(field: str, named: str) -> None:
    assert getattr(TargetFilters.model_validate({field: [named]}), field) == (named,)
    with pytest.raises(ValidationError, match=f"{field} names something twice"):
        TargetFilters.model_validate({field: [named, named]})


@pytest.mark.parametrize(
    "thread", ["1" * 14, "1" * 21, f"{'1' * 18}&wait=false", f"x{'1' * 18}", f"{'1' * 18}\n"], ids=repr
)
def test_a_thread_is_an_id_of_discord_and_nothing_more(thread: str) -> None:
    assert TargetDisplay(thread_id="1" * 18).thread_id == "1" * 18
    with pytest.raises(ValidationError):
        TargetDisplay(thread_id=thread)
