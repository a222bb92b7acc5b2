"""Which events a target is told. Pure."""

from collections.abc import Iterable
from datetime import timedelta

from banstream_contracts import streams, subjects
from banstream_contracts.infractions import Scope, Severity
from banstream_contracts.notifier_targets import TargetFilters, TargetKind
from banstream_notifier.envelope import Envelope
from banstream_notifier.erasing import ERASURE
from banstream_notifier.record import Record

TEST = "target.test_requested"
REDELIVERY = "target.redelivery_requested"
_INFRACTION = "infraction."
_SERVED = "infraction.served"
"""Comes with every beat of a game server, so nobody reads it: it is for programs."""
_CLOCKS_APART = timedelta(seconds=2)
_KEPT = timedelta(
    seconds=next(each.max_age for each in streams.STREAMS if each.name == streams.EVENTS and each.max_age)
)


def is_chosen(told: Envelope, record: Record, *, is_known: bool) -> bool:
    """Whether a target is told an event; `is_known` says that a message of this target shows its infraction.

    What happens to a target itself is not told to it, but for what was asked for: a test, an event again. An erasure is
    always told to Discord, where messages of the player are. What an import brings or takes back nobody is told: it has
    thousands of events.
    """
    if told.body.get("target_id") == record.target.id and told.type.startswith("target."):
        return told.type == TEST
    if told.type in {TEST, REDELIVERY} or told.body.get("import_id") is not None:
        return False
    if record.target.kind is TargetKind.DISCORD and told.type in {_SERVED, ERASURE}:
        return told.type == ERASURE
    if _is_past(told, record):
        return False
    return all(_passes(told, filters, is_known=is_known) for filters in record.filters_at(told.recorded_at))


def subjects_of(record: Record) -> list[str]:
    """What a target's consumer asks EVENTS for; no two of them overlap, which JetStream refuses."""
    wanted = {_subject(pattern) for pattern in record.target.filters.events}
    wanted |= {subjects.event(kind, f"target={record.target.id}") for kind in (TEST, REDELIVERY)}
    if record.target.kind is TargetKind.DISCORD:
        wanted.add(subjects.event(ERASURE, "*"))
    return sorted(each for each in wanted if not any(_covers(other, each) for other in wanted if other != each))


def _is_past(told: Envelope, record: Record) -> bool:
    """Of before the target was made, or older than what EVENTS keeps: only one that was filled anew holds such."""
    begin = record.target.created_at - _CLOCKS_APART
    return told.recorded_at < begin <= told.stored_at or told.stored_at - told.recorded_at > _KEPT


def _passes(told: Envelope, filters: TargetFilters, *, is_known: bool) -> bool:
    if not any(_matches(pattern, told.type) for pattern in filters.events):
        return False
    server = told.body.get("server_id")
    if filters.servers and server is not None and server not in filters.servers:
        return False
    if not told.type.startswith(_INFRACTION) or is_known:
        return True
    return _within(_severity(told), filters.severities) and _within(_scope(told), filters.scopes)


def _within(value: str | None, chosen: Iterable[Severity] | Iterable[Scope]) -> bool:
    allowed = tuple(chosen)
    return not allowed or value in allowed


def _severity(told: Envelope) -> str | None:
    changes = told.body.get("changes")
    severity = changes.get("severity") if isinstance(changes, dict) else None
    return severity or told.body.get("severity")


def _scope(told: Envelope) -> str | None:
    return told.body.get("scope")


def _matches(pattern: str, kind: str) -> bool:
    return pattern in {"*", kind} or (pattern.endswith(".*") and kind.startswith(pattern[:-1]))


def _subject(pattern: str) -> str:
    if pattern == "*":
        return subjects.EVENTS
    return subjects.events_of(pattern[:-2]) if pattern.endswith(".*") else subjects.event(pattern, "*")


def _covers(wildcard: str, subject: str) -> bool:
    if wildcard.endswith(">"):
        return subject.startswith(wildcard[:-1])
    return wildcard.endswith(".*") and subject.rpartition(".")[0] == wildcard.rpartition(".")[0]
