"""What servers are told of each event."""

import tracemalloc
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from banstream_contracts import subjects
from banstream_gateway.feed.pushes import CHANGES, SUBJECTS, Push, read

GOLDEN = Path(__file__).parents[3] / "libs/contracts/tests/golden"
SERVER = "a" * 24
NOW = "2026-01-02T03:04:05.678+01:00"
PLAYER = {"service": "roblox", "id": 156}
SHOWN = {"service": "roblox", "id": "156"}
INCIDENT = "7d0c1f0e-5b1d-5a3c-9f57-2e1f0a9b8c7d"


def push_of(event_type: str, **body: Any) -> Push | None:
    return read(f"banstream.{event_type}", orjson.dumps({"occurred_at": NOW, **body}))


def fields_of(push: Push | None) -> dict[str, Any]:
    assert push is not None
    fields: dict[str, Any] = orjson.loads(push.fields)
    return fields


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("event.*.json")), ids=lambda path: path.stem)
def test_every_event_that_is_told_is_asked_for(path: Path) -> None:
    event_type = path.stem.removeprefix("event.")
    tells = read(f"banstream.{event_type}", path.read_bytes()) is not None
    assert (subjects.event(event_type, "*") in SUBJECTS) >= tells


def test_recorded_incidents_are_not_asked_for() -> None:
    assert subjects.event("abuse.detected", "*") not in SUBJECTS


def test_what_an_import_brings_or_takes_back_is_told_to_no_server() -> None:
    assert subjects.event("infraction.imported", "*") not in SUBJECTS
    body: dict[str, Any] = {"player": PLAYER, "infraction_id": "b" * 24, "scope": "global"}
    assert push_of("infraction.imported", **body, import_id="c" * 24) is None
    assert push_of("infraction.lifted", **body, import_id="c" * 24) is None
    assert push_of("infraction.lifted", **body) is not None


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_an_infraction_tells_whom_and_what_changed(change: str) -> None:
    push = push_of(f"infraction.{change}", player=PLAYER, infraction_id="b" * 24, scope="global", note="x")
    assert push is not None
    assert (push.server_id, push.key) == (None, "roblox=156")
    assert fields_of(push) == {
        "type": "restrictions",
        "occurred_at": "2026-01-02T02:04:05.678000Z",
        "change": change,
        "infraction_id": "b" * 24,
        "player": SHOWN,
    }


def test_an_infraction_of_one_server_is_for_that_server() -> None:
    push = push_of("infraction.issued", player=PLAYER, infraction_id="b" * 24, scope="server", server_id=SERVER)
    assert push is not None
    assert push.server_id == SERVER


@pytest.mark.parametrize("server", [SERVER, None], ids=["named", "none"])
def test_an_amendment_is_for_all_since_it_may_be_what_frees_the_others(server: str | None) -> None:
    push = push_of("infraction.amended", player=PLAYER, infraction_id="b" * 24, scope="server", server_id=server)
    assert push is not None
    assert (push.server_id, push.key) == (None, "roblox=156")


def test_a_global_infraction_that_a_server_issued_is_for_all() -> None:
    push = push_of("infraction.issued", player=PLAYER, infraction_id="b" * 24, scope="global", server_id=SERVER)
    assert push is not None
    assert push.server_id is None


def test_an_infraction_of_a_server_that_is_not_named_is_for_nobody() -> None:
    assert push_of("infraction.issued", player=PLAYER, infraction_id="b" * 24, scope="server") is None


def test_an_address_is_told_as_a_reason_to_check_again_and_never_by_its_hash() -> None:
    push = push_of("infraction.issued", infraction_id="b" * 24, scope="global", address_hash="c" * 64)
    assert push is not None
    assert push.key is None
    assert (fields_of(push)["player"], fields_of(push)["recheck"]) == (None, True)
    assert b"cccc" not in push.fields


def test_a_kick_by_hand_has_no_incident() -> None:
    push = push_of("player.kick_requested", player=PLAYER, reason="idle", server_id=SERVER)
    assert push is not None
    assert push.server_id == SERVER
    assert fields_of(push) == {
        "type": "kick",
        "occurred_at": "2026-01-02T02:04:05.678000Z",
        "player": SHOWN,
        "reason": "idle",
    }


def test_a_kick_of_a_policy_names_its_incident() -> None:
    push = push_of("abuse.kick_requested", player=PLAYER, reason="x", incident_id=INCIDENT, server_id=SERVER, count=5)
    assert fields_of(push)["incident_id"] == INCIDENT


@pytest.mark.parametrize("withheld", [None, "protected", "off"])
def test_a_threshold_is_told_with_its_count(withheld: str | None) -> None:
    push = push_of(
        "abuse.threshold_reached", player=PLAYER, threshold="warn", count=3, incident_id=INCIDENT, withheld=withheld
    )
    shown = {name: fields_of(push)[name] for name in ("player", "threshold", "count", "incident_id")}
    assert shown == {"player": SHOWN, "threshold": "warn", "count": 3, "incident_id": INCIDENT}


