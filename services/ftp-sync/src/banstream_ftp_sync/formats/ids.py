"""Ids of players and addresses in the forms that ban files want. Pure."""

import hashlib
import re
from ipaddress import IPv4Address, IPv6Address, ip_address

from banstream_ftp_sync.formats.shape import CannotHold
from banstream_ftp_sync.formats.wanted import WantedEntry

STEAM_64 = r"7656[0-9]{13}"
_STEAM_BASE = 76561197960265728
_HEX_32 = re.compile(r"^[0-9a-fA-F]{32}$")


def player_id(entry: WantedEntry, *services: str) -> str:
    """The id of the banned player of one of these services. Raises `CannotHold`."""
    if entry.player is None:
        raise CannotHold("it bans an address, and the format holds players")
    if entry.player.service not in services:
        raise CannotHold(f"the format holds players of {' and '.join(services)}, not of {entry.player.service}")
    return entry.player.id


def steam_64(entry: WantedEntry) -> str:
    """The SteamID64. Raises `CannotHold`."""
    return player_id(entry, "steam")


def steam_2(steam_id64: str) -> str:
    """`STEAM_0:Y:Z`, with the universe 0 that ban files use for every game."""
    account = int(steam_id64) - _STEAM_BASE
    return f"STEAM_0:{account & 1}:{account >> 1}"


def hex_32(text: str, what: str) -> str:
    """32 hex digits in lower case. Raises `CannotHold`."""
    if not _HEX_32.match(text):
        raise CannotHold(f"{what} is 32 hex digits")
    return text.lower()


def battleye_guid(steam_id64: str) -> str:
    """The GUID that BattlEye makes of a SteamID64: MD5 over `BE` and its eight bytes, lowest first."""
    return hashlib.md5(b"BE" + int(steam_id64).to_bytes(8, "little"), usedforsecurity=False).hexdigest()


def address(entry: WantedEntry) -> IPv4Address | IPv6Address:
    """The banned address. Raises `CannotHold`."""
    if entry.address is None:
        raise CannotHold("it bans a player, and the format holds addresses")
    try:
        return ip_address(entry.address)
    except ValueError:
        raise CannotHold("its address is no IP address") from None


def ipv4(entry: WantedEntry) -> str:
    """The banned address where only IPv4 can be held. Raises `CannotHold`."""
    found = address(entry)
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        return str(found.ipv4_mapped)
    if not isinstance(found, IPv4Address):
        raise CannotHold("the format holds IPv4 addresses only")
    return str(found)
