"""Flask Anti-Cheat of Roblox: its `logs.txt`, which outlives the bans that it holds in memory alone.

Source: Alr-Dev/Flask-Anti-Cheat, src/api.py 3cc2e56 (four lines and an empty one a ban), facts ndp-flask-rewind 2.1.
Whoever can ban can write line breaks into an id or a reason, and thereby whole bans: look at them before importing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from banstream_cli.importing.converting import Entry, converted
from banstream_cli.importing.reading import lines
from banstream_cli.importing.rows import Format, Found, Options, Rejected, Row, Source, Unreadable, rejected
from banstream_cli.importing.values import of_text, player
from banstream_contracts.infractions import Punishment
from banstream_contracts.players import Player

_HEADER = "-- Ban Logs --"
_LABELS = (("user", "User Banned: "), ("time", "Hours When He Got Banned: "), ("reason", "Reason: "))
_MOST_LINES = 1000
_UNTOLD = "No reason provided"


@dataclass(slots=True)
class _Ban:
    """What stands between two headers."""

    place: str
    told: dict[str, str] = field(default_factory=dict)
    raw: list[str] = field(default_factory=list)


def read(source: Source, options: Options) -> Found:
    """Who is banned, for good: since the first time, for the last reason."""
    banned: dict[str, Entry] = {}
    for ban in _bans(source):
        if missing := [label.rstrip(": ") for name, label in _LABELS if name not in ban.told]:
            yield rejected(ban.place, f"it says nothing of {', '.join(missing)}", "\n".join(ban.raw))
            continue
        user = _whole(ban.told["user"])
        since = banned[user].value["time"] if user in banned else ban.told["time"]
        banned[user] = Entry(ban.place, {**ban.told, "time": since}, "\n".join(ban.raw))
    yield from converted(banned.values(), partial(_rows, options))


def _bans(source: Source) -> Iterator[_Ban]:
    """The bans in their order. Raises Unreadable for a file that does not begin with one."""
    ban: _Ban | None = None
    for line in lines(source):
        if line.text.strip() == _HEADER:
            if ban:
                yield ban
            ban = _Ban(line.place)
        elif ban is not None:
            _add(ban, line.text)
        elif line.text.strip():
            raise Unreadable(f"this is no logs.txt of Flask Anti-Cheat: it does not begin with {_HEADER}")
    if ban is None:
        raise Unreadable("the file is empty: nobody has been banned since it was begun")
    yield ban


def _add(ban: _Ban, line: str) -> None:
    """Labels come in their order; a line with none goes on with what stands before."""
    if len(ban.raw) == _MOST_LINES:
        return
    ban.raw.append(line)
    expected = _LABELS[len(ban.told)] if len(ban.told) < len(_LABELS) else None
    if expected and line.startswith(expected[1].rstrip()):
        ban.told[expected[0]] = line.removeprefix(expected[1].rstrip()).removeprefix(" ")
    elif ban.told:
        last = next(reversed(ban.told))
        ban.told[last] = f"{ban.told[last]}\n{line}" if line else ban.told[last]


def _rows(options: Options, entry: Entry) -> Iterable[Row | Rejected]:
    told: dict[str, str] = entry.value
    user, reason = told["user"].strip(), told["reason"].strip()
    if not user or user == "None":
        raise ValueError("it names no user")
    whom = _player(user, options.service)
    yield Row(
        key=whom.id,
        player=whom,
        punishments=(Punishment.BAN,),
        reason=None if reason in {_UNTOLD, "None"} else reason or None,
        issued_at=of_text(told["time"].strip(), options.zone, "the hour"),
    )


def _player(user: str, service: str | None) -> Player:
    """Any text was an id to it; what is none of Roblox is of the service `flask`, as in banstream's own Flask API."""
    whole = _whole(user)
    if service is not None:
        return player(service, whole)
    try:
        return player("roblox", whole)
    except ValueError:
        return player("flask", user)


def _whole(user: str) -> str:
    """Numbers of Lua may come with a point: 77.0 and 77 are one user."""
    return user.strip().removesuffix(".0")


FORMAT = Format("flask", "Flask Anti-Cheat (Roblox): its logs.txt", read)
