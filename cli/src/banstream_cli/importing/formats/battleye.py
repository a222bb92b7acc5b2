"""BattlEye `bans.txt` (Arma, DayZ on PC) and BattleMetrics' export of it.

Source: facts peers 5.9 and dayz-bans-discord 3.3: `<GUID or IP> <TIME> <reason>`, TIME -1 for ever, else the end in
Unix seconds; guides of hosts speak of minutes, which hold for the RCON command. A GUID alone is for ever. Arma 3
takes SteamID64 in the same place.
"""

import re
from collections.abc import Iterator
from typing import Any

from banstream_cli.importing.converting import Entry, converted
from banstream_cli.importing.reading import lines
from banstream_cli.importing.rows import Format, Found, Options, Row, Source
from banstream_cli.importing.text_lists import key_of_address, key_of_player, meant
from banstream_cli.importing.values import address, end_of_seconds, is_never, number, player, shown, text
from banstream_contracts.infractions import Punishment
from banstream_ftp_sync.formats import battleye as written

_STEAM_64 = re.compile(r"7656[0-9]{13}")
_AN_ID = re.compile(rf"[0-9a-fA-F]{{32}}|{_STEAM_64.pattern}")
_LIKE_A_BAN = re.compile(rf"^(?:{_AN_ID.pattern}|[0-9a-fA-F.:*/]*[.:][0-9a-fA-F.:*/]+)(?:\s|$)")
_EARLIEST = 100_000_000
"""1973: a smaller number is none of seconds since 1970."""


def read(source: Source, _options: Options) -> Found:
    """Bans of GUIDs, Steam ids and addresses; lines that banstream wrote are left."""
    bans = meant(lines(source), _LIKE_A_BAN, "bans.txt of BattlEye", lambda line: written.read(line) is not None)
    yield from converted(bans, _rows)


def _rows(entry: Entry) -> Iterator[Row]:
    whom, time, reason = (*entry.value.split(None, 2), "", "")[:3]
    if not is_never(time) and number(time, "the time") < _EARLIEST:
        raise ValueError(
            f"the time is {shown(time)}: in the file it is the end in Unix seconds, or -1, and minutes in RCON alone;"
            " write the end"
        )
    told: dict[str, Any] = {
        "punishments": (Punishment.BAN,),
        "reason": text(reason),
        "expires_at": end_of_seconds(time, "the time"),
    }
    if not _AN_ID.fullmatch(whom):
        found = address(whom)
        yield Row(key=key_of_address(found), address=found, **told)
        return
    banned = player("steam", whom) if _STEAM_64.fullmatch(whom) else player("battleye", whom.lower())
    yield Row(key=key_of_player(banned), player=banned, **told)


FORMAT = Format("battleye", "BattlEye (Arma, DayZ on PC): bans.txt", read)
