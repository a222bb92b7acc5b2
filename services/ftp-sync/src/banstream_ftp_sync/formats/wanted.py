"""What should be in a ban file: the bans in force, as a set, filled from infractions."""

from dataclasses import dataclass
from datetime import UTC, datetime

from banstream_contracts.players import Player

_FOR_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class WantedEntry:
    """One ban in force: of a player, of an address (clear text), or of both.

    Texts may be hostile; renderers make them harmless. Times are aware; `expires_at` is None for a permanent ban.
    """

    infraction_id: str
    reason: str
    issued_at: datetime
    player: Player | None = None
    address: str | None = None
    player_name: str | None = None
    expires_at: datetime | None = None
    is_automatic: bool = False

    @property
    def strength(self) -> tuple[datetime, datetime, str]:
        """Orders bans of the same player: the one that ends last, then the latest, is the one to show."""
        return (self.expires_at or _FOR_EVER, self.issued_at, self.infraction_id)
