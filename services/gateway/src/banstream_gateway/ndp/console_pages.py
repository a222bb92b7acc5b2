"""Pages of the original server that the console answers: people and scripts are sent there, with what they sent."""

from collections.abc import Iterator

from aiohttp import web

from banstream_gateway.endpoints import Call, Endpoint, Handler

_AS_IT_CAME = 307
"""The same method and body, unlike 302."""
_REQUEST = "{request_id:[0-9A-Za-z-]+}"
_PATHS = (
    ("GET", "/login"),
    ("POST", "/login"),
    ("GET", "/logout"),
    ("GET", "/review"),
    ("GET", "/admin/pending"),
    ("POST", f"/admin/approve/{_REQUEST}"),
    ("POST", f"/admin/reject/{_REQUEST}"),
)


def console_pages(console_url: str) -> Iterator[Endpoint]:
    """Nothing where the operator has not said where the console is."""
    if console_url:
        for method, path in _PATHS:
            yield Endpoint(method, path, _sending_to(console_url.rstrip("/")), "At the console.", is_hidden=True)


def _sending_to(console_url: str) -> Handler:
    async def send(call: Call) -> web.Response:
        query = f"?{raw}" if (raw := call.request.rel_url.raw_query_string) else ""
        return web.Response(status=_AS_IT_CAME, headers={"Location": f"{console_url}{call.path}{query}"})

    return send
