"""Game servers and API tokens: make, give a new secret, end."""

from banstream_console.access.routing import Entry, Page
from banstream_console.staff.credentials import pages
from banstream_contracts.admins import Right

_RIGHTS = {"server": Right.MANAGE_SERVERS, "token": Right.MANAGE_TOKENS}

PAGES = tuple(
    page
    for kind, right in _RIGHTS.items()
    for path in (pages.PATHS[kind],)
    for one in (f"{path}/{{credential_id:[0-9a-f]{{24}}}}",)
    for page in (
        Page("GET", path, pages.listing(kind), right),
        Page("POST", path, pages.making(kind), right),
        Page("GET", f"{one}/rotate", pages.asking(kind, "rotate"), right),
        Page("POST", f"{one}/rotate", pages.rotating(kind), right),
        Page("GET", f"{one}/revoke", pages.asking(kind, "revoke"), right),
        Page("POST", f"{one}/revoke", pages.revoking(kind), right),
    )
)
ENTRIES = tuple(Entry(f"nav-{kind}s", pages.PATHS[kind], "nav-group-system", right) for kind, right in _RIGHTS.items())
