"""Ban files on hosts of game servers: made, changed, tried, removed, and what became of each infraction in them."""

from banstream_console.access.routing import Entry, Page
from banstream_console.staff.ban_files import form_pages, pages
from banstream_contracts.admins import Right

_ONE = f"{pages.PATH}/{{ban_file_id:[0-9a-f]{{24}}}}"
_RIGHT = Right.MANAGE_SERVERS

PAGES = (
    Page("GET", pages.PATH, pages.show_all, _RIGHT),
    Page("GET", form_pages.NEW, form_pages.show_new, _RIGHT),
    Page("POST", form_pages.NEW, form_pages.make, _RIGHT),
    Page("GET", _ONE, pages.show, _RIGHT),
    Page("GET", f"{_ONE}/change", form_pages.show, _RIGHT),
    Page("POST", f"{_ONE}/change", form_pages.change, _RIGHT),
    Page("GET", f"{_ONE}/accept-loss", pages.ask_loss, _RIGHT),
    Page("POST", f"{_ONE}/accept-loss", pages.accept_loss, _RIGHT),
    Page("GET", f"{_ONE}/remove", pages.ask, _RIGHT),
    Page("POST", f"{_ONE}/remove", pages.remove, _RIGHT),
    Page("POST", f"{_ONE}/test", pages.try_out, _RIGHT),
    Page("POST", f"{_ONE}/{{what:pause|resume|sync}}", pages.act, _RIGHT),
)
ENTRIES = (Entry("nav-ban-files", pages.PATH, "nav-group-system", _RIGHT),)
