"""Banning and pardoning: at once, or for staff to decide where a token's wishes are reviewed."""

from datetime import UTC, datetime

from aiohttp import web

from banstream_contracts.commands.infractions import IssueInfraction, LiftRestrictions, OpenRequest
from banstream_contracts.infractions import Infraction, Lifetime, Punishment, RequestWish, Scope, Status
from banstream_contracts.players import address_token
from banstream_contracts.policies import AutomaticBan
from banstream_contracts.results import CommandResult
from banstream_contracts.sealed import SealedAddress
from banstream_gateway.answers import POSITION
from banstream_gateway.commands import build
from banstream_gateway.endpoints import PUNISH, REPORT, Call
from banstream_gateway.held.ban_list import ListedBan
from banstream_gateway.held.players import HeldPlayer
from banstream_gateway.ndp.access import admit, has_token
from banstream_gateway.ndp.address_pardons import pardon_address
from banstream_gateway.ndp.answers import accepted, ndp_json, now_stamp
from banstream_gateway.ndp.related import bans_in_force, related_players
from banstream_gateway.ndp.wishes import AddressPardon, Wish, read_object, require_all, wish_of
from banstream_gateway.problems import Forbidden
from banstream_runtime.identifiers import new_short_id

_SCOPES = frozenset({PUNISH, REPORT})


async def add_ban(call: Call) -> web.StreamResponse:
    """Ban a player with an address, or end the bans of a player or of an address alone."""
    content = await read_object(call)
    require_all(content, needs_token=not has_token(call))
    credential = admit(call, content.get("verification"), _SCOPES)
    if not credential.review and PUNISH not in credential.scopes:
        raise Forbidden
    wish = wish_of(content)
    if isinstance(wish, AddressPardon):
        return await pardon_address(call, wish)
    address = call.gateway.addresses.sealed_address(wish.ip) if wish.ip else None
    call.body = {
        "action": wish.action,
        "player": str(wish.player),
        "address": address.hash if address else None,
        "cause": wish.cause,
    }
    if credential.review:
        return await _review(call, wish, address)
    return await (_ban(call, wish, address) if wish.action == "ban" else _pardon(call, wish))


async def _ban(call: Call, wish: Wish, address: SealedAddress | None) -> web.Response:
    """The same ban again changes nothing; with another address it is one more, and pardoned with the others."""
    command = build(
        call,
        IssueInfraction,
        infraction_id=new_short_id(),
        player=wish.player,
        address=address,
        punishments=(Punishment.BAN,),
        lifetime=Lifetime.PERMANENT,
        reason=wish.cause,
        scope=Scope.GLOBAL,
        server_id=call.server_id,
        unless_in_force=True,
        **_name(call, wish),
    )
    result = await call.gateway.intake.submit(command)
    if result is None:
        return accepted(wish.action, wish.username, command.command_id)
    bans = call.gateway.ban_lists.bans
    if result.status == "applied":
        for infraction in result.infractions:
            bans.apply_own(_listed(infraction, wish))
    related = related_players(call, *call.gateway.addresses.tokens(wish.ip)) if wish.ip else []
    return _answer(
        {
            "action": "ban",
            "username": wish.username,
            "ip": wish.ip or "",
            "cause": wish.cause,
            "timestamp": now_stamp(),
            "info": {"ip_related": len(related), "total_bans": bans.players},
        },
        result,
    )


async def _pardon(call: Call, wish: Wish) -> web.Response:
    """End every ban of the player, and so of every address that is banned with no other player."""
    command = build(
        call,
        LiftRestrictions,
        player=wish.player,
        reason=wish.cause,
        punishments=(Punishment.BAN,),
        server_id=call.server_id,
    )
    name = _shown_name(call, wish)
    result = await call.gateway.intake.submit(command)
    if result is None:
        return accepted(wish.action, wish.username, command.command_id)
    lifted = [each for each in result.infractions if not _is_ban(each)]
    for infraction in lifted:
        call.gateway.ban_lists.bans.apply_own(_listed(infraction, wish, is_ended=True))
    addresses = {each.address_hash for each in lifted if each.address_hash}
    freed = [each for each in addresses if not bans_in_force(call, address_token(each))]
    return _answer(
        {
            "action": "pardon",
            "removed": [name] if lifted else [],
            "timestamp": now_stamp(),
            "info": {"removed_players": int(bool(lifted)), "affected_ips": len(freed)},
        },
        result,
    )


async def _review(call: Call, wish: Wish, address: SealedAddress | None) -> web.Response:
    """Nothing changes until staff decide; what they need to ban is kept with the request."""
    is_ban = wish.action == "ban"
    wanted: RequestWish = "punish" if is_ban else "lift"
    suggested = AutomaticBan(infraction_id=new_short_id(), scope=Scope.GLOBAL, reason=wish.cause) if is_ban else None
    command = build(
        call,
        OpenRequest,
        request_id=new_short_id(),
        player=wish.player,
        reason=wish.cause,
        server_id=call.server_id,
        suggested=suggested,
        wanted=wanted,
        address=address,
        **_name(call, wish),
    )
    result = await call.gateway.intake.submit(command)
    request_id = result.request_id if result and result.request_id else command.request_id
    return ndp_json({"request_id": request_id, "status": "pending_review"}, 202)


def _name(call: Call, wish: Wish) -> dict[str, str]:
    addresses = call.gateway.addresses
    if addresses.seal_names:
        return {"sealed_name": addresses.sealed_name(wish.username)}
    return {"player_name": wish.username}


def _shown_name(call: Call, wish: Wish) -> str:
    """As first written, where a ban in force says so."""
    listed = [call.gateway.ban_lists.bans.find(each.infraction_id) for each in bans_in_force(call, wish.player.token)]
    return next((ban.name for ban in listed if ban), wish.username)


def _is_ban(infraction: Infraction) -> bool:
    return infraction.status is Status.ACTIVE and Punishment.BAN in infraction.punishments


def _listed(infraction: Infraction, wish: Wish, *, is_ended: bool = False) -> ListedBan:
    return ListedBan(
        infraction_id=infraction.id,
        position=infraction.position,
        reason=infraction.reason,
        scope=infraction.scope.value,
        issued_at=infraction.issued_at.astimezone(UTC),
        is_ended=is_ended,
        player=HeldPlayer(wish.player.service, wish.player.id),
        player_name=wish.username,
        server_id=infraction.server_id,
        expires_at=_utc(infraction.expires_at),
        address=wish.ip,
        address_hash=infraction.address_hash,
        address_expires_at=_utc(infraction.address_expires_at),
    )


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None


def _answer(content: dict[str, object], result: CommandResult) -> web.Response:
    return ndp_json(content, headers={POSITION: str(result.position)})
