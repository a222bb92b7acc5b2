"""What the wall knows of an infraction. Pure."""

from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from banstream_contracts.infractions import Infraction, Lifetime, Punishment, Status
from banstream_infractions.read_models.grams import folded
from banstream_privacy.masking import masked, without_own_id
from banstream_privacy.visible import visible


class WallRow(NamedTuple):
    """A row of `wall_bans`, named like its columns. `category` and `severity` are empty where there is none.

    `place` orders bans of one moment; it takes the part of the id in cursors, which everybody may see.
    """

    id: str
    place: str
    issued_at: datetime
    ends_at: datetime | None
    category: str
    severity: str
    search: str


def row_of(infraction: Infraction) -> WallRow | None:
    """The row of an infraction; None where it bans nobody as far as its events say."""
    if not _bans(infraction):
        return None
    category = infraction.category or ""
    name, reason = (_shown(text, infraction) for text in (infraction.player_name or "", infraction.reason))
    return WallRow(
        id=infraction.id,
        place=sha256(infraction.id.encode()).hexdigest()[:12],
        issued_at=infraction.issued_at,
        ends_at=infraction.expires_at if infraction.lifetime is Lifetime.TIMED else None,
        category=category,
        severity=infraction.severity.value if infraction.severity else "",
        search="\n".join(map(folded, (name, category, reason))),
    )


def _shown(text: str, infraction: Infraction) -> str:
    """What the wall shows of a text, as long as the operator does not show more."""
    own_id = infraction.player.id if infraction.player else ""
    return masked(without_own_id(visible(text), own_id, infraction.player_name))


def _bans(infraction: Infraction) -> bool:
    """An end by time is compared where it is read: the event of it comes a moment later."""
    if infraction.status is not Status.ACTIVE or Punishment.BAN not in infraction.punishments:
        return False
    match infraction.lifetime:
        case Lifetime.ONLINE:
            return (infraction.time_left_seconds or 0) > 0
        case Lifetime.SESSION:
            return False
        case _:
            return True
