from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banstream_cli.arguments.event_types import event_types
from banstream_cli.direct.event_logs import LogName
from banstream_cli.shown.event_lines import line
from banstream_contracts.documents.catalogue import Kind, messages

EXAMPLES = {each.name: each for each in messages() if each.kind is Kind.EVENT}
EVENT_TYPES = [event_type for log in LogName for event_type in event_types(log)]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def told(event_type: str, **changes: Any) -> str:
    body = {**EXAMPLES[event_type].example_json, **changes}
    known = {name: value for name, value in body.items() if value is not None}
    event = {"type": f"banstream.{event_type}", "time": "2026-01-02T03:04:05Z", "data": known}
    return " ".join(text for text, _ in line(event, utc=True)[2:5] if text)


SERVER = "server 01948a00000000000000beef"


@pytest.mark.parametrize(
    ("event_type", "changes", "said"),
    [
        (
            "abuse.detected",
            {"status": "recorded", "counted": 1, "count": 4, "restarted": False},
            f'roblox:156 count 4 (+1) under strict v3 on {SERVER} "speed_hack"',
        ),
        (
            "abuse.detected",
            {"status": "late", "counted": 0, "count": 4, "restarted": True},
            f'roblox:156 count 4 (from before what counts, begun anew) under strict v3 on {SERVER} "speed_hack"',
        ),
        (
            "abuse.detected",
            {"status": "recorded", "counted": 1, "count": 4, "restarted": False, "under_review": True},
            f'roblox:156 count 4 (+1, told under review) under strict v3 on {SERVER} "speed_hack"',
        ),
        (
            "abuse.threshold_reached",
            {"action": "none", "threshold": "ban", "withheld": None, "under_review": True},
            'roblox:156 ban at 10 under strict v3 by the help of credentials under review: nothing done "speed_hack"',
        ),
        (
            "abuse.threshold_reached",
            {"action": "ban", "threshold": "ban", "withheld": None},
            'roblox:156 ban at 10 under strict v3: ban for 7d "speed_hack"',
        ),
        (
            "abuse.threshold_reached",
            {"action": "ban", "threshold": "ban", "withheld": "protected", "count": 12},
            'roblox:156 ban at 10 with 12 under strict v3: ban for 7d withheld, the player is protected "speed_hack"',
        ),
        (
            "abuse.threshold_reached",
            {"action": "review", "threshold": "ban", "withheld": "shadow", "reason": "aim"},
            'roblox:156 ban at 10 under strict v3: review, ban for 7d suggested withheld, policy in shadow "aim"',
        ),
        (
            "abuse.threshold_reached",
            {"action": "none", "threshold": "warn", "limit": 3, "count": 3, "withheld": None, "ban": None},
            'roblox:156 warn at 3 under strict v3: warning "speed_hack"',
        ),
        (
            "abuse.threshold_reached",
            {"action": "none", "threshold": "kick", "limit": 5, "count": 5, "withheld": None, "ban": None},
            'roblox:156 kick at 5 under strict v3: nothing done "speed_hack"',
        ),
        ("policy.removed", {"version": 4, "reason": None}, "policy:strict version 4"),
        (
            "target.broken",
            {},
            'target:01948f6e79f0ddddeeeeffff Bans in Discord "404: Unknown Webhook"',
        ),
        (
            "target.created",
            {},
            "target:01948f6e79f0ddddeeeeffff Bans in Discord: infraction.*, target.broken to https://discord.com/…x9Zk",
        ),
        (
            "infraction.imported",
            {"lifted": None, "punishments": ["ban"]},
            'roblox:156 ban until 2025-01-23T20:15:30Z from sourcebans "aimbot"',
        ),
        (
            "infraction.imported",
            {"punishments": ["ban"], "lifted": {}},
            'roblox:156 ban until 2025-01-23T20:15:30Z from sourcebans, lifted there "aimbot"',
        ),
        (
            "infraction.amended",
            {"changes": {"exempt": [{"service": "roblox", "id": "7"}, {"service": "minecraft", "id": "kay"}]}},
            "roblox:156 exempt: roblox:7, minecraft:kay",
        ),
        ("infraction.amended", {"changes": {"exempt": None}}, "roblox:156 nobody exempt"),
        (
            "infraction.amended",
            {"changes": {"address_expires_at": "2025-01-24T20:15:30Z"}},
            "roblox:156 address until 2025-01-24T20:15:30Z",
        ),
        (
            "infraction.amended",
            {"changes": {"address_expires_at": None}},
            "roblox:156 address as long as the player",
        ),
        (
            "infraction.amended",
            {"changes": {"exempt": ["a later release"], "category": "x"}},
            "roblox:156 exempt: -; category x",
        ),
        ("infraction.amended", {"changes": {"exempt": "a later release"}}, "roblox:156 exempt a later release"),
        ("infraction.lifted", {"punishments": ["ban"]}, 'roblox:156 ban of an import "appeal granted"'),
        ("player.kick_requested", {"server_id": None, "reason": "afk"}, 'roblox:156 off every server "afk"'),
        ("infraction.served", {"seconds": 60, "time_left_seconds": 0}, "roblox:156 served 1m, 0s left"),
        ("admin.set", {"rights": []}, "roblox:156 Alyx may do nothing"),
        ("admin.removed", {"reason": "left"}, 'roblox:156 is an admin no more "left"'),
        ("call.claimed", {}, "server:01948a00000000000000beef taken by Alyx"),
        (
            "call.opened",
            {},
            "server:01948a00000000000000beef builderman reports Griefer: flies through walls",
        ),
    ],
)
def test_an_event_is_told_to_a_moderator(event_type: str, changes: dict[str, Any], said: str) -> None:
    assert told(event_type, **{"under_review": False, **changes}) == said


def test_a_policy_is_one_line() -> None:
    assert told("policy.set") == (
        "policy:strict version 3: warn 2, kick 3, ban 5 for 30d, bans reviewed, reset after 7d, coalesce 1.5s, "
        "high for 30d and review, shadow"
    )


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_every_event_says_whom_and_what(event_type: str) -> None:
    whom = line({"type": event_type, "data": EXAMPLES[event_type].example_json}, utc=True)[2][0]
    assert whom != "-" or event_type == "server.message_sent"
    assert told(event_type)


@given(st.sampled_from(EVENT_TYPES), st.sampled_from(["policy", "ban", "incident_ids", "counters", "suggested"]), JSON)
def test_no_shape_of_a_body_stops_a_tail(event_type: str, field: str, value: Any) -> None:
    told(event_type, **{field: value})
