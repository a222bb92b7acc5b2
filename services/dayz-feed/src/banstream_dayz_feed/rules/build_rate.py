"""More placements in a short time than hands can do: a lag machine."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from banstream_dayz_feed.lines.events import Placed
from banstream_dayz_feed.lines.reading import Line
from banstream_dayz_feed.rules.base import Scene, Watcher, witness
from banstream_dayz_feed.rules.classes import names_of, wanted
from banstream_dayz_feed.rules.findings import Finding, Witness
from banstream_dayz_feed.rules.memory import Memory
from banstream_dayz_feed.rules.rule_settings import BuildRate


@dataclass(slots=True)
class Burst:
    """A player's latest placements, at most one more than the limit; `is_reported` until the rate has halved."""

    placements: list[Witness] = field(default_factory=list)
    is_reported: bool = False


class BuildRateWatcher(Watcher[BuildRate]):
    """Counts placements in a window that slides with the log's own time."""

    name: ClassVar[str] = "build_rate"
    watches: ClassVar[tuple[type, ...]] = (Placed,)

    def __init__(self, rule: BuildRate, scene: Scene) -> None:
        super().__init__(rule, scene)
        self._bursts = Memory(Burst)

    def memories(self) -> Mapping[str, Memory]:  # type: ignore[type-arg] # of different entries
        """The bursts, by player."""
        return {"bursts": self._bursts}

    def examine(self, line: Line, moment: int) -> Iterator[Finding]:
        """Fires with the first placement above the limit, once until the rate has fallen to half of it."""
        event = line.event
        if not isinstance(event, Placed) or not self.is_subject(event.player):
            return
        if not wanted(names_of(event), self.rule.classes):
            return
        burst, limit, window = self._bursts.of(event.player.id, Burst), self.rule.limit, self.rule.window_seconds
        recent = [each for each in burst.placements if abs(moment - each.moment) < window]
        burst.is_reported = burst.is_reported and len(recent) > limit // 2
        burst.placements = [*recent, witness(line, moment)][-limit - 1 :]
        if len(burst.placements) > limit and not burst.is_reported:
            burst.is_reported = True
            count = len(burst.placements)
            detail = f"{count} placements within {window} s"
            yield self.finding(
                event.player, burst.placements, measured=count, limit=limit, unit=f"per {window} s", detail=detail
            )
