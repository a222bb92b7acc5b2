"""The keys of an abuse policy, in every spelling that games use, and the one that we use. Pure.

The seed's documentation and the code beside it name the same things differently, and the code ignores what it
does not know: a game that followed the documentation ran with other thresholds than it said
(facts ndp-flask-rewind 3.1). Here both are understood, and everything else is refused by name.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from difflib import get_close_matches

from banstream_contracts.policies import Policy

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "name": ("name",),
    "servers": ("servers",),
    "auto_kick": ("auto_kick", "autoKick"),
    "auto_ban": ("auto_ban", "autoBan"),
    "ban_duration_seconds": ("ban_duration_seconds", "ban_duration", "banDuration"),
    "ban_scope": ("ban_scope", "banScope"),
    "reset_after_seconds": ("reset_after_seconds", "resetAfter"),
    "weights": ("weights",),
    "coalesce_seconds": ("coalesce_seconds", "coalesceSeconds"),
    "reasons": ("reasons",),
    "shadow": ("shadow",),
    "severities": ("severities",),
    "thresholds.warn": ("warnAt",),
    "thresholds.kick": ("kickAt",),
    "thresholds.ban": ("banAt",),
}
"""What may stand at the top, by where it belongs; besides them `thresholds`, with a table."""

THRESHOLD_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "thresholds.warn": ("warn", "warnAt"),
    "thresholds.kick": ("kick", "kickAt"),
    "thresholds.ban": ("ban", "banAt"),
}
"""What may stand in `thresholds`."""

STORAGE_KEYS = frozenset({"dataStoreName", "persistLocally", "useDataStore", "saveInterval", "enabled"})
"""How a game keeps its own counts: no part of a policy."""

MOST_FAULTS = 20
_THRESHOLDS = "thresholds"
_TABLES = frozenset({"weights", "severities"})
_LONGEST_SHOWN = 64


@dataclass(frozen=True, slots=True)
class Fault:
    """A key that is not known, or that says again what another one has said."""

    key: str
    message: str


class WrongKeys(ValueError):
    """Keys that were refused."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.key} {fault.message}" for fault in faults))
        self.faults = faults


def read_policy(content: Mapping[str, object]) -> Policy:
    """The policy that a file or a request holds, in any spelling.

    Raises WrongKeys for keys, and a validation error of pydantic (a ValueError as well) for values.
    """
    return Policy.model_validate(canonical(content))


def canonical(content: Mapping[str, object], *, ignoring: AbstractSet[str] = frozenset()) -> dict[str, object]:
    """The same policy in the spelling of `Policy`; values stay as they are.

    Raises WrongKeys.
    """
    values: dict[str, object] = {}
    spelled: dict[str, str] = {}
    faults: list[Fault] = []
    for key, place, value in _placed(content):
        if key in ignoring:
            continue
        if place is None:
            faults.append(Fault(key[:_LONGEST_SHOWN], _unknown(key)))
        elif place in values:
            faults.append(Fault(key, f"says the same as {spelled[place]}"))
        else:
            values[place], spelled[place] = value, key
        if len(faults) == MOST_FAULTS:
            break
    if faults:
        raise WrongKeys(faults)
    return _nested(values)


def _placed(content: Mapping[str, object]) -> Iterator[tuple[str, str | None, object]]:
    """Every key with where it belongs (None: nowhere), those of `thresholds` one by one."""
    for key, value in content.items():
        if key != _THRESHOLDS:
            yield key, _TOP.get(key), _table(value) if key in _TABLES else value
            continue
        table = _table(value)
        if not isinstance(table, Mapping):
            yield key, _THRESHOLDS, value
            continue
        for inner, threshold in table.items():
            yield f"{_THRESHOLDS}.{inner}", _INSIDE.get(inner), threshold


def _table(value: object) -> object:
    """Luau writes an empty table as an empty array."""
    return {} if value == [] else value


def _nested(values: Mapping[str, object]) -> dict[str, object]:
    thresholds = {place.partition(".")[2]: value for place, value in values.items() if "." in place}
    others = {place: value for place, value in values.items() if "." not in place}
    return {_THRESHOLDS: thresholds, **others} if thresholds else others


def _unknown(key: str) -> str:
    """Only so much of a key is compared: it may be of any length."""
    table, _, inner = key[:_LONGEST_SHOWN].rpartition(".")
    if table == _THRESHOLDS:
        close = [f"{_THRESHOLDS}.{name}" for name in get_close_matches(inner, _INSIDE, n=1)]
    else:
        close = get_close_matches(key[:_LONGEST_SHOWN], [*_TOP, _THRESHOLDS], n=1)
    return f"is not known; did you mean {close[0]}?" if close else "is not known"


def _by_spelling(spellings: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {spelling: place for place, each in spellings.items() for spelling in each}


_TOP = _by_spelling(SPELLINGS)
_INSIDE = _by_spelling(THRESHOLD_SPELLINGS)
