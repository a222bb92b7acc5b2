"""Personal fields of events, locked for the log under a key of the person, and opened again. Pure.

A field is named by its path, such as `changes.note`. What is locked of each person is one text in `locked`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag

from banstream_contracts.erasable import ERASABLE, ERASED, NEEDED, SEALED
from banstream_privacy.vault import lock_each, unlock
from banstream_runtime.compact import compact_json

LOCKED = "locked"
"""The field of a logged event that holds what is locked, by person."""


@dataclass(frozen=True, slots=True)
class ErasableKey:
    """A person's key, if anything was locked since the last erasure; events up to `erased_until` are erased.

    It may be a ring (`banstream_privacy.key_ring`): the first locks, all of them open.
    """

    key: bytes | None = None
    erased_until: int = 0


Keys = Mapping[str, ErasableKey]
"""By person: a log stream, such as `player:roblox:1`."""
Personal = Mapping[str, Mapping[str, Any]]
"""By person: the fields about them with what they hold, each under its path."""

_NONE = ErasableKey()
_NOTHING: Mapping[str, Any] = {}
_NOBODY: Personal = {}
_ANY = frozenset({LOCKED})
_FIELDS = {
    kind: frozenset(path.partition(".")[0] for fields in persons.values() for path in fields) | {LOCKED} | SEALED
    for kind, persons in ERASABLE.items()
}
"""By type: the fields of which one is there when an event holds something personal."""


def persons_of(kind: str, stream: str, data: Mapping[str, Any]) -> set[str]:
    """Whose personal data an event holds, locked, sealed or in clear."""
    return {*personal(kind, stream, data)}


def personal(kind: str, stream: str, data: Mapping[str, Any]) -> Personal:
    """What an event holds in clear of each person; of one about whom all is locked or sealed nothing."""
    if _holds_nothing(kind, data):
        return _NOBODY
    found: dict[str, dict[str, Any]] = {}
    persons = _persons(kind, stream, data)
    for person, fields in persons:
        if taken := _taken(data, fields):
            found[person] = {**found[person], **taken} if person in found else taken
    if found or not (LOCKED in data or SEALED & data.keys()):
        return found
    return dict.fromkeys((person for person, _ in persons), _NOTHING)


def each_locked(
    events: Sequence[Mapping[str, Any]], held: Sequence[Personal], keys: Mapping[str, bytes]
) -> list[Mapping[str, Any]]:
    """What the log keeps of events, of which `personal` has told what they hold.

    Raises KeyError for a person without a key.
    """
    clear = [(keys[person], person, _written(said)) for each in held for person, said in each.items() if said]
    texts = iter(lock_each(clear))
    return [_put_away(data, each, texts) if each else data for data, each in zip(events, held, strict=True)]


def _put_away(data: Mapping[str, Any], held: Personal, texts: Iterable[str]) -> Mapping[str, Any]:
    said = {person: values for person, values in held.items() if values}
    if not said:
        return data
    kept = _without(data, [path for values in said.values() for path in values])
    return {**kept, LOCKED: dict(zip(said, texts, strict=False))}


def _written(values: Mapping[str, Any]) -> bytes:
    try:
        return compact_json(values)
    except TypeError:  # a whole number of more than 64 bits, which a game may send
        return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


class NotOpened(Exception):
    """What an event holds locked of `persons` does not open; `event` is as it was without that."""

    def __init__(self, persons: frozenset[str], event: Mapping[str, Any]) -> None:
        super().__init__("the key of a person is damaged or lost")
        self.persons = persons
        self.event = event


def opened(kind: str, stream: str, data: Mapping[str, Any], position: int, keys: Keys) -> Mapping[str, Any]:
    """An event of the log as it was, but for what was erased: the same object where nothing was locked or is erased.

    Raises NotOpened.
    """
    if kind not in NEEDED and _holds_nothing(kind, data):
        return data
    texts: Mapping[str, str] = data.get(LOCKED) or {}
    event = _without(data, (LOCKED,)) if LOCKED in data else data
    damaged: set[str] = set()
    for person, fields in _persons(kind, stream, event):
        held = keys.get(person, _NONE)
        if position <= held.erased_until:
            event = _without(event, (*fields, *SEALED))
        elif person in texts:
            said = _unlocked(held.key, person, texts[person])
            if said is None:
                damaged.add(person)
            else:
                event = _with(event, said)
    missing = [path for path in NEEDED.get(kind, ()) if at(event, path) is None]
    event = _with(event, dict.fromkeys(missing, ERASED)) if missing else event
    if damaged:
        raise NotOpened(frozenset(damaged), event)
    return event


def at(data: Any, path: str) -> Any:  # noqa: ANN401 - any JSON value
    """What an event holds at a path; None where there is nothing, which says the same as null."""
    if "." not in path:
        return data.get(path) if isinstance(data, dict) else None
    for name in path.split("."):
        data = data.get(name) if isinstance(data, dict) else None
    return data


def _unlocked(key: bytes | None, person: str, text: str) -> Mapping[str, Any] | None:
    try:
        said: Mapping[str, Any] | None = json.loads(unlock(key, person, text)) if key else None
    except (InvalidTag, ValueError):
        return None
    return said


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
    return {path: value for path in fields if (value := at(data, path)) is not None}


def _with(data: Mapping[str, Any], values: Mapping[str, Any]) -> Mapping[str, Any]:
    for path, value in values.items():
        data = _set(data, path, value)
    return data


def _set(data: Mapping[str, Any], path: str, value: object) -> Mapping[str, Any]:
    name, _, rest = path.partition(".")
    return {**data, name: _set(data.get(name) or {}, rest, value) if rest else value}


def _without(data: Mapping[str, Any], paths: Iterable[str]) -> Mapping[str, Any]:
    kept = {**data}
    for path in paths:
        name, _, rest = path.partition(".")
        if not rest:
            kept.pop(name, None)
        elif isinstance(inner := kept.get(name), Mapping):
            kept[name] = _without(inner, (rest,))
    return kept
