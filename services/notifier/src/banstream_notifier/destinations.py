"""Where a target is: what a URL and a secret have to be, and what may be shown of them. Pure."""

import ipaddress
import re
from base64 import b64decode
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from yarl import URL

from banstream_contracts.notifier_targets import TargetKind

_MAX_URL = 2048
_SHOWN = 4
_LONG_ENOUGH = 12
_SECRET_BYTES = range(24, 65)
_PRINTABLE = re.compile(r"^[!-~]+$")
_DISCORD_HOSTS = re.compile(r"^(?:[a-z]+\.)?discord(?:app)?\.com$")
_DISCORD_PATH = re.compile(r"^/api(?:/v[0-9]+)?/webhooks/[0-9]+/[A-Za-z0-9_-]+/?$")
_INSIDE = tuple(map(ipaddress.ip_network, ("100.64.0.0/10", "192.0.0.0/24", "168.63.129.16/32")))
"""Shared addresses of providers, those of protocols (with the metadata of a cloud), and the inside of Azure."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class InvalidDestination(ValueError):
    """The message says what is wrong, never with the URL or the secret."""


@dataclass(frozen=True, slots=True)
class Destination:
    """An opened target; its fields never go into a log, an event or an error."""

    url: str
    secret: str | None = None

    def __repr__(self) -> str:
        """What may be shown."""
        return f"Destination({shown(self.url)})"


def destination(kind: TargetKind, url: str, secret: str | None, *, allow_private: bool) -> Destination:
    """A destination that may be used. Raises InvalidDestination."""
    parts = _parts(url)
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        raise InvalidDestination("the URL begins with https://")
    if not allow_private and (literal := _literal(parts.hostname or "")) and not is_public(literal):
        raise InvalidDestination("the URL names a private address")
    if kind is TargetKind.DISCORD:
        if _DISCORD_HOSTS.match(parts.hostname or "") and not _DISCORD_PATH.match(parts.path):
            raise InvalidDestination(
                "the URL is not one of a Discord webhook, https://discord.com/api/webhooks/ID/TOKEN"
            )
        return Destination(url)
    if secret is None:
        raise InvalidDestination("a webhook needs a signing secret")
    return Destination(url, _checked_secret(secret))


def shown(url: str) -> str:
    """Scheme, host, and the last four characters of what follows where that is long."""
    parts = urlsplit(url)
    rest = url.partition("://")[2].partition("/")[2]
    return f"{parts.scheme}://{parts.hostname}/…{rest[-_SHOWN:] if len(rest) >= _LONG_ENOUGH else ''}"


def is_public(address: IpAddress) -> bool:
    """Whether an address is one of the public internet, whatever it is wrapped in."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None or address.is_site_local:
            return False
    elif any(address in network for network in _INSIDE):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _parts(url: str) -> SplitResult:
    if len(url) > _MAX_URL or not _PRINTABLE.match(url) or "\\" in url:
        raise InvalidDestination(f"the URL is at most {_MAX_URL} printable ASCII characters")
    try:
        parts = urlsplit(url)
        _ = parts.port, URL(url).host
    except ValueError:
        raise InvalidDestination("the URL cannot be read") from None
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise InvalidDestination("the URL names a host and neither user nor password")
    if parts.fragment:
        raise InvalidDestination("the URL has no #fragment")
    return parts


def _literal(host: str) -> IpAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _checked_secret(secret: str) -> str:
    try:
        text = secret.removeprefix("whsec_").rstrip("=")
        key = b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith("whsec_") or len(key) not in _SECRET_BYTES:
        raise InvalidDestination("the secret is whsec_ and 24 to 64 bytes in base64 (Standard Webhooks)")
    return secret
