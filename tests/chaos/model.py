"""What clients were promised, and what a gateway therefore has to answer. Knows nothing of the system itself."""

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

COPIED_SECONDS = 10.0
"""What a gateway has known for as long is in its copy: written a second later, and a process may be stopped for six."""

APART_SECONDS = 2.0
"""Between what a gateway heard of and what the other answered, and seconds that are told without their fraction."""


class Phase(IntEnum):
    """How far a player has come. What was asked for may have happened, or may happen yet."""

    NEW = 0
    BAN_ASKED = 1
    BAN_ACCEPTED = 2
    LIFT_ASKED = 3
    LIFT_ACCEPTED = 4


@dataclass(slots=True)
class _Told:
    """By which gates a ban, or its end, is known, and since when; `everywhere`: since when it is told to all."""

    gates: dict[str, float] = field(default_factory=dict)
    everywhere: float = math.inf


@dataclass(slots=True)
class _Known:
    """What is known of a player. A gate is one life of a gateway: what it has in memory ends with it."""

    phase: Phase = Phase.NEW
    asked: set[str] = field(default_factory=set)
    """The gates that were asked to write: these may know by that, the others only by what all are told."""
    ban: _Told = field(default_factory=_Told)
    end: _Told = field(default_factory=_Told)

    @property
    def told(self) -> _Told:
        """What there is to know of, in its phase."""
        match self.phase:
            case Phase.NEW:
                return _Told(everywhere=-math.inf)
            case Phase.BAN_ASKED | Phase.BAN_ACCEPTED:
                return self.ban
            case Phase.LIFT_ASKED:
                return _Told()
            case Phase.LIFT_ACCEPTED:
                return self.end


@dataclass(frozen=True, slots=True)
class Expected:
    """What a check has to say, worked out when it was asked at `asked_at`: `is_banned`, where that is known.

    `everywhere` and `here` say since when: whoever answers, and the gate that was asked. `copied_until` is the end of
    the last of its earlier lives whose copy has it.
    """

    player: str
    gate: str
    phase: Phase
    is_banned: bool
    asked_at: float
    everywhere: float
    here: float
    copied_until: float

    def holds(self, gate: str, stale_seconds: float | None) -> bool:
        """Whether an answer of a gate, which says how long it has been without news, is held to it.

        Who says nothing of it knows all that is told; who does, what was told by then, and what its copy has.
        """
        is_asked = gate == self.gate
        if stale_seconds is None:
            return self.everywhere < math.inf or (is_asked and self.here < math.inf)
        shown = self.asked_at - stale_seconds
        is_of_copy = is_asked and shown - APART_SECONDS <= self.copied_until
        return is_of_copy or self.everywhere <= shown - APART_SECONDS or (is_asked and self.here < math.inf)


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
    killed_at: Mapping[str, float] = field(default_factory=dict)
    """When each gate that is no more was killed."""
    now: Callable[[], float] = time.monotonic

    def asks(self, player: str, gate: str, *, lifts: bool) -> None:
        """A request to ban or to lift goes out; it may be sent more than once."""
        known = self.players.setdefault(player, _Known())
        known.phase = max(known.phase, Phase.LIFT_ASKED if lifts else Phase.BAN_ASKED)
        known.asked.add(gate)

    def accepted(self, player: str, gate: str, *, lifts: bool, is_done: bool) -> None:
        """It was answered with 2xx; `is_done` with its result."""
        known = self.players[player]
        known.phase = max(known.phase, Phase.LIFT_ACCEPTED if lifts else Phase.BAN_ACCEPTED)
        if is_done:
            (known.end if lifts else known.ban).gates.setdefault(gate, self.now())

    def expects(self, player: str, gate: str) -> Expected:
        """What a check that is asked now has to say."""
        known = self.players.get(player, _Known())
        told = known.told
        return Expected(
            player,
            gate,
            known.phase,
            is_banned=told is known.ban,
            asked_at=self.now(),
            everywhere=told.everywhere,
            here=told.gates.get(gate, math.inf),
            copied_until=self._copied_until(told, gate),
        )

    def checked(self, expected: Expected, gate: str, *, is_banned: bool, stale_seconds: float | None = None) -> None:
        """It was answered, by the gate that was asked or a later life of it."""
        known = self.players.get(expected.player, _Known())
        self.counts["checks answered"] += 1
        if stale_seconds is not None:
            self.counts["checks answered without news"] += 1
        is_wrong = expected.is_banned is not is_banned and expected.holds(gate, stale_seconds)
        if is_wrong and not _has_passed(expected.phase, known.phase):
            said, right = ("banned", "free") if is_banned else ("free", "banned")
            stale = "" if stale_seconds is None else f", {stale_seconds} s stale"
            told = f"{gate} said that {expected.player} is {said}{stale}, and knew: {right} ({known.phase.name})"
            self.wrong.append(told)
        self.answering.add(gate)
        self._learn(known, gate, is_banned=is_banned, is_in_step=stale_seconds is None)

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

    def _copied_until(self, told: _Told, gate: str) -> float:
        copied = (
            self.killed_at[former]
            for former, since in told.gates.items()
            if former != gate and _gateway(former) == _gateway(gate) and former in self.killed_at
            if self.killed_at[former] - since >= COPIED_SECONDS
        )
        return max(copied, default=-math.inf)

    def _learn(self, known: _Known, gate: str, *, is_banned: bool, is_in_step: bool) -> None:
        """Who answers from a copy may know of it by what an earlier life was asked."""
        if is_banned and known.phase in {Phase.BAN_ASKED, Phase.BAN_ACCEPTED}:
            told = known.ban
        elif (
            not is_banned
            and known.phase is Phase.LIFT_ACCEPTED
            and (known.ban.everywhere < math.inf or gate in known.ban.gates)
        ):
            told = known.end
        else:
            return
        told.gates.setdefault(gate, self.now())
        was_asked = gate in known.asked if is_in_step else _gateway(gate) in map(_gateway, known.asked)
        if not was_asked:
            told.everywhere = min(told.everywhere, self.now())


def _gateway(gate: str) -> str:
    return gate.partition(" #")[0]


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
