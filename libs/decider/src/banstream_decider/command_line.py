"""`python -m <service> serve|migrate`: the process of a deciding service, and the deploy step before it."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence

import uvloop
from faststream import FastStream

from banstream_runtime.garbage import spare_what_is_built

_LOOK_SECONDS = 0.5
"""After so long at most FastStream sees that it shall stop; by default it wakes ten times a second to look."""

Migrate = Callable[[], Awaitable[list[str]]]
"""Reads its settings and brings the schema up to date; gives the names of what was applied."""


def run(package: str, arguments: Sequence[str], create_app: Callable[[], FastStream], migrate: Migrate) -> int:
    """Returns the exit code."""
    match arguments:
        case [] | ["serve"]:
            app = create_app()
            spare_what_is_built()
            uvloop.run(app.run(sleep_time=_LOOK_SECONDS))
            return 0
        case ["migrate"]:
            applied = asyncio.run(_migrated(migrate))
            sys.stdout.write(f"applied: {', '.join(applied) or 'nothing, the schema is up to date'}\n")
            return 0
        case _:
            sys.stderr.write(f"usage: python -m {package} [serve|migrate]\n")
            return 2


async def _migrated(migrate: Migrate) -> list[str]:
    return await migrate()
