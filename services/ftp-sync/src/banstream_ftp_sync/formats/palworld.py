"""Palworld: `Pal/Saved/SaveGames/banlist.txt`, a line `steam_<SteamID64>` each.

Source: facts dayz-bans-discord 3.3: no reason, no expiry. Which lines are ours is known from the last receipt alone.
"""

import re

from banstream_ftp_sync.formats.editing import Found
from banstream_ftp_sync.formats.ids import STEAM_64, steam_64
from banstream_ftp_sync.formats.shape import Format
from banstream_ftp_sync.formats.wanted import WantedEntry

_LINE = re.compile(rf"^steam_{STEAM_64}$")


def write(entry: WantedEntry) -> str:
    """The line of a ban. Raises `CannotHold`."""
    return f"steam_{steam_64(entry)}"


def read(text: str) -> Found | None:
    """A line that is such an id and nothing else."""
    return Found(text, text) if _LINE.match(text) else None


FORMAT = Format("palworld", write, read, has_mark=False)
