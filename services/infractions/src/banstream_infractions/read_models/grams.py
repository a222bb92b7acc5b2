"""How text is searched. Pure.

Searching is by grams: every run of three characters of a text, and every pair that holds a wide character, since in
Chinese, Japanese and Korean two are a word. An index over arrays does the rest (`index_keys`): it needs no extension
of Postgres and no locale, which decide there what a letter is.
"""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from banstream_contracts.queries.wall import is_wide
from banstream_privacy.visible import visible

MOST_GRAMS = 3
"""Of a search; what is found is compared with the whole text anyway, and each further list of rows takes its time."""

_REMEMBERED = 512
"""Categories and names of staff come again and again; the name and the reason twice, for the wall and the search."""


@lru_cache(_REMEMBERED)
def folded(text: str) -> str:
    """Text as it is compared: what is seen of it; capitals and forms of the same letter are one, accents are not."""
    same = text.lower() if text.isascii() else unicodedata.normalize("NFKC", visible(text)).casefold()
    return " ".join(same.split())


def grams(text: str) -> dict[str, None]:
    """What a folded text is found by, each once; nothing reaches over the end of a line."""
    return dict.fromkeys(gram for line in text.split("\n") for gram in _of_line(line))


def searched(text: str) -> list[str]:
    """The grams to look for, evenly taken from those of a folded search; each row that holds it has them all."""
    return spread(sorted(grams(text), key=text.find))


def spread(found: Sequence[str]) -> list[str]:
    """Some of them, evenly taken: neighbours mostly come together."""
    if not found:
        return []
    last = len(found) - 1
    return [found[place] for place in sorted({round(last * part / (MOST_GRAMS - 1)) for part in range(MOST_GRAMS)})]


def _of_line(line: str) -> list[str]:
    runs = [line[at : at + 3] for at in range(len(line) - 2)]
    pairs = map("".join, pairwise(line))
    return [*runs, *(pair for pair in pairs if any(map(is_wide, pair)))]
