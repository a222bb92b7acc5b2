"""`/console/bans/<id>/exempt`: players are let in whom an infraction binds by its address alone, or are so no more."""

from aiohttp import web

from banstream_console.access.people import person_of
from banstream_console.problems.exceptions import Forbidden, Refused
from banstream_console.staff.acting import EXPECTED, fields_of, sent
from banstream_console.staff.bans.list_page import PATH
from banstream_console.staff.bans.one_page import infraction_of, shown
from banstream_console.staff.infractions_in_words import may_edit
from banstream_console.staff.listing import read_player
from banstream_console.staff.pages import done
from banstream_contracts.commands.exempting import ExemptPlayer


async def exempt(request: web.Request) -> web.StreamResponse:
    """Let a player in."""
    return await _change(request, is_exempt=True)


async def end(request: web.Request) -> web.StreamResponse:
    """Let a player in no more."""
    return await _change(request, is_exempt=False)


async def _change(request: web.Request, *, is_exempt: bool) -> web.StreamResponse:
    infraction = await infraction_of(request)
    if not may_edit(person_of(request), infraction):
        raise Forbidden
    named = (await fields_of(request)).get("player", "")
    given = {"player": named} if is_exempt else {}
    try:
        player = read_player(named)
        result = await sent(request, ExemptPlayer, infraction_id=infraction.id, player=player, is_exempt=is_exempt)
    except Refused as problem:
        return await shown(request, await infraction_of(request), problem, given)
    except EXPECTED as problem:
        return await shown(request, infraction, problem, given)
    return done(request, result, f"{PATH}/{infraction.id}")
