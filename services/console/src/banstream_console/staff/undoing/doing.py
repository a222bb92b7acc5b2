"""One page of what somebody did, taken back: a command for each infraction, all at once."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Literal

from aiohttp import web

from banstream_console.access.people import person_of
from banstream_console.problems.exceptions import Problem, Refused
from banstream_console.staff.undoing.asked import Asked
from banstream_console.staff.undoing.looking import page_of
from banstream_console.web.site import Site, site_of
from banstream_contracts.queries.undoing import Done, Undoing
from banstream_edge.undoing import Undoer, UndoingCommand, undoing
from banstream_runtime.telemetry import correlation_id

Outcome = Literal["lifted", "reinstated", "amended", "left", "unchanged", "refused", "accepted"]
_OUTCOMES: dict[Undoing, Outcome] = {
    "lift": "lifted",
    "reinstate": "reinstated",
    "amend": "amended",
    "left": "left",
    "unchanged": "unchanged",
}
"""What becomes of an infraction where nothing comes between."""


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one infraction, or would; `problem` says why it was refused."""

    done: Done
    outcome: Outcome
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class DonePart:
    """A page that was taken back; `next` is where the following one begins, None at the end."""

    told: tuple[Told, ...]
    next: str | None


def would_be(done: Done) -> Told:
    """What becomes of it where nothing comes between."""
    return Told(done, _OUTCOMES[done.undo])


async def do_page(request: web.Request, asked: Asked, begin: str | None) -> DonePart:
    """The next page on which there is something to do, and what is passed over on the way there.

    Raises Away where it is not known of each what became of it; done again, what was done is as it should be.
    """
    site, undoer = site_of(request), Undoer(person_of(request).actor, correlation_id(), asked.reason)
    told: list[Told] = []
    while True:
        page = await page_of(site, asked, begin)
        commands = [undoing(each, undoer) for each in page.items]
        told += await asyncio.gather(*map(partial(_one, site), page.items, commands))
        begin = page.next
        if begin is None or any(commands):
            return DonePart(tuple(told), begin)


async def _one(site: Site, done: Done, command: UndoingCommand | None) -> Told:
    if command is None:
        return would_be(done)
    try:
        result = await site.staff.commands.send(command)
    except Refused as problem:
        return Told(done, "refused", problem)
    if result is None:
        return Told(done, "accepted")
    return Told(done, "unchanged") if result.status == "unchanged" else would_be(done)
