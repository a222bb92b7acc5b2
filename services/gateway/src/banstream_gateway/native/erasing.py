"""Erasing a player."""

from datetime import datetime

from aiohttp import web

from banstream_contracts import subjects
from banstream_contracts.erasure import ErasePlayer
from banstream_contracts.infractions import Infraction
from banstream_contracts.players import Player
from banstream_contracts.queries.abuse import AbuseFound, GetAbuse
from banstream_contracts.text import Reason
from banstream_gateway.answers import Answer, command_answer, infraction_json
from banstream_gateway.commands import build
from banstream_gateway.endpoints import Call
from banstream_gateway.request_forms import Request


class ErasureRequest(Request):
    """Why, and whether what restricts the player is lifted in the same moment."""

    reason: Reason
    lift: bool = False


class ErasedAnswer(Answer):
    """Who was erased, and what was lifted for it. `already_erased` where nothing was left."""

    player: Player
    already_erased: bool
    infractions: tuple[Infraction, ...]
    position: int


async def erase(call: Call) -> web.Response:
    """Make a player's personal data unreadable, for good."""
    body: ErasureRequest = call.body
    player = call.path_player()
    found = await call.gateway.queries.ask(subjects.QUERY_ABUSE, GetAbuse(player=player, limit=1), AbuseFound)
    command = build(call, ErasePlayer, player=player, reason=body.reason, lift=body.lift, seen_at=_seen_at(found))
    result = await call.gateway.intake.submit(command)
    content = {
        "player": {"service": player.service, "id": player.id},
        "already_erased": result is not None and result.status == "unchanged",
        "infractions": [infraction_json(each, for_staff=True) for each in (result.infractions if result else ())],
        "position": result.position if result else None,
    }
    return command_answer(result, command.command_id, content)


def _seen_at(found: AbuseFound) -> datetime | None:
    """When the abuse tracker last heard of the player: an incident may be told long after it happened."""
    heard = (found.abuse.last_at, *(each.recorded_at for each in found.records))
    return max((each for each in heard if each), default=None)
