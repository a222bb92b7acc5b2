"""Commands of every kind by chance, about few things, so that they meet."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.infractions.tests.account_commands import invite, join
from services.infractions.tests.ban_list_commands import ADDRESS, OTHER_ADDRESS, sealed
from services.infractions.tests.scenes import (
    ADMIN,
    CALLED,
    OTHER,
    OTHER_POLICY,
    OURS,
    PLAYER,
    POLICY,
    SECOND_ADMIN,
    START,
    THEIRS,
    about,
    terms,
)
from services.infractions.tests.test_evidence import PNG, attach

from banstream_contracts.accounts import Role, account_id
from banstream_contracts.admins import Right
from banstream_contracts.appeals import AppealReason, Verdict
from banstream_contracts.commands.accounts import ChangeRole, RevokeSessions
from banstream_contracts.commands.admins import RemoveAdmin, SetAdmin
from banstream_contracts.commands.appeals import AnswerAppeal, AssignAppeal, DecideAppeal, OpenAppeal, RenewAppealCode
from banstream_contracts.commands.calls import CallAdmin, ClaimCall
from banstream_contracts.commands.credentials import CreateCredential, RevokeCredential, RotateCredential
from banstream_contracts.commands.exempting import ExemptPlayer
from banstream_contracts.commands.infractions import (
    AmendInfraction,
    ImportInfraction,
    InfractionChanges,
    IssueInfraction,
    LiftInfraction,
    LiftRestrictions,
    OpenRequest,
    ReinstateInfraction,
    ServeTime,
)
from banstream_contracts.commands.networks import MarkNetworks, UnmarkNetworks
from banstream_contracts.commands.playing import RequestKick
from banstream_contracts.commands.requests import ApproveRequest, AssignRequest, RejectRequest
from banstream_contracts.commands.tiering import IssueByPolicy, RegisterTieringPolicy, UnlinkTieringPolicy
from banstream_contracts.erasure import ErasePlayer
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Actor, Lifetime, LiftedBefore, Punishment, Scope
from banstream_contracts.networks import NetworkKind, NetworkMark
from banstream_contracts.policies import AutomaticBan

SERVERS, POLICIES = (OURS, THEIRS), (POLICY, OTHER_POLICY)
PLAYERS, ADMINS = (PLAYER, OTHER), (ADMIN, SECOND_ADMIN)
IMPORTS = ("c1" * 12, "c2" * 12)
TOKENS = ("5" * 24, "6" * 24)
PUNISHMENTS: tuple[tuple[Punishment, ...], ...] = (
    (),
    (Punishment.BAN,),
    (Punishment.VOICE_BLOCK,),
    (Punishment.CHAT_BLOCK, Punishment.CALL_ADMIN_BLOCK),
)
NETWORKS = ("AS64496", "192.0.2.0/24")
ADDRESSES = (sealed(ADDRESS), sealed(OTHER_ADDRESS))
OWNER = Actor(kind="person", id=account_id("ada"))


@dataclass
class AnyCommands:
    """A sequence of commands; the same of the same chance, but for the ids of commands."""

    chance: random.Random
    now: datetime = START
    infractions: list[str] = field(default_factory=list)
    issued: dict[str, AnyCommand] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    appeals: list[str] = field(default_factory=list)
    made: int = 0

    def first(self) -> list[AnyCommand]:
        """What others take for granted."""
        rights = tuple(right for right in Right if right is not Right.IMMUNE)
        return [
            invite("ada", Role.OWNER),
            join("ada"),
            SetAdmin(**self._about(player=ADMIN, name="Alyx", rights=rights)),
            *(self._register(policy) for policy in POLICIES),
        ]

    def next(self) -> AnyCommand:
        """One of those of infractions more often than of the others, in the name of an admin now and then."""
        self.now += timedelta(seconds=self.chance.randrange(400))
        of_one = [self._of_one] * 3
        kinds = [self._issue, self._import, *of_one, self._of_many, self._of_staff, self._of_appeals]
        command = self._any_of(kinds)
        if command.actor.kind == "person" or self.chance.random() < 0.8:
            return command
        actor = Actor(kind="server", id=OURS, name="EU 1", admin=self.chance.choice(ADMINS))
        return command.model_copy(update={"actor": actor})

    def _issue(self) -> AnyCommand:
        infraction_id = self._infraction()
        self.issued[infraction_id] = self._issue_as(infraction_id)
        return self.issued[infraction_id]

    def _issue_as(self, infraction_id: str) -> AnyCommand:
        whom: dict[str, Any] = {"player": self.chance.choice(PLAYERS)}
        if self.chance.random() < 0.4:
            whom["address"] = self.chance.choice(ADDRESSES)
            whom |= {} if self.chance.random() < 0.6 else {"player": None}
        if whom["player"]:
            whom |= {"player_name": "Trillian"}
        if self.chance.random() < 0.3:
            policies = {"tiering_policy_id": self.chance.choice(POLICIES), "also_count": (POLICY,)}
            return IssueByPolicy(**self._about(infraction_id=infraction_id, server_id=OURS, **policies, **whom))
        punishments = self.chance.choice(PUNISHMENTS)
        lifetimes = [Lifetime.PERMANENT, Lifetime.TIMED, Lifetime.ONLINE, Lifetime.SESSION]
        lifetime = self.chance.choice(lifetimes[:2] if Punishment.BAN in punishments else lifetimes)
        return IssueInfraction(
            **self._about(
                infraction_id=infraction_id,
                punishments=punishments,
                lifetime=lifetime,
                duration_seconds=600 if lifetime in {Lifetime.TIMED, Lifetime.ONLINE} else None,
                reason=self.chance.choice(("aimbot", "spam")),
                note="seen twice",
                scope=self.chance.choice(tuple(Scope)),
                server_id=self.chance.choice(SERVERS),
                unless_in_force=self.chance.random() < 0.5,
                address_duration_seconds=self.chance.choice((None, 300)),
                **whom,
            )
        )

    def _import(self) -> AnyCommand:
        """Of few rows, so that they come again as they were, and changed."""
        row = str(self.chance.randrange(4))
        if row not in self.rows:
            self.rows[row] = self._infraction()
        lifted = LiftedBefore(by="Old Admin") if self.chance.random() < 0.3 else None
        ends_at = START + timedelta(seconds=self.chance.randrange(60_000))
        return ImportInfraction(
            **self._about(
                infraction_id=self.rows[row],
                player=PLAYERS[int(row) % 2],
                address=self.chance.choice((None, *ADDRESSES)),
                punishments=self.chance.choice(PUNISHMENTS),
                reason="aimbot",
                note="seen there",
                import_id=self.chance.choice(IMPORTS),
                source="litebans",
                row=row,
                digest=str(self.chance.randrange(3)) * 64,
                began_at=self.chance.choice((None, START - timedelta(days=9))),
                ends_at=self.chance.choice((None, ends_at)),
                lifted=lifted,
            )
        )

    def _of_one(self) -> AnyCommand:
        if not self.infractions:
            return self._issue()
        about_it = self._about(infraction_id=self.chance.choice(self.infractions))
        changes: list[dict[str, Any]] = [
            {"reason": "wallhack"},
            {"duration_seconds": 900},
            {"punishments": (Punishment.VOICE_BLOCK,)},
        ]
        end = self.chance.choice((None, self.now + timedelta(seconds=self.chance.randrange(900))))
        return self._any_of(
            [
                lambda: ServeTime(**about_it, seconds=60, server_id=OURS),
                lambda: AmendInfraction(**about_it, changes=InfractionChanges(**self.chance.choice(changes))),
                lambda: AmendInfraction(**about_it, changes=InfractionChanges(address_expires_at=end)),
                lambda: ExemptPlayer(
                    **about_it, player=self.chance.choice(PLAYERS), is_exempt=self.chance.random() < 0.7
                ),
                lambda: LiftInfraction(**about_it, reason="appeal"),
                lambda: LiftInfraction(**about_it, reason="wrong file", import_id=IMPORTS[0]),
                lambda: ReinstateInfraction(**about_it, reason="it was right"),
                lambda: RenewAppealCode(**about_it),
                lambda: attach(PNG + bytes([self.made % 20]), about_it["infraction_id"]),
                lambda: self._again(about_it["infraction_id"]),
            ]
        )

    def _again(self, infraction_id: str) -> AnyCommand:
        """Of the same person: whoever makes an id makes it for one."""
        issued = self.issued.get(infraction_id) or self._issue()
        return issued.model_copy(update=self._about())

    def _of_many(self) -> AnyCommand:
        player, address, server_id = (
            self.chance.choice(PLAYERS),
            self.chance.choice(ADDRESSES),
            self.chance.choice(SERVERS),
        )
        hashed = address.hash if self.chance.random() < 0.5 else None
        return self._any_of(
            [
                lambda: LiftRestrictions(
                    **self._about(
                        player=player,
                        address_hash=hashed,
                        reason="amnesty",
                        with_warnings=self.chance.random() < 0.5,
                    )
                ),
                lambda: LiftRestrictions(
                    **self._about(
                        player=player, reason="x", punishments=(Punishment.BAN,), server_id=server_id, scopes=()
                    )
                ),
                lambda: CallAdmin(
                    **self._about(
                        call_id=self._id(), server_id=server_id, content=CALLED.model_copy(update={"caller": player})
                    )
                ),
                lambda: ClaimCall(**self._about(server_id=server_id, admin_name=self.chance.choice(("Alyx", "Eli")))),
                lambda: RequestKick(**self._about(player=player, reason="afk")),
                lambda: ErasePlayer(**self._about(player=player, reason="asked for", lift=self.chance.random() < 0.7)),
            ]
        )

    def _of_staff(self) -> AnyCommand:
        token, network, admin = (self.chance.choice(each) for each in (TOKENS, NETWORKS, ADMINS))
        policy, roles = self.chance.choice(POLICIES), (Role.OWNER, Role.ADMIN, Role.MODERATOR)
        about_it = {"credential_id": token}
        mark = NetworkMark(network=network, kind=self.chance.choice(tuple(NetworkKind)))
        ada = self._about(account_id=account_id("ada"), actor=OWNER)
        rights = tuple(self.chance.sample([right for right in Right if right is not Right.IMMUNE], 6))
        made = {"kind": "token", "name": "bot", "scopes": ("punish",), "key_hash": self._id().zfill(64)}
        return self._any_of(
            [
                lambda: SetAdmin(**self._about(player=admin, name="Alyx", rights=rights)),
                lambda: RemoveAdmin(**self._about(player=admin, reason="left")),
                lambda: self._register(policy),
                lambda: UnlinkTieringPolicy(**self._about(tiering_policy_id=policy, server_id=OURS)),
                lambda: CreateCredential(**self._about(**about_it, **made)),
                lambda: RotateCredential(**self._about(**about_it, key_hash=self._id().zfill(64))),
                lambda: RevokeCredential(**self._about(**about_it, reason="lost")),
                lambda: MarkNetworks(**self._about(marks=(mark,))),
                lambda: UnmarkNetworks(**self._about(networks=(network,))),
                lambda: RevokeSessions(**ada),
                lambda: ChangeRole(**ada, role=self.chance.choice(roles)),
            ]
        )

    def _of_appeals(self) -> AnyCommand:
        if not (self.infractions and self.requests and self.appeals) or self.chance.random() < 0.4:
            return self._asked()
        of_request = self._about(request_id=self.chance.choice(self.requests))
        of_appeal = self._about(appeal_id=self.chance.choice(self.appeals))
        verdict = self.chance.choice((Verdict.UPHELD, Verdict.OVERTURNED))
        return self._any_of(
            [
                lambda: ApproveRequest(**of_request, infraction_id=self._infraction()),
                lambda: RejectRequest(**of_request, reason="lag"),
                lambda: AssignRequest(**of_request, assignee=self.chance.choice(("Alice", "Bob"))),
                lambda: AnswerAppeal(**of_appeal, side="player", sealed_text=ADDRESSES[0].sealed),
                lambda: AssignAppeal(**of_appeal, assignee=self.chance.choice(("Alice", "Bob"))),
                lambda: DecideAppeal(**of_appeal, verdict=verdict, text="so it is"),
            ]
        )

    def _asked(self) -> AnyCommand:
        if self.infractions and len(self.appeals) <= len(self.requests):
            self.appeals.append(self._id())
            about_it = {"appeal_id": self.appeals[-1], "infraction_id": self.chance.choice(self.infractions)}
            text = ADDRESSES[0].sealed
            return OpenAppeal(**self._about(**about_it, reason=AppealReason.NOT_ME, sealed_text=text))
        self.requests.append(self._id())
        suggested = AutomaticBan(
            infraction_id=self._id(), duration_seconds=3600, scope=Scope.GLOBAL, reason="10 incidents"
        )
        return OpenRequest(
            **self._about(
                request_id=self.requests[-1],
                player=self.chance.choice(PLAYERS),
                reason="look",
                server_id=OURS,
                suggested=suggested if self.chance.random() < 0.5 else None,
                player_name="Trillian",
            )
        )

    def _register(self, policy: str) -> AnyCommand:
        named = terms(name=self.chance.choice(("Mic spam", "Spam")))
        return RegisterTieringPolicy(**self._about(tiering_policy_id=policy, server_id=OURS, terms=named))

    def _any_of(self, kinds: Sequence[Callable[[], AnyCommand]]) -> AnyCommand:
        return self.chance.choice(kinds)()

    def _infraction(self) -> str:
        self.infractions.append(self._id())
        return self.infractions[-1]

    def _id(self) -> str:
        """They rise, as those of infractions do."""
        self.made += 1
        return f"{self.made:024x}"

    def _about(self, **values: Any) -> dict[str, Any]:
        return about(self.now, **values)