def test_a_threshold_of_a_policy_in_shadow_is_told_to_nobody() -> None:
    body = {"player": PLAYER, "threshold": "kick", "count": 3, "incident_id": INCIDENT, "server_id": SERVER}
    assert push_of("abuse.threshold_reached", **body) is not None
    assert push_of("abuse.threshold_reached", **body, withheld="shadow") is None


def test_a_message_is_for_everybody_or_for_one_player() -> None:
    assert "player" not in fields_of(push_of("server.message_sent", message_id="d" * 24, text="hello"))
    assert (
        fields_of(push_of("server.message_sent", message_id="d" * 24, text="hello", player=PLAYER))["player"] == SHOWN
    )


def test_control_characters_reach_no_server() -> None:
    push = push_of("server.message_sent", message_id="d" * 24, text="a\nquit\x1b[0m")
    assert fields_of(push)["text"] == "a quit [0m"


@pytest.mark.parametrize("event_type", ["credential.created", "abuse.detected", "unheard.of", ""])
def test_other_events_are_told_to_nobody(event_type: str) -> None:
    assert push_of(event_type, player=PLAYER) is None
    assert read("infraction.issued", b"{}") is None


@pytest.mark.parametrize(
    ("event_type", "body"),
    [
        ("infraction.issued", b""),
        ("infraction.issued", b"[]"),
        ("infraction.issued", b"{}"),
        ("infraction.issued", b'{"infraction_id":"x","occurred_at":"2026-01-01T00:00:00Z"}'),
        ("infraction.lifted", b'{"infraction_id":"bbbbbbbbbbbbbbbbbbbbbbbb","occurred_at":"now"}'),
        ("infraction.lifted", b'{"infraction_id":"bbbbbbbbbbbbbbbbbbbbbbbb","occurred_at":"2026-01-01T00:00:00"}'),
        ("player.kick_requested", b'{"reason":"x","occurred_at":"2026-01-01T00:00:00Z"}'),
        ("player.kick_requested", b'{"player":{"service":1},"reason":"x"}'),
        ("server.message_sent", b'{"message_id":"x","text":5,"occurred_at":"2026-01-01T00:00:00Z"}'),
        ("server.message_sent", b'{"message_id":"x","text":"","server_id":"*","occurred_at":"2026-01-01T00:00:00Z"}'),
        ("abuse.threshold_reached", b'{"threshold":"nuke","count":1}'),
        ("abuse.threshold_reached", b'{"threshold":"kick","count":"1"}'),
        ("abuse.threshold_reached", b'{"threshold":[],"count":1}'),
        (
            "infraction.lifted",
            b'{"infraction_id":"bbbbbbbbbbbbbbbbbbbbbbbb","occurred_at":"0001-01-01T00:00:00+14:00"}',
        ),
    ],
)
def test_an_odd_body_is_a_value_error(event_type: str, body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever kind of it
        read(f"banstream.{event_type}", body)


@pytest.mark.parametrize("golden", sorted(GOLDEN.glob("event.*.json")), ids=lambda path: path.stem)
def test_every_event_of_the_contracts_can_be_read(golden: Path) -> None:
    event_type = golden.stem.removeprefix("event.")
    body = orjson.loads(golden.read_bytes())
    for field in ("withheld", "import_id"):
        body.pop(field, None)
    push = read(f"banstream.{event_type}", orjson.dumps(body))
    told = ("kick_requested", "message_sent", "threshold_reached")
    is_change = event_type.startswith("infraction.") and event_type.partition(".")[2] in CHANGES
    assert (push is not None) == (is_change or event_type.endswith(told))


def test_an_address_that_is_concerned_is_known_by_its_key() -> None:
    issued = {"player": PLAYER, "infraction_id": "b" * 24, "scope": "global"}
    push = push_of("infraction.issued", **issued, address_hash="c" * 64)
    assert push is not None
    assert push.address == "address=" + "c" * 64
    for hash_ in ({}, {"address_hash": None}, {"address_hash": 7}):
        push = push_of("infraction.issued", **issued, **hash_)
        assert push is not None
        assert push.address is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.sampled_from(
    ["player", "infraction_id", "scope", "server_id", "reason", "threshold", "count", "incident_id", "withheld", "text"]
)
TYPES = ["infraction.issued", "infraction.lifted", "player.kick_requested", "abuse.threshold_reached"]


@given(st.sampled_from([*TYPES, "server.message_sent"]), st.dictionaries(FIELDS, VALUES), st.booleans())
def test_whatever_a_body_holds_is_a_push_or_a_value_error(
    event_type: str, body: dict[str, Any], is_whole: bool
) -> None:
    whole = {"player": PLAYER, "infraction_id": "b" * 24, "reason": "x", "message_id": "x", "text": "x", "count": 1}
    try:
        push = push_of(event_type, **{**(whole if is_whole else {}), **body})
    except ValueError:
        return
    assert push is None or fields_of(push)["type"] == push.type


def test_what_is_kept_of_an_event_takes_no_more_memory_than_it_has_bytes() -> None:
    bodies = [orjson.dumps({"occurred_at": NOW, "player": PLAYER, "infraction_id": "b" * 24}) for _ in range(200)]
    tracemalloc.start()
    try:
        pushes = [read("banstream.infraction.issued", body) for body in bodies]
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 1000 * len(pushes)
