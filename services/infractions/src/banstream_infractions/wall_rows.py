"""What the wall knows of an infraction, and how text is searched. Pure.

Searching is by grams: every run of three characters of a text, and every pair that holds a wide character, since in
Chinese, Japanese and Korean two are a word. An index over arrays does the rest: it needs no extension of Postgres
and no locale, which decide there what a letter is.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise

from banstream_contracts.infractions import Infraction, Lifetime, Punishment, Status
from banstream_contracts.wall_queries import is_wide
from banstream_privacy.masking import masked

MOST_GRAMS = 3
"""Of a search; what is found is compared with the whole text anyway, and each further list of rows takes its time."""

QUARTER_SECONDS = 900

_REMEMBERED = 512
"""Categories and names of staff come again and again; the name and the reason twice, for the wall and the search."""


@dataclass(frozen=True, slots=True)
class WallRow:
    """A row of `wall_bans`. `category` and `severity` are empty where there is none.

    `place` orders bans of one moment; it takes the part of the id in cursors, which everybody may see.
    """

    id: str
    place: str
    issued_at: datetime
    ends_at: datetime | None
    category: str
    severity: str
    search: str
    grams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """What counters tell apart of a row."""

    category: str
    severity: str
    issued_at: datetime


def row_of(infraction: Infraction) -> WallRow | None:
    """The row of an infraction; None where it bans nobody as far as its events say."""
    if not _bans(infraction):
        return None
    category = infraction.category or ""
    search = "\n".join(folded(part) for part in (masked(infraction.player_name or ""), category, _reason(infraction)))
    return WallRow(
        id=infraction.id,
        place=sha256(infraction.id.encode()).hexdigest()[:12],
        issued_at=infraction.issued_at,
        ends_at=infraction.expires_at if infraction.lifetime is Lifetime.TIMED else None,
        category=category,
        severity=infraction.severity.value if infraction.severity else "",
        search=search,
        grams=tuple(sorted(grams(search))),
    )


@lru_cache(_REMEMBERED)
def folded(text: str) -> str:
    """Text as it is compared: capitals and forms of the same letter are one, accents are not."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def grams(text: str) -> dict[str, None]:
    """What a folded text is found by, each once and in its order; nothing reaches over the end of a line."""
    found: dict[str, None] = {}
    for line in text.split("\n"):
        found |= _grams_of_line(line)
    return found


@lru_cache(_REMEMBERED)
def _grams_of_line(line: str) -> dict[str, None]:
    found = dict.fromkeys(map("".join, zip(line, line[1:], line[2:], strict=False)))
    if not line.isascii():
        pairs = map("".join, pairwise(line))
        found |= dict.fromkeys(pair for pair in pairs if not pair.isascii() and any(map(is_wide, pair)))
    return found


def searched(text: str) -> list[str]:
    """The grams to look for, evenly taken from those of a folded search; each row that holds it has them all."""
    return spread(sorted(grams(text), key=text.find))


def spread(found: Sequence[str]) -> list[str]:
    """Some of them, evenly taken: neighbours mostly come together."""
    last = len(found) - 1
    return [found[place] for place in sorted({round(last * part / (MOST_GRAMS - 1)) for part in range(MOST_GRAMS)})]


def quarter(moment: datetime) -> datetime:
    """The quarter of an hour that a moment is in."""
    seconds = int(moment.timestamp() // QUARTER_SECONDS) * QUARTER_SECONDS
    return datetime.fromtimestamp(seconds, UTC)


def difference(
    gone: Iterable[Counted], come: Iterable[Counted]
) -> tuple[dict[tuple[str, str], int], dict[datetime, int]]:
    """How many more there are by type and by quarter; what stays the same is left out."""
    types: Counter[tuple[str, str]] = Counter()
    quarters: Counter[datetime] = Counter()
    for sign, rows in ((-1, gone), (1, come)):
        for row in rows:
            types[row.category, row.severity] += sign
            quarters[quarter(row.issued_at)] += sign
    return {key: by for key, by in types.items() if by}, {key: by for key, by in quarters.items() if by}


def _bans(infraction: Infraction) -> bool:
    """An end by time is compared where it is read: the event of it comes a moment later."""
    if infraction.status is not Status.ACTIVE or Punishment.BAN not in infraction.punishments:
        return False
    match infraction.lifetime:
        case Lifetime.ONLINE:
            return (infraction.time_left_seconds or 0) > 0
        case Lifetime.SESSION:
            return False
        case _:
            return True


def _reason(infraction: Infraction) -> str:
    return masked(infraction.reason)
