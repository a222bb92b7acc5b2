"""Lists of ids, one a line, with or without a reason behind it: DayZ `ban.txt`, ARK `BanList.txt`, and any other.

Source: facts peers 5.9 and dayz-bans-discord 3.1, 3.3: DayZ writes `ID // comment`, ARK an id alone, Palworld
`steam_<SteamID64>`.
"""

import re
from collections.abc import Iterator

from banstream_cli.importing.converting import Entry, converted
from banstream_cli.importing.reading import lines
from banstream_cli.importing.rows import Format, Found, Options, Row, Source, Unreadable
from banstream_cli.importing.text_lists import key_of_player, meant
from banstream_cli.importing.values import player, text
from banstream_contracts.infractions import Punishment
from banstream_ftp_sync.formats import dayz as written

_ANY = re.compile(r".")
_PARTED = re.compile(r"\s*//\s*|\s*[,;\t]\s*|\s+")
_AROUND = "\"' \t"
_BEFORE_REASON = "/#-,;:\"' \t"
_PALWORLD = re.compile(r"steam_(7656[0-9]{13})", re.IGNORECASE)


def read(source: Source, options: Options) -> Found:
    """Bans of players of `options.service`, for ever; lines that banstream wrote for DayZ are left."""
    service = options.service
    if service is None:
        raise Unreadable(
            "a list of ids does not say whose they are: add --service, as --service steam or --service dayz"
        )

    def rows(entry: Entry) -> Iterator[Row]:
        id_, _, rest = _PARTED.sub("\n", entry.value.lstrip(_AROUND), count=1).partition("\n")
        given = id_.strip(_AROUND)
        in_palworld = _PALWORLD.fullmatch(given)
        banned = player(service, in_palworld[1] if in_palworld and service == "steam" else given)
        reason = text(rest.lstrip(_BEFORE_REASON).rstrip(_AROUND))
        yield Row(key=key_of_player(banned), player=banned, punishments=(Punishment.BAN,), reason=reason)

    bans = meant(lines(source), _ANY, "list of ids", lambda line: written.read(line) is not None)
    yield from converted(bans, rows)


FORMAT = Format("ids", "Ids, one a line, the rest is the reason (DayZ, ARK, any): needs --service", read)
