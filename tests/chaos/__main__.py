"""`python -m tests.chaos`: faults for CHAOS_MINUTES (10), planned by CHAOS_SEED (any); see docs/chaos.md."""

import asyncio
import os
import secrets
import shutil
import sys
from pathlib import Path

from tests.chaos.plan import NATS, plan
from tests.chaos.run import Outcome, run
from tests.chaos.world import running_world

_MINUTES = 10.0


def main() -> int:
    """Run, and print what came of it; 1 where a promise broke."""
    os.environ["BANSTREAM_TEST_BACKEND"] = "embedded"  # a container's processes are not ours to stop
    seed = int(os.environ.get("CHAOS_SEED") or secrets.randbelow(10**6))
    seconds = 60 * float(os.environ.get("CHAOS_MINUTES") or _MINUTES)
    _say(f"CHAOS_SEED={seed} CHAOS_MINUTES={seconds / 60:g}")
    outcome = asyncio.run(_run(seed, seconds))
    width = max(map(len, outcome.figures))
    for name, figure in outcome.figures.items():
        _say(f"{name:{width}}  {figure}")
    for each in outcome.not_tried:
        _say(f"NOT TRIED  {each}")
    for each in outcome.wrong:
        _say(f"WRONG  {each}")
    _say(f"{len(outcome.wrong)} promises broken (CHAOS_SEED={seed})" if outcome.wrong else "every promise was kept")
    return int(bool(outcome.wrong))


async def _run(seed: int, seconds: float) -> Outcome:
    async with running_world() as world:
        try:
            return await run(world, plan(seed, seconds, world.targets()), seconds, seed, _say)
        finally:
            if folder := os.environ.get("CHAOS_LOGS"):
                _keep_logs(world.system.folder, Path(folder))


def _keep_logs(folder: Path, kept: Path) -> None:
    """What every process has said, by its name; NATS where it has its disk."""
    kept.mkdir(parents=True, exist_ok=True)
    for log in (*folder.rglob("*.log"), *folder.glob(f"{NATS}/log")):
        shutil.copy(log, kept / f"{log.parent.name}-{log.name}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
