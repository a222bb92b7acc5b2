"""What is known of an address, and by whom. Pure."""

from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Literal

from banstream_contracts.networks import MarkedNetwork, NetworkKind
from banstream_privacy.addresses import canonical_address, is_nobodys

Address = IPv4Address | IPv6Address
ProviderName = Literal["iphub", "proxycheck"]
Source = Literal["network", "iphub", "proxycheck", "private", "none"]
"""`network`: marked by staff. `private`: no address of the internet. `none`: nothing is known against it."""

_INSIDE = tuple(
    ip_network(network) for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)
"""Private and shared addresses (RFC 1918, 6598, 4193)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an address is, and why.

    `is_dubious`: there may be a VPN or an innocent player behind it. `country` is two letters. `asn` and `operator`
    are whose address it is, where the ASN database knows. `network` is the mark that decided.
    """

    is_vpn: bool = False
    is_hosting: bool = False
    is_cloud_gaming: bool = False
    is_dubious: bool = False
    country: str | None = None
    asn: int | None = None
    operator: str | None = None
    network: str | None = None
    source: Source = "none"
    why: str = "no mark and no provider speaks against it"


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a provider says of an address. `country` is two letters; `why` is short, and in its words."""

    is_vpn: bool = False
    is_hosting: bool = False
    is_dubious: bool = False
    country: str | None = None
    why: str = ""


def read_address(text: str) -> Address:
    """An address as a game server writes it. Raises InvalidAddress."""
    return ip_address(canonical_address(text))


def is_of_the_internet(address: Address) -> bool:
    """Whether a player can come from it over the internet; ranges of documentation count, so that they can be tried."""
    if address.is_loopback or address.is_link_local or is_nobodys(address.compressed):
        return False
    return not any(address in network for network in _INSIDE if network.version == address.version)


def two_letters(code: object) -> str | None:
    """A country code, if it looks like one."""
    is_one = isinstance(code, str) and len(code) == 2 and code.isascii() and code.isalpha()  # noqa: PLR2004 - as it says
    return str(code).upper() if is_one else None


def verdict_inside() -> Verdict:
    """Of an address that nobody comes from over the internet."""
    return Verdict(source="private", why="a private address is never a VPN")


def marked_verdict(mark: MarkedNetwork, known: Verdict) -> Verdict:
    """The verdict of a mark, beside what is known already."""
    whose = f" ({mark.owner})" if mark.owner else ""
    return replace(
        known,
        is_vpn=mark.kind is NetworkKind.VPN,
        is_hosting=mark.kind is NetworkKind.HOSTING,
        is_cloud_gaming=mark.kind is NetworkKind.CLOUD_GAMING,
        network=mark.network,
        source="network",
        why=f"{mark.network}{whose} is marked {mark.kind.value}",
    )


def opinion_verdict(name: ProviderName, opinion: Opinion, known: Verdict) -> Verdict:
    """The verdict of a provider, beside what is known already."""
    return replace(
        known,
        is_vpn=opinion.is_vpn,
        is_hosting=opinion.is_hosting,
        is_dubious=opinion.is_dubious,
        country=opinion.country or known.country,
        source=name,
        why=opinion.why,
    )
