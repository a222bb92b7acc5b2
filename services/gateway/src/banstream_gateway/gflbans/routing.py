"""Each route under both prefixes, and with and without a slash at its end: no client is sent round by a redirect."""

from banstream_gateway.endpoints import Endpoint, Handler

PREFIXES = ("/api/v1", "/api")
"""The prefix of the documented API, and that of GFLBans since 2024-10-28 (facts gflbans 0.1)."""


def route(method: str, path: str, handler: Handler, summary: str) -> list[Endpoint]:
    """The endpoints of one route, `path` without a slash at its end. The handler admits and reads by itself."""
    return [
        Endpoint(method, f"{prefix}{path}{slash}", handler, summary, is_hidden=True, admits_itself=True)
        for prefix in PREFIXES
        for slash in ("", "/")
    ]


def is_ours(path: str) -> bool:
    """Whether an unknown path is answered in GFLBans' form."""
    return path == "/api" or path.startswith("/api/")
