"""What an operator or a deploy step does to the schema of ftp-sync; the CLI calls these."""

from collections.abc import Callable

from banstream_event_log.schema import Migration, migrations_in
from banstream_event_log.schema import migrate as apply_migrations
from banstream_ftp_sync import rebuild as rebuilding

SCHEMA = "ftp_sync"
ROLE = "banstream_ftp_sync"


def migrations() -> list[Migration]:
    """The log's own, those of commands, then those of ftp-sync."""
    packages = ("banstream_event_log", "banstream_decider", "banstream_ftp_sync")
    return [migration for package in packages for migration in migrations_in(package)]


async def migrate(admin_database_url: str, password: str) -> list[str]:
    """Create or update schema and role; returns the migrations applied."""
    return await apply_migrations(
        admin_database_url, schema=SCHEMA, role=ROLE, password=password, migrations=migrations()
    )


async def rebuild(admin_database_url: str, progress: Callable[[int, int], None] = lambda _position, _head: None) -> int:
    """Make the read model anew from the log while the service goes on; returns the position reached."""
    return await rebuilding.rebuild(admin_database_url, SCHEMA, ROLE, progress)
