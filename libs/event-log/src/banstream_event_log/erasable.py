"""Personal fields of events, locked for the log under a key of the person, and opened again. Pure.

A field is named by its path, such as `changes.note`. What is locked of each person is one text in `locked`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from banstream_contracts.erasable import ERASABLE, ERASED, NEEDED, SEALED
from banstream_privacy.vault import lock, unlock

LOCKED = "locked"
"""The field of a logged event that holds what is locked, by person."""


@dataclass(frozen=True, slots=True)
class ErasableKey:
    """A person's key, if anything was locked since the last erasure; events up to `erased_until` are erased."""

    key: bytes | None = None
    erased_until: int = 0


Keys = Mapping[str, ErasableKey]
"""By person: a log stream, such as `player:roblox:1`."""

_NONE = ErasableKey()
_ANY = frozenset({LOCKED})
_FIELDS = {
    kind: frozenset(path.partition(".")[0] for fields in persons.values() for path in fields) | {LOCKED} | SEALED
    for kind, persons in ERASABLE.items()
}
"""By type: the fields of which one is there when an event holds something personal."""


def persons_of(kind: str, stream: str, data: Mapping[str, Any]) -> set[str]:
    """Whose personal data an event holds, locked, sealed or in clear."""
    if _holds_nothing(kind, data):
        return set()
    found = _persons(kind, stream, data)
    persons = {person for person, fields in found if any(at(data, path) is not None for path in fields)}
    if persons or not (LOCKED in data or SEALED & data.keys()):
        return persons
    return {person for person, _ in found}


def locked(kind: str, stream: str, data: Mapping[str, Any], keys: Mapping[str, bytes]) -> Mapping[str, Any]:
    """What the log keeps of an event. Raises KeyError for a person without a key."""
    if _holds_nothing(kind, data):
        return data
    kept = data
    texts: dict[str, str] = {}
    for person, fields in _persons(kind, stream, data):
        if taken := _taken(kept, fields):
            kept = _without(kept, taken)
            texts[person] = lock(keys[person], person, json.dumps(taken, ensure_ascii=False, separators=(",", ":")))
    return {**kept, LOCKED: texts} if texts else kept


def opened(kind: str, stream: str, data: Mapping[str, Any], position: int, keys: Keys) -> Mapping[str, Any]:
    """An event of the log as it was, but for what was erased: the same object where nothing was locked or is erased.

    Raises cryptography's InvalidTag for a wrong key.
    """
    if kind not in NEEDED and _holds_nothing(kind, data):
        return data
    texts: Mapping[str, str] = data.get(LOCKED) or {}
    event = _taken_out(data, LOCKED)
    for person, fields in _persons(kind, stream, event):
        held = keys.get(person, _NONE)
        if position <= held.erased_until:
            event = _without(event, (*fields, *SEALED))
        elif person in texts and held.key:
            event = _with(event, json.loads(unlock(held.key, person, texts[person])))
    missing = [path for path in NEEDED.get(kind, ()) if at(event, path) is None]
    return _with(event, dict.fromkeys(missing, ERASED)) if missing else event


def at(data: Any, path: str) -> Any:  # noqa: ANN401 - any JSON value
    """What an event holds at a path; None where there is nothing, which says the same as null."""
    if "." not in path:
        return data.get(path) if isinstance(data, dict) else None
    for name in path.split("."):
        data = data.get(name) if isinstance(data, dict) else None
    return data


def _holds_nothing(kind: str, data: Mapping[str, Any]) -> bool:
    """Most events: their type tells it, or that none of its fields is there."""
    return _FIELDS.get(kind, _ANY).isdisjoint(data)


def _persons(kind: str, stream: str, data: Mapping[str, Any]) -> list[tuple[str, frozenset[str]]]:
    """Each person of an event with the fields about them."""
    found: list[tuple[str, frozenset[str]]] = []
    for path, fields in ERASABLE.get(kind, {}).items():
        player = at(data, path)
        if isinstance(player, dict):
            found.append((f"player:{player['service']}:{player['id']}", fields))
        elif path == "player":
            found.append((stream, fields))
    return found


def _taken(data: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    present = {path: at(data, path) for path in sorted(fields)}
    return {path: value for path, value in present.items() if value is not None}


def _with(data: Mapping[str, Any], values: Mapping[str, Any]) -> Mapping[str, Any]:
    for path, value in values.items():
        data = _set(data, path, value)
    return data


def _set(data: Mapping[str, Any], path: str, value: object) -> Mapping[str, Any]:
    name, _, rest = path.partition(".")
    return {**data, name: _set(data.get(name) or {}, rest, value) if rest else value}


def _without(data: Mapping[str, Any], paths: Iterable[str]) -> Mapping[str, Any]:
    for path in paths:
        data = _taken_out(data, path)
    return data


def _taken_out(data: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    name, _, rest = path.partition(".")
    if name not in data:
        return data
    if not rest:
        return {each: value for each, value in data.items() if each != name}
    inner = data.get(name)
    return {**data, name: _taken_out(inner, rest)} if isinstance(inner, Mapping) else data
