"""What staff find an infraction by. Pure.

A row holds marks: the grams of its text (`wall_rows.grams`), and what it can be filtered by, such as
`=category:aimbot`. Those are longer than any gram, so the two never meet, and one index serves every combination.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from banstream_contracts.infractions import Infraction, Lifetime, Punishment, Status
from banstream_infractions.wall_rows import folded, grams

WARNING = "warning"
IN_FORCE = "in_force"


@dataclass(frozen=True, slots=True)
class SearchRow:
    """A row of `infraction_search`. `ends_at` is None where no time ends it."""

    id: str
    issued_at: datetime
    ends_at: datetime | None
    category: str | None
    is_ban: bool
    is_active: bool
    search: str
    marks: tuple[str, ...]


def mark(kind: str, value: str) -> str:
    """What rows are filtered by."""
    return f"={kind}:{value}"


def row_of(infraction: Infraction) -> SearchRow:
    """The row of an infraction."""
    parts = (
        str(infraction.player or ""),
        infraction.player_name or "",
        infraction.category or "",
        infraction.reason,
        infraction.issuer.name or "",
    )
    search = "\n".join(folded(part) for part in parts)
    return SearchRow(
        id=infraction.id,
        issued_at=infraction.issued_at,
        ends_at=infraction.expires_at if infraction.lifetime is Lifetime.TIMED else None,
        category=infraction.category,
        is_ban=Punishment.BAN in infraction.punishments,
        is_active=_state(infraction) == IN_FORCE,
        search=search,
        marks=tuple(sorted({*grams(search), *_marks(infraction)})),
    )


def _marks(infraction: Infraction) -> Iterator[str]:
    yield mark("state", _state(infraction))
    yield mark("scope", infraction.scope.value)
    yield mark("issuer", infraction.issuer.id)
    for punishment in infraction.punishments or (WARNING,):
        yield mark("punishment", punishment)
    if infraction.category:
        yield mark("category", infraction.category)
    if infraction.severity:
        yield mark("severity", infraction.severity.value)
    if infraction.server_id:
        yield mark("server", infraction.server_id)
    if infraction.player:
        yield mark("service", infraction.player.service)


def _state(infraction: Infraction) -> str:
    """An end by time is compared where it is read: the event of it comes a moment later."""
    match infraction.status:
        case Status.ACTIVE if infraction.lifetime is Lifetime.SESSION:
            return "session"
        case Status.ACTIVE if infraction.lifetime is Lifetime.ONLINE and not infraction.time_left_seconds:
            return Status.EXPIRED.value
        case Status.ACTIVE:
            return IN_FORCE
        case Status.LIFTED | Status.EXPIRED:
            return infraction.status.value
