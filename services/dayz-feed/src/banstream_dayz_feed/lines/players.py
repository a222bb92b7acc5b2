"""Who and where: the two things that almost every line of an admin log holds."""

from dataclasses import dataclass

UNSET_BEYOND = 100_000.0
"""The game writes -3.4e38 for a position that is not set; no map is this wide."""

NOBODY = frozenset({"Unknown", "ERROR", ""})
"""What stands in place of an id around failed logins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A point in metres: east of the map's corner, north of it, and above the sea. By name only, as orders differ."""

    x: float
    northing: float
    altitude: float


@dataclass(frozen=True, slots=True)
class Player:
    """The block `"NAME" (DEAD) (id=ID pos=<x, northing, altitude>)`; `position` is None where unset or absent."""

    name: str
    id: str
    position: Position | None = None
    is_dead: bool = False

    @property
    def is_known(self) -> bool:
        """Whether the id is one: only then may anything be laid to somebody."""
        return self.id not in NOBODY


@dataclass(frozen=True, slots=True)
class PlayerEvent:
    """A line about one player."""

    player: Player
