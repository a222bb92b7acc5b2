"""Pages of staff as data: who may see what can be read, and tested, without asking a page."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from banstream_contracts.admins import Right

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Who = Literal["everybody", "people"]


@dataclass(frozen=True, slots=True)
class Page:
    """One route. `right` None is every account; `who` everybody lets in without one, as signing in does."""

    method: Literal["GET", "POST"]
    path: str
    handler: Handler
    right: Right | None = None
    who: Who = "people"
    has_csrf: bool = True
    """False only for what scripts of other systems post: they are checked by where they come from."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation, seen by who has the right. `text_id` says it, `group` heads it.

    `also` are places elsewhere that belong to it; `is_alone`: what is below its path does not.
    """

    text_id: str
    path: str
    group: str
    right: Right | None = None
    also: tuple[str, ...] = ()
    is_alone: bool = False
