"""What every event is. Past tense; kept in the log for ever and published on EVENTS.

The field names are the storage format: never rename one. Fields named in `private` stay in the log and
leave the event before it is published; the log keeps those named in `erasable` locked for the person (`erasable.py`).
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import AwareDatetime

from banstream_contracts.infractions import Actor, Contract


class Event(Contract):
    """What every event carries: who did it and when it happened in the world. `service` is whose log holds it."""

    service: ClassVar[str] = "infractions"
    private: ClassVar[frozenset[str]] = frozenset()
    erasable: ClassVar[Mapping[str, frozenset[str]]] = {}

    actor: Actor
    occurred_at: AwareDatetime

    @property
    def stream(self) -> str:
        """The log stream."""
        raise NotImplementedError

    @property
    def token(self) -> str:
        """The last token of the subject."""
        raise NotImplementedError


def stored(event: Event) -> dict[str, Any]:
    """The event as JSON values for the log: fields that were not set and nulls of no meaning are left out."""
    values: dict[str, Any] = event.model_dump(mode="json", exclude_none=True)
    return values


def without_private(values: dict[str, Any], private: frozenset[str]) -> dict[str, Any]:
    """What leaves the log of the stored values of an event: all but the private fields, given as paths."""
    kept = dict(values)
    for path in private:
        field, _, rest = path.partition(".")
        if not rest:
            kept.pop(field, None)
        elif isinstance(inner := kept.get(field), dict):
            kept[field] = without_private(inner, frozenset({rest}))
    return kept
