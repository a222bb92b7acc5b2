"""What is going on: the first page after signing in."""

from banstream_console.access.routing import Entry, Page
from banstream_console.staff.overview.live import live
from banstream_console.staff.overview.page import overview

PATH = "/console"
PAGES = (Page("GET", PATH, overview), Page("GET", "/console/live", live))
ENTRIES = (Entry("nav-overview", PATH, "nav-group-now", is_alone=True),)
