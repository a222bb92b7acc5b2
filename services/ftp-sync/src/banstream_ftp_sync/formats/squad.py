"""Squad: `SquadGame/ServerConfig/Bans.cfg`.

Source: facts dayz-bans-discord 3.3: `<name or N/A> Banned:<steam64>:<epoch or 0> //reason`; 0 = permanent; expired
lines stay, so the caller takes them out. A colon in a name or reason could be read as another ban, so none gets there.
"""

import re

from banstream_ftp_sync.formats.clean import NAME_LENGTH, REASON_LENGTH, plain
from banstream_ftp_sync.formats.editing import Found
from banstream_ftp_sync.formats.ids import STEAM_64, steam_64
from banstream_ftp_sync.formats.shape import MARK, Format
from banstream_ftp_sync.formats.wanted import WantedEntry

_HARMLESS = {":": "."}
_LINE = re.compile(rf"^([^:]+ Banned):({STEAM_64}):(0|[1-9][0-9]{{0,11}}) //([^:]* {re.escape(MARK)})$")


def write(entry: WantedEntry) -> str:
    """The line of a ban. Raises `CannotHold`."""
    name = plain(entry.player_name, NAME_LENGTH, "N/A", _HARMLESS)
    reason = plain(entry.reason, REASON_LENGTH, "no reason", _HARMLESS)
    expiry = int(entry.expires_at.timestamp()) if entry.expires_at else 0
    return f"{name} Banned:{steam_64(entry)}:{expiry} //{reason} {MARK}"


def read(text: str) -> Found | None:
    """A line whose comment ends in our mark."""
    line = _LINE.match(text)
    return Found(line[2], text) if line else None


FORMAT = Format("squad", write, read, has_mark=True)
