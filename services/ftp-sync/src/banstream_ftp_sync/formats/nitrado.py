r"""The ban list of a console DayZ server at Nitrado: the text of the settings field `general.bans`.

Source: facts dayz-bans-discord 3.2: entries joined by `\r\n`, at most 64 kB. Whether the field takes comments is not
known (facts 8), so bare ids are written; which of them are ours is known from the last receipt alone. Gamertags are
never written, as a new name escapes them. The field knows no expiry.
"""

import re

from banstream_ftp_sync.formats.dayz import LONG_LOG_ID, XBOX_LOG_ID, log_id
from banstream_ftp_sync.formats.editing import Found
from banstream_ftp_sync.formats.shape import Format

MAX_BYTES = 64_000
"""The smaller of the two things that "64 kB" may mean."""

_LINE = re.compile(rf"^(?:{XBOX_LOG_ID}|{LONG_LOG_ID})$")


def read(text: str) -> Found | None:
    """A line that is an id and nothing else."""
    return Found(text, text) if _LINE.match(text) else None


FORMAT = Format("nitrado", log_id, read, has_mark=False, newline="\r\n", ends_last_line=False, max_bytes=MAX_BYTES)
