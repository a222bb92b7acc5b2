"""How many lines of an admin log the rules for DayZ take in a second."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from statistics import median

from banstream_dayz_feed.replay import Replay
from banstream_dayz_feed.rules.rule_settings import all_rules
from bench.report import Figure

PLAYERS, LISTS = 60, 2000
"""Of a full server, and how many lists of its players the log has: one each five minutes."""
ROUNDS = 5
GOAL = 50_000
"""Lines a second on one core."""

_CHUNK = 1 << 16
_START = datetime(2026, 3, 1)  # noqa: DTZ001 - the log's own clock has no zone
_EVERY = timedelta(minutes=5)
_ACTS = (
    " placed Fence Kit<FenceKit>",
    "Built base on Fence with Hatchet",
    " placed Land Mine<LandMineTrap>",
    "[HP: 98.5375] hit by Infected into LeftLeg(8) for 5.85 damage (MeleeInfected)",
    " performed EmoteSitA with R12",
    " is unconscious",
    " regained consciousness",
)


async def measure() -> list[Figure]:
    """From bytes to findings in one thread with every rule on; the control reads and splits the same lines."""
    log = "".join(_lines()).encode()
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(_rate(_split, log))
        ours.append(_rate(_examined, log))
    note = f"{len(log) / 1e6:.0f} MB: a week of {PLAYERS} players, one thread; median of {ROUNDS} rounds"
    return [
        Figure("lines of a DayZ admin log, every rule", "/s", median(ours), goal=GOAL, note=note),
        Figure("the same lines read and split", "/s", median(theirs)),
    ]


def _rate(read: Callable[[bytes], int], log: bytes) -> float:
    began = time.process_time()
    lines = read(log)
    return lines / (time.process_time() - began)


def _split(log: bytes) -> int:
    """As little as anybody can do: each line as text, the time apart from the rest."""
    lines = 0
    for line in log.split(b"\n"):
        _told = line.decode().partition(" | ")
        lines += 1
    return lines


def _examined(log: bytes) -> int:
    """As the feed and `dayz replay` do it; asserts that every line was understood."""
    whole = Replay(all_rules())
    whole.begin("bench.ADM")
    for begin in range(0, len(log), _CHUNK):
        for _finding in whole.feed(log[begin : begin + _CHUNK]):
            pass
    for _finding in whole.end():
        pass
    assert not whole.tally.unknown_lines, whole.tally.unknown.most_common(3)
    return whole.tally.lines


def _lines() -> Iterator[str]:
    """Player lists, and what each player does between two of them."""
    yield f"AdminLog started on {_START:%Y-%m-%d} at {_START:%H:%M:%S}\n"
    for number in range(LISTS):
        at = _START + number * _EVERY
        yield f"{at:%H:%M:%S} | ##### PlayerList log: {PLAYERS} players\n"
        for player in range(PLAYERS):
            yield f"{at:%H:%M:%S} | {_block(player, number)}\n"
        yield f"{at:%H:%M:%S} | #####\n"
        for player in range(0, PLAYERS, 2):
            later = at + timedelta(seconds=4 * player)
            yield f"{later:%H:%M:%S} | {_block(player, number)}{_ACTS[(player + number) % len(_ACTS)]}\n"


def _block(player: int, number: int) -> str:
    east, northing = 4000 + (player * 137 + number * 53) % 6000 / 10, 10_000 + player * 10
    return f'Player "Survivor{player}" (id={player:040X} pos=<{east:.1f}, {northing}.5, 238.1>)'
