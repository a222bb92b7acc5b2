"""`python -m <service> serve|migrate`: the process of a deciding service, and the deploy step before it."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import uvloop
from faststream import FastStream
from nats.errors import ConnectionReconnectingError

Migrate = Callable[[], Awaitable[list[str]]]
"""Reads its settings and brings the schema up to date; gives the names of what was applied."""


def run(package: str, arguments: Sequence[str], create_app: Callable[[], FastStream], migrate: Migrate) -> int:
    """Returns the exit code."""
    match arguments:
        case [] | ["serve"]:
            with suppress(ConnectionReconnectingError):  # FastStream drains its connection, which may be away
                uvloop.run(create_app().run())
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
