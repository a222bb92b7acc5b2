"""Bytes that look like a message and are none, or hardly one. Made by a generator of chance that a test hands in."""

import json
from random import Random
from typing import Any

NOTHING = (
    b"",
    b"{}",
    b"[]",
    b"null",
    b"NaN",
    b"\xff\xfe{",
    b'{"type":',
    b'{"type":"issue_infraction"}',
    b'{"type":["issue_infraction"]}',
    b"[" * 5000,
    b'"\\ud800"',
    b"\x00",
)
_VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    2**64,
    1e308,
    float("nan"),
    "",
    "\x00",
    "\u202e",
    "\ud800",
    "a" * 5000,
    "2026-13-45T99:99:99Z",
    [],
    {},
    [[[[[]]]]],
    {"": {"": None}},
)


def noise(random: Random) -> bytes:
    """Nothing that could be a message."""
    return random.choice(NOTHING) if random.random() < 0.7 else random.randbytes(random.randrange(200))


def spoiled(random: Random, example: Any) -> bytes:
    """A message with one place of it changed, or the bytes of it damaged."""
    content = json.loads(json.dumps(example))
    holder, key = random.choice(_places(content))
    match random.choice(["value", "value", "value", "gone", "more", "cut", "flipped", "twice", "noise"]):
        case "value":
            holder[key] = random.choice(_VALUES)
        case "gone":
            del holder[key]
        case "more" if isinstance(content, dict):
            content["unheard_of"] = random.choice(_VALUES)
        case "cut":
            whole = _bytes(content)
            return whole[: random.randrange(len(whole))]
        case "flipped":
            damaged = bytearray(_bytes(content))
            damaged[random.randrange(len(damaged))] = random.randrange(256)
            return bytes(damaged)
        case "twice":
            return _bytes(content) * 2
        case _:
            return noise(random)
    return _bytes(content)


def _bytes(content: Any) -> bytes:
    return json.dumps(content).encode(errors="replace")


def _places(content: Any) -> list[tuple[Any, Any]]:
    """Every place in it, as what holds it and its key there; a lone value is held by a list."""
    found: list[tuple[Any, Any]] = []

    def look(value: Any) -> None:
        pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, inner in pairs:
            found.append((value, key))
            look(inner)

    look(content)
    return found or [([content], 0)]
