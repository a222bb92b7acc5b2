"""What the wall knows of an infraction, and how text is searched. Pure.

Searching is by grams: every run of three characters of a text, and every pair that holds a wide character, since in
Chinese, Japanese and Korean two are a word. An index over arrays does the rest: it needs no extension of Postgres
and no locale, which decide there what a letter is.
"""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from itertools import chain, pairwise
from operator import itemgetter
from typing import NamedTuple

from banstream_contracts.infractions import Infraction, Lifetime, Punishment, Status
from banstream_contracts.wall_queries import is_wide
from banstream_privacy.masking import masked

MOST_GRAMS = 3
"""Of a search; what is found is compared with the whole text anyway, and each further list of rows takes its time."""

QUARTER_SECONDS = 900

_REMEMBERED = 512
"""Categories and names of staff come again and again; the name and the reason twice, for the wall and the search."""

_SHORT = 128
"""Of longer lines each gram is taken once: they hold most of theirs again and again."""


class WallRow(NamedTuple):
    """A row of `wall_bans`, named like its columns. `category` and `severity` are empty where there is none.

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


def row_of(infraction: Infraction) -> WallRow | None:
    """The row of an infraction; None where it bans nobody as far as its events say."""
    if not _bans(infraction):
        return None
    category = infraction.category or ""
    lines = [folded(part) for part in (masked(infraction.player_name or ""), category, masked(infraction.reason))]
    return WallRow(
        id=infraction.id,
        place=sha256(infraction.id.encode()).hexdigest()[:12],
        issued_at=infraction.issued_at,
        ends_at=infraction.expires_at if infraction.lifetime is Lifetime.TIMED else None,
        category=category,
        severity=infraction.severity.value if infraction.severity else "",
        search="\n".join(lines),
        grams=gathered(lines),
    )


@lru_cache(_REMEMBERED)
def folded(text: str) -> str:
    """Text as it is compared: capitals and forms of the same letter are one, accents are not."""
    same = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return " ".join(same.split())


def grams(text: str) -> dict[str, None]:
    """What a folded text is found by, each once; nothing reaches over the end of a line."""
    return dict.fromkeys(gram for line in text.split("\n") for gram in _grams_of_line(line))


def gathered(lines: Iterable[str]) -> tuple[str, ...]:
    """The grams of folded lines, in the order in which they are indexed.

    What comes again may be there again: the index takes it once, and to take it out here costs more.
    """
    return tuple(sorted(chain.from_iterable(map(_grams_of_line, lines))))


@lru_cache(_REMEMBERED)
def _grams_of_line(line: str) -> tuple[str, ...]:
    count = len(line) - 2
    if count <= 1:
        found: tuple[str, ...] = (line,) if count == 1 else ()
    elif count <= _SHORT:
        found = _triples(count)(line)
    else:
        found = tuple({line[at : at + 3] for at in range(count)})
    if line.isascii():
        return found
    pairs = map("".join, pairwise(line))
    return (*found, *(pair for pair in pairs if not pair.isascii() and any(map(is_wide, pair))))


@lru_cache(_SHORT)
def _triples(count: int) -> Callable[[str], tuple[str, ...]]:
    """The first ones of a line, at less than half of what taking them one by one costs."""
    return itemgetter(*(slice(at, at + 3) for at in range(count)))


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
