"""What staff find an infraction by. Pure.

A row holds marks, which it can be filtered by, such as `=category:aimbot`, and the keys of these and of the grams of
its text (`grams.grams`), so that one index serves every combination.
"""

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from banstream_contracts.infractions import Infraction, Lifetime, Punishment, Scope, Severity, Status
from banstream_infractions.read_models.grams import folded
from banstream_infractions.read_models.index_keys import gathered

WARNING = "warning"
IN_FORCE = "in_force"

_REMEMBERED = 512
"""What rows can be filtered by comes together again and again."""


class SearchRow(NamedTuple):
    """A row of `infraction_search`, named like its columns. `ends_at` is None where no time ends it."""

    id: str
    issued_at: datetime
    ends_at: datetime | None
    category: str | None
    is_ban: bool
    is_active: bool
    search: str
    marks: tuple[str, ...]
    keys: bytes


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
    lines = [folded(part) for part in parts]
    state = _state(infraction)
    marks = _marks(
        state,
        infraction.scope,
        infraction.issuer.id,
        infraction.punishments,
        infraction.category,
        infraction.severity,
        infraction.server_id,
        infraction.player.service if infraction.player else None,
    )
    return SearchRow(
        id=infraction.id,
        issued_at=infraction.issued_at,
        ends_at=infraction.expires_at if infraction.lifetime is Lifetime.TIMED else None,
        category=infraction.category,
        is_ban=Punishment.BAN in infraction.punishments,
        is_active=state == IN_FORCE,
        search="\n".join(lines),
        marks=marks,
        keys=gathered(lines, marks),
    )


@lru_cache(_REMEMBERED)
def _marks(
    state: str,
    scope: Scope,
    issuer_id: str,
    punishments: tuple[Punishment, ...],
    category: str | None,
    severity: Severity | None,
    server_id: str | None,
    service: str | None,
) -> tuple[str, ...]:
    one_each = {
        "state": state,
        "scope": scope.value,
        "issuer": issuer_id,
        "category": category,
        "severity": severity.value if severity else None,
        "server": server_id,
        "service": service,
    }
    named = [mark("punishment", punishment) for punishment in punishments or (WARNING,)]
    return tuple(sorted([*named, *(mark(kind, value) for kind, value in one_each.items() if value)]))


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
