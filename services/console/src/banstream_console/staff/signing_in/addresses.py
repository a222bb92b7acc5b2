"""Where a request comes from."""

import re
from ipaddress import IPv6Address, ip_address

from aiohttp import web

_WITH_PORT = re.compile(r"(?:\[([^\[\]]*)\]|([^:\[\]]*))(?::[0-9]*)?")


def client_address(request: web.Request, proxies: int) -> str:
    """The one that the outermost of our own proxies saw; further left in the header anybody could write.

    A port that it wrote along (Azure's Application Gateway does) is no part of it: each connection has another one.
    One of IPv4 that came by a socket of IPv6 (`::ffff:192.0.2.7`) is that of IPv4: all of them share one /64.
    """
    address = _without_port(_seen_address(request, proxies))
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str((parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None) or parsed)


def _seen_address(request: web.Request, proxies: int) -> str:
    if proxies:
        named = [each.strip() for each in ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")]
        if len(named) >= proxies and named[-proxies]:
            return named[-proxies]
    return request.remote or ""


def _without_port(address: str) -> str:
    """`192.0.2.7:4711` and `[2001:db8::9]:443` are written with one; IPv6 without brackets has none."""
    found = _WITH_PORT.fullmatch(address)
    return found[1] or found[2] or "" if found else address
