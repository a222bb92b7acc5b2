"""Who may do what: a server or token acts for itself, or in the name of an admin with that admin's rights. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from banstream_contracts.admins import Admin, Right
from banstream_contracts.commands.admins import RemoveAdmin, SetAdmin
from banstream_contracts.commands.command import Command
from banstream_contracts.commands.credentials import CreateCredential, RevokeCredential, RotateCredential
from banstream_contracts.commands.infractions import (
    ImportInfraction,
)
from banstream_contracts.commands.networks import MarkNetworks, UnmarkNetworks
from banstream_contracts.commands.playing import RequestKick
from banstream_contracts.commands.tiering import RegisterTieringPolicy, UnlinkTieringPolicy
from banstream_contracts.erasure import ErasePlayer
from banstream_contracts.evidence import AttachEvidence
from banstream_contracts.infractions import Infraction, Punishment, Scope
from banstream_contracts.players import Player
from banstream_infractions.domain.record import Context, Decision, Record, admin_of, refused

_OF_SCOPE = {Scope.GLOBAL: Right.SCOPE_GLOBAL, Scope.COMMUNITY: Right.SCOPE_COMMUNITY}
_OF_COMMAND: dict[type[Command], Right] = {
    SetAdmin: Right.MANAGE_ADMINS,
    RemoveAdmin: Right.MANAGE_ADMINS,
    RegisterTieringPolicy: Right.MANAGE_POLICIES,
    UnlinkTieringPolicy: Right.MANAGE_POLICIES,
    RequestKick: Right.KICK,
    MarkNetworks: Right.MANAGE_NETWORKS,
    UnmarkNetworks: Right.MANAGE_NETWORKS,
    ErasePlayer: Right.EDIT_ALL,
    AttachEvidence: Right.ATTACH,
    ImportInfraction: Right.EDIT_ALL,
}
"""What an admin needs for a command whatever it says; what others need depends on what they are about."""


@dataclass(frozen=True, slots=True)
class Authority:
    """In whose name a command comes: an admin's, or the credential's own, which may do all that its scopes let in."""

    admin: Admin | None = None

    def may(self, right: Right) -> bool:
        """Whether it has a right."""
        return self.admin is None or self.admin.may(right)

    def may_edit(self, infraction: Infraction) -> bool:
        """Whether it may change or end an infraction: everybody's, or its own."""
        if self.admin is None or self.admin.may(Right.EDIT_ALL):
            return True
        return self.admin.may(Right.ISSUE) and infraction.issuer.admin == self.admin.player

    def lacking(self, rights: Iterable[Right]) -> Decision | None:
        """The refusal, where a right is missing."""
        missing = [right.value for right in rights if not self.may(right)]
        if not missing or self.admin is None:
            return None
        return refused("insufficient-rights", f"{self.admin.name} lacks the rights: {', '.join(missing)}")


def authority_of(command: Command, context: Context) -> Authority | Decision:
    """In whose name a command comes, or the refusal where that is no admin."""
    player = command.actor.admin
    if player is None:
        return Authority()
    admin = admin_of(player, context)
    if admin is None or admin.removed_at is not None:
        return refused("insufficient-rights", f"{player} is no admin")
    return Authority(admin)


def lacking_for(command: Command, record: Record, authority: Authority) -> Decision | None:
    """The refusal, where an admin lacks the right to give such a command at all."""
    if authority.admin is None:
        return None
    if isinstance(command, CreateCredential | RotateCredential | RevokeCredential):
        return authority.lacking([_of_credential(command, record)])
    right = _OF_COMMAND.get(type(command))
    return authority.lacking([right]) if right else None


def rights_to_punish(punishments: Iterable[Punishment], scope: Scope) -> list[Right]:
    """What issuing needs: to issue, one right a punishment, one for a scope beyond the server."""
    of_scope = [_OF_SCOPE[scope]] if scope in _OF_SCOPE else []
    return [Right.ISSUE, *(Right(punishment.value) for punishment in punishments), *of_scope]


def rights_to_hold(scope: Scope | None) -> list[Right]:
    """What it needs to let an infraction hold somewhere else."""
    return [_OF_SCOPE[scope]] if scope in _OF_SCOPE else []


def may_punish(
    authority: Authority, target: Player | None, punishments: Iterable[Punishment], scope: Scope, context: Context
) -> Decision | None:
    """The refusal, where an admin may not punish so, or the target is immune. No admin always may."""
    if authority.admin is None:
        return None
    return authority.lacking(rights_to_punish(punishments, scope)) or spared(authority, target, context)


def spared(authority: Authority, target: Player | None, context: Context) -> Decision | None:
    """The refusal, where the target is immune and an admin may not skip that."""
    targeted = admin_of(target, context) if target else None
    if targeted and targeted.may(Right.IMMUNE) and not authority.may(Right.SKIP_IMMUNITY):
        return refused("immune", f"{targeted.name} is immune")
    return None


def _of_credential(command: CreateCredential | RotateCredential | RevokeCredential, record: Record) -> Right:
    made = command.kind if isinstance(command, CreateCredential) else None
    kind = record.credential.kind if record.credential else made
    return Right.MANAGE_SERVERS if kind == "server" else Right.MANAGE_TOKENS
