"""Whatever servers and staff do, a check agrees with a plain model of facts gflbans 2.2.

The domain decides, its read model says what restricts whom, and the gateway's memory and its pure half of a check make
the answer of that; the model knows none of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services.infractions.tests import test_in_force as plain
from services.infractions.tests.scenes import (
    HERE,
    OTHER,
    OURS,
    PLAYER,
    START,
    THEIRS,
    World,
    address,
    amend,
    issue,
    lift,
    lift_all,
    reinstate,
    serve,
)

from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Lifetime, Punishment, Scope, Status
from banstream_contracts.players import Player, address_token
from banstream_edge.check import Asking, strongest
from banstream_gateway.game_servers.accounting import Presence, Seen, beat
from banstream_gateway.gflbans import online_time
from banstream_gateway.held.restrictions import Restrictions
from banstream_gateway.held.standings import Restriction
from banstream_infractions.domain.answering import keys_of
from banstream_infractions.domain.infraction_states import standing_of

WHOSE: dict[str, tuple[Player | None, str | None]] = {
    "1" * 24: (PLAYER, None),
    "2" * 24: (PLAYER, HERE),
    "3" * 24: (None, HERE),
    "4" * 24: (OTHER, HERE),
}
"""Whom each infraction is about, if it is issued: a player, an address or both."""
ASKED = [(PLAYER, None), (PLAYER, HERE), (None, HERE), (OTHER, None)]
ASKING = [Asking(server, include) for server in (OURS, THEIRS, None) for include in (True, False)]
KEYS = (PLAYER.token, OTHER.token, address_token(HERE))


@dataclass(frozen=True, slots=True)
class Beat:
    """A heartbeat some seconds after what was before, with PLAYER at HERE connected or not."""

    server_id: str
    seconds: int
    is_there: bool
    include_other_servers: bool


Step = AnyCommand | Beat | int


@dataclass
class Clerk(plain.Model):
    """The plain model with addresses, servers, scopes and beats."""

    servers: dict[str, str | None] = field(default_factory=dict)
    last_beat: dict[str, tuple[datetime, bool]] = field(default_factory=dict)

    def do(self, command: AnyCommand) -> None:
        if command.type == "lift_restrictions":
            asking = Asking(command.server_id, command.include_other_servers)
            plain.Model(self.now, dict(self.about(command.player, command.address_hash, asking))).do(command)
        elif command.type == "amend_infraction" and command.changes.scope is not None:
            self._rescope(command.infraction_id, command.changes.scope)
        else:
            is_new = command.type == "issue_infraction" and command.infraction_id not in self.known
            super().do(command)
            if is_new and command.type == "issue_infraction":
                self.servers[command.infraction_id] = command.server_id

    def take(self, sent: Beat) -> None:
        """Whole seconds between two beats, ten minutes at most, and nothing after fifteen."""
        self.pass_time(sent.seconds)
        last, was_there = self.last_beat.get(sent.server_id, (self.now, False))
        self.last_beat[sent.server_id] = (self.now, sent.is_there)
        gap = int((self.now - last).total_seconds())
        if not (was_there and sent.is_there) or gap > 900:
            return
        for _, each in self.about(PLAYER, HERE, Asking(sent.server_id, sent.include_other_servers)):
            if each.lifetime is Lifetime.ONLINE and each.is_in_force(self.now):
                each.time_left = max(0, each.time_left - min(gap, 600))
                each.has_ended = each.time_left == 0

    def _rescope(self, infraction_id: str, scope: Scope) -> None:
        """What nobody's server issued cannot be held to one."""
        each = self.known.get(infraction_id)
        is_possible = scope is not Scope.SERVER or self.servers.get(infraction_id) is not None
        if each and is_possible and not (each.is_lifted or each.has_ended):
            each.scope = scope

    def about(self, player: Player | None, hashed: str | None, asking: Asking) -> list[tuple[str, plain.Plain]]:
        """The player's or the address's; of the asking server, of the community, or global where those count."""
        return [
            (infraction_id, each)
            for infraction_id, each in self.known.items()
            if (player and WHOSE[infraction_id][0] == player) or (hashed and WHOSE[infraction_id][1] == hashed)
            if (asking.server_id is not None and self.servers[infraction_id] == asking.server_id)
            or each.scope is Scope.COMMUNITY
            or (each.scope is Scope.GLOBAL and asking.include_other_servers)
        ]

    def times_left(self) -> dict[str, int | None]:
        """What is left of each that runs out while connected, warnings too."""
        return {
            infraction_id: each.time_left
            for infraction_id, each in self.known.items()
            if each.lifetime is Lifetime.ONLINE and each.is_in_force(self.now)
        }

    def check(self, player: Player | None, hashed: str | None, asking: Asking) -> dict[str, datetime | str | None]:
        """The end of each punishment in force."""
        found = [each for _, each in self.about(player, hashed, asking) if each.is_in_force(self.now)]
        return {
            punishment.value: plain.strongest(
                [(each.lifetime, each.ends_at, each.time_left) for each in found if punishment in each.punishments],
                self.now,
            )
            for punishment in Punishment
            if any(punishment in each.punishments for each in found)
        }


