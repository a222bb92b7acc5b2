"""`PATCH /infractions/{id}`: several changes at once, removal and reinstatement among them (facts gflbans 2.6).

Each becomes a command of its own, in the order in which they can hold: what is lifted is changed before it ends, what
is reinstated after it is back.
"""

import re
from collections.abc import Callable
from uuid import uuid5

from aiohttp import web

from banstream_contracts import subjects
from banstream_contracts.commands.infractions import (
    AmendInfraction,
    InfractionChanges,
    InfractionCommand,
    LiftInfraction,
    ReinstateInfraction,
)
from banstream_contracts.infractions import MAX_DURATION_SECONDS, Infraction, Lifetime, Punishment, Scope
from banstream_contracts.players import Player
from banstream_contracts.queries.infractions import GetInfraction, InfractionFound
from banstream_contracts.results import CommandResult
from banstream_gateway.commands import build
from banstream_gateway.endpoints import PUNISH, Call, validated
from banstream_gateway.gflbans.answers import infraction_reply, reply
from banstream_gateway.gflbans.auth import admit
from banstream_gateway.gflbans.bodies import Fields, read_body
from banstream_gateway.gflbans.errors import NO_SUCH_INFRACTION, Rejected
from banstream_gateway.gflbans.infractions import require_server
from banstream_gateway.gflbans.players import initiator
from banstream_gateway.gflbans.sending import first, outcome

_SHORT_ID = re.compile(r"[0-9a-f]{24}")
_FIRST_TIME = 1_000_000_000
"""An `expiration` from here on is a time (that of 2001), below it seconds from the infraction's beginning."""

_REINSTATED = "Reinstated"
_ENDS = ("make_session", "make_permanent", "expiration", "time_left")


async def change(call: Call) -> web.Response:
    """Change an infraction; without any field it is just answered."""
    admit(call, PUNISH)
    infraction_id = short_id(call.request.match_info["infraction_id"])
    if infraction_id is None:
        raise Rejected(404, NO_SUCH_INFRACTION)
    fields = await read_body(call)
    commands = await _commands(call, infraction_id, fields)
    if not commands:
        return reply(infraction_reply(await found(call, infraction_id)))
    for command in commands:
        call.gateway.repeats.forget()
        call.gateway.game_servers.undecided.note(command)
        result = await call.gateway.intake.submit(command)
        _require_change(command, result)
    infraction = first(result)
    content = infraction_reply(infraction) if infraction else {"id": infraction_id, "comments": [], "files": []}
    return reply(content, headers=outcome(result, command))


def short_id(text: str) -> str | None:
    """An id of 24 hex digits, if it is one."""
    lower = text.lower()
    return lower if _SHORT_ID.fullmatch(lower) else None


async def found(call: Call, infraction_id: str, otherwise: str = NO_SUCH_INFRACTION) -> Infraction:
    """An infraction as it is. Raises Rejected or Unavailable."""
    question = GetInfraction(infraction_id=infraction_id)
    answer = await call.gateway.queries.ask(subjects.QUERY_INFRACTION, question, InfractionFound)
    if answer.infraction is None:
        raise Rejected(404, otherwise)
    return answer.infraction


async def _commands(call: Call, infraction_id: str, fields: Fields) -> list[InfractionCommand]:
    """What a PATCH asks for, in order."""
    admin = initiator(call, fields.nested("admin"))
    remover = initiator(call, fields.nested("removed_by")) or admin
    removal = fields.truth("set_removal_state", default=False) if fields.has("set_removal_state") else None
    values = await _values(call, infraction_id, fields)
    steps: list[InfractionCommand] = []
    if values:
        changes = validated(InfractionChanges, values)
        steps.append(
            _built(call, admin, lambda: build(call, AmendInfraction, infraction_id=infraction_id, changes=changes))
        )
    if removal is True:
        reason = fields.needed("removal_reason")
        steps.append(
            _built(call, remover, lambda: build(call, LiftInfraction, infraction_id=infraction_id, reason=reason))
        )
    elif removal is False:
        why = fields.shown("removal_reason") or _REINSTATED
        steps.insert(
            0, _built(call, admin, lambda: build(call, ReinstateInfraction, infraction_id=infraction_id, reason=why))
        )
    return steps


def _built(call: Call, admin: Player | None, make: Callable[[], InfractionCommand]) -> InfractionCommand:
    """A command in the name of an admin; one Idempotency-Key names each command of a request."""
    call.acting = admin
    command = make()
    return command.model_copy(update={"command_id": uuid5(command.command_id, type(command).__name__)})


async def _values(call: Call, infraction_id: str, fields: Fields) -> dict[str, object]:
    """The changes by the names that they have here."""
    values: dict[str, object] = {
        "reason": fields.shown("reason"),
        "scope": fields.choice("scope", Scope),
        "punishments": fields.choices("punishments", Punishment),
    }
    values = {name: value for name, value in values.items() if value is not None}
    values |= await _end(call, infraction_id, fields)
    values |= _server(call, fields)
    if fields.values.get("policy_id") is False:
        values["tiering_policy_id"] = None
    elif (policy_id := fields.text("policy_id")) is not None:
        values["tiering_policy_id"] = policy_id.lower()
    return values


async def _end(call: Call, infraction_id: str, fields: Fields) -> dict[str, object]:
    """How it shall end: at most one of four."""
    session = fields.truth("make_session", default=False)
    permanent = fields.truth("make_permanent", default=False)
    expiration, time_left = fields.whole("expiration"), fields.whole("time_left", least=0)
    if session + permanent + (expiration is not None) + (time_left is not None) > 1:
        raise fields.wrong("expiration", f"only one of {', '.join(_ENDS)} can hold")
    if session:
        return {"lifetime": Lifetime.SESSION}
    if permanent:
        return {"duration_seconds": None}
    if time_left is not None:
        return {"lifetime": Lifetime.ONLINE, "time_left_seconds": min(time_left, MAX_DURATION_SECONDS)}
    if expiration is None:
        return {}
    if expiration >= _FIRST_TIME:
        expiration -= int((await found(call, infraction_id)).issued_at.timestamp())
        if expiration < 1:
            raise fields.wrong("expiration", "is before the infraction's beginning")
    return {"duration_seconds": expiration if expiration <= MAX_DURATION_SECONDS else None}


def _server(call: Call, fields: Fields) -> dict[str, object]:
    """Which server it is of; a server's key cannot give it to another one."""
    server = fields.text("server")
    if fields.truth("make_web", default=False):
        if server is not None:
            raise fields.wrong("server", "cannot hold together with make_web")
        return {"server_id": None}
    if server is None:
        return {}
    if call.server_id not in {None, server.lower()}:
        raise Rejected(403, "Insufficient permissions to override the server")
    require_server(call, fields, server.lower())
    return {"server_id": server.lower()}


def _require_change(command: InfractionCommand, result: CommandResult | None) -> None:
    """What is removed already cannot be removed. Raises Rejected."""
    if result is None or result.status != "unchanged":
        return
    if isinstance(command, LiftInfraction):
        raise Rejected(401, "The infraction is already removed")
    if isinstance(command, ReinstateInfraction):
        raise Rejected(401, "The infraction is not removed")
