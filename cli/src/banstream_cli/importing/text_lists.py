"""Lists of bans in text files, a ban a line: which lines are meant, and the rows of players and addresses. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from hashlib import scrypt

from banstream_cli.importing.converting import Entry, of_line
from banstream_cli.importing.reading import Line
from banstream_cli.importing.rows import Rejected, Unreadable, rejected
from banstream_cli.importing.values import shown
from banstream_contracts.players import Player

COMMENTS = ("//", "#", ";")
_MEMORY_AND_TIME = {"n": 2**10, "r": 8, "p": 1}


def meant(
    found: Iterable[Line], looks_like: re.Pattern[str], what: str, is_ours: Callable[[str], bool]
) -> Iterator[Entry | Rejected]:
    """Lines that look like a ban; comments, empty lines, other lines and those that banstream wrote are passed over.

    Raises Unreadable at the end where lines stand there and none is meant.
    """
    other, is_any = None, False
    for line in found:
        entry = of_line(line)
        if not entry.value or entry.value.startswith(COMMENTS):
            continue
        if not looks_like.search(entry.value):
            other = other or entry
            continue
        is_any = True
        if not line.is_whole:
            yield rejected(entry.place, "the line is longer than any ban", entry.raw)
        elif not is_ours(entry.value):
            yield entry
    if other is not None and not is_any:
        raise Unreadable(f"this is no {what}: no line bans anybody; {other.place} is {shown(other.value)}")


def key_of_player(player: Player) -> str:
    """What a ban is known by where it has no id of its own: who is banned."""
    return str(player)


@cache
def key_of_address(address: str) -> str:
    """The same for a canonical address, which must not be read out of the key: that travels on the bus.

    A plain hash of an address is found by trying all of them, and a key that only the gateway knows is not at hand;
    so it is one that takes time and memory.
    """
    return f"address:{scrypt(address.encode(), salt=b'banstream import', **_MEMORY_AND_TIME, dklen=16).hex()}"
