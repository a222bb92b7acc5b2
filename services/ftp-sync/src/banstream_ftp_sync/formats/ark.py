"""ARK: `BanList.txt`, one id a line: SteamID64 for Survival Evolved, EOS id for Survival Ascended.

Source: facts dayz-bans-discord 3.3: no reason, no expiry, no comments. Which lines are ours is known from the last
receipt alone. EOS ids are 32 hex digits.
"""

import re

from banstream_ftp_sync.formats.editing import Found
from banstream_ftp_sync.formats.ids import STEAM_64, hex_32, player_id, steam_64
from banstream_ftp_sync.formats.shape import Format
from banstream_ftp_sync.formats.wanted import WantedEntry

_EVOLVED = re.compile(rf"^{STEAM_64}$")
_ASCENDED = re.compile(r"^[0-9a-f]{32}$")


def write_ascended(entry: WantedEntry) -> str:
    """The line of a ban. Raises `CannotHold`."""
    return hex_32(player_id(entry, "eos"), "an EOS id")


def read_evolved(text: str) -> Found | None:
    """A line that is a SteamID64 and nothing else."""
    return Found(text, text) if _EVOLVED.match(text) else None


def read_ascended(text: str) -> Found | None:
    """A line that is an EOS id and nothing else."""
    return Found(text, text) if _ASCENDED.match(text) else None


EVOLVED = Format("ark-evolved", steam_64, read_evolved, has_mark=False)
ASCENDED = Format("ark-ascended", write_ascended, read_ascended, has_mark=False)
