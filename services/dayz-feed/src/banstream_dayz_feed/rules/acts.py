"""Rules that a single line breaks: what was built, where, and when."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import ClassVar, TypeVar
from zoneinfo import ZoneInfo

from banstream_dayz_feed.lines.clock import DAY, in_zone
from banstream_dayz_feed.lines.events import (
    Built,
    Buried,
    Destroyed,
    Dismantled,
    ListedPlayer,
    Mounted,
    Placed,
    ShelterBuilt,
    Unmounted,
)
from banstream_dayz_feed.lines.players import Player, Position
from banstream_dayz_feed.lines.reading import Line
from banstream_dayz_feed.rules.base import Scene, Watcher, witness
from banstream_dayz_feed.rules.classes import names_of, wanted
from banstream_dayz_feed.rules.findings import Finding
from banstream_dayz_feed.rules.memory import Memory
from banstream_dayz_feed.rules.rule_settings import (
    ActRule,
    Airborne,
    AltitudeHigh,
    AltitudeLow,
    BannedClass,
    RaidWindow,
    Territory,
    Zone,
)

A = TypeVar("A", bound=ActRule)

_BUILDING: tuple[type, ...] = (Placed, Built, ShelterBuilt)
_WORDS: dict[type, str] = {
    Placed: "placed",
    Built: "built",
    ShelterBuilt: "built",
    Mounted: "mounted",
    Buried: "buried",
    Dismantled: "dismantled",
    Destroyed: "destroyed",
    Unmounted: "unmounted",
}
_SECONDS_BEFORE_MONDAY = 3 * DAY
"""The first of January 1970 was a Thursday."""


def is_inside(zone: Zone, position: Position) -> bool:
    """Whether a point is in a zone, on the map; height does not matter."""
    return distance(zone, position) <= zone.radius


def distance(zone: Zone, position: Position) -> float:
    """From the middle of the zone, on the map."""
    return float(((position.x - zone.x) ** 2 + (position.northing - zone.northing) ** 2) ** 0.5)


class ActWatcher(Watcher[A]):
    """Remembers when each act was last seen, so that every further line of it is silent."""

    def __init__(self, rule: A, scene: Scene) -> None:
        super().__init__(rule, scene)
        self._acts = Memory(int)

    def memories(self) -> Mapping[str, Memory]:  # type: ignore[type-arg] # of different entries
        """The moments of the acts."""
        return {"acts": self._acts}

    def examine(self, line: Line, moment: int) -> Iterator[Finding]:
        """A finding where an act begins."""
        player = getattr(line.event, "player", None)
        if isinstance(player, Player) and self.is_subject(player):
            yield from self.judge(line, moment, player)

    @abstractmethod
    def judge(self, line: Line, moment: int, player: Player) -> Iterator[Finding]:
        """The rule itself; the player is one it may look at."""

    def begins(self, player: Player, what: str, moment: int) -> bool:
        """Whether this line is the first of an act."""
        key = f"{player.id} {what}"
        last = self._acts.get(key)
        self._acts.keep(key, moment)
        return last is None or abs(moment - last) > self.rule.quiet_seconds


class BannedClassWatcher(ActWatcher[BannedClass]):
    """Things that a server does not want placed or built."""

    name: ClassVar[str] = "banned_class"
    watches: ClassVar[tuple[type, ...]] = _BUILDING

    def judge(self, line: Line, moment: int, player: Player) -> Iterator[Finding]:
        """Once for each pattern and player."""
        names = names_of(line.event) if line.event else ()
        pattern = wanted(names, self.rule.classes)
        if pattern is None or not self._is_where(player):
            return
        if self.begins(player, pattern, moment):
            evidence = [witness(line, moment)]
            detail = f"{names[0]}, which {pattern} forbids"
            yield self.finding(player, evidence, measured=1, limit=0, unit="things", detail=detail)

    def _is_where(self, player: Player) -> bool:
        if not self.rule.zones:
            return True
        place, zones = player.position, self.scene.settings.zones_named(self.rule.zones)
        return place is not None and any(is_inside(zone, place) for zone in zones)


class GardenPlotWatcher(BannedClassWatcher):
    """Garden plots; by the same means."""

    name: ClassVar[str] = "garden_plot"
    watches: ClassVar[tuple[type, ...]] = (Placed,)


class AltitudeHighWatcher(ActWatcher[AltitudeHigh]):
    """Building in the sky. The height is the builder's, above the sea and not above the ground."""

    name: ClassVar[str] = "altitude_high"
    watches: ClassVar[tuple[type, ...]] = _BUILDING

    def judge(self, line: Line, moment: int, player: Player) -> Iterator[Finding]:
        """Above the limit."""
        place, limit = player.position, self.rule.limit
        if place is not None and place.altitude > limit and self.begins(player, "", moment):
            detail = f"built {place.altitude:g} m above the sea"
            evidence = [witness(line, moment)]
            yield self.finding(player, evidence, measured=place.altitude, limit=limit, unit="m", detail=detail)


