"""What is done over a long log: read models from it, the relay behind it, and reads of it. One system for all."""

from bench.bans import held
from bench.footprint import footprint
from bench.history import long_history
from bench.reading import reading
from bench.rebuilding import rebuilding
from bench.relaying import relaying
from bench.report import Figure
from bench.sizes import sized


async def measure() -> list[Figure]:
    """In this order: the reads need the read models, and are not asked while the relay works."""
    async with long_history(sized(2000, 100_000, 1_000_000)) as history:
        return [
            *await rebuilding(history),
            *await relaying(history),
            *await held(history),
            *await reading(history),
            *await footprint(history),
        ]
