"""Commands, and what a sequence of them makes of the streams they concern, for tests of decisions."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from banstream_contracts.accounts import Role
from banstream_contracts.admins import Right
from banstream_contracts.calls import CallContent
from banstream_contracts.commands.admins import SetAdmin
from banstream_contracts.commands.calls import CallAdmin
from banstream_contracts.commands.infractions import (
    AmendInfraction,
    InfractionChanges,
    IssueInfraction,
    LiftInfraction,
    LiftRestrictions,
    ReinstateInfraction,
    ServeTime,
)
from banstream_contracts.commands.tiering import IssueByPolicy, RegisterTieringPolicy
from banstream_contracts.infraction_messages import AnyCommand, AnyEvent
from banstream_contracts.infractions import Actor, Infraction, Lifetime, Punishment
from banstream_contracts.players import Player
from banstream_contracts.sealed import SealedAddress
from banstream_contracts.tiering import Tier, TieringTerms
from banstream_infractions.domain.concerns import concern_of, whose
from banstream_infractions.domain.decisions import decide
from banstream_infractions.domain.evolution import evolve
from banstream_infractions.domain.record import Decision, Record
from banstream_infractions.domain.serving import expire
from banstream_infractions.domain.terms import Terms
from banstream_runtime.identifiers import new_id

START = datetime(2026, 1, 1, tzinfo=UTC)
OURS, THEIRS = "a" * 24, "b" * 24
IDS = ("1" * 24, "2" * 24, "3" * 24)
POLICY, OTHER_POLICY = "7" * 24, "8" * 24
PLAYER, OTHER = Player(service="roblox", id="1"), Player(service="roblox", id="2")
ADMIN, SECOND_ADMIN = Player(service="roblox", id="8"), Player(service="roblox", id="9")
HERE, ELSEWHERE = "ad" * 32, "bd" * 32
SERVER = Actor(kind="server", id=OURS, name="EU 1")
MODERATOR = Actor(kind="token", id="0" * 24)
CALLED = CallContent(caller=PLAYER, caller_name="builderman", message="flies")


def about(at: datetime = START, **values: Any) -> dict[str, Any]:
    return {"command_id": new_id(), "issued_at": at, "actor": MODERATOR, "correlation_id": new_id(), **values}


def issue(infraction_id: str = IDS[0], *, at: datetime = START, **changes: Any) -> IssueInfraction:
    values = about(
        at,
        infraction_id=infraction_id,
        player=PLAYER,
        punishments=(Punishment.VOICE_BLOCK,),
        lifetime=Lifetime.PERMANENT,
        reason="mic spam",
        server_id=OURS,
    )
    return IssueInfraction(**{**values, **changes})


def online(infraction_id: str = IDS[0], seconds: int = 600, **changes: Any) -> IssueInfraction:
    return issue(infraction_id, lifetime=Lifetime.ONLINE, duration_seconds=seconds, **changes)


def amend(infraction_id: str = IDS[0], *, at: datetime = START, **changes: Any) -> AmendInfraction:
    return AmendInfraction(**about(at, infraction_id=infraction_id, changes=InfractionChanges(**changes)))


def lift(infraction_id: str = IDS[0], *, at: datetime = START) -> LiftInfraction:
    return LiftInfraction(**about(at, infraction_id=infraction_id, reason="appeal"))


def lift_all(**changes: Any) -> LiftRestrictions:
    return LiftRestrictions(**{**about(player=PLAYER, reason="amnesty"), **changes})


def reinstate(infraction_id: str = IDS[0], *, at: datetime = START) -> ReinstateInfraction:
    return ReinstateInfraction(**about(at, infraction_id=infraction_id, reason="it was right"))


def serve(infraction_id: str = IDS[0], seconds: int = 60, *, at: datetime = START, server_id: str = OURS) -> ServeTime:
    return ServeTime(**about(at, infraction_id=infraction_id, seconds=seconds, server_id=server_id))


def make_admin(*rights: Right, player: Player = ADMIN, name: str = "Alyx") -> SetAdmin:
    return SetAdmin(**about(player=player, name=name, rights=rights))


def call(call_id: str = IDS[0], *, at: datetime = START, **changes: Any) -> CallAdmin:
    return CallAdmin(**{**about(at, call_id=call_id, server_id=OURS, content=CALLED), **changes})


def terms(**changes: Any) -> TieringTerms:
    values: dict[str, Any] = {
        "name": "Mic spam",
        "tier_ttl_seconds": 86_400,
        "default_reason": "mic spam",
        "tiers": (
            Tier(),
            Tier(punishments=(Punishment.VOICE_BLOCK,), duration_seconds=1800, online=True),
            Tier(punishments=(Punishment.VOICE_BLOCK,), duration_seconds=3600),
            Tier(punishments=(Punishment.BAN,)),
        ),
    }
    return TieringTerms(**{**values, **changes})


def register(policy_id: str = POLICY, **changes: Any) -> RegisterTieringPolicy:
    return RegisterTieringPolicy(**about(tiering_policy_id=policy_id, server_id=OURS, terms=terms(**changes)))


def by_policy(infraction_id: str, *, at: datetime = START, **changes: Any) -> IssueByPolicy:
    values = about(at, infraction_id=infraction_id, tiering_policy_id=POLICY, player=PLAYER, server_id=OURS)
    return IssueByPolicy(**{**values, **changes})


def address(hashed: str = HERE) -> SealedAddress:
    return SealedAddress(hash=hashed, sealed="c2VhbGVk")


def by(command: AnyCommand, admin: Player | None = None, *, server_id: str = OURS) -> AnyCommand:
    """The command as a server sends it, in the name of an admin where one is given."""
    actor = Actor(kind="server", id=server_id, name="EU 1", admin=admin)
    return command.model_copy(update={"actor": actor})


def code(decision: Decision) -> str | None:
    return decision.refusal.code if decision.refusal else None


@dataclass
class World:
    """Every stream, as the commands so far have made it."""

    now: datetime = START
    records: dict[str, Record] = field(default_factory=dict)
    events: list[AnyEvent] = field(default_factory=list)
    terms: Terms = field(default_factory=Terms)

    def infraction(self, infraction_id: str = IDS[0]) -> Infraction:
        return next(
            record.infractions[infraction_id] for record in self.records.values() if infraction_id in record.infractions
        )

    def infractions(self) -> list[Infraction]:
        return [each for record in self.records.values() for each in record.infractions.values()]

    def decide(self, command: AnyCommand) -> Decision:
        """What would become of a command, with the streams that the service would load for it."""
        located = {each.id: stream for stream, record in self.records.items() for each in record.infractions.values()}
        located |= {record.credential.id: stream for stream, record in self.records.items() if record.credential}
        located |= {each.request.id: f"player:{each.request.player}" for each in self.records.values() if each.request}
        sharing: dict[str, list[str]] = {}
        for stream, record in self.records.items():
            for each in record.infractions.values():
                if each.address_hash:
                    sharing.setdefault(each.address_hash, []).append(stream)
        appeals = [each.appeal for each in self.records.values() if each.appeal]
        located |= {each.id: whose(each.player, each.address_hash) for each in appeals}
        for stream, record in self.records.items():
            if record.appeal:
                sharing.setdefault(record.appeal.infraction_id, []).append(stream)
        owners = [stream for stream, each in self.records.items() if each.account and each.account.role is Role.OWNER]
        concern = concern_of(command, located, sharing, owners)
        context = {stream: self.records.get(stream, Record()) for stream in concern.context}
        return decide(command, self.records.get(concern.stream, Record()), self.now, context, self.terms)

    def do(self, *commands: AnyCommand) -> Decision:
        """Carry out commands; gives what became of the last."""
        decision = Decision()
        for command in commands:
            decision = self.decide(command)
            self._take(decision.events)
        return decision

    def pass_time(self, seconds: float) -> None:
        """Let time go by, and the service notice what has ended."""
        self.now += timedelta(seconds=seconds)
        for record in list(self.records.values()):
            self._take(expire(record, self.now).events)

    def _take(self, events: Iterable[AnyEvent]) -> None:
        for event in events:
            self.events.append(event)
            record = self.records.get(event.stream, Record())
            self.records[event.stream] = evolve(record, event, len(self.events))


def world(*commands: AnyCommand) -> World:
    """One in which commands were carried out."""
    made = World()
    made.do(*commands)
    return made
