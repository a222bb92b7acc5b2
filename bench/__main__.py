"""`python -m bench [--only checks,beats,bans,incidents,feed,simulation,vpn,ndp,dayz] [--json]`."""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Coroutine

from bench import bans, beats, checks, dayz, feed, incidents, ndp, simulation, tracing, vpn
from bench.report import Figure, show

BENCHMARKS: dict[str, Callable[[], Coroutine[None, None, list[Figure]]]] = {
    "checks": checks.measure,
    "beats": beats.measure,
    "bans": bans.measure,
    "incidents": incidents.measure,
    "feed": feed.measure,
    "simulation": simulation.measure,
    "vpn": vpn.measure,
    "tracing": tracing.measure,
    "ndp": ndp.measure,
    "dayz": dayz.measure,
}


def main() -> int:
    """1 when a goal is missed by more than 20 %."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", default=",".join(BENCHMARKS), help="a list of: " + ", ".join(BENCHMARKS))
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    arguments = parser.parse_args()
    chosen = [name.strip() for name in arguments.only.split(",")]
    if unknown := set(chosen) - BENCHMARKS.keys():
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    figures: list[Figure] = []
    for name in chosen:
        sys.stderr.write(f"measuring {name} …\n")
        figures += asyncio.run(BENCHMARKS[name]())
    if arguments.json:
        print(json.dumps([figure.as_json() for figure in figures], indent=2))
    else:
        show(figures)
    return int(any(figure.missed for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
