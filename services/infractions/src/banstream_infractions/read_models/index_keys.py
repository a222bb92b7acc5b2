"""What the index of the search holds: a number of four bytes for each gram and each mark. Pure.

An index over numbers is made and kept at a third of what one over texts costs, and a row is half as large. Different
ones may have the same number: what the index finds is compared with the text and the marks themselves.
"""

from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

from banstream_contracts.queries.wall import is_wide

SIZE = 4
"""Bytes of a key; of several they follow each other, each big-endian."""

_REMEMBERED = 512
"""Categories and names of staff come again and again."""

_SHORT = 128
"""Of longer lines each key is taken once: they hold most of theirs again and again."""

_GRAM = 3


def key(name: str) -> int:
    """The number of a gram or a mark; marks are longer than any gram."""
    return int.from_bytes(_named(name), "big", signed=True)


def gathered(lines: Iterable[str], marks: tuple[str, ...]) -> bytes:
    """Of the grams of folded lines, and of marks.

    They are not put in order, and what comes again may be there again: the index does both, at less than it costs here.
    """
    return b"".join([_of_marks(marks), *map(_of_line, lines)])


def _named(name: str) -> bytes:
    if len(name) > _GRAM:
        return crc32(name.encode()).to_bytes(SIZE, "big")
    return bytes(_triples(name)) if len(name) == _GRAM else _pair(name)


@lru_cache(_REMEMBERED)
def _of_marks(marks: tuple[str, ...]) -> bytes:
    return b"".join(map(_named, marks))


@lru_cache(_REMEMBERED)
def _of_line(line: str) -> bytes:
    """Of the same grams as `grams.grams`."""
    found = bytes(_triples(line)) if len(line) >= _GRAM else b""
    if not line.isascii():
        pairs = map("".join, pairwise(line))
        found += b"".join([_pair(pair) for pair in pairs if not pair.isascii() and any(map(is_wide, pair))])
    if len(line) > _SHORT:
        found = b"".join(dict.fromkeys(found[at : at + SIZE] for at in range(0, len(found), SIZE)))
    return found


def _triples(line: str) -> bytearray:
    """The low bytes of three characters behind the second byte of the one between: all runs of a line by few copies."""
    found = bytearray(SIZE * (len(line) - 2))
    if line.isascii():
        low = bytearray(line.encode())
    else:
        wide = bytearray(line.encode("utf-32-be"))
        low, found[0::4] = wide[3::4], wide[2::4][1:-1]
    found[1::4], found[2::4], found[3::4] = low[:-2], low[1:-1], low[2:]
    return found


def _pair(pair: str) -> bytes:
    return b"".join([(ord(character) & 0xFFFF).to_bytes(2, "big") for character in pair])
