"""DayZ `ban.txt`: `ID // name - reason - date [AUTO-BAN]`, or `[BAN]` for one that a person issued.

Source: seed 3 (step 3 of its flow) for the line; facts dayz-bans-discord 3.1 for the file: one id a line, `//` starts a
comment, UTF-8 without byte order mark, both line ends, any order, read while the server runs. Ids are the log's: 40
hex digits (Xbox) or 44 base64url characters (PlayStation, PC), and the XUID as the seed writes it. The file knows
no expiry.
"""

import re
from datetime import UTC

from banstream_ftp_sync.formats.clean import NAME_LENGTH, REASON_LENGTH, plain
from banstream_ftp_sync.formats.editing import Found
from banstream_ftp_sync.formats.ids import player_id
from banstream_ftp_sync.formats.shape import CannotHold, Format
from banstream_ftp_sync.formats.wanted import WantedEntry

XBOX_LOG_ID = r"[0-9A-F]{40}"
LONG_LOG_ID = r"[A-Za-z0-9_-]{43}="
_XUID = r"[1-9][0-9]{12,19}"
_ID = re.compile(rf"^(?:{XBOX_LOG_ID}|{LONG_LOG_ID})$")
_LINE = re.compile(
    rf"^({XBOX_LOG_ID}|{LONG_LOG_ID}|{_XUID}) // ((?:[^/]|/(?!/))+ - \d{{4}}-\d\d-\d\d \[(?:AUTO-)?BAN\])$"
)


def log_id(entry: WantedEntry) -> str:
    """The id as the server's log writes it. Raises `CannotHold`."""
    given = player_id(entry, "dayz", "xbox")
    told = given.upper() if re.fullmatch(r"[0-9a-fA-F]{40}", given) else given
    if not _ID.match(told):
        raise CannotHold("a DayZ id is 40 hex digits, or 43 base64url characters and =")
    return told


def write(entry: WantedEntry) -> str:
    """The line of a ban. Raises `CannotHold`."""
    name = plain(entry.player_name, NAME_LENGTH, "unknown")
    reason = plain(entry.reason, REASON_LENGTH, "no reason")
    date = entry.issued_at.astimezone(UTC).date().isoformat()
    mark = "AUTO-BAN" if entry.is_automatic else "BAN"
    return f"{_file_id(entry)} // {name} - {reason} - {date} [{mark}]"


def read(text: str) -> Found | None:
    """A line that `write` made; comments, other people's lines and look-alikes are not."""
    line = _LINE.match(text)
    return Found(line[1], line[2]) if line else None


def _file_id(entry: WantedEntry) -> str:
    if entry.player and entry.player.service == "xbox" and re.fullmatch(_XUID, entry.player.id):
        return entry.player.id
    return log_id(entry)


FORMAT = Format("dayz", write, read, has_mark=True)
