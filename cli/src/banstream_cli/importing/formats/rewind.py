"""Rewind's abuse tracker of Roblox: entries of its DataStore, as one JSON object `{"player_<UserId>": {…}}`.

Source: facts ndp-flask-rewind 3.1 (key names of the code and of its documentation), seed 2 (PlayerAbuseHistory). In
the code a ban is a bare flag; its documentation gives it a reason and an end. Neither keeps when it was issued: the
times of what the player was seen doing are evidence, and go on. Who is not banned is left out.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from banstream_cli.importing.converting import Entry, converted
from banstream_cli.importing.json_reading import documents
from banstream_cli.importing.rows import Format, Found, Options, Rejected, Row, Source, Unreadable
from banstream_cli.importing.values import end_of_seconds, members, number, of_seconds, player, shown, text
from banstream_contracts.infractions import Punishment

_WHAT = "JSON object of Rewind's DataStore"
_KEY = re.compile(r"player_([0-9]{1,19})")


def read(source: Source, _options: Options) -> Found:
    """Those who are banned."""
    yield from converted(_players(source), _rows)


def _players(source: Source) -> Iterator[Entry | Rejected]:
    for document in documents(source, _WHAT):
        if isinstance(document, Rejected):
            yield document
        elif not isinstance(document.value, dict):
            raise Unreadable(f"this is no {_WHAT}: its keys are player_<UserId>")
        else:
            yield from (
                Entry(f"[{key[:60]!r}]", (key, value), f"{key}: {value}") for key, value in document.value.items()
            )


def _rows(entry: Entry) -> Iterable[Row]:
    key, value = entry.value
    user = _KEY.fullmatch(key)
    if user is None:
        raise ValueError(f"{shown(key)} is no key of a player: player_<UserId>")
    found = members(value)
    banned = found.get("isBanned", False)
    if banned is False:
        return
    if banned is not True:
        raise ValueError(f"isBanned is {shown(banned)}, neither true nor false")
    records = _records(found)
    yield Row(
        key=key,
        player=player("roblox", user[1]),
        name=text(found.get("playerName")),
        punishments=(Punishment.BAN,),
        reason=text(found.get("banReason")) or _worst(records),
        evidence="\n".join(map(_line, records)) or None,
        category=_worst(records),
        expires_at=end_of_seconds(found.get("banExpiry"), "banExpiry"),
    )


def _records(found: dict[str, Any]) -> list[dict[str, Any]]:
    """What the player was seen doing: one a reason in the code, one an incident in the documentation."""
    listed = found.get("history", found.get("records"))
    if isinstance(listed, dict):
        listed = list(listed.values())
    return [each for each in listed or [] if isinstance(each, dict)] if isinstance(listed, list) else []


def _worst(records: list[dict[str, Any]]) -> str | None:
    counts: dict[str, int] = {}
    for record in records:
        if reason := text(record.get("reason")):
            counts[reason] = counts.get(reason, 0) + number(record.get("count") or 1, "count")
    return max(counts, key=lambda reason: counts[reason], default=None)


def _line(record: dict[str, Any]) -> str:
    reason = text(record.get("reason")) or "?"
    count = text(record.get("count"))
    at = record.get("lastOccurrence") or record.get("timestamp")
    when = f" at {of_seconds(at).isoformat()}" if isinstance(at, (int, float)) and at else ""
    return f"{reason}{f' ×{count}' if count else ''}{when}"  # noqa: RUF001 - so many times


FORMAT = Format("rewind", "Rewind (Roblox): a JSON object of its DataStore entries, player_<UserId>", read)