@dataclass
class Whole:
    """The domain and a gateway's memory, as KV `restrictions` lies between them."""

    world: World = field(default_factory=World)
    held: Restrictions = field(default_factory=Restrictions)
    last_beat: dict[str, Presence] = field(default_factory=dict)

    def do(self, command: AnyCommand) -> None:
        self.world.do(command)
        self.publish()

    def pass_time(self, seconds: int) -> None:
        self.world.pass_time(seconds)
        self.publish()

    def take(self, sent: Beat) -> None:
        """A beat as the gateway takes it, but for what it sends and stores."""
        self.pass_time(sent.seconds)
        now, asking = self.world.now, Asking(sent.server_id, sent.include_other_servers)
        there = (Seen(PLAYER.service, PLAYER.id),) if sent.is_there else ()
        presence = Presence(sent.server_id, now, now, players=there)
        measured = beat(self.last_beat.get(sent.server_id), presence)
        if measured.presence is None:
            return
        self.last_beat[sent.server_id] = measured.presence
        if not measured.staying or not measured.seconds:
            return
        held = self.lookup(PLAYER, HERE)
        told = strongest(online_time.after(held, measured.seconds, asking, now), asking, now)
        for infraction_id, seconds in online_time.served(held, measured.seconds, asking, now).items():
            self.do(serve(infraction_id, seconds, at=now, server_id=sent.server_id))
        assert ends(told, now) == self.check(PLAYER, HERE, asking), "a beat is answered as a check after it"

    def publish(self) -> None:
        """What the domain's sink writes, and the gateway's watch brings."""
        for key in KEYS:
            active = [
                each for each in self.world.infractions() if each.status is Status.ACTIVE and key in keys_of(each)
            ]
            standing = standing_of(len(self.world.events), active)
            self.held.apply(key, standing.model_dump_json().encode())

    def times_left(self) -> dict[str, int | None]:
        return {
            each.id: each.time_left_seconds
            for each in self.world.infractions()
            if each.lifetime is Lifetime.ONLINE and each.is_in_force(self.world.now)
        }

    def lookup(self, player: Player | None, hashed: str | None) -> list[Restriction]:
        keys = [*([player.token] if player else []), *([address_token(hashed)] if hashed else [])]
        return [each for key in keys for each in self.held.lookup(key)]

    def check(self, player: Player | None, hashed: str | None, asking: Asking) -> dict[str, datetime | str | None]:
        return ends(strongest(self.lookup(player, hashed), asking, self.world.now), self.world.now)


def ends(found: dict[str, Restriction], now: datetime) -> dict[str, datetime | str | None]:
    """The end of each punishment, as a check tells it."""
    return {punishment: _end(restriction, now) for punishment, restriction in found.items()}


def _end(restriction: Restriction, now: datetime) -> datetime | str | None:
    if restriction.lifetime == Lifetime.PERMANENT:
        return "for good"
    return restriction.expires_at or now + timedelta(seconds=restriction.time_left_seconds or 0)


def issued(infraction_id: str, punishments: Any, lifetime: Lifetime, seconds: int, scope: Scope, server: Any) -> Any:
    player, hashed = WHOSE[infraction_id]
    return issue(
        infraction_id,
        player=player,
        address=address(hashed) if hashed else None,
        punishments=punishments,
        lifetime=lifetime,
        duration_seconds=seconds,
        scope=scope,
        server_id=server or (OURS if scope is Scope.SERVER else None),
    )


