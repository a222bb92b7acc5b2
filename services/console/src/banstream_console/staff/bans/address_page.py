"""`/console/bans/<id>/address`: how long an infraction binds who else comes from its player's address."""

from datetime import UTC, datetime, timedelta

from aiohttp import web

from banstream_console.access.people import person_of
from banstream_console.problems.exceptions import Forbidden, Refused
from banstream_console.staff.acting import EXPECTED, fields_of, sent
from banstream_console.staff.bans.list_page import PATH
from banstream_console.staff.bans.one_page import infraction_of, shown
from banstream_console.staff.durations import PERMANENT, seconds_of
from banstream_console.staff.infractions_in_words import may_edit
from banstream_console.staff.pages import done
from banstream_contracts.commands.infractions import AmendInfraction, InfractionChanges

FIELD, NO_MORE = "address_lasts", "now"


async def change(request: web.Request) -> web.StreamResponse:
    """For a time from now on, as long as the player, or no more."""
    infraction = await infraction_of(request)
    if not may_edit(person_of(request), infraction):
        raise Forbidden
    typed = (await fields_of(request)).get(FIELD, "")
    given = {FIELD: typed} if typed != NO_MORE else {}
    try:
        changes = InfractionChanges(address_expires_at=_end(typed, datetime.now(UTC)))
        result = await sent(request, AmendInfraction, infraction_id=infraction.id, changes=changes)
    except Refused as problem:
        return await shown(request, await infraction_of(request), problem, given)
    except EXPECTED as problem:
        return await shown(request, infraction, problem, given)
    return done(request, result, f"{PATH}/{infraction.id}")


def _end(typed: str, now: datetime) -> datetime | None:
    """None: as long as the player. Raises Unfit."""
    if typed.lower() == PERMANENT:
        return None
    return now if typed == NO_MORE else now + timedelta(seconds=seconds_of(typed, FIELD))
