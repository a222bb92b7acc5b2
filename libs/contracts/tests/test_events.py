"""Events: what the log keeps, and what leaves it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from libs.contracts.tests.walked import of_kind

from banstream_contracts.commands.infractions import InfractionChanges
from banstream_contracts.documents.catalogue import Kind, Message
from banstream_contracts.events.event import stored
from banstream_contracts.events.infractions import InfractionAmended
from banstream_contracts.examples.every_message import EXAMPLES
from banstream_contracts.public_events import EVENT_MODELS, PUBLIC_EVENT, published

STORED = of_kind(Kind.STORED)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def paths(values: Any, prefix: str = "") -> set[str]:
    if not isinstance(values, dict):
        return set()
    return {f"{prefix}{name}" for name in values} | {
        path for name, value in values.items() for path in paths(value, f"{prefix}{name}.")
    }


def amended(**changes: Any) -> dict[str, Any]:
    example: Any = EXAMPLES[InfractionAmended]
    return stored(example.model_copy(update={"changes": InfractionChanges(**changes)}))


@pytest.mark.parametrize("message", STORED, ids=lambda message: message.name)
def test_a_stored_event_reads_back_and_is_published_without_exactly_what_is_private(message: Message) -> None:
    values, example = message.example_json, message.example
    before = json.dumps(values)
    assert message.read(before.encode()) == example
    private: frozenset[str] = getattr(message.model, "private")  # noqa: B009 - the model is known as a BaseModel only
    kept = paths(values)
    assert private <= kept, "the example sets every private field"
    below = {path for path in kept for hidden in private if path.startswith(f"{hidden}.")}
    public = published(values)
    assert paths(public) == kept - private - below
    assert json.dumps(values) == before, "publishing leaves the stored event as it was"
    event = PUBLIC_EVENT.validate_python(public)
    assert isinstance(event, message.model)
    assert (event.stream, event.token) == (example.stream, example.token)  # type: ignore[attr-defined]


def test_an_amended_note_is_not_published_but_everything_else_is() -> None:
    public = published(amended(note="a secret", reason="new"))
    assert public["changes"] == {"reason": "new"}
    assert published(amended(note=None))["changes"] == {}


def test_an_amendment_keeps_nulls_that_were_set_and_nothing_that_was_not() -> None:
    assert amended(duration_seconds=None)["changes"] == {"duration_seconds": None}
    assert amended(reason="new")["changes"] == {"reason": "new"}


def test_an_event_type_of_a_later_release_is_published_as_it_is() -> None:
    values = {"type": "infraction.appealed", "reason": "sorry"}
    assert published(values) == values


@given(st.sampled_from(STORED), JSON_VALUES, JSON_VALUES)
def test_no_shape_of_a_stored_event_stops_its_publication(message: Message, field: Any, kind: Any) -> None:
    values = {**message.example_json, "changes": field}
    assert "note" not in published(values)
    published({"type": kind, "changes": field})


def test_every_private_field_exists() -> None:
    for model in EVENT_MODELS:
        fields = {*model.model_fields} | {f"changes.{name}" for name in InfractionChanges.model_fields}
        assert model.private <= fields
