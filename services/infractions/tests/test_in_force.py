"""Whatever happens, in any order, what is in force agrees with a plain model of facts gflbans 2.2."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from services.infractions.tests.scenes import (
    IDS,
    PLAYER,
    START,
    World,
    amend,
    issue,
    lift,
    lift_all,
    reinstate,
    serve,
)

from banstream_contracts.events.event import stored
from banstream_contracts.infraction_messages import EVENT, AnyCommand
from banstream_contracts.infractions import Infraction, Lifetime, Punishment, Scope
from banstream_infractions.domain.evolution import fold


@dataclass
class Plain:
    """One infraction as facts gflbans 2.2 has it, kept by hand."""

    punishments: set[Punishment]
    lifetime: Lifetime
    ends_at: datetime | None = None
    time_left: int = 0
    is_lifted: bool = False
    has_ended: bool = False
    scope: Scope = Scope.GLOBAL

    def is_in_force(self, now: datetime) -> bool:
        if self.is_lifted or self.has_ended:
            return False
        return (
            self.lifetime is Lifetime.PERMANENT
            or (self.lifetime is Lifetime.TIMED and self.ends_at is not None and self.ends_at > now)
            or (self.lifetime is Lifetime.ONLINE and self.time_left > 0)
        )


@dataclass
class Model:
    """What a careful clerk would write down."""

    now: datetime = START
    known: dict[str, Plain] = field(default_factory=dict)

    def do(self, command: AnyCommand) -> None:
        if command.type == "lift_restrictions":
            self._lift_all(set(command.punishments))
        elif command.type == "issue_infraction":
            if command.infraction_id not in self.known and not _contradicts(command.punishments, command.lifetime):
                self.known[command.infraction_id] = _issued(command)
        elif infraction := self.known.get(getattr(command, "infraction_id", "")):
            self._change(infraction, command)

    def _change(self, infraction: Plain, command: Any) -> None:
        match command.type:
            case "lift_infraction" if not infraction.has_ended:
                infraction.is_lifted = True
            case "reinstate_infraction" if infraction.is_lifted:
                is_timed = infraction.lifetime is Lifetime.TIMED
                infraction.is_lifted = is_timed and (infraction.ends_at or self.now) <= self.now
            case "serve_time" if infraction.lifetime is Lifetime.ONLINE and infraction.is_in_force(self.now):
                infraction.time_left = max(0, infraction.time_left - command.seconds)
                infraction.has_ended = infraction.time_left == 0
            case "amend_infraction" if not (infraction.is_lifted or infraction.has_ended):
                _amend(infraction, command.changes)

    def _lift_all(self, wanted: set[Punishment]) -> None:
        for each in self.known.values():
            if each.punishments and each.is_in_force(self.now):
                left = each.punishments - wanted if wanted else set()
                each.is_lifted = not left
                each.punishments = left or each.punishments

    def pass_time(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        for each in self.known.values():
            if each.lifetime is Lifetime.TIMED and not each.is_lifted and each.ends_at and each.ends_at <= self.now:
                each.has_ended = True


def _contradicts(punishments: Any, lifetime: Lifetime) -> bool:
    return Punishment.BAN in punishments and lifetime in {Lifetime.ONLINE, Lifetime.SESSION}


def _issued(command: Any) -> Plain:
    ends_at = START + timedelta(seconds=command.duration_seconds) if command.lifetime is Lifetime.TIMED else None
    left = command.duration_seconds if command.lifetime is Lifetime.ONLINE else 0
    return Plain(set(command.punishments), command.lifetime, ends_at, left, scope=command.scope)


def _amend(infraction: Plain, changes: Any) -> None:
    """The strategies send one way to end or a list of punishments, never both."""
    if changes.punishments is not None:
        if set(changes.punishments) != infraction.punishments and not _contradicts(
            changes.punishments, infraction.lifetime
        ):
            infraction.punishments = set(changes.punishments)
        return
    if changes.time_left_seconds is not None:
        if _contradicts(infraction.punishments, Lifetime.ONLINE):
            return
        infraction.lifetime, infraction.time_left = Lifetime.ONLINE, changes.time_left_seconds
        infraction.ends_at = None
        infraction.has_ended = changes.time_left_seconds == 0
    elif changes.lifetime is Lifetime.SESSION:
        if not _contradicts(infraction.punishments, Lifetime.SESSION):
            infraction.lifetime = Lifetime.SESSION
    elif changes.duration_seconds:
        infraction.lifetime = Lifetime.TIMED
        infraction.ends_at = START + timedelta(seconds=changes.duration_seconds)
    else:
        infraction.lifetime, infraction.ends_at = Lifetime.PERMANENT, None


def strongest(infractions: list[tuple[Lifetime, datetime | None, int]], now: datetime) -> datetime | str | None:
    """Of those in force with one punishment: permanent wins, else the latest end (facts gflbans 2.2)."""
    if any(lifetime is Lifetime.PERMANENT for lifetime, _, _ in infractions):
        return "for good"
    ends = [ends_at or now + timedelta(seconds=left) for _, ends_at, left in infractions]
    return max(ends, default=None)


def of_domain(made: World, punishment: Punishment) -> list[tuple[Lifetime, datetime | None, int]]:
    return [
        (each.lifetime, each.expires_at, each.time_left_seconds or 0)
        for each in made.infractions()
        if punishment in each.punishments and each.is_in_force(made.now)
    ]


def of_model(model: Model, punishment: Punishment) -> list[tuple[Lifetime, datetime | None, int]]:
    return [
        (each.lifetime, each.ends_at, each.time_left)
        for each in model.known.values()
        if punishment in each.punishments and each.is_in_force(model.now)
    ]


_ids = st.sampled_from(IDS)
_seconds = st.sampled_from([30, 60, 90, 600])
_punishments = st.lists(
    st.sampled_from([Punishment.BAN, Punishment.VOICE_BLOCK, Punishment.CHAT_BLOCK]), max_size=3
).map(tuple)
_steps: st.SearchStrategy[AnyCommand | int] = st.one_of(
    st.builds(
        lambda infraction_id, punishments, lifetime, seconds: issue(
            infraction_id, punishments=punishments, lifetime=lifetime, duration_seconds=seconds, player=PLAYER
        ),
        _ids,
        _punishments,
        st.sampled_from(Lifetime),
        _seconds,
    ),
    st.builds(lambda i, s: amend(i, duration_seconds=s), _ids, st.none() | _seconds),
    st.builds(lambda i, s: amend(i, time_left_seconds=s), _ids, st.just(0) | _seconds),
    st.builds(lambda i: amend(i, lifetime=Lifetime.SESSION), _ids),
    st.builds(lambda i, p: amend(i, punishments=p), _ids, _punishments),
    st.builds(lift, _ids),
    st.builds(reinstate, _ids),
    st.builds(lambda p: lift_all(punishments=p), _punishments),
    st.builds(serve, _ids, _seconds),
    _seconds,
)


@given(st.lists(_steps, max_size=14))
def test_what_is_in_force_agrees_with_a_plain_model_whatever_happens(steps: list[AnyCommand | int]) -> None:
    made, model = World(), Model()
    for step in steps:
        if isinstance(step, int):
            made.pass_time(step)
            model.pass_time(step)
        else:
            made.do(step)
            model.do(step)
        for punishment in Punishment:
            mine, theirs = of_domain(made, punishment), of_model(model, punishment)
            assert len(mine) == len(theirs), punishment
            assert strongest(mine, made.now) == strongest(theirs, model.now), punishment
    events = [(EVENT.validate_python(stored(event)), place) for place, event in enumerate(made.events, 1)]
    assert list(fold(events).infractions.values()) == _of_player(made), "what is stored and read back is the same"


def _of_player(made: World) -> list[Infraction]:
    return list(made.records[f"player:{PLAYER}"].infractions.values()) if made.records else []


@given(st.lists(_steps, max_size=8), _steps)
def test_the_same_command_again_changes_nothing(steps: list[AnyCommand | int], last: AnyCommand | int) -> None:
    """Time served is the exception: that the command is one is what its id says."""
    made = World()
    for step in steps:
        _step(made, step)
    if not isinstance(last, int) and last.type != "serve_time":
        made.do(last)
        assert made.do(last).events == ()


def _step(made: World, step: AnyCommand | int) -> None:
    if isinstance(step, int):
        made.pass_time(step)
    else:
        made.do(step)
