"""Source games and Garry's Mod: `banned_user.cfg` and `banned_ip.cfg`, and SourceBans++' exports of them.

Source: facts peers 5.1 and 5.9, dayz-bans-discord 3.3: `banid <minutes> <id>`, `addip <minutes> <ip>`; 0 is for ever
(`0.0` in GoldSrc), and the engine saves no others; `//` begins a comment.
"""

import re
from collections.abc import Iterator

from banstream_cli.importing.converting import Entry, converted
from banstream_cli.importing.reading import lines
from banstream_cli.importing.rows import Format, Found, Options, Row, Source
from banstream_cli.importing.text_lists import key_of_address, key_of_player, meant
from banstream_cli.importing.values import address, player, shown, text
from banstream_contracts.infractions import Punishment

_LIKE_A_BAN = re.compile(r"^(?:banid|addip)\b", re.IGNORECASE)
_FOR_EVER = re.compile(r"0+(?:\.0*)?")
_PARTS = 3


def read(source: Source, _options: Options) -> Found:
    """Bans of Steam players and of addresses, which hold for ever; what banstream wrote bears no mark, and is read."""
    bans = meant(lines(source), _LIKE_A_BAN, "banned_user.cfg or banned_ip.cfg", lambda _: False)
    yield from converted(bans, _rows)


def _rows(entry: Entry) -> Iterator[Row]:
    command, _, comment = entry.value.partition("//")
    parts = command.replace('"', " ").split()
    if len(parts) < _PARTS:
        raise ValueError("a ban is written banid 0 STEAM_0:1:12345 or addip 0 192.0.2.7")
    verb, minutes, whom = parts[:_PARTS]
    if minutes.startswith("7656"):
        raise ValueError("this is how Rust writes bans: take the format rust")
    if not _FOR_EVER.fullmatch(minutes):
        raise ValueError(f"it is for {shown(minutes)} minutes from a time that is not known: issue it by hand")
    reason = text(comment.strip())
    if verb.lower() == "addip":
        found = address(whom)
        yield Row(key=key_of_address(found), address=found, punishments=(Punishment.BAN,), reason=reason)
        return
    banned = player("steam", whom)
    yield Row(key=key_of_player(banned), player=banned, punishments=(Punishment.BAN,), reason=reason)


FORMAT = Format("source-engine", "Source games, Garry's Mod: banned_user.cfg, banned_ip.cfg", read)
