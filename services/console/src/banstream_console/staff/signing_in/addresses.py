"""Where a request comes from."""

from ipaddress import IPv6Address, ip_address

from aiohttp import web


def client_address(request: web.Request, proxies: int) -> str:
    """The one that the outermost of our own proxies saw; further left in the header anybody could write.

    One of IPv4 that came by a socket of IPv6 (`::ffff:192.0.2.7`) is that of IPv4: all of them share one /64.
    """
    address = _seen_address(request, proxies)
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
