"""`python -m <service> serve|migrate`: the process of a deciding service, and the deploy step before it."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from threading import Timer

import asyncpg
import uvloop
from faststream import FastStream

from banstream_event_log import postgres
from banstream_event_log.schema import MigrationFailed
from banstream_runtime.garbage import spare_what_is_built
from banstream_runtime.startup import listening_explained, refuse, settings_explained

_LOOK_SECONDS = 0.5
"""After so long at most FastStream sees that it shall stop; by default it wakes ten times a second to look."""
_END_SECONDS = 3.0
"""When all is stopped: a look-up of a name that hangs is in a thread which nobody can end, and would be waited for."""

Migrate = Callable[[], Awaitable[list[str]]]
"""Reads its settings and brings the schema up to date; gives the names of what was applied."""


def run(package: str, arguments: Sequence[str], create_app: Callable[[], FastStream], migrate: Migrate) -> int:
    """Returns the exit code."""
    page = f"services/{package.removeprefix('banstream_').replace('_', '-')}/README.md"
    match arguments:
        case [] | ["serve"]:
            with settings_explained(page):
                app = create_app()
            spare_what_is_built()
            with listening_explained(page):
                uvloop.run(_served(app))
            return 0
        case ["migrate"]:
            with settings_explained(page):
                applied = asyncio.run(_migrated(migrate))
            sys.stdout.write(f"applied: {', '.join(applied) or 'nothing, the schema is up to date'}\n")
            return 0
        case _:
            sys.stderr.write(f"usage: python -m {package} [serve|migrate]\n")
            return 2


async def _served(app: FastStream) -> None:
    code = 1
    try:
        await app.run(sleep_time=_LOOK_SECONDS)
        code = 0
    finally:
        end = Timer(_END_SECONDS, _leave, [code])
        end.daemon = True
        end.start()


def _leave(code: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


async def _migrated(migrate: Migrate) -> list[str]:
    try:
        return await migrate()
    except MigrationFailed as error:
        refuse([f"{error}; put the release back that fits the database"])
    except (*postgres.TRANSIENT, asyncpg.PostgresError, asyncpg.InternalClientError) as error:
        why = str(error) or type(error).__name__
        refuse([f"Postgres does not do it ({why}): is BANSTREAM_ADMIN_DATABASE_URL right?"])
