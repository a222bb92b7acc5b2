"""Squad: `Bans.cfg`, a remote ban list, and BattleMetrics' export of it.

Source: facts peers 5.9 and dayz-bans-discord 3.3: `<Steam64>:<Unix seconds or 0> //reason`, with `<somebody> Banned:`
in front in the file of the game; other lines are no bans. EOS ids (32 hex digits) stand there since the game has them.
"""

import re
from collections.abc import Iterator

from banstream_cli.importing.converting import Entry, converted
from banstream_cli.importing.reading import lines
from banstream_cli.importing.rows import Format, Found, Options, Row, Source
from banstream_cli.importing.text_lists import key_of_player, meant
from banstream_cli.importing.values import end_of_seconds, player, text
from banstream_contracts.infractions import Punishment
from banstream_ftp_sync.formats import squad as written

_STEAM_64, _EOS = r"7656[0-9]{13}", r"[0-9a-fA-F]{32}"
_ID = rf"{_STEAM_64}|{_EOS}"
_LIKE_A_BAN = re.compile(rf"(?:^|:|\s)(?:{_ID})\s*:")
_BAN = re.compile(rf"(?:(?P<before>.*?)\s*Banned\s*:)?\s*(?P<id>{_ID})\s*:\s*(?P<end>[^\s/]*)")
_NOBODY = {"n/a", ""}


def read(source: Source, _options: Options) -> Found:
    """Bans of players; lines that banstream wrote are left."""
    bans = meant(lines(source), _LIKE_A_BAN, "Bans.cfg of Squad", lambda line: written.read(line) is not None)
    yield from converted(bans, _rows)


def _rows(entry: Entry) -> Iterator[Row]:
    ban, _, reason = entry.value.partition("//")
    found = _BAN.fullmatch(ban.strip())
    if found is None:
        raise ValueError("a ban is written 76561198000000001:0 //reason")
    if not found["end"]:
        raise ValueError("its end is missing: write 0 for a ban that never ends")
    is_eos = re.fullmatch(_EOS, found["id"]) is not None
    banned = player("eos", found["id"].lower()) if is_eos else player("steam", found["id"])
    before = (found["before"] or "").strip()
    yield Row(
        key=key_of_player(banned),
        player=banned,
        punishments=(Punishment.BAN,),
        reason=text(reason.strip()),
        note=None if before.lower() in _NOBODY else f"In front of the ban stands: {before}",
        expires_at=end_of_seconds(found["end"]),
    )


FORMAT = Format("squad", "Squad: Bans.cfg or a remote ban list", read)
