"""What a command does to a target. Pure."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeAlias, assert_never

from banstream_contracts.commands.notifier import (
    AnyTargetCommand,
    BreakTarget,
    ChangeTarget,
    CreateTarget,
    PauseTarget,
    RedeliverDelivery,
    RemoveTarget,
    ResumeTarget,
    TestTarget,
)
from banstream_contracts.events.notifier import (
    AnyTargetEvent,
    TargetBroken,
    TargetChanged,
    TargetCreated,
    TargetPaused,
    TargetRedeliveryRequested,
    TargetRemoved,
    TargetResumed,
    TargetTestRequested,
)
from banstream_contracts.notifier_targets import Target, TargetFilters, TargetStatus
from banstream_contracts.public_events import EVENT_MODELS
from banstream_contracts.results import Refusal, RefusalCode
from banstream_decider import documents
from banstream_notifier.record import Record

_IMPORTED = "infraction.imported"
_TYPES = sorted({str(model.model_fields["type"].default) for model in EVENT_MODELS} - {_IMPORTED})
_PATTERNS = sorted({"*", *_TYPES, *(f"{each.partition('.')[0]}.*" for each in _TYPES)})

Decision: TypeAlias = documents.Decision[AnyTargetEvent]


@dataclass(frozen=True, slots=True)
class Known:
    """What a decision needs from outside the log.

    `address` shows the URL that the command brings, `problem` says what is wrong with it; `sequence` is where on
    EVENTS the event stands that is to be told again, unless it `is_gone`.
    """

    address: str | None = None
    problem: str | None = None
    sequence: int | None = None
    is_gone: bool = False


def decide(command: AnyTargetCommand, record: Record | None, known: Known) -> Decision:
    """The events of a command; none where it changes nothing."""
    if isinstance(command, CreateTarget):
        return _create(command, record, known)
    if record is None or record.is_removed:
        return _refused("unknown-target", "no target has this id")
    target = record.target
    about: dict[str, Any] = {
        "target_id": target.id,
        "name": target.name,
        "actor": command.actor,
        "occurred_at": command.issued_at,
    }
    match command:
        case ChangeTarget():
            return _change(command, target, known, about)
        case PauseTarget():
            paused = TargetPaused(**about, reason=command.reason)
            return Decision(() if target.status is TargetStatus.PAUSED else (paused,))
        case ResumeTarget():
            return Decision(() if target.status is TargetStatus.ACTIVE else (TargetResumed(**about),))
        case RemoveTarget():
            return Decision((TargetRemoved(**about, reason=command.reason),))
        case TestTarget() | RedeliverDelivery() | BreakTarget():
            return _ask(command, record, known, about)
        case _:
            assert_never(command)


def _ask(
    command: TestTarget | RedeliverDelivery | BreakTarget, record: Record, known: Known, about: dict[str, Any]
) -> Decision:
    """What does not change how the target is told, and what the other side brought about."""
    status = record.target.status
    match command:
        case TestTarget():
            if status is not TargetStatus.ACTIVE:
                return _refused("target-stopped", f"the target is {status}: resume it first")
            return Decision((TargetTestRequested(**about),))
        case RedeliverDelivery():
            if known.sequence is None:
                return _refused("unknown-delivery", "the target was never told this event")
            if known.is_gone:
                return _refused("unknown-delivery", "this event is too old to be told again: EVENTS holds it no more")
            again = TargetRedeliveryRequested(**about, event_id=command.event_id, sequence=known.sequence)
            return Decision((again,))
        case BreakTarget():
            is_stale = record.since_version > command.seen_version
            if status is not TargetStatus.ACTIVE or is_stale:
                return Decision()
            return Decision((TargetBroken(**about, reason=command.reason),))


def _create(command: CreateTarget, record: Record | None, known: Known) -> Decision:
    if record is not None:
        return _refused("invalid-target", "a target with this id was created before")
    if problem := _problem_of(command.filters):
        return _refused("invalid-target", problem)
    if known.address is None:
        return _refused("invalid-target", known.problem or "the URL cannot be opened")
    created = TargetCreated(
        target_id=command.target_id,
        name=command.name,
        kind=command.kind,
        address=known.address,
        sealed_url=command.sealed_url,
        sealed_secret=command.sealed_secret,
        filters=command.filters,
        language=command.language,
        display=command.display,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
    return Decision((created,))


def _change(command: ChangeTarget, target: Target, known: Known, about: dict[str, Any]) -> Decision:
    if known.problem is not None:
        return _refused("invalid-target", known.problem)
    if command.filters and (problem := _problem_of(command.filters)):
        return _refused("invalid-target", problem)
    wanted = {
        "name": command.name or target.name,
        "address": known.address or target.address,
        "filters": command.filters or target.filters,
        "language": command.language or target.language,
        "display": command.display or target.display,
    }
    is_same = all(getattr(target, field) == value for field, value in wanted.items())
    if is_same and command.sealed_url is None and command.sealed_secret is None:
        return Decision()
    sealed = {"sealed_url": command.sealed_url, "sealed_secret": command.sealed_secret}
    return Decision((TargetChanged.model_validate({**about, **wanted, **sealed}),))


def _problem_of(filters: TargetFilters) -> str | None:
    """Of a pattern that no event has nothing would ever be told."""
    for pattern in filters.events:
        if pattern not in _PATTERNS:
            if pattern == _IMPORTED:
                return f"{_IMPORTED} is told to no target: an import has thousands of them"
            close = get_close_matches(pattern, _PATTERNS, n=1)
            return f"no event is called {pattern}" + (f"; did you mean {close[0]}?" if close else "")
    return None


def _refused(code: RefusalCode, message: str) -> Decision:
    return Decision(refusal=Refusal(code=code, message=message))