def lifted(whom: tuple[Player | None, str | None], punishments: Any, server: str, include: bool) -> Any:
    player, hashed = whom
    return lift_all(
        player=player, address_hash=hashed, punishments=punishments, server_id=server, include_other_servers=include
    )


_ids = st.sampled_from([*WHOSE])
_seconds = st.sampled_from([30, 60, 90, 600, 3600])
_servers = st.sampled_from([OURS, THEIRS])
_anywhere = st.none() | _servers
_punishments = st.lists(
    st.sampled_from([Punishment.BAN, Punishment.VOICE_BLOCK, Punishment.CHAT_BLOCK]), max_size=3, unique=True
).map(tuple)
_steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(issued, _ids, _punishments, st.sampled_from(Lifetime), _seconds, st.sampled_from(Scope), _anywhere),
    st.builds(lambda i, s: amend(i, duration_seconds=s), _ids, st.none() | _seconds),
    st.builds(lambda i, s: amend(i, time_left_seconds=s), _ids, st.just(0) | _seconds),
    st.builds(lambda i: amend(i, lifetime=Lifetime.SESSION), _ids),
    st.builds(lambda i, p: amend(i, punishments=p), _ids, _punishments),
    st.builds(lambda i, s: amend(i, scope=s), _ids, st.sampled_from(Scope)),
    st.builds(lift, _ids),
    st.builds(reinstate, _ids),
    st.builds(lifted, st.sampled_from(ASKED), _punishments, _servers, st.booleans()),
    st.builds(Beat, _servers, st.sampled_from([1, 30, 31, 700, 1000]), st.booleans(), st.booleans()),
    _seconds,
)


def play(steps: Sequence[Step]) -> None:
    """Do the same to both, and ask both after every step."""
    whole, clerk = Whole(), Clerk(START)
    for step in steps:
        for side in (whole, clerk):
            match step:
                case int():
                    side.pass_time(step)
                case Beat():
                    side.take(step)
                case _:
                    side.do(step)
        assert whole.times_left() == clerk.times_left()
        for player, hashed in ASKED:
            for asking in ASKING:
                assert whole.check(player, hashed, asking) == clerk.check(player, hashed, asking), asking


@given(st.lists(_steps, max_size=12))
def test_every_check_agrees_with_a_plain_model_whatever_happens(steps: list[Step]) -> None:
    play(steps)


def here(seconds: int, server_id: str = OURS, *, is_there: bool = True) -> Beat:
    return Beat(server_id, seconds, is_there, include_other_servers=False)


def voice(infraction_id: str, lifetime: Lifetime, seconds: int = 600) -> Any:
    return issued(infraction_id, (Punishment.VOICE_BLOCK,), lifetime, seconds, Scope.GLOBAL, THEIRS)


BY_HAND: dict[str, list[Step]] = {
    "a gag runs down where it holds, and only while its player is there": [
        issued("1" * 24, (Punishment.CHAT_BLOCK,), Lifetime.ONLINE, 90, Scope.SERVER, OURS),
        *(here(30), here(30), here(30, THEIRS), here(30, THEIRS), here(30, is_there=False)),
        *(here(30), here(30), here(30), here(30)),
    ],
    "a warning runs down as a gag does": [
        issued("2" * 24, (), Lifetime.ONLINE, 90, Scope.SERVER, OURS),
        *(here(30), here(30), here(30), here(30, THEIRS), here(30), here(30)),
    ],
    "ten minutes at most count between two beats, and nothing after fifteen": [
        issued("2" * 24, (Punishment.CHAT_BLOCK,), Lifetime.ONLINE, 3600, Scope.SERVER, OURS),
        *(here(1), here(700), here(700), here(1000), here(30)),
    ],
    "the latest end wins whichever came first, and for good over all": [
        *(voice("1" * 24, Lifetime.TIMED, 30), voice("2" * 24, Lifetime.TIMED, 600), 30),
        *(voice("3" * 24, Lifetime.ONLINE, 3600), voice("4" * 24, Lifetime.PERMANENT)),
        *(lift("4" * 24), 600, reinstate("4" * 24)),
    ],
}


@pytest.mark.parametrize("steps", BY_HAND.values(), ids=BY_HAND.keys())
def test_so_does_every_check_of_what_is_tried_each_time(steps: list[Step]) -> None:
    play(steps)
