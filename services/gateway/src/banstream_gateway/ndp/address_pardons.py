"""Pardoning an address that is banned alone. Who is banned with it too stays banned, and so does the address then."""

import asyncio
from uuid import uuid5

from aiohttp import web
from msgspec.structs import replace

from banstream_contracts.commands.infractions import LiftInfraction
from banstream_gateway.answers import POSITION
from banstream_gateway.commands import build
from banstream_gateway.endpoints import Call
from banstream_gateway.held.ban_list import ListedBan
from banstream_gateway.ndp.answers import accepted, ndp_json, now_stamp
from banstream_gateway.ndp.related import bans_alone, bans_in_force
from banstream_gateway.ndp.wishes import AddressPardon
from banstream_gateway.problems import Malformed, Unavailable


async def pardon_address(call: Call, wish: AddressPardon) -> web.Response:
    """End each ban of the address that is of no player. Raises Malformed, Unavailable or Refused."""
    gateway = call.gateway
    if call.credential.review:
        raise Malformed("username: is needed, since staff are asked about a player")
    if not gateway.ban_lists.is_known:
        raise Unavailable("The list of bans is not loaded yet.")
    keys = gateway.addresses.tokens(wish.ip)
    call.body = {"action": "remove", "address": keys[0], "cause": wish.cause}
    alone = bans_alone(call, *keys)
    commands = [_lifting(call, ban, wish) for ban in alone]
    results = await asyncio.gather(*map(gateway.intake.submit, commands))
    for ban, command, result in zip(alone, commands, results, strict=True):
        if result is None:
            return accepted("remove", "", command.command_id)
        gateway.ban_lists.bans.apply_own(replace(ban, position=result.position, is_ended=True))
    freed = int(bool(alone) and not bans_in_force(call, *keys))
    content = {"action": "pardon", "removed": [], "timestamp": now_stamp()}
    position = max((result.position for result in results if result), default=gateway.restrictions.position)
    return ndp_json(
        {**content, "info": {"removed_players": 0, "affected_ips": freed}}, headers={POSITION: str(position)}
    )


def _lifting(call: Call, ban: ListedBan, wish: AddressPardon) -> LiftInfraction:
    """One Idempotency-Key names the command of each ban."""
    command = build(call, LiftInfraction, infraction_id=ban.infraction_id, reason=wish.cause)
    return command.model_copy(update={"command_id": uuid5(command.command_id, ban.infraction_id)})