class AltitudeLowWatcher(ActWatcher[AltitudeLow]):
    """Building under the ground, as far as that is below the sea."""

    name: ClassVar[str] = "altitude_low"
    watches: ClassVar[tuple[type, ...]] = _BUILDING

    def judge(self, line: Line, moment: int, player: Player) -> Iterator[Finding]:
        """Below the limit."""
        place, limit = player.position, self.rule.limit
        if place is not None and place.altitude < limit and self.begins(player, "", moment):
            detail = f"built at {place.altitude:g} m, the sea being 0"
            evidence = [witness(line, moment)]
            yield self.finding(player, evidence, measured=place.altitude, limit=limit, unit="m", detail=detail)


class AirborneWatcher(ActWatcher[Airborne]):
    """Being where there is no ground."""

    name: ClassVar[str] = "airborne"
    watches: ClassVar[tuple[type, ...]] = (ListedPlayer,)

    def judge(self, line: Line, moment: int, player: Player) -> Iterator[Finding]:
        """Above the limit, alive."""
        place, limit = player.position, self.rule.limit
        if place is None or player.is_dead or place.altitude <= limit:
            return
        if self.begins(player, "", moment):
            detail = f"was {place.altitude:g} m above the sea"
            evidence = [witness(line, moment)]
            yield self.finding(player, evidence, measured=place.altitude, limit=limit, unit="m", detail=detail)


class TerritoryWatcher(ActWatcher[Territory]):
    """Building on other people's land."""

    name: ClassVar[str] = "territory"
    watches: ClassVar[tuple[type, ...]] = tuple(_WORDS)

    def judge(self, line: Line, moment: int, player: Player) -> Iterator[Finding]:
        """Once for each zone and player."""
        word, place = _WORDS[type(line.event)], player.position
        if place is None or word not in self.rule.acts:
            return
        for zone in self.scene.settings.zones:
            if player.id in zone.allowed or not is_inside(zone, place):
                continue
            if self.begins(player, zone.name, moment):
                away = round(distance(zone, place), 1)
                detail = f"{word} {away:g} m from the middle of {zone.name}"
                evidence = [witness(line, moment)]
                yield self.finding(player, evidence, measured=away, limit=zone.radius, unit="m", detail=detail)


class RaidWindowWatcher(ActWatcher[RaidWindow]):
    """Taking bases apart outside of raid hours. Owners do that too: alert only."""

    name: ClassVar[str] = "raid_window"
    watches: ClassVar[tuple[type, ...]] = (Dismantled, Destroyed, Unmounted)

    def judge(self, line: Line, moment: int, player: Player) -> Iterator[Finding]:
        """Outside of every window, and not on own land."""
        word = _WORDS[type(line.event)]
        if word not in self.rule.acts or self._is_home(player):
            return
        second = self._second_of_week(moment)
        if any(window.contains(second) for window in self.rule.windows):
            return
        if self.begins(player, "", moment):
            hours = ", ".join(f"{window.begin} to {window.end}" for window in self.rule.windows) or "never"
            detail = f"{word} outside of raid hours ({hours})"
            yield self.finding(player, [witness(line, moment)], measured=1, limit=0, unit="acts", detail=detail)

    def _is_home(self, player: Player) -> bool:
        place = player.position
        zones = self.scene.settings.zones
        return place is not None and any(player.id in zone.allowed and is_inside(zone, place) for zone in zones)

    def _second_of_week(self, moment: int) -> int:
        if self.rule.zone is None:
            return (moment + _SECONDS_BEFORE_MONDAY) % (7 * DAY)
        there = in_zone(moment, self.scene.zone).astimezone(ZoneInfo(self.rule.zone))
        return there.weekday() * DAY + there.hour * 3600 + there.minute * 60 + there.second
