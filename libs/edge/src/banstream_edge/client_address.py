"""Which client a request comes from, where proxies of ours stand before an edge, and as whom it counts. Pure."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

FORWARDED_FOR = "X-Forwarded-For"

_WITH_PORT = re.compile(r"(?:\[([^\[\]]*)\]|([^:\[\]]*))(?::[0-9]*)?")


def client_address(peer: str | None, forwarded: Iterable[str], proxies: int) -> str:
    """The one that the outermost of our own proxies saw; further left in the header anybody could write.

    `peer` is who connected, `forwarded` are the values of `X-Forwarded-For`, believed as far as there are `proxies`.
    A port that a proxy wrote along (Azure's Application Gateway does) is no part of it: each connection has another
    one. An address of IPv4 that came by a socket of IPv6 (`::ffff:192.0.2.7`) is that of IPv4: all of them share one
    /64.
    """
    address = _without_port(_seen_by_proxy(forwarded, proxies) or peer or "")
    return str(_parsed(address) or address)


def household(address: str) -> str:
    """What limits count by: of IPv6 the network, since whoever has one address has a whole /64."""
    parsed = _parsed(address)
    return str(int(parsed) >> 64) if isinstance(parsed, IPv6Address) else str(parsed or address)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return (parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None) or parsed


def _seen_by_proxy(forwarded: Iterable[str], proxies: int) -> str | None:
    if not proxies:
        return None
    named = [each.strip() for each in ",".join(forwarded).split(",")]
    return named[-proxies] if len(named) >= proxies else None


def _without_port(address: str) -> str:
    """`192.0.2.7:4711` and `[2001:db8::9]:443` are written with one; IPv6 without brackets has none."""
    found = _WITH_PORT.fullmatch(address)
    return found[1] or found[2] or "" if found else address
