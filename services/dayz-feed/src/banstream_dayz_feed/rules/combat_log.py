"""Leaving while lying helpless."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from banstream_dayz_feed.lines.events import (
    Connected,
    Disconnected,
    FellUnconscious,
    ListOpened,
    LoggedOutHelpless,
    RegainedConsciousness,
    SessionStarted,
)
from banstream_dayz_feed.lines.fights import Death
from banstream_dayz_feed.lines.players import Player, PlayerEvent
from banstream_dayz_feed.lines.reading import Line
from banstream_dayz_feed.rules.base import Scene, Watcher, witness
from banstream_dayz_feed.rules.findings import Finding, Witness
from banstream_dayz_feed.rules.memory import Memory
from banstream_dayz_feed.rules.rule_settings import CombatLog

_RESTART = 120
"""Seconds between the last disconnections and the header of the next start."""


@dataclass(slots=True)
class Leaving:
    """Somebody who was gone soon after he fell: suspicious unless others went in the same second."""

    name: str
    fell: Witness
    left: Witness


class CombatLogWatcher(Watcher[CombatLog]):
    """The line that newer builds write; on others what follows from the lines before, told apart from restarts."""

    name: ClassVar[str] = "combat_log"
    watches: ClassVar[tuple[type, ...]] = (
        FellUnconscious, RegainedConsciousness, Death, Connected, Disconnected, LoggedOutHelpless, ListOpened,
        SessionStarted,
    )  # fmt: skip

    def __init__(self, rule: CombatLog, scene: Scene) -> None:
        super().__init__(rule, scene)
        self._down = Memory(Witness)
        self._leaving = Memory(Leaving)
        self._crowds = Memory(int, most=100)

    def memories(self) -> Mapping[str, Memory]:  # type: ignore[type-arg] # of different entries
        """Who lies, who just left, and how many left in each second."""
        return {"down": self._down, "leaving": self._leaving, "crowds": self._crowds}

    def examine(self, line: Line, moment: int) -> Iterator[Finding]:
        """At once where the log says it, else with the first watched line of a later second."""
        yield from self._settle(line, moment)
        match line.event:
            case SessionStarted():
                self._down.clear()
            case LoggedOutHelpless(player, state):
                fell = self._down.forget(player.id)
                if state in self.rule.states and self.is_subject(player):
                    yield self._found(player, [*([fell] if fell else []), witness(line, moment)], state)
            case FellUnconscious(player) if self.is_subject(player) and not player.is_dead:
                self._down.keep(player.id, witness(line, moment))
            case Disconnected(player):
                self._crowds.keep(str(moment), (self._crowds.get(str(moment)) or 0) + 1)
                self._leave(player, witness(line, moment))
            case PlayerEvent(player):
                self._down.forget(player.id)
            case _:
                pass

    def conclude(self) -> Iterator[Finding]:
        """Those who left in the last second of the log."""
        yield from self._settle_before(None)

    def _leave(self, player: Player, left: Witness) -> None:
        fell = self._down.forget(player.id)
        is_wanted = self.rule.inferred and "unconscious" in self.rule.states
        if fell is not None and is_wanted and 0 <= left.moment - fell.moment <= self.rule.within_seconds:
            self._leaving.keep(player.id, Leaving(player.name, fell, left))

    def _settle(self, line: Line, moment: int) -> Iterator[Finding]:
        if isinstance(line.event, SessionStarted):
            for player_id in list(self._leaving):
                leaving = self._leaving.get(player_id)
                if leaving and abs(moment - leaving.left.moment) <= _RESTART:
                    self._leaving.forget(player_id)
        yield from self._settle_before(moment)

    def _settle_before(self, moment: int | None) -> Iterator[Finding]:
        for player_id in list(self._leaving):
            leaving = self._leaving.get(player_id)
            if leaving is None or leaving.left.moment == moment:
                continue
            self._leaving.forget(player_id)
            if (self._crowds.get(str(leaving.left.moment)) or 0) < self.rule.crowd:
                yield self._found(Player(leaving.name, player_id), [leaving.fell, leaving.left], "unconscious")

    def _found(self, player: Player, evidence: list[Witness], state: str) -> Finding:
        return self.finding(player, evidence, measured=1, limit=0, unit="times", detail=f"left while {state}")
