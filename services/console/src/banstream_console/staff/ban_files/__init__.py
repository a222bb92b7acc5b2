"""Ban files on hosts of game servers: how they stand, and what became of each infraction in them."""

from banstream_console.access.routing import Entry, Page
from banstream_console.staff.ban_files import pages
from banstream_contracts.admins import Right

_ONE = f"{pages.PATH}/{{ban_file_id:[0-9a-f]{{24}}}}"
_RIGHT = Right.MANAGE_SERVERS

PAGES = (
    Page("GET", pages.PATH, pages.show_all, _RIGHT),
    Page("GET", _ONE, pages.show, _RIGHT),
    Page("POST", f"{_ONE}/{{what:pause|resume|sync}}", pages.act, _RIGHT),
)
ENTRIES = (Entry("nav-ban-files", pages.PATH, "nav-group-system", _RIGHT),)
