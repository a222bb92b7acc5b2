"""What clients were promised, and what a gateway therefore has to answer. Knows nothing of the system itself."""

from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum


class Phase(IntEnum):
    """How far a player has come. What was asked for may have happened, or may happen yet."""

    NEW = 0
    BAN_ASKED = 1
    BAN_ACCEPTED = 2
    LIFT_ASKED = 3
    LIFT_ACCEPTED = 4


@dataclass(slots=True)
class _Known:
    """What is known of a player. A gate is one life of a gateway: what it has in memory ends with it."""

    phase: Phase = Phase.NEW
    asked: set[str] = field(default_factory=set)
    """The gates that were asked to write: these may know by that, the others only by what all are told."""
    bans: set[str] = field(default_factory=set)
    frees: set[str] = field(default_factory=set)
    bans_everywhere: bool = False
    frees_everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """What a check has to say, worked out when it was asked; None says that either will do.

    `anywhere`: not only the gate that was asked, but whoever answers.
    """

    player: str
    gate: str
    phase: Phase
    is_banned: bool | None
    anywhere: bool


@dataclass(slots=True)
class Model:
    """Bans and lifts as clients see them. `wrong` is what may not be, in words."""

    players: dict[str, _Known] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    incidents: dict[str, bool] = field(default_factory=dict)
    """Whether each incident that was sent has been accepted."""
    answering: set[str] = field(default_factory=set)
    """The gates that have answered a check: what they have in memory does not go away with NATS or Postgres."""

    def asks(self, player: str, gate: str, *, lifts: bool) -> None:
        """A request to ban or to lift goes out; it may be sent more than once."""
        known = self.players.setdefault(player, _Known())
        known.phase = max(known.phase, Phase.LIFT_ASKED if lifts else Phase.BAN_ASKED)
        known.asked.add(gate)

    def accepted(self, player: str, gate: str, *, lifts: bool, is_done: bool) -> None:
        """It was answered with 2xx; `is_done` with its result."""
        known = self.players[player]
        known.phase = max(known.phase, Phase.LIFT_ACCEPTED if lifts else Phase.BAN_ACCEPTED)
        if is_done and not lifts:
            known.bans.add(gate)
        elif is_done:
            known.frees.add(gate)

    def expects(self, player: str, gate: str) -> Expected:
        """What a check that is asked now has to say."""
        known = self.players.get(player, _Known())
        must = _must(known, gate)
        return Expected(player, gate, known.phase, must, anywhere=must is not None and must is _must(known, ""))

    def checked(self, expected: Expected, gate: str, *, is_banned: bool) -> None:
        """It was answered, by the gate that was asked or a later life of it."""
        known = self.players.get(expected.player, _Known())
        self.counts["checks answered"] += 1
        is_held_to = gate == expected.gate or expected.anywhere
        is_wrong = expected.is_banned not in {None, is_banned}
        if is_wrong and is_held_to and not _has_passed(expected.phase, known.phase):
            said, right = ("banned", "free") if is_banned else ("free", "banned")
            self.wrong.append(f"{gate} said that {expected.player} is {said}, and knew: {right} ({known.phase.name})")
        self.answering.add(gate)
        self._learn(known, gate, is_banned=is_banned)

    def refused(self, gate: str | None, said: str) -> None:
        """A check was answered with "not now", which nobody may who has answered one before."""
        if gate in self.answering:
            self.wrong.append(f"{gate} has answered checks before and refused one with {said}")

    def is_banned(self, player: str) -> bool | None:
        """How it has to be once everything has come to rest; None where nothing was promised."""
        match self.players[player].phase:
            case Phase.BAN_ACCEPTED:
                return True
            case Phase.LIFT_ACCEPTED:
                return False
            case Phase.NEW:
                return False
            case Phase.BAN_ASKED | Phase.LIFT_ASKED:
                return None

    def of(self, *, is_banned: bool | None) -> set[str]:
        """The players that have to be so in the end."""
        return {player for player in self.players if self.is_banned(player) is is_banned}

    def _learn(self, known: _Known, gate: str, *, is_banned: bool) -> None:
        if is_banned and known.phase in {Phase.BAN_ASKED, Phase.BAN_ACCEPTED}:
            known.bans.add(gate)
            known.bans_everywhere |= gate not in known.asked
        elif not is_banned and known.phase is Phase.LIFT_ACCEPTED and (known.bans_everywhere or gate in known.bans):
            known.frees.add(gate)
            known.frees_everywhere |= gate not in known.asked


def _must(known: _Known, gate: str) -> bool | None:
    match known.phase:
        case Phase.NEW:
            return False
        case Phase.BAN_ASKED | Phase.BAN_ACCEPTED:
            return True if known.bans_everywhere or gate in known.bans else None
        case Phase.LIFT_ASKED:
            return None
        case Phase.LIFT_ACCEPTED:
            return False if known.frees_everywhere or gate in known.frees else None


def _has_passed(then: Phase, now: Phase) -> bool:
    """Whether what a check has to say has changed since it was asked."""
    group = {
        Phase.NEW: 0,
        Phase.BAN_ASKED: 1,
        Phase.BAN_ACCEPTED: 1,
        Phase.LIFT_ASKED: 2,
        Phase.LIFT_ACCEPTED: 3,
    }
    return group[then] != group[now]
