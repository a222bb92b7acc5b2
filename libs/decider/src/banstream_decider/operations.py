"""What an operator or a deploy step does to the schema of a service; each service says which is its own."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from banstream_decider.rebuilding import Progress
from banstream_decider.schema import migrations_of
from banstream_event_log import schema as schemas
from banstream_event_log.schema import Migration

Rebuild = Callable[[str, str, str, Progress], Awaitable[int]]
"""As an administrator: of a database a schema, for a role; returns the position reached."""


def _untold(_position: int, _head: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Operations:
    """Of one service by its name; `make_anew` rebuilds what it has read models of."""

    service: str
    make_anew: Rebuild

    @property
    def schema(self) -> str:
        """Where its log and its read models are."""
        return self.service.replace("-", "_")

    @property
    def role(self) -> str:
        """As whom it comes to Postgres."""
        return f"banstream_{self.schema}"

    def migrations(self) -> list[Migration]:
        """See `migrations_of`."""
        return migrations_of(self.service)

    async def migrate(self, admin_database_url: str, password: str | None) -> list[str]:
        """Create or update schema and role, whose password stays with None; returns the migrations applied."""
        return await schemas.migrate(
            admin_database_url, schema=self.schema, role=self.role, password=password, migrations=self.migrations()
        )

    async def rebuild(self, admin_database_url: str, progress: Progress = _untold) -> int:
        """Make the read models anew from the log while the service goes on; returns the position reached."""
        return await self.make_anew(admin_database_url, self.schema, self.role, progress)
