"""What somebody did, as infractions tells it page by page, and who becomes free when it is taken back."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from banstream_console.staff.undoing.asked import Asked
from banstream_console.web.site import Site
from banstream_contracts import subjects
from banstream_contracts.infractions import Infraction
from banstream_contracts.players import Player
from banstream_contracts.queries.plugins import FindInfractions, FoundInfractions
from banstream_contracts.queries.undoing import Done, DonePage, ListDone

MOST = 5_000
"""Infractions that a preview looks at; all of them are taken back."""
MOST_FREED = 50
"""Players of whom a preview says whether they become free."""
_PAGE = 100
_ANSWER_SECONDS = 10.0


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


async def page_of(site: Site, asked: Asked, before: int | None = None) -> DonePage:
    """One page. Raises Away."""
    question = ListDone(by=asked.doer, since=asked.since, until=asked.until, before=before, limit=_PAGE)
    return await site.staff.questions.ask(subjects.QUERY_DONE, question, DonePage, _ANSWER_SECONDS)


async def look(site: Site, asked: Asked) -> Looked:
    """Page by page. Raises Away."""
    items: list[Done] = []
    before: int | None = None
    while len(items) < MOST:
        page = await page_of(site, asked, before)
        items += page.items
        before = page.next
        if before is None:
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
