"""Whatever arrives is a message or a validation error: nothing else, and soon."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from libs.contracts.tests.walked import every_message
from pydantic import ValidationError

from banstream_contracts.abuse import DETAILS_LIMIT_BYTES, Incident
from banstream_contracts.commands.infractions import IssueInfraction
from banstream_contracts.documents.catalogue import Kind, Message
from banstream_contracts.examples.every_message import EXAMPLES
from banstream_contracts.infraction_messages import COMMAND, EVENT
from banstream_contracts.infractions import MAX_DURATION_SECONDS

MESSAGES = every_message()
INCIDENT = {
    "incident_id": "7d0c1f0e-5b1d-5a3c-9f57-2e1f0a9b8c7d",
    "reported_id": "1",
    "player": {"service": "roblox", "id": "1"},
    "reason": "clip",
    "occurred_at": "2026-01-01T00:00:00Z",
}
HUGE = "x" * 10_000_000
ISSUE = EXAMPLES[IssueInfraction].model_dump(mode="json")
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def issue(**changes: object) -> bytes:
    return json.dumps({**ISSUE, **changes}).encode()


def test_the_longest_duration_is_taken() -> None:
    command = COMMAND.validate_json(issue(duration_seconds=MAX_DURATION_SECONDS))
    assert isinstance(command, IssueInfraction)
    assert command.duration_seconds == MAX_DURATION_SECONDS


@pytest.mark.parametrize(
    "duration", [0, -1, MAX_DURATION_SECONDS + 1, 10**30, 60.0, 1e300, float("nan"), float("inf"), "60", True, [], {}]
)
def test_a_duration_is_a_whole_number_within_bounds(duration: object) -> None:
    with pytest.raises(ValidationError):
        COMMAND.validate_json(issue(duration_seconds=duration))


@pytest.mark.parametrize(
    "moment",
    [
        "2025-01-22T20:15:30",
        "2025-01-22",
        "",
        "now",
        "10000-01-01T00:00:00Z",
        "2025-13-01T00:00:00Z",
        float("nan"),
        1e300,
        None,
    ],
)
def test_a_time_has_a_zone(moment: object) -> None:
    with pytest.raises(ValidationError):
        COMMAND.validate_json(issue(issued_at=moment))


@pytest.mark.parametrize("kind", ["", "issue", "Issue_Infraction", "infraction.issued", None, 1, [], {}, HUGE])
def test_an_unknown_type_is_refused(kind: object) -> None:
    for adapter in (COMMAND, EVENT):
        with pytest.raises(ValidationError):
            adapter.validate_json(issue(type=kind))


def test_fields_of_a_later_release_are_ignored() -> None:
    assert (
        COMMAND.validate_json(issue(colour="green", actor={**ISSUE["actor"], "shoe_size": 43}))
        == EXAMPLES[IssueInfraction]
    )


@pytest.mark.parametrize("field", sorted(name for name, value in ISSUE.items() if isinstance(value, str)))
def test_ten_megabytes_are_refused_in_every_field(field: str) -> None:
    with pytest.raises(ValidationError):
        COMMAND.validate_json(issue(**{field: HUGE}))


@pytest.mark.parametrize("field", ["reason", "note", "evidence", "player_name"])
@pytest.mark.parametrize("text", ["say hi\nquit", "\x1b[2J", "a\u2028b", "\0", "\x9b"])
def test_control_characters_are_refused_in_every_text(field: str, text: str) -> None:
    with pytest.raises(ValidationError):
        COMMAND.validate_json(issue(**{field: text}))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b"1",
        b'"issue_infraction"',
        b"{",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b'{"type":"\xff"}',
        b'{"type":"\\ud800"}',
        b"[" * 100_000,
        b'{"type":"issue_infraction","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"type":"issue_infraction","duration_seconds":' + b"9" * 100_000 + b"}",
    ],
    ids=range(13),
)
def test_what_is_no_message_is_a_validation_error(payload: bytes) -> None:
    for message in MESSAGES:
        if message.kind in {Kind.COMMAND, Kind.EVENT, Kind.STORED}:
            with pytest.raises(ValidationError):
                message.read(payload)


@given(st.sampled_from([message for message in MESSAGES if isinstance(message.example_json, dict)]), st.data())
def test_any_value_in_any_field_is_taken_or_refused(message: Message, data: st.DataObject) -> None:
    values: dict[str, Any] = dict(message.example_json)
    field = data.draw(st.sampled_from([*values, "unknown"]))
    values[field] = data.draw(JSON_VALUES)
    try:
        read = message.read(json.dumps(values).encode())
    except ValidationError:
        return
    written = json.dumps(message.write(read), allow_nan=False)
    assert message.write(message.read(written.encode())) == json.loads(written)


@pytest.mark.parametrize(
    "details",
    [
        {"x": "a\x7fb"},
        {"x": "a\x9fb"},
        {"a\u2028b": 1},
        {"x": ["\ud800"]},
        {"x": "a\nb"},
        {"x": float("nan")},
        {"x": float("-inf")},
        {"x": "y" * DETAILS_LIMIT_BYTES},
        {"x": [[[[[[[[[]]]]]]]]]},
    ],
    ids=["delete", "c1", "line-in-name", "surrogate", "line-feed", "nan", "infinite", "long", "deep"],
)
def test_details_that_may_not_travel_are_refused(details: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Incident(**{**INCIDENT, "details": details})


@pytest.mark.parametrize(
    "details",
    [
        {},
        {"x": 'a"b\\'},
        {"x": "é NaN"},
        {"x": [[[[[[[[]]]]]]]]},
        {"Infinity": None, "many": [[], [], {}, {}, {}, {}, {}, {}]},
    ],
    ids=["empty", "escaped", "not-a-number-as-text", "eight-deep", "wide"],
)
def test_details_that_only_look_odd_are_taken(details: dict[str, Any]) -> None:
    assert Incident(**{**INCIDENT, "details": details}).details == details
