"""What every rule is and does."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import ClassVar, Generic, TypeVar

from banstream_dayz_feed.lines.clock import in_zone
from banstream_dayz_feed.lines.players import Player
from banstream_dayz_feed.lines.reading import Line
from banstream_dayz_feed.rules.findings import Finding, Witness, bounded
from banstream_dayz_feed.rules.memory import Memory
from banstream_dayz_feed.rules.rule_settings import Rule, RuleSettings

R = TypeVar("R", bound=Rule)


@dataclass(frozen=True, slots=True)
class Scene:
    """Which server's log this is, in which zone its clock runs, all settings, and the key that hashes addresses."""

    server: str
    zone: tzinfo
    settings: RuleSettings
    address_key: bytes


class Watcher(ABC, Generic[R]):
    """A rule at work on one server's log. `watches` are the events it is given."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    watches: ClassVar[tuple[type, ...]]

    def __init__(self, rule: R, scene: Scene) -> None:
        self.rule = rule
        self.scene = scene

    @abstractmethod
    def examine(self, line: Line, moment: int) -> Iterator[Finding]:
        """What a line shows. The line has an event that is watched; `moment` is the line's."""

    def conclude(self) -> Iterator[Finding]:
        """What was still open at the end of a log that grows no more."""
        return iter(())

    @abstractmethod
    def memories(self) -> Mapping[str, Memory]:  # type: ignore[type-arg] # of different entries
        """All that the rule remembers, by name."""

    def is_subject(self, player: Player) -> bool:
        """Whether the rule may look at this player."""
        return player.is_known and player.id not in self.rule.exempt

    def finding(
        self, player: Player, evidence: list[Witness], *, measured: float, limit: float, unit: str, detail: str
    ) -> Finding:
        """A finding with what every rule puts into it; its time is that of the last line of evidence."""
        return Finding(
            rule=self.name,
            version=self.version,
            infraction_type=self.rule.infraction_type,
            severity=self.rule.severity,
            mode=self.rule.mode,
            server=self.scene.server,
            player=player.name,
            player_id=player.id,
            at=in_zone(evidence[-1].moment, self.scene.zone),
            measured=measured,
            limit=limit,
            unit=unit,
            detail=detail,
            evidence=bounded(evidence),
        )


def witness(line: Line, moment: int) -> Witness:
    """A line as evidence."""
    return Witness(line.file, line.offset, moment, line.text)
