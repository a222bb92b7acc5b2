"""What an operator or a deploy step does to the schema of infractions; the CLI calls these."""

from collections.abc import Callable

from banstream_contracts import streams
from banstream_decider.schema import migrations_of
from banstream_event_log.schema import Migration
from banstream_event_log.schema import migrate as apply_migrations
from banstream_infractions import rewrapping
from banstream_infractions.read_models import catching_up, wall_filling
from banstream_infractions.read_models import rebuild as rebuilding
from banstream_infractions.rewrapping import Rewrapped

SCHEMA = "infractions"
ROLE = "banstream_infractions"


def migrations() -> list[Migration]:
    """See `migrations_of`."""
    return migrations_of(streams.INFRACTIONS)


async def migrate(admin_database_url: str, password: str | None) -> list[str]:
    """Create or update schema and role, whose password stays with None; returns the migrations applied."""
    applied = await apply_migrations(
        admin_database_url, schema=SCHEMA, role=ROLE, password=password, migrations=migrations()
    )
    await catching_up.begin(admin_database_url, SCHEMA)
    await wall_filling.fill(admin_database_url, SCHEMA, ROLE)
    return applied


async def rebuild(
    admin_database_url: str,
    progress: Callable[[int, int], None] = lambda _position, _head: None,
    jobs: int | None = None,
) -> int:
    """Make the read models anew from the log while the service goes on; returns the position reached.

    `jobs` is how many processes fold a long log, one a core and at most eight by default.
    """
    return await rebuilding.rebuild(admin_database_url, SCHEMA, ROLE, progress, jobs)


async def rewrap(
    admin_database_url: str, master_key: bytes, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> Rewrapped:
    """Wrap every person's key with the first of the master keys, while the service goes on."""
    return await rewrapping.rewrap(admin_database_url, SCHEMA, master_key, progress)
