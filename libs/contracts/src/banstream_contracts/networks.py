"""Networks that players hide behind or play from: autonomous systems and ranges of addresses, as staff marked them."""

import re
from enum import StrEnum
from ipaddress import IPv6Network, ip_network
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, StringConstraints

from banstream_contracts.infractions import Actor, Contract
from banstream_contracts.text import Name

WIDEST = {4: 8, 6: 16}
"""The shortest prefix of a mark, by version: what is wider holds a good part of all players."""

_AS_NUMBER = re.compile(r"(?:AS)?([0-9]{1,10})", re.IGNORECASE)
_LAST_AS_NUMBER = 2**32 - 2
_MAPPED_PREFIX = 96
_WRITTEN = "a network is written AS13335, 192.0.2.0/24 or 2001:db8::/32"


class NetworkKind(StrEnum):
    """What a network is marked as: of a VPN service, of a host of machines, of a cloud-gaming service."""

    VPN = "vpn"
    HOSTING = "hosting"
    CLOUD_GAMING = "cloud_gaming"


def canonical_network(text: str) -> str:
    """The one form of a network: `AS13335`, or a range in CIDR without host bits. Raises ValueError.

    A single address is a range of one. A range mapped from IPv4 into v6 becomes the v4 range. A bare number is an AS
    number.
    """
    stripped = text.strip()
    if stripped.isascii() and (found := _AS_NUMBER.fullmatch(stripped)):
        number = int(found[1])
        if not 1 <= number <= _LAST_AS_NUMBER:
            raise ValueError(f"an AS number is 1 to {_LAST_AS_NUMBER}")
        return f"AS{number}"
    try:
        network = ip_network(stripped, strict=True)
    except ValueError as error:
        raise ValueError(_why(error)) from None
    if isinstance(network, IPv6Network):
        if network.network_address.scope_id:
            raise ValueError("a range has no zone")
        mapped = network.network_address.ipv4_mapped
        if mapped is not None and network.prefixlen >= _MAPPED_PREFIX:
            return f"{mapped}/{network.prefixlen - _MAPPED_PREFIX}"
    return network.compressed


def as_number(network: str) -> int | None:
    """The number of a canonical network that is an autonomous system; None of a range."""
    return int(network[2:]) if network.startswith("AS") else None


def markable(network: str) -> str:
    """A canonical network that is no great part of all there are. Raises ValueError."""
    if as_number(network) is None:
        found = ip_network(network)
        if found.prefixlen < (widest := WIDEST[found.version]):
            raise ValueError(
                f"{network} is too wide to be marked: an IPv{found.version} range is /{widest} or narrower"
            )
    return network


def network_key(network: str) -> str:
    """The KV key of a canonical network: `AS13335`, `192-0-2-0_24`, `2001-db8--_32`.

    Ranges of v4 have three dashes, each between digits; those of v6 seven, or two side by side: no two share a key.
    """
    return network.replace(".", "-").replace(":", "-").replace("/", "_")


def network_token(network: str) -> str:
    """A network as one token of a subject."""
    return f"network={network_key(network)}"


def _why(error: ValueError) -> str:
    return "the address of a range has no bits behind its prefix" if "host bits" in str(error) else _WRITTEN


Network = Annotated[str, StringConstraints(max_length=64), AfterValidator(canonical_network)]
"""An autonomous system or a range of addresses, see `canonical_network`."""


class NetworkMark(Contract):
    """What staff say of a network; `owner` says whose it is."""

    network: Network
    kind: NetworkKind
    owner: Name | None = None


class MarkedNetwork(Contract):
    """One network as the events so far have made it; the value of KV `networks`.

    `unmarked_at` is set of one that is marked no more.
    """

    network: Network
    kind: NetworkKind
    owner: Name | None = None
    marked_at: AwareDatetime
    marked_by: Actor
    unmarked_at: AwareDatetime | None = None
    position: int = 0

    @property
    def key(self) -> str:
        """See `network_key`."""
        return network_key(self.network)
