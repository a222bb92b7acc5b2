"""Where a request comes from."""

from aiohttp import web


def client_address(request: web.Request, proxies: int) -> str:
    """The one that the outermost of our own proxies saw; further left in the header anybody could write."""
    if proxies:
        named = [each.strip() for each in ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")]
        if len(named) >= proxies and named[-proxies]:
            return named[-proxies]
    return request.remote or ""
