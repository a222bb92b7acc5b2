"""Every address that everybody may ask."""

from banstream_console.public import appeals, operations, wall

ROUTES = (*wall.ROUTES, *appeals.ROUTES, *operations.ROUTES)
