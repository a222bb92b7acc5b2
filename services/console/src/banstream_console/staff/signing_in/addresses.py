"""Where a request comes from."""

from aiohttp import web

from banstream_edge import client_address as edge


def client_address(request: web.Request, proxies: int) -> str:
    """The one that the outermost of our own proxies saw."""
    return edge.client_address(request.remote, request.headers.getall(edge.FORWARDED_FOR, ()), proxies)
