"""What every page needs of this process, and what a request says about who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from aiohttp import web

from banstream_console.access.routing import Entry
from banstream_console.access.staff import Staff
from banstream_console.presentation.texts import Language, accepted, language_of
from banstream_console.settings import Settings

LANGUAGE_COOKIE = "lang"
LANGUAGE_PARAMETER = "lang"


@dataclass(frozen=True, slots=True)
class Site:
    """Built once, by `app`."""

    settings: Settings
    zone: ZoneInfo
    staff: Staff
    assets: str
    """Changes with the files of `static`, so that nobody keeps old ones."""


SITE: web.AppKey[Site] = web.AppKey("site", Site)
NAVIGATION: web.AppKey[Sequence[Entry]] = web.AppKey("navigation", Sequence)
"""Where staff pages lead, in order."""


def site_of(request: web.Request) -> Site:
    """The one of the application."""
    return request.app[SITE]


def language_for(request: web.Request) -> Language:
    """By the address, else by the cookie, else as the browser asks, else as the operator has set."""
    return (
        language_of(request.query.get(LANGUAGE_PARAMETER))
        or language_of(request.cookies.get(LANGUAGE_COOKIE))
        or accepted(request.headers.get("Accept-Language", ""))
        or site_of(request).settings.console_language
    )
