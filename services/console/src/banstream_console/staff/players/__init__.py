"""One player: everything that is known of them, on one page."""

from banstream_console.access.routing import Page
from banstream_console.staff.players import page

_SERVICE, _ID = "{service:[a-z0-9_-]{1,32}}", "{player_id:.{1,400}}"

PAGES = (
    Page("GET", "/console/players", page.find),
    Page("GET", f"/console/players/{_SERVICE}/{_ID}", page.show),
    Page("GET", f"/console/players/{_SERVICE}:{_ID}", page.show),
)
