"""Where a request comes from."""

from aiohttp import web

from banstream_console.problems.exceptions import Forged
from banstream_console.web.site import site_of
from banstream_edge import client_address as edge


def client_address(request: web.Request, proxies: int) -> str:
    """The one that the outermost of our own proxies saw."""
    return edge.client_address(request.remote, request.headers.getall(edge.FORWARDED_FOR, ()), proxies)


def check_origin(request: web.Request) -> None:
    """A form that another site posts is refused; scripts name no origin. Raises Forged."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    origin = request.headers.get("Origin")
    hosts = {request.host, site_of(request).settings.console_url.partition("://")[2].partition("/")[0]} - {""}
    if site not in {"same-origin", "none"} or (origin is not None and origin.partition("://")[2] not in hosts):
        raise Forged
