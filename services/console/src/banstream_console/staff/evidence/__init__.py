"""Files of evidence: attached to infractions, and served to who signed in."""

from banstream_console.access.routing import Page
from banstream_console.staff.evidence import page
from banstream_contracts.admins import Right

PAGES = (
    Page("POST", "/console/bans/{infraction_id:[0-9a-f]{24}}/evidence", page.attach, Right.ATTACH),
    Page("GET", "/console/evidence/{sha256:[0-9a-f]{64}}", page.serve),
)
