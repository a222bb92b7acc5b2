"""The migrations of a service: who does not find them all applied waits, be it newer than its schema."""

from collections.abc import Sequence

import asyncpg

from banstream_event_log.schema import Migration, migrations_in


def migrations_of(service: str) -> list[Migration]:
    """Those of the log, those of commands, and the service's own."""
    packages = ("banstream_event_log", "banstream_decider", f"banstream_{service.replace('-', '_')}")
    return [each for package in packages for each in migrations_in(package)]


async def missing(connection: "asyncpg.Connection[asyncpg.Record]", wanted: Sequence[Migration]) -> list[str]:
    """The names of those that were not applied."""
    applied = {row["number"] for row in await connection.fetch("select number from schema_migrations")}
    return [each.name for each in wanted if each.number not in applied]
