"""What of a ban everybody may see, as the operator has set it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from banstream_contracts.infractions import Lifetime
from banstream_contracts.queries.wall import WallBan
from banstream_privacy.masking import without_identifiers, without_own_id, without_places
from banstream_privacy.visible import clean, visible


@dataclass(frozen=True, slots=True)
class Shows:
    """What an operator lets be seen."""

    names: bool = True
    reasons: bool = True
    ids: bool = False
    coordinates: bool = False


@dataclass(frozen=True, slots=True)
class ShownBan:
    """One ban. `name` and `reason` are None where they are not known or not shown; `player` as `service:id`."""

    name: str | None
    category: str | None
    severity: str | None
    reason: str | None
    issued_at: datetime
    expires_at: datetime | None
    is_permanent: bool
    player: str | None = None
    infraction_id: str | None = None

    def document(self) -> dict[str, Any]:
        """As JSON and CSV tell it; ids only where they are shown."""
        told: dict[str, Any] = {
            "name": self.name,
            "category": self.category,
            "severity": self.severity,
            "reason": self.reason,
            "issued_at": self.issued_at,
            "expires_at": self.expires_at,
            "permanent": self.is_permanent,
        }
        return told | ({"player": self.player, "infraction_id": self.infraction_id} if self.infraction_id else {})


def shown(ban: WallBan, shows: Shows) -> ShownBan:
    """A ban without what is not to be seen."""
    return ShownBan(
        name=_text(ban.player_name, ban, shows) if shows.names else None,
        category=ban.category,
        severity=ban.severity.value if ban.severity else None,
        reason=_text(ban.reason, ban, shows) if shows.reasons else None,
        issued_at=ban.issued_at,
        expires_at=ban.expires_at,
        is_permanent=ban.lifetime is Lifetime.PERMANENT,
        player=str(ban.player) if ban.player and shows.ids else None,
        infraction_id=ban.infraction_id if shows.ids else None,
    )


def _text(text: str | None, ban: WallBan, shows: Shows) -> str | None:
    """What is visible is looked at, so that nothing stands inside what is looked for; a joiner may be seen again."""
    told = clean(text or "")
    left = seen = visible(told)
    if not shows.ids:
        own_id = ban.player.id if ban.player else ""
        left = without_identifiers(without_own_id(left, own_id, ban.player_name))
    if not shows.coordinates:
        left = without_places(left)
    return (told if left == seen else left) or None
