"""What GFLBans' clients read: restrictions as `CheckReply`, infractions with their flags (facts gflbans 0, 1.1, 2.1).

A field that has no value is left out, never null, and every number is a whole one: SourceMod takes a null block for
a permanent one, and a number with a point for 0. A time that 32 bits cannot hold is left out too.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from aiohttp import web

from banstream_contracts.infractions import Infraction, Lifetime, Punishment, Scope, Status
from banstream_edge.check import end_of
from banstream_gateway.answers import JSON
from banstream_gateway.appeal_invitations import AppealInvitations, hinted
from banstream_gateway.gflbans.accounts import account_of
from banstream_gateway.held.credentials import Credentials
from banstream_gateway.held.standings import Restriction

LATEST_TIME = 2**31 - 1
CONSOLE = "SYSTEM"
HIDDEN_ADDRESS = "MISSING_PERMISSIONS"

_SYSTEM, _GLOBAL, _COMMUNITY, _PERMANENT = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_WEB, _REMOVED, _SESSION, _ONLINE, _POLICY = 1 << 5, 1 << 6, 1 << 12, 1 << 13, 1 << 16
_PUNISHMENTS = {
    Punishment.VOICE_BLOCK: 1 << 7,
    Punishment.CHAT_BLOCK: 1 << 8,
    Punishment.BAN: 1 << 9,
    Punishment.ADMIN_CHAT_BLOCK: 1 << 10,
    Punishment.CALL_ADMIN_BLOCK: 1 << 11,
    Punishment.ITEM_BLOCK: 1 << 14,
}
_SCOPES = {Scope.SERVER: 0, Scope.GLOBAL: _GLOBAL, Scope.COMMUNITY: _COMMUNITY}
_LIFETIMES = {Lifetime.TIMED: 0, Lifetime.PERMANENT: _PERMANENT, Lifetime.SESSION: _SESSION, Lifetime.ONLINE: _ONLINE}


def reply(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """JSON as GFLBans sends it."""
    return web.Response(body=orjson.dumps(content), status=status, headers={**(headers or {}), "Content-Type": JSON})


def check_reply(
    found: Mapping[str, Restriction],
    credentials: Credentials,
    now: datetime,
    appeals: AppealInvitations | None = None,
) -> dict[str, dict[str, Any]]:
    """`CheckReply`: a block for each punishment in force, nothing for the others."""
    return {punishment: block(restriction, credentials, now, appeals) for punishment, restriction in found.items()}


def block(
    restriction: Restriction, credentials: Credentials, now: datetime, appeals: AppealInvitations | None = None
) -> dict[str, Any]:
    """`CInfractionSummary`; a permanent one has no `expiration`, and one that counts time connected ends after it."""
    content: dict[str, Any] = {}
    if restriction.lifetime == Lifetime.TIMED and restriction.expires_at is not None:
        content["expiration"] = int(restriction.expires_at.timestamp())
    elif restriction.lifetime == Lifetime.ONLINE:
        content["expiration"] = int(end_of(restriction, now).timestamp())
    if content.get("expiration", 0) > LATEST_TIME:
        del content["expiration"]
    return {**content, "reason": hinted(restriction, appeals), "admin_name": _admin_name(restriction, credentials)}


def infraction_reply(infraction: Infraction, ip: str | None = None) -> dict[str, Any]:
    """`Infraction`. `ip` is in clear only where the caller has just given it: nobody else here knows it."""
    content: dict[str, Any] = {
        "id": infraction.id,
        "flags": flags_of(infraction),
        "comments": [],
        "files": [],
        "server": infraction.server_id,
        "created": int(infraction.issued_at.timestamp()),
        "expires": _expires(infraction),
        "player": _player(infraction, ip),
        "reason": infraction.reason,
        "admin": account_of(infraction.issuer.admin),
        "policy_id": infraction.tiering_policy_id,
    }
    if infraction.status is Status.LIFTED:
        content["removed_on"] = int(infraction.ended_at.timestamp()) if infraction.ended_at else None
        content["removed_by"] = account_of(infraction.ended_by.admin) if infraction.ended_by else None
        content["removal_reason"] = infraction.ended_reason
    if infraction.lifetime is Lifetime.ONLINE:
        content["time_left"] = infraction.time_left_seconds
        content["orig_length"] = infraction.duration_seconds
        content["last_heartbeat"] = int(infraction.last_served_at.timestamp()) if infraction.last_served_at else None
    return {name: value for name, value in content.items() if value is not None}


def flags_of(infraction: Infraction) -> int:
    """The bits of an infraction (facts gflbans 2.1)."""
    flags = _SCOPES[infraction.scope] | _LIFETIMES[infraction.lifetime]
    flags |= sum(_PUNISHMENTS[punishment] for punishment in infraction.punishments)
    flags |= _SYSTEM * (infraction.issuer.admin is None) | _WEB * (infraction.server_id is None)
    return flags | _REMOVED * (infraction.status is Status.LIFTED) | _POLICY * bool(infraction.tiering_policy_id)


def _expires(infraction: Infraction) -> int | None:
    if infraction.lifetime is not Lifetime.TIMED or infraction.expires_at is None:
        return None
    expires = int(infraction.expires_at.timestamp())
    return expires if expires <= LATEST_TIME else None


def _player(infraction: Infraction, ip: str | None) -> dict[str, str]:
    player = infraction.player
    content = {"gs_service": player.service, "gs_id": player.id} if player else {}
    if infraction.player_name:
        content["gs_name"] = infraction.player_name
    if ip is not None:
        content["ip"] = ip
    elif player is None:
        content["ip"] = HIDDEN_ADDRESS
    return content


def _admin_name(restriction: Restriction, credentials: Credentials) -> str:
    """A server that acted for nobody is the console."""
    name = restriction.issuer_name
    if name is None or (restriction.server_id is not None and name == credentials.name_of(restriction.server_id)):
        return CONSOLE
    return name
