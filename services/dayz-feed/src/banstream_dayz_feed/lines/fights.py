"""Lines about wounds and deaths."""

from dataclasses import dataclass

from banstream_dayz_feed.lines.players import Player, PlayerEvent


@dataclass(frozen=True, slots=True)
class Death(PlayerEvent):
    """A line that means the player's life is over, whoever ended it. Several are written for one death."""


@dataclass(frozen=True, slots=True)
class CommittedSuicide(Death):
    """`committed suicide`."""


@dataclass(frozen=True, slots=True)
class BledOut(Death):
    """`bled out`."""


@dataclass(frozen=True, slots=True)
class DrownedUnconscious(Death):
    """`has drowned while unconscious`."""


@dataclass(frozen=True, slots=True)
class ChoseRespawn(Death):
    """`is choosing to respawn`."""


@dataclass(frozen=True, slots=True)
class Died(Death):
    """`died. Stats> …`: hunger, a fall, or what other lines say; `how` is `died` or `drowned`."""

    how: str
    water: float | None = None
    energy: float | None = None
    bleed_sources: int | None = None


@dataclass(frozen=True, slots=True)
class KilledByPlayer(Death):
    """`killed by PLAYER with WEAPON from M meters`; no distance for melee, and never a zone."""

    killer: Player
    weapon: str
    meters: float | None = None


@dataclass(frozen=True, slots=True)
class KilledByOther(Death):
    """`killed by CLASS`: infected, an animal, a trap, an explosive whose owner the log does not know."""

    source: str


@dataclass(frozen=True, slots=True)
class Wound:
    """Where a hit went and what it did; `ammo` is None for a blocked one."""

    zone: str
    component: int
    damage: float
    ammo: str | None = None


@dataclass(frozen=True, slots=True)
class HitByPlayer(PlayerEvent):
    """`[HP: h] hit by PLAYER into ZONE(n) for D damage (AMMO) with WEAPON from M meters`; health is after the hit."""

    health: float
    attacker: Player
    wound: Wound
    weapon: str | None = None
    meters: float | None = None


@dataclass(frozen=True, slots=True)
class HitByOther(PlayerEvent):
    """`[HP: h] hit by Infected into …`, `hit by Fence with BarbedWireHit`, `hit by explosion (AMMO)`, a fall."""

    health: float
    source: str
    wound: Wound | None = None
    ammo: str | None = None


@dataclass(frozen=True, slots=True)
class Stunned(PlayerEvent):
    """`stunned by AMMO`: in the game's script, unused."""

    health: float
    ammo: str
