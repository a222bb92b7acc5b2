"""BattlEye `bans.txt` (Arma, DayZ on PC).

Source: facts dayz-bans-discord 3.3: `<GUID or IP> <TIME> <reason>`; in the file TIME is -1 for a permanent ban, else
the expiry in Unix seconds (minutes only in the RCON command). A SteamID64 is converted to the GUID as BattlEye does it;
a DayZ id cannot be converted. BattlEye rewrites the file, reasons included.
"""

import re

from banstream_ftp_sync.formats.clean import REASON_LENGTH, plain
from banstream_ftp_sync.formats.editing import Found
from banstream_ftp_sync.formats.ids import battleye_guid, hex_32, ipv4, player_id
from banstream_ftp_sync.formats.shape import MARK, Format
from banstream_ftp_sync.formats.wanted import WantedEntry

_LINE = re.compile(
    rf"^([0-9a-f]{{32}}|(?:[0-9]{{1,3}}\.){{3}}[0-9]{{1,3}}) (-1|[1-9][0-9]{{0,11}}) (.* {re.escape(MARK)})$"
)


def write(entry: WantedEntry) -> str:
    """The line of a ban: of the player, or of the address when only an address is banned. Raises `CannotHold`."""
    expiry = int(entry.expires_at.timestamp()) if entry.expires_at else -1
    return f"{_who(entry)} {expiry} {plain(entry.reason, REASON_LENGTH, 'no reason')} {MARK}"


def read(text: str) -> Found | None:
    """A line whose reason ends in our mark."""
    line = _LINE.match(text)
    return Found(line[1], f"{line[2]} {line[3]}") if line else None


def _who(entry: WantedEntry) -> str:
    if entry.player is None:
        return ipv4(entry)
    given = player_id(entry, "steam", "battleye")
    return battleye_guid(given) if entry.player.service == "steam" else hex_32(given, "a BattlEye GUID")


FORMAT = Format("battleye", write, read, has_mark=True)
