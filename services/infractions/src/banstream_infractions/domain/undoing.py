"""What takes back what somebody did to an infraction. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from banstream_contracts.commands.infractions import InfractionChanges
from banstream_contracts.events.appeals import AppealCodeRenewed
from banstream_contracts.events.infractions import AnyInfractionEvent, InfractionExpired, InfractionServed
from banstream_contracts.evidence import EvidenceAttached
from banstream_contracts.infractions import Imported, Infraction, Lifetime, Status
from banstream_contracts.queries.undoing import Done, Undoing
from banstream_infractions.domain.infraction_states import evolve_infraction
from banstream_infractions.domain.restricting import has_passed

AnyOfInfraction = AnyInfractionEvent | AppealCodeRenewed | EvidenceAttached
_NOBODYS_DECISION = InfractionServed | InfractionExpired | AppealCodeRenewed | EvidenceAttached
_COMPARED = (
    "reason",
    "note",
    "punishments",
    "scope",
    "category",
    "severity",
    "evidence",
    "server_id",
    "tiering_policy_id",
    "address_expires_at",
    "exempt",
)
_PUT_BACK = {
    *_COMPARED,
    *("lifetime", "duration_seconds", "expires_at", "time_left_seconds"),
    *("status", "ended_at", "ended_by", "ended_reason", "imported", "position"),
}
"""Fields that take back what was done to them; `imported` is looked at by itself."""


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of the infraction, and whether it is of those that are taken back."""

    event: AnyOfInfraction
    position: int
    is_theirs: bool


@dataclass(slots=True)
class _Deed:
    """What they did last without anybody between: `before` is the infraction as it was until then, if it was.

    `served_seconds` is the time connected that was taken off it since.
    """

    before: Infraction | None
    position: int = 0
    served_seconds: int = 0
    did: dict[str, None] = field(default_factory=dict)
    is_last_word: bool = True


def done(events: Iterable[Happened], now: datetime) -> Done | None:
    """What they did, and what takes it back; None where they did nothing. `events` are all of one infraction."""
    held: Infraction | None = None
    deed: _Deed | None = None
    for each in events:
        if each.is_theirs:
            deed = deed if deed and deed.is_last_word else _Deed(held)
            deed.did[each.event.type] = None
            deed.position = each.position
        elif deed and held and isinstance(each.event, InfractionServed):
            deed.served_seconds += (held.time_left_seconds or 0) - each.event.time_left_seconds
        elif deed and not isinstance(each.event, _NOBODYS_DECISION):
            deed.is_last_word = False
        held = evolve_infraction(held, each.event, each.position)
    if held is None or deed is None:
        return None
    undo, changes = _undoing(_before(deed), held, now)
    if undo != "unchanged" and not deed.is_last_word:
        undo, changes = "left", None
    return Done(
        infraction=held,
        position=deed.position,
        did=tuple(deed.did),
        undo=undo,
        changes=changes,
        as_imported=undo in {"reinstate", "amend"} and _was_as_imported(deed.before, held),
    )


def _before(deed: _Deed) -> Infraction | None:
    """As it was, but for the time that has run since."""
    if deed.before is None or deed.before.lifetime is not Lifetime.ONLINE:
        return deed.before
    left = max(0, (deed.before.time_left_seconds or 0) - deed.served_seconds)
    return deed.before.model_copy(update={"time_left_seconds": left})


def _undoing(before: Infraction | None, held: Infraction, now: datetime) -> tuple[Undoing, InfractionChanges | None]:
    """What makes `held` what it was."""
    if before is None or not _stands(before, now):
        return ("lift" if _stands(held, now) else "unchanged"), None
    changes = _changes(before, held)
    if held.status is not Status.ACTIVE:
        return "reinstate", changes
    return ("amend" if changes else "unchanged"), changes


def _was_as_imported(before: Infraction | None, held: Infraction) -> bool:
    """Whether it is what its import brought as soon as it is what it was: nothing else has come to it since."""
    if before is None or not before.is_as_imported or _import_of(before) != _import_of(held):
        return False
    return all(
        getattr(before, name) == getattr(held, name) for name in Infraction.model_fields if name not in _PUT_BACK
    )


def _import_of(infraction: Infraction) -> Imported | None:
    """Without what tells whether it stands as that left it."""
    return infraction.imported and infraction.imported.model_copy(update={"position": 0, "is_undone": False})


def _stands(infraction: Infraction, now: datetime) -> bool:
    """Whether it has not ended; warnings and what is of a session stand too, though they restrict nobody."""
    return infraction.status is Status.ACTIVE and not has_passed(infraction, now)


def _changes(before: Infraction, held: Infraction) -> InfractionChanges | None:
    changed: dict[str, Any] = {
        name: getattr(before, name) for name in _COMPARED if getattr(before, name) != getattr(held, name)
    }
    if _ending(before) != _ending(held):
        changed |= _ending(before)
    return InfractionChanges(**changed) if changed else None


def _ending(infraction: Infraction) -> dict[str, Any]:
    """How it ends, as an amendment says it: the time of an end follows from the length."""
    ending = {"lifetime": infraction.lifetime}
    match infraction.lifetime:
        case Lifetime.TIMED:
            return {**ending, "duration_seconds": infraction.duration_seconds}
        case Lifetime.ONLINE:
            left = infraction.time_left_seconds
            return {**ending, "duration_seconds": infraction.duration_seconds, "time_left_seconds": left}
        case Lifetime.PERMANENT | Lifetime.SESSION:
            return ending
