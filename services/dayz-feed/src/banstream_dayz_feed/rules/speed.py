"""Faster from one player list to the next than anything drives."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from banstream_dayz_feed.lines.events import Connected, Disconnected, ListedPlayer, ModLine, SessionStarted, Teleported
from banstream_dayz_feed.lines.fights import Death
from banstream_dayz_feed.lines.mods import COMMUNITY_ONLINE_TOOLS
from banstream_dayz_feed.lines.players import Player, PlayerEvent, Position
from banstream_dayz_feed.lines.reading import Line
from banstream_dayz_feed.rules.base import Scene, Watcher, witness
from banstream_dayz_feed.rules.findings import Finding, Witness
from banstream_dayz_feed.rules.memory import Memory
from banstream_dayz_feed.rules.rule_settings import Speed


@dataclass(slots=True)
class Track:
    """Where a player was last listed, and whether he was too fast then."""

    x: float
    northing: float
    seen: Witness
    is_too_fast: bool = False


class SpeedWatcher(Watcher[Speed]):
    """Joins the places of a player in successive lists; whatever moves a player by itself breaks the track."""

    name: ClassVar[str] = "speed"
    watches: ClassVar[tuple[type, ...]] = (
        ListedPlayer, Death, Connected, Disconnected, Teleported, SessionStarted, ModLine,
    )  # fmt: skip

    def __init__(self, rule: Speed, scene: Scene) -> None:
        super().__init__(rule, scene)
        self._tracks = Memory(Track)

    def memories(self) -> Mapping[str, Memory]:  # type: ignore[type-arg] # of different entries
        """Tracks by player."""
        return {"tracks": self._tracks}

    def examine(self, line: Line, moment: int) -> Iterator[Finding]:
        """Fires once, until the player has been seen at a possible speed again."""
        match line.event:
            case ListedPlayer(player) if self.is_subject(player):
                if player.position is None or player.is_dead:
                    self._tracks.forget(player.id)
                else:
                    yield from self._move(player, player.position, witness(line, moment))
            case SessionStarted():
                self._tracks.clear()
            case ModLine(mod):
                # An admin's tool moves players, and does not always say whom.
                if mod == COMMUNITY_ONLINE_TOOLS and "Teleported" in line.text:
                    self._tracks.clear()
            case PlayerEvent(player):
                self._tracks.forget(player.id)
            case _:
                pass

    def _move(self, player: Player, place: Position, now: Witness) -> Iterator[Finding]:
        before = self._tracks.get(player.id)
        track = Track(place.x, place.northing, now)
        seconds = now.moment - before.seen.moment if before else 0
        if before is not None and 0 <= seconds < self.rule.minimum_seconds:
            return
        self._tracks.keep(player.id, track)
        if before is None or seconds <= 0:
            return
        meters = ((place.x - before.x) ** 2 + (place.northing - before.northing) ** 2) ** 0.5
        speed = round(meters / seconds, 1)
        track.is_too_fast = speed > self.rule.limit
        if track.is_too_fast and not before.is_too_fast:
            detail = f"{meters:.0f} m in {seconds} s, as the crow flies"
            evidence = [before.seen, now]
            yield self.finding(player, evidence, measured=speed, limit=self.rule.limit, unit="m/s", detail=detail)
