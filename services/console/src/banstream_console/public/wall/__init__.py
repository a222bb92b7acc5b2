"""The wall of bans: its page, JSON and CSV."""

from aiohttp import web

from banstream_console.public.wall import api, live, page

ROUTES = (
    web.get("/", page.home),
    web.get(page.PATH, page.hall_of_shame),
    web.get(f"{page.PATH}/live", live.live, allow_head=False),
    web.get("/api/bans", api.bans),
    web.get("/api/statistics", api.statistics),
    web.get("/api/bans.csv", api.table),
    web.get("/bans.csv", api.table),
)
"""Every address of the wall."""
