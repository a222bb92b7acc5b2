"""`python -m bench.record FILE…`: what `--save` wrote, as the Markdown page docs/benchmarks.md."""

import argparse
import json
import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from bench.report import Figure

_HEADER = (
    "# Benchmarks: figures of one machine\n\n"
    'Written by `python -m bench.record` from what `make bench ARGS="--save FILE"` measured.\n'
    "[The benchmarks](../bench/README.md) say what each control is and why it is fair,"
    " [performance](performance.md) what a figure consists of and what was done about it.\n"
)


def main() -> None:
    """Prints the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.record", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    print(_HEADER)
    print(f"{datetime.now(UTC):%Y-%m-%d}, {_machine()}.\n")
    print("| what | figure | control | ratio | goal | |\n|---|---:|---:|---:|---:|---|")
    for path in parser.parse_args().files:
        for line in _lines(read(path)):
            print(line)


def read(path: Path) -> list[Figure]:
    """What `--save` wrote there."""
    return [
        Figure(**{name: value for name, value in each.items() if name not in ("ratio", "missed")})
        for each in json.loads(path.read_text())
    ]


def _lines(figures: Iterable[Figure]) -> Iterable[str]:
    for each in figures:
        cells = (
            each.what,
            f"{each.value:,.2f} {each.unit}",
            "" if each.control is None else f"{each.control:,.2f}",
            "" if each.ratio is None else f"{each.ratio:.2f}",
            each.goal_text,
            each.verdict,
        )
        yield f"| {' | '.join(cells)} |"
        if each.note:
            yield f"| | {each.note} | | | | |"


def _machine() -> str:
    model = next(
        (line.split(":", 1)[1].strip() for line in _cpuinfo() if line.startswith("model name")), platform.machine()
    )
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores of {model}, {gigabytes:.0f} GB, {system}"


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []


if __name__ == "__main__":
    main()
