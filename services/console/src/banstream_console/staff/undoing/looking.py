"""What is taken back, as infractions tells it page by page, and who becomes free by that."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import assert_never

from banstream_console.staff.undoing.asked import Asked, Brought, Doings
from banstream_console.web.site import Site
from banstream_contracts import subjects
from banstream_contracts.events.infractions import InfractionImported
from banstream_contracts.infractions import Infraction, Status
from banstream_contracts.players import Player
from banstream_contracts.queries.imports import ImportedPage, ListImported
from banstream_contracts.queries.plugins import FindInfractions, FoundInfractions
from banstream_contracts.queries.undoing import Done, DonePage, ListDone, Undoing

MOST = 5_000
"""Infractions that a preview looks at; all of them are taken back."""
MOST_FREED = 50
"""Players of whom a preview says whether they become free."""
_PAGE = 100
_ANSWER_SECONDS = 10.0
_DID_IMPORT: str = InfractionImported.model_fields["type"].default


@dataclass(frozen=True, slots=True)
class Part:
    """A page of it; `next` is where the following one begins, None at the end."""

    items: tuple[Done, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Looked:
    """What there is to take back, the last first. `is_all` false: there is more."""

    items: tuple[Done, ...]
    is_all: bool


@dataclass(frozen=True, slots=True)
class Freed:
    """By an infraction that is lifted of each, who becomes free and whom something else restricts still.

    `more` counts those who were not looked at.
    """

    free: tuple[Infraction, ...]
    bound: tuple[Infraction, ...]
    more: int


async def page_of(site: Site, asked: Asked, begin: str | None = None) -> Part:
    """One page; `begin` is where the one before says that it begins. Raises Away."""
    match asked.what:
        case Doings(doer, since, until):
            return await _done(site, ListDone(by=doer, since=since, until=until, before=_position(begin), limit=_PAGE))
        case Brought(import_id):
            return await _brought(site, ListImported(import_id=import_id, cursor=begin, limit=_PAGE))
        case _:
            assert_never(asked.what)


async def look(site: Site, asked: Asked) -> Looked:
    """Page by page. Raises Away."""
    items: list[Done] = []
    begin: str | None = None
    while len(items) < MOST:
        page = await page_of(site, asked, begin)
        items += page.items
        begin = page.next
        if begin is None:
            return Looked(tuple(items), is_all=True)
    return Looked(tuple(items), is_all=False)


async def freed(site: Site, items: Iterable[Done]) -> Freed:
    """Raises Away."""
    now = datetime.now(UTC)
    lifted = [each.infraction for each in items if each.undo == "lift" and _restricts(each.infraction, now)]
    times = Counter(_whom(each) for each in lifted)
    one_of = {_whom(each): each for each in lifted}
    known = list(one_of)[:MOST_FREED]
    left = await asyncio.gather(*(_restricting(site, whom) for whom in known))
    is_free = {whom: count <= times[whom] for whom, count in zip(known, left, strict=True)}
    return Freed(
        tuple(one_of[whom] for whom in known if is_free[whom]),
        tuple(one_of[whom] for whom in known if not is_free[whom]),
        len(one_of) - len(known),
    )


async def _done(site: Site, question: ListDone) -> Part:
    page = await site.staff.questions.ask(subjects.QUERY_DONE, question, DonePage, _ANSWER_SECONDS)
    return Part(page.items, None if page.next is None else str(page.next))


async def _brought(site: Site, question: ListImported) -> Part:
    page = await site.staff.questions.ask(subjects.QUERY_IMPORTED, question, ImportedPage, _ANSWER_SECONDS)
    return Part(tuple(_imported(each) for each in page.items), page.next)


def _imported(infraction: Infraction) -> Done:
    """What takes it back as its import would; what has reached its end is over, whoever saw to it."""
    undo: Undoing = "unchanged"
    if infraction.status is Status.ACTIVE:
        undo = "lift" if infraction.is_as_imported else "left"
    return Done(infraction=infraction, position=infraction.position, did=(_DID_IMPORT,), undo=undo)


def _position(begin: str | None) -> int | None:
    return int(begin) if begin and begin.isdecimal() else None


def _restricts(infraction: Infraction, now: datetime) -> bool:
    return bool(infraction.punishments) and infraction.is_in_force(now)


def _whom(infraction: Infraction) -> Player | str:
    """The player, else the address by its hash."""
    return infraction.player or infraction.address_hash or ""


async def _restricting(site: Site, whom: Player | str) -> int:
    """How many infractions restrict somebody now."""
    about = {"player": whom} if isinstance(whom, Player) else {"address_hash": whom}
    question = FindInfractions(**about, active=True, limit=0)
    found = await site.staff.questions.ask(subjects.QUERY_FIND, question, FoundInfractions, _ANSWER_SECONDS)
    return found.total - found.warnings
