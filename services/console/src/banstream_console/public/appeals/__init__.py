"""Appeals, as whoever was punished sees them."""

from aiohttp import web

from banstream_console.public.appeals import page

ROUTES = (
    web.get(page.PATH, page.ask_for_code),
    web.get(f"{page.PATH}/{{infraction_id}}", page.ask_for_code),
    web.post(page.PATH, page.take),
)
"""Every address of appeals."""
