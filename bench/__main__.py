"""`python -m bench [--only checks,bans,…] [--large] [--json] [--save FILE]`, or `python -m bench --soak MINUTES`."""

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path

import structlog

from bench import (
    appending,
    bans,
    beats,
    checks,
    coldstart,
    dayz,
    feed,
    idle,
    incidents,
    long,
    ndp,
    pace,
    simulation,
    sizes,
    soak,
    sync,
    tracing,
    vpn,
    workers,
)
from bench.report import Figure, show

BENCHMARKS: dict[str, Callable[[], Coroutine[None, None, list[Figure]]]] = {
    "checks": checks.measure,
    "workers": workers.measure,
    "beats": beats.measure,
    "bans": bans.measure,
    "append": appending.measure,
    "long": long.measure,
    "coldstart": coldstart.measure,
    "incidents": incidents.measure,
    "feed": feed.measure,
    "simulation": simulation.measure,
    "vpn": vpn.measure,
    "tracing": tracing.measure,
    "ndp": ndp.measure,
    "dayz": dayz.measure,
    "sync": sync.measure,
    "idle": idle.measure,
}


def main() -> int:
    """1 when a goal about a ratio, or one of a soak, is missed by more than 20 %: other figures are the machine's."""
    arguments = _arguments()
    if arguments.large:
        os.environ[sizes.VARIABLE] = "large"
    # What libraries log belongs beside the table, never into it or into the JSON.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    figures = asyncio.run(soak.measure(arguments.soak)) if arguments.soak else _measured(arguments.only)
    as_json = json.dumps([figure.as_json() for figure in figures], indent=2)
    if arguments.save:
        arguments.save.write_text(as_json + "\n")
    if arguments.json:
        print(as_json)
    else:
        show(figures)
    return int(any(figure.missed and (figure.is_about_ratio or arguments.soak) for figure in figures))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", type=_names, default=list(BENCHMARKS), help="a list of: " + ", ".join(BENCHMARKS))
    parser.add_argument("--large", action="store_true", help=f"a million rows ({sizes.VARIABLE}=large); takes longer")
    parser.add_argument("--soak", type=_minutes, metavar="MINUTES", help="nothing but mixed load for so long")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write them there as JSON too, for bench.capacity")
    arguments = parser.parse_args()
    try:
        sizes.size()
    except ValueError as error:
        parser.error(str(error))
    return arguments


def _names(text: str) -> list[str]:
    chosen = [name.strip() for name in text.split(",")]
    if unknown := set(chosen) - BENCHMARKS.keys():
        raise argparse.ArgumentTypeError(f"no benchmark is called {', '.join(sorted(unknown))}")
    return chosen


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of minutes")
    return minutes


def _measured(chosen: list[str]) -> list[Figure]:
    figures: list[Figure] = []
    paces = [pace.pace()]
    for name in chosen:
        began = time.monotonic()
        figures += asyncio.run(BENCHMARKS[name]())
        sys.stderr.write(f"measured {name} in {time.monotonic() - began:.0f} s\n")
        paces.append(pace.pace())
    return [pace.figure(paces), *figures]


if __name__ == "__main__":
    sys.exit(main())
