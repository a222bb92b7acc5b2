"""Every component on one page, to look at while building pages; only where the setting says so."""

from aiohttp import web

from banstream_console.access.routing import Page
from banstream_console.problems.exceptions import NotThere
from banstream_console.staff.pages import staff_page
from banstream_console.web.site import site_of


async def styleguide(request: web.Request) -> web.StreamResponse:
    """Not there unless BANSTREAM_CONSOLE_DEVELOPMENT is set."""
    if not site_of(request).settings.console_development:
        raise NotThere("this page is for development")
    return staff_page(request, "styleguide.html")


PAGES = (Page("GET", "/console/styleguide", styleguide),)
