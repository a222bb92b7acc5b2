"""Calls for an admin (facts gflbans 1.2, 3). The message itself is the notifier's: it hears `call.opened`."""

import re
from typing import Any

from aiohttp import web

from banstream_contracts.calls import CallContent
from banstream_contracts.commands.calls import CallAdmin, ClaimCall
from banstream_gateway.commands import build
from banstream_gateway.endpoints import REPORT, Call
from banstream_gateway.game_servers.state import MOST_CALL_BYTES
from banstream_gateway.gflbans.answers import reply
from banstream_gateway.gflbans.auth import admit_server
from banstream_gateway.gflbans.bodies import Fields, read_body
from banstream_gateway.gflbans.errors import Rejected, unprocessable
from banstream_gateway.gflbans.players import no_ip
from banstream_gateway.problems import Refused
from banstream_runtime.identifiers import new_short_id

ONLY_SERVERS = "You must be authed as a server to use this route"
ONLY_SERVERS_CLAIM = "Only servers can use this route"

_SOMEBODY = "UNKNOWN PLAYER"
_LONGEST_MESSAGE, _LONGEST_NAME = 120, 128
_COOLDOWN_SECONDS, _MOST_COOLDOWN_SECONDS = 600, 86_400
_ADDRESS = re.compile(r"[A-Za-z0-9.-]{1,253}:[0-9]{1,5}|\[[0-9A-Fa-f:.]{2,45}\]:[0-9]{1,5}")


async def call_admin(call: Call) -> web.Response:
    """Call an admin or report a player, unless the server is cooling down or the caller is blocked from it.

    An image is taken and not looked at.
    """
    credential = admit_server(call, REPORT, ONLY_SERVERS)
    call.request = call.request.clone(client_max_size=MOST_CALL_BYTES)
    fields = await read_body(call, call.gateway.game_servers.call_bodies)
    content = _content(call, fields, credential.id)
    cooldown = min(fields.whole("cooldown") or _COOLDOWN_SECONDS, _MOST_COOLDOWN_SECONDS)
    include_other_servers = fields.truth("include_other_servers", default=False)
    silence = await call.gateway.game_servers.call_targets.silence_for(credential.id)
    if silence is not None:
        raise Rejected(405, silence)
    command = build(
        call,
        CallAdmin,
        server_id=credential.id,
        call_id=new_short_id(),
        content=content,
        cooldown_seconds=cooldown,
        include_other_servers=include_other_servers,
    )
    try:
        await call.gateway.intake.submit(command)
    except Refused as refused:
        return reply(_refused(refused))
    return reply({"sent": True, "is_banned": False, "cooldown": cooldown})


async def claim(call: Call) -> web.Response:
    """Take the open call of the server."""
    credential = admit_server(call, REPORT, ONLY_SERVERS_CLAIM)
    fields = await read_body(call)
    if not fields.has("admin_name"):
        raise fields.wrong("admin_name", "is missing")
    admin_name = _name(fields, "admin_name")
    try:
        result = await call.gateway.intake.submit(
            build(call, ClaimCall, server_id=credential.id, admin_name=admin_name)
        )
    except Refused as refused:
        if refused.slug != "no-open-call":
            raise
        return reply({"success": False, "msg": "There is no open call to claim."})
    if result is None:
        return reply({"success": False, "msg": "The claim was kept and will be made when the service is back."})
    return reply({"success": True})


async def connect(call: Call) -> web.Response:
    """Send a browser to the game: the link that a message in Discord carries."""
    server = call.request.query.get("server", "")
    if not _ADDRESS.fullmatch(server):
        raise unprocessable("server", "is written HOST:PORT")
    return web.Response(status=307, headers={"Location": f"steam://connect/{server}"})


def _content(call: Call, fields: Fields, server_id: str) -> CallContent:
    """What the player said, and where the server's last beat places it. Raises Rejected.

    Who is reported and not known to Steam yet has an empty id, and is named in the message.
    """
    caller, reported = fields.nested("caller"), fields.nested("report_target")
    if caller is None:
        raise fields.wrong("caller", "is missing")
    message = fields.needed("message", _LONGEST_MESSAGE)
    if reported is not None and reported.values.get("gs_id") == "":
        message, reported = f"{message} ({_name(fields, 'report_target_name')})", None
    last = call.gateway.game_servers.presences.online(server_id, call.gateway.game_servers.now())
    return CallContent(
        caller=no_ip(caller),
        caller_name=_name(fields, "caller_name"),
        message=message,
        reported=no_ip(reported) if reported else None,
        reported_name=_name(fields, "report_target_name") if reported else None,
        server_name=(last.hostname if last else None) or call.credential.name,
        map=last.map if last else None,
    )


def _name(fields: Fields, name: str) -> str:
    """What somebody is called; names in games may be empty, or made of what nobody sees. Raises Rejected."""
    if fields.values.get(name) == "":
        return _SOMEBODY
    return (fields.shown(name, _LONGEST_NAME) or "").strip() or _SOMEBODY


def _refused(refused: Refused) -> dict[str, Any]:
    """Raises what it was given when GFLBans has no answer for it."""
    match refused.slug:
        case "blocked":
            return {"sent": False, "is_banned": True}
        case "cooling-down":
            seconds = refused.refusal.retry_after_seconds or 0
            return {"sent": False, "is_banned": False, "cooldown": seconds}
        case _:
            raise refused
