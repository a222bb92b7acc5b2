"""What the pages of the wall work with."""

from dataclasses import dataclass

from aiohttp import web

from banstream_console.live.pulse import Pulse
from banstream_console.public.wall.answers import Wall
from banstream_console.public.wall.shown_bans import Shows


@dataclass(frozen=True, slots=True)
class PublicWall:
    """Built once, by `app`."""

    answers: Wall
    pulse: Pulse
    shows: Shows


WALL: web.AppKey[PublicWall] = web.AppKey("wall", PublicWall)


def wall_of(request: web.Request) -> PublicWall:
    """The one of the application."""
    return request.app[WALL]
