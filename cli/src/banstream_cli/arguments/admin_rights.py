"""The rights of admins, explained, and as they are typed."""

from collections.abc import Sequence

from banstream_contracts.admins import Right

ALL = "all"
MEANINGS: dict[Right, str] = {
    Right.COMMENT: "write comments on infractions",
    Right.SEE_ADDRESSES: "see IP addresses",
    Right.ISSUE: "punish and warn; also edit and lift what they issued",
    Right.EDIT_ALL: "edit and lift what others issued",
    Right.ATTACH: "attach files to infractions",
    Right.MANAGE_SERVERS: "register, change and end game servers",
    Right.MANAGE_NETWORKS: "mark networks of VPNs",
    Right.AUDIT: "see who did what",
    Right.MANAGE_ADMINS: "make, change and remove admins",
    Right.MANAGE_TOKENS: "make and end tokens",
    Right.ITEM_BLOCK: "block items",
    Right.VOICE_BLOCK: "mute",
    Right.CHAT_BLOCK: "gag",
    Right.BAN: "ban",
    Right.ADMIN_CHAT_BLOCK: "block the admin chat",
    Right.CALL_ADMIN_BLOCK: "block calling an admin",
    Right.SCOPE_COMMUNITY: "punish in the whole community, where servers cannot opt out",
    Right.SCOPE_GLOBAL: "punish on all servers, and not on their own only",
    Right.VPN_IMMUNE: "play through a VPN",
    Right.MANAGE_POLICIES: "register and unlink tiering policies",
    Right.IMMUNE: "be punished by no admin who lacks skip_immunity",
    Right.SKIP_IMMUNITY: "punish those who are immune",
    Right.KICK: "kick",
    Right.ASSIGN_SERVER: "give an infraction to another server",
    Right.REVIEW: "decide on requests for review and on appeals",
}


def _line(right: Right) -> str:
    return f"{right.value}: {MEANINGS[right]}"


EXPLAINED = "\n\n".join([*map(_line, MEANINGS), f"{ALL}: all of these"])
"""One paragraph a right, for help texts."""


def rights_of(names: Sequence[str]) -> list[Right]:
    """The rights that are named, each once; `all` names all. Raises ValueError."""
    if ALL in names:
        return list(Right)
    known = [right.value for right in Right]
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"{unknown[0]} is no right; there are {', '.join(known)} and {ALL}")
    return [right for right in Right if right.value in names]
