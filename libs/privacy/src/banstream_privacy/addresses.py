"""IP addresses: one canonical form, compared by a keyed hash."""

import re
from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from socket import AF_INET, inet_ntop, inet_pton
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import _Hash as HASH

_UNSPECIFIED_OR_BROADCAST = frozenset({"0.0.0.0", "::", "255.255.255.255"})  # noqa: S104 - nothing is bound to it
_MULTICAST = re.compile(r"(22[4-9]|23[0-9])\.|ff[0-9a-f]{2}:")
_LAST_PORT = 65_535
_BLOCK = 64
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
_KEYS = 8
"""Of one deployment there is one, and during a rotation a few."""


class InvalidAddress(ValueError):
    """Not an IP address; the message says what was expected."""


def canonical_address(text: str) -> str:
    """Read an address as game servers write it: v4, v6, `[v6]`, with or without a port.

    An IPv4 address mapped into v6 becomes the v4 address. The zone of a v6 address (`fe80::1%eth0`, as Java writes it)
    is left out: it names an interface of who wrote it, and says nothing about the player.
    """
    if _is_plain_v4(text):
        return text
    try:
        address = ip_address(_without_port(text.strip()))
    except ValueError:
        raise InvalidAddress("an IP address is written like 192.0.2.7 or 2001:db8::7") from None
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    return address.compressed.partition("%")[0]


def is_nobodys(address: str) -> bool:
    """Whether a canonical address is one that no player comes from: it says nothing, or everybody is meant."""
    return address in _UNSPECIFIED_OR_BROADCAST or _MULTICAST.match(address) is not None


def address_hash(key: bytes, address: str) -> str:
    """HMAC-SHA-256 of a canonical address, in hex.

    A plain hash could be reversed by trying all 2^32 addresses; with the key as a secret it cannot.
    It goes on from copies of what the key alone makes (RFC 2104, section 4): a sixth of what `hmac.digest` takes.
    """
    started_inner, started_outer = _started(key)
    inner, outer = started_inner.copy(), started_outer.copy()
    inner.update(b"address\n" + address.encode())
    outer.update(inner.digest())
    return outer.hexdigest()


@lru_cache(_KEYS)
def _started(key: bytes) -> "tuple[HASH, HASH]":
    """Both hashes of HMAC with the padded key in them. Never change these: copy them."""
    block = (key if len(key) <= _BLOCK else sha256(key).digest()).ljust(_BLOCK, b"\0")
    return sha256(block.translate(_INNER)), sha256(block.translate(_OUTER))


def _is_plain_v4(text: str) -> bool:
    """Whether a text is a canonical v4 address already: most are, and this takes a tenth of reading one."""
    try:
        return inet_ntop(AF_INET, inet_pton(AF_INET, text)) == text
    except (OSError, ValueError):
        return False


def _without_port(text: str) -> str:
    if text.startswith("["):
        inside, bracket, port = text[1:].partition("]")
        return inside if bracket and _is_port(port) else text
    host, colon, port = text.partition(":")
    return host if colon and "." in host and _is_port(f":{port}") else text


def _is_port(text: str) -> bool:
    digits = text[1:]
    return not text or (text[0] == ":" and digits.isascii() and digits.isdecimal() and int(digits) <= _LAST_PORT)
