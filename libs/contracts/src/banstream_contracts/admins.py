"""Admins: people who act through a game server, and what they may do there."""

from enum import StrEnum
from hashlib import sha256
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

from banstream_contracts.infractions import Contract
from banstream_contracts.players import Player
from banstream_contracts.text import Name, ShortId


class Right(StrEnum):
    """What an admin may do; the order is that of the bits in facts gflbans 3, where they have one."""

    COMMENT = "comment"
    SEE_ADDRESSES = "see_addresses"
    ISSUE = "issue"
    EDIT_ALL = "edit_all"
    ATTACH = "attach"
    MANAGE_SERVERS = "manage_servers"
    MANAGE_NETWORKS = "manage_networks"
    AUDIT = "audit"
    MANAGE_ADMINS = "manage_admins"
    MANAGE_TOKENS = "manage_tokens"
    ITEM_BLOCK = "item_block"
    VOICE_BLOCK = "voice_block"
    CHAT_BLOCK = "chat_block"
    BAN = "ban"
    ADMIN_CHAT_BLOCK = "admin_chat_block"
    CALL_ADMIN_BLOCK = "call_admin_block"
    SCOPE_COMMUNITY = "scope_community"
    SCOPE_GLOBAL = "scope_global"
    VPN_IMMUNE = "vpn_immune"
    MANAGE_POLICIES = "manage_policies"
    IMMUNE = "immune"
    SKIP_IMMUNITY = "skip_immunity"
    KICK = "kick"
    ASSIGN_SERVER = "assign_server"
    REVIEW = "review"


def _ordered(rights: tuple[Right, ...]) -> tuple[Right, ...]:
    return tuple(right for right in Right if right in rights)


Rights = Annotated[tuple[Right, ...], AfterValidator(_ordered)]
"""A set in canonical order. A right to punish is named like the punishment."""


class Admin(Contract):
    """One admin as the events so far have made them. `removed_at` is set of one who is an admin no more."""

    player: Player
    name: Name
    rights: Rights = ()
    removed_at: AwareDatetime | None = None
    position: int = 0

    @property
    def id(self) -> ShortId:
        """What plugins call the database id of an admin; it follows from the player."""
        return admin_id(self.player)

    def may(self, right: Right) -> bool:
        """Whether the admin has a right now."""
        return self.removed_at is None and right in self.rights


def admin_id(player: Player) -> str:
    """The 24 hex digits that stand for an admin where a plugin cannot say the player."""
    return sha256(f"admin {player}".encode()).hexdigest()[:24]
