"""Rust: `server/<identity>/cfg/bans.cfg`, and BattleMetrics' export of it.

Source: facts peers 5.9 and dayz-bans-discord 3.3: `banid <steam64> "name" "reason" [expiry]`, expiry in Unix seconds,
-1 for ever.
"""

import re
from collections.abc import Iterator

from banstream_cli.importing.converting import Entry, converted
from banstream_cli.importing.reading import lines
from banstream_cli.importing.rows import Format, Found, Options, Row, Source
from banstream_cli.importing.text_lists import key_of_player, meant
from banstream_cli.importing.values import end_of_seconds, player, text
from banstream_contracts.infractions import Punishment
from banstream_ftp_sync.formats import rust as written

_LIKE_A_BAN = re.compile(r"^banid\b", re.IGNORECASE)
_PART = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s"]+)')
_ESCAPED = re.compile(r"\\(.)")
_PARTS = 5
_NO_NAMES = {"", "unnamed", "unknown"}


def read(source: Source, _options: Options) -> Found:
    """Bans of Steam players; lines that banstream wrote are left."""
    bans = meant(lines(source), _LIKE_A_BAN, "bans.cfg of Rust", lambda line: written.read(line) is not None)
    yield from converted(bans, _rows)


def _rows(entry: Entry) -> Iterator[Row]:
    parts = [
        _ESCAPED.sub(r"\1", match[1]) if match[1] is not None else match[2] for match in _PART.finditer(entry.value)
    ]
    if len(parts) > _PARTS or entry.value.replace(r"\"", "").count('"') % 2:
        raise ValueError('a ban is written banid 76561198000000001 "name" "reason" [end]: look at its quotes')
    _, whom, name, reason, ends = (*parts, *[""] * _PARTS)[:_PARTS]
    banned = player("steam", whom)
    yield Row(
        key=key_of_player(banned),
        player=banned,
        name=None if name.lower() in _NO_NAMES else text(name),
        punishments=(Punishment.BAN,),
        reason=text(reason),
        expires_at=end_of_seconds(ends),
    )


FORMAT = Format("rust", "Rust: bans.cfg", read)
