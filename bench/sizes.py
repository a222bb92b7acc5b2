"""How much is measured: `BENCH_SIZE` is `tiny` (does a benchmark work at all), `normal` or `large` (a million)."""

import os

VARIABLE = "BENCH_SIZE"
SIZES = ("tiny", "normal", "large")


def size() -> str:
    """The one chosen; `python -m bench --large` sets it. Raises ValueError for another word."""
    chosen = os.environ.get(VARIABLE, "normal")
    if chosen not in SIZES:
        raise ValueError(f"{VARIABLE} is one of {', '.join(SIZES)}, not {chosen!r}")
    return chosen


def sized(tiny: int, normal: int, large: int) -> int:
    """The number of this run."""
    return dict(zip(SIZES, (tiny, normal, large), strict=True))[size()]
