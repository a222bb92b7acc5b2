"""Finding the player blocks of a line, whatever a player calls himself.

A name is free text and may imitate a whole line, so nothing is ever searched in a line but the exact shape of an id
block. What follows the last block is written by the game alone; the kind of a line is read from there.
"""

import re
from dataclasses import dataclass

from banstream_dayz_feed.lines.players import UNSET_BEYOND, Player, Position

NUMBER = r"-?[0-9]{1,45}(?:\.[0-9]{1,20})?(?:e[-+]?[0-9]{1,3})?"
ID = r"[A-Za-z0-9_+/=-]{1,64}"
_ID_BLOCK = re.compile(rf"\(id=({ID})?(?: pos=<({NUMBER}), ({NUMBER}), ({NUMBER})>)?\)")
_SUBJECT = "Player "
_DEAD = " (DEAD)"
_QUOTES = "\"'"
_MOST_BLOCKS = 8
"""A line of the game has two; one with more than this is somebody's art."""


@dataclass(frozen=True, slots=True)
class Block:
    """An id block in a line: the name ends at `name_end`, `quote` is what closes it (empty for none)."""

    name_end: int
    end: int
    quote: str
    id: str
    position: Position | None
    has_position: bool
    is_dead: bool


def find_blocks(message: str) -> list[Block] | None:
    """All id blocks from left to right; None where there are too many to reason about."""
    found: list[Block] = []
    for match in _ID_BLOCK.finditer(message):
        if len(found) == _MOST_BLOCKS:
            return None
        found.append(_block(message, match))
    return found


def player_at(message: str, name_start: int, block: Block) -> Player | None:
    """The player whose name begins after `Player ` at `name_start`; None where the quotes do not agree."""
    opening = message[name_start : name_start + 1]
    if block.quote:
        if opening != block.quote or name_start + 1 > block.name_end:
            return None
        name_start += 1
    elif not opening or opening in _QUOTES or not block.has_position:
        return None
    if name_start > block.name_end:
        return None
    return Player(message[name_start : block.name_end], block.id, block.position, block.is_dead)


def position(x: str, northing: str, altitude: str) -> Position | None:
    """A position as far as it is set."""
    values = float(x), float(northing), float(altitude)
    if any(abs(value) > UNSET_BEYOND for value in values):
        return None
    return Position(x=values[0], northing=values[1], altitude=values[2])


def engine_position(x: str, altitude: str, northing: str) -> Position | None:
    """The same from the engine's order, which flags and teleports are written in."""
    return position(x, northing, altitude)


def _block(message: str, match: re.Match[str]) -> Block:
    start = match.start()
    end = start - 1 if message[start - 1 : start] == " " else start
    is_dead = message.endswith(_DEAD, 0, end)
    if is_dead:
        end -= len(_DEAD)
    quote = message[end - 1 : end]
    if quote not in _QUOTES or not quote:
        quote = ""
    player_id, x, northing, altitude = match.groups()
    return Block(
        end - len(quote),
        match.end(),
        quote,
        player_id or "",
        position(x, northing, altitude) if x is not None else None,
        x is not None,
        is_dead,
    )
