"""Out and in again, over and over: how items are doubled."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from banstream_dayz_feed.lines.events import Connected, Connecting, Disconnected, SessionStarted
from banstream_dayz_feed.lines.players import Player
from banstream_dayz_feed.lines.reading import Line
from banstream_dayz_feed.rules.base import Scene, Watcher, witness
from banstream_dayz_feed.rules.findings import MOST_EVIDENCE, Finding, Witness
from banstream_dayz_feed.rules.memory import Memory
from banstream_dayz_feed.rules.rule_settings import Relog


@dataclass(slots=True)
class Pair:
    """Gone and back."""

    left: Witness
    back: Witness


@dataclass(slots=True)
class Relogs:
    """A player's recent pairs, and when he left if he has not come back."""

    left: Witness | None = None
    pairs: list[Pair] = field(default_factory=list)
    is_reported: bool = False


class RelogWatcher(Watcher[Relog]):
    """Pairs of leaving and coming back. A respawn, a restart and a crash that throws out a crowd make no pair."""

    name: ClassVar[str] = "relog"
    watches: ClassVar[tuple[type, ...]] = (Connected, Connecting, Disconnected, SessionStarted)

    def __init__(self, rule: Relog, scene: Scene) -> None:
        super().__init__(rule, scene)
        self._relogs = Memory(Relogs)
        self._crowds = Memory(int, most=1000)

    def memories(self) -> Mapping[str, Memory]:  # type: ignore[type-arg] # of different entries
        """Relogs by player, and how many left in each second."""
        return {"relogs": self._relogs, "crowds": self._crowds}

    def examine(self, line: Line, moment: int) -> Iterator[Finding]:
        """Fires with the pair that reaches the limit, once until all pairs are old."""
        match line.event:
            case SessionStarted():
                self._relogs.clear()
            case Disconnected(player) if self.is_subject(player):
                self._crowds.keep(str(moment), (self._crowds.get(str(moment)) or 0) + 1)
                self._relogs.of(player.id, Relogs).left = witness(line, moment)
            case Connected(player) | Connecting(player) if self.is_subject(player):
                yield from self._come_back(player, line, moment)

    def _come_back(self, player: Player, line: Line, moment: int) -> Iterator[Finding]:
        relogs = self._relogs.get(player.id)
        if relogs is None or relogs.left is None:
            return
        left, relogs.left = relogs.left, None
        is_crowd = (self._crowds.get(str(left.moment)) or 0) >= self.rule.crowd
        if is_crowd or not 0 <= moment - left.moment <= self.rule.gap_seconds:
            return
        window, limit = self.rule.window_seconds, self.rule.limit
        relogs.pairs = [pair for pair in relogs.pairs if 0 <= moment - pair.left.moment <= window]
        relogs.is_reported = relogs.is_reported and bool(relogs.pairs)
        relogs.pairs = [*relogs.pairs, Pair(left, witness(line, moment))][-max(limit, MOST_EVIDENCE) :]
        if len(relogs.pairs) >= limit and not relogs.is_reported:
            relogs.is_reported = True
            count = len(relogs.pairs)
            evidence = [each for pair in relogs.pairs for each in (pair.left, pair.back)]
            detail = f"left and came back {count} times within {window} s"
            yield self.finding(player, evidence, measured=count, limit=limit, unit=f"per {window} s", detail=detail)
