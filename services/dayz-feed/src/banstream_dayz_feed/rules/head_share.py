"""Too many fatal bullets into the head."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from banstream_dayz_feed.lines.fights import HitByPlayer, KilledByPlayer
from banstream_dayz_feed.lines.reading import Line
from banstream_dayz_feed.rules.base import Scene, Watcher, witness
from banstream_dayz_feed.rules.findings import MOST_EVIDENCE, Finding, Witness
from banstream_dayz_feed.rules.memory import Memory
from banstream_dayz_feed.rules.rule_settings import HeadShare

HEAD = frozenset({"Head", "Brain"})
_BULLET = "Bullet_"
_AT_ONCE = 2
"""Seconds between the fatal hit and the line of the kill; hits on the body come later."""


@dataclass(slots=True)
class FatalHit:
    """The latest hit that left a player dead."""

    attacker_id: str
    is_head: bool
    is_bullet: bool
    seen: Witness


@dataclass(slots=True)
class Kills:
    """A player's latest kills by bullets, head or not, and the lines of those into the head."""

    are_head: list[bool] = field(default_factory=list)
    evidence: list[Witness] = field(default_factory=list)
    is_reported: bool = False


class HeadShareWatcher(Watcher[HeadShare]):
    """The kill line has no zone: the zone is that of the hit just before it, by the same player."""

    name: ClassVar[str] = "head_share"
    watches: ClassVar[tuple[type, ...]] = (HitByPlayer, KilledByPlayer)

    def __init__(self, rule: HeadShare, scene: Scene) -> None:
        super().__init__(rule, scene)
        self._hits = Memory(FatalHit)
        self._kills = Memory(Kills)

    def memories(self) -> Mapping[str, Memory]:  # type: ignore[type-arg] # of different entries
        """Fatal hits by victim, and kills by killer."""
        return {"hits": self._hits, "kills": self._kills}

    def examine(self, line: Line, moment: int) -> Iterator[Finding]:
        """Fires once, until the share has fallen to the limit."""
        match line.event:
            case HitByPlayer(player, health, attacker, wound) if player.is_dead and health <= 0:
                is_bullet = (wound.ammo or "").startswith(_BULLET)
                hit = FatalHit(attacker.id, wound.zone in HEAD, is_bullet, witness(line, moment))
                self._hits.keep(player.id, hit)
            case KilledByPlayer(victim, killer) if self.is_subject(killer):
                fatal = self._hits.forget(victim.id)
                if fatal is None or not fatal.is_bullet or fatal.attacker_id != killer.id or killer.id == victim.id:
                    return
                if abs(moment - fatal.seen.moment) <= _AT_ONCE:
                    yield from self._count(line.event, fatal)

    def _count(self, event: KilledByPlayer, fatal: FatalHit) -> Iterator[Finding]:
        kills, rule = self._kills.of(event.killer.id, Kills), self.rule
        kills.are_head = [*kills.are_head, fatal.is_head][-rule.last_kills :]
        if fatal.is_head:
            kills.evidence = [*kills.evidence, fatal.seen][-MOST_EVIDENCE:]
        total, heads = len(kills.are_head), sum(kills.are_head)
        share = round(100 * heads / total, 1)
        if share <= rule.limit:
            kills.is_reported = False
        elif total >= rule.minimum_kills and not kills.is_reported:
            kills.is_reported = True
            detail = f"{heads} of the last {total} kills by bullets were into the head"
            yield self.finding(event.killer, kills.evidence, measured=share, limit=rule.limit, unit="%", detail=detail)
