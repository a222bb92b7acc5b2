"""Rust: `server/<identity>/cfg/bans.cfg`.

Source: facts dayz-bans-discord 3.3: `banid <steam64> "name" "reason" [expiry epoch]`; read at the start, rewritten by
`server.writecfg` (a permanent ban then ends in -1). The console executes the file: quotes, back-slashes and semicolons
of players never get there.
"""

import re

from banstream_ftp_sync.formats.clean import NAME_LENGTH, REASON_LENGTH, plain
from banstream_ftp_sync.formats.editing import Found
from banstream_ftp_sync.formats.ids import STEAM_64, steam_64
from banstream_ftp_sync.formats.shape import MARK, Format
from banstream_ftp_sync.formats.wanted import WantedEntry

_HARMLESS = {'"': "'", "\\": "/", ";": ",", "“": "'", "”": "'"}
_LINE = re.compile(rf'^banid ({STEAM_64}) "([^"\\;]*)" "([^"\\;]* {re.escape(MARK)})"(?: (-1|[1-9][0-9]{{0,11}}))?$')


def write(entry: WantedEntry) -> str:
    """The line of a ban. Raises `CannotHold`."""
    name = plain(entry.player_name, NAME_LENGTH, "unknown", _HARMLESS)
    reason = plain(entry.reason, REASON_LENGTH, "no reason", _HARMLESS)
    expiry = f" {int(entry.expires_at.timestamp())}" if entry.expires_at else ""
    return f'banid {steam_64(entry)} "{name}" "{reason} {MARK}"{expiry}'


def read(text: str) -> Found | None:
    """A line whose reason ends in our mark."""
    line = _LINE.match(text)
    return Found(line[1], f"{line[2]}\n{line[3]}\n{line[4] or -1}") if line else None


FORMAT = Format("rust", write, read, has_mark=True)
