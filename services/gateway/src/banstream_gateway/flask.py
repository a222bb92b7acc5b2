"""Flask Anti-Cheat's protocol: the Roblox scripts in the field work unchanged, and get JSON on errors too.

One player may be written as a number, a whole float or digits. The original knew no limit for ids, so what is no
Roblox id is a player of the service `flask`.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from aiohttp import web
from aiohttp.http import RawRequestMessage
from pydantic import ValidationError

from banstream_contracts.commands.infractions import IssueInfraction
from banstream_contracts.infractions import Credential, Lifetime, Punishment, Scope
from banstream_contracts.players import Player, canonical_id, subject_token
from banstream_contracts.text import blank_control_characters
from banstream_edge.check import Asking, strongest
from banstream_gateway.answers import POSITION
from banstream_gateway.bodies import parsed
from banstream_gateway.commands import build
from banstream_gateway.endpoints import CHECK, PUNISH, Call, Endpoint, Gateway, also_doubled
from banstream_gateway.freshness import freshness
from banstream_gateway.native.checks import held_for, reach
from banstream_gateway.problems import Malformed, message_of
from banstream_runtime.identifiers import new_short_id

_DEFAULT_REASON = "No reason provided"
_LONGEST_REASON = 1024
_PLAIN_TYPES = {"application/json", "application/json; charset=utf-8"}


async def index(_call: Call) -> web.Response:
    """The original's sign of life."""
    return web.Response(text="Ban server is running", content_type="text/html")


async def favicon(_call: Call) -> web.Response:
    """Nothing, so that browsers ask no further."""
    return web.Response(status=204)


async def ban(call: Call) -> web.Response:
    """Ban for good, everywhere; the same ban again changes nothing."""
    content = await _read(call)
    user_id = content.get("user_id")
    if not user_id:
        raise Malformed("No user_id provided")
    player, reason = player_of(user_id), reason_of(content.get("reason"))
    call.body = {"player": str(player), "reason": reason}
    command = build(
        call,
        IssueInfraction,
        infraction_id=new_short_id(),
        player=player,
        punishments=(Punishment.BAN,),
        lifetime=Lifetime.PERMANENT,
        reason=reason,
        scope=Scope.GLOBAL,
        server_id=call.server_id,
        unless_in_force=True,
    )
    result = await call.gateway.intake.submit(command)
    said = {"message": f"User {user_id} banned", "status": "success"}
    return flask_json(said, 200, {POSITION: str(result.position)}) if result else flask_json(said, 202)


async def check_ban(call: Call) -> web.StreamResponse:
    """Whether a user is banned."""
    user_id = (await _read(call)).get("user_id")
    gateway = call.gateway
    keys = [_key(user_id)] if user_id else []
    reached = await reach(call, keys, None)
    found = strongest(held_for(gateway, keys), Asking(call.server_id), datetime.now(UTC))
    status = "banned" if Punishment.BAN in found else "not banned"
    return flask_json({"status": status}, headers=freshness(gateway, reached))


def plain_keys(
    _gateway: Gateway, _credential: Credential, message: RawRequestMessage, target: str, body: bytes
) -> Sequence[str] | None:
    """Whom a plain check asks about; None for one that is not plain. Raises Malformed or ValueError."""
    if message.headers.get("Content-Type") not in _PLAIN_TYPES or "?" in target:
        return None
    content = parsed(body, refuse_duplicates=False)
    user_id = content.get("user_id") if isinstance(content, dict) else None
    return [_key(user_id)] if user_id else None


def flask_json(content: dict[str, str], status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON as Flask writes it: sorted, ASCII."""
    body = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    return web.Response(body=body, status=status, headers={**(headers or {}), "Content-Type": "application/json"})


def player_of(user_id: object) -> Player:
    """The player that an id means. Raises Malformed."""
    text = _text(user_id)
    try:
        return Player(service="roblox", id=text)
    except ValidationError:
        pass
    try:
        return Player(service="flask", id=text)
    except ValidationError as error:
        raise Malformed(f"user_id: {message_of(error.errors()[0])}") from None


def reason_of(reason: object) -> str:
    """Any JSON value as a reason: this client handles no error about it."""
    if reason is None or reason == "":
        return _DEFAULT_REASON
    try:
        text = reason if isinstance(reason, str) else json.dumps(reason)
    except RecursionError:
        return _DEFAULT_REASON
    printable = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return blank_control_characters(printable)[:_LONGEST_REASON]


def _key(user_id: object) -> str:
    """The key of a player; pydantic is left to what is no Roblox id, since it costs more than the whole lookup."""
    try:
        return subject_token("roblox", canonical_id("roblox", _text(user_id)))
    except ValueError:
        return player_of(user_id).token


def _text(user_id: object) -> str:
    match user_id:
        case bool():
            raise Malformed("user_id is a boolean")
        case int() | str():
            return str(user_id)
        case float() if user_id.is_integer():
            return str(int(user_id))
        case _:
            raise Malformed("user_id is neither text nor a whole number")


async def _read(call: Call) -> dict[str, Any]:
    """The JSON object of a request; a name that comes twice has its last value, as in the original."""
    content = await call.gateway.bodies.json(call.request, refuse_duplicates=False)
    if not isinstance(content, dict):
        raise Malformed("The body is no JSON object")
    return cast("dict[str, Any]", content)


FLASK = [
    Endpoint("GET", "/", index, "Sign of life.", is_hidden=True),
    Endpoint("GET", "/favicon.ico", favicon, "Nothing.", is_hidden=True),
    *also_doubled(
        [
            Endpoint("POST", "/ban", ban, "Ban for good.", frozenset({PUNISH}), is_hidden=True),
            Endpoint("POST", "/check_ban", check_ban, "Whether a user is banned.", frozenset({CHECK}), is_hidden=True),
        ]
    ),
]
