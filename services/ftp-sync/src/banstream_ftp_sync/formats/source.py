"""Source games and Garry's Mod: `cfg/banned_user.cfg` and `cfg/banned_ip.cfg`.

Source: facts dayz-bans-discord 3.3: `banid 0 STEAM_0:Y:Z` and `addip 0 1.2.3.4`, 0 = permanent (`0.0` in GoldSrc);
line ends as the engine's own writer makes them (sv_filter.cpp of the Source SDK's engine). Newer games write `[U:1:N]`.
The console executes these files, so no text of a player is ever written there, not even as a comment. `writeid` and
`writeip` rewrite them without comments, so which lines are ours is known from the last receipt alone.
A temporary ban is written as a permanent one and taken out at its end, as the game keeps only permanent ones.
"""

import re

from banstream_ftp_sync.formats.editing import Found
from banstream_ftp_sync.formats.ids import ipv4, steam_2, steam_64
from banstream_ftp_sync.formats.shape import Format
from banstream_ftp_sync.formats.wanted import WantedEntry

_USER = re.compile(r"^banid 0(?:\.0+)? (?:STEAM_[0-5]:([01]:[0-9]{1,10})|\[U:1:([0-9]{1,10})\])$")
_ADDRESS = re.compile(r"^addip 0(?:\.0+)? ((?:[0-9]{1,3}\.){3}[0-9]{1,3})$")


def write_user(entry: WantedEntry) -> str:
    """The line that bans a Steam player. Raises `CannotHold`."""
    return f"banid 0 {steam_2(steam_64(entry))}"


def read_user(text: str) -> Found | None:
    """A permanent ban of a Steam id, in any form a game writes; the universe number says nothing."""
    line = _USER.match(text)
    if line is None:
        return None
    account = line[1] or f"{int(line[2]) & 1}:{int(line[2]) >> 1}"
    return Found(f"STEAM_0:{account}", "permanent")


def write_address(entry: WantedEntry) -> str:
    """The line that bans an IPv4 address. Raises `CannotHold`."""
    return f"addip 0 {ipv4(entry)}"


def read_address(text: str) -> Found | None:
    """A permanent ban of an address."""
    line = _ADDRESS.match(text)
    return Found(line[1], "permanent") if line else None


USERS = Format("source-users", write_user, read_user, has_mark=False, newline="\r\n")
ADDRESSES = Format("source-addresses", write_address, read_address, has_mark=False, newline="\r\n")
