"""A wall with somebody on it: infractions with its own NATS and database, and consoles to look at it."""

import dataclasses
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from banstream_console.access import sessions
from banstream_console.staff.signing_in import attempts
from banstream_contracts.commands.infractions import IssueInfraction, LiftInfraction, ServeTime
from banstream_contracts.infractions import Severity
from banstream_infractions import operations
from banstream_runtime.identifiers import new_id
from banstream_testing.fixtures import ROLE_PASSWORD, Database
from banstream_testing.infractions import MODERATOR, Bus, bus, issue, service
from banstream_testing.servers import NatsServer

_KINDS = (("aimbot", Severity.CRITICAL), ("raid_exploit", Severity.HIGH), ("toxic_chat", Severity.LOW))


@pytest.fixture(autouse=True)
def patient_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that stands still for two seconds signs nobody out, and refuses nobody."""
    for module in (sessions, attempts):
        monkeypatch.setattr(module, "_ASK_SECONDS", 10.0)


@dataclass(frozen=True, slots=True)
class Wall:
    """A running infractions service, its servers, and who was put on the wall at its start."""

    nats: NatsServer
    database: Database
    bus: Bus
    banned: list[IssueInfraction]

    async def ban(self, name: str | None, **changes: Any) -> str:
        """A permanent ban; returns its infraction."""
        command = issue(str(10**9 + secrets.randbelow(10**9)), player_name=name, **changes)
        result = await self.bus.send(command)
        assert result.status == "applied", result
        return command.infraction_id

    async def serve(self, infraction_id: str, seconds: int) -> None:
        """Its player was connected so long."""
        await self._change(ServeTime, infraction_id, seconds=seconds, server_id="0" * 24)

    async def lift(self, infraction_id: str) -> None:
        """Take a ban off."""
        await self._change(LiftInfraction, infraction_id, reason="a mistake")

    async def _change(self, kind: type[LiftInfraction | ServeTime], infraction_id: str, **fields: Any) -> None:
        common = {"command_id": new_id(), "issued_at": datetime.now(UTC), "correlation_id": new_id()}
        command = kind(**common, actor=MODERATOR, infraction_id=infraction_id, **fields)
        assert (await self.bus.send(command)).status == "applied"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wall_database(postgres_url: str, migrated: str) -> AsyncIterator[Database]:
    """A database with the schema of infractions, for a whole module."""
    name = f"wall_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f"create database {name} template {migrated}")
    base, _ = postgres_url.rsplit("/", 1)
    try:
        await admin.execute(f"alter role {operations.ROLE} password '{ROLE_PASSWORD}'")
        url = f"postgresql://{operations.ROLE}:{ROLE_PASSWORD}@{base.rsplit('@', 1)[1]}/{name}"
        yield Database(**{field.name: url for field in dataclasses.fields(Database)})
    finally:
        await admin.execute(f"drop database {name} with (force)")
        await admin.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wall(nats: NatsServer, wall_database: Database) -> AsyncIterator[Wall]:
    """Thirty bans from an hour ago on, an hour apart."""
    async with bus(nats) as connected, service(nats, wall_database):
        banned = [_banned(number) for number in range(30)]
        await connected.send_all(banned)
        yield Wall(nats, wall_database, connected, banned)


def _banned(number: int) -> IssueInfraction:
    category, severity = _KINDS[number % 3]
    return issue(
        str(5_000_000 + number),
        player_name=f"Cheater {number:02}",
        category=category,
        severity=severity,
        reason=f"seen {number} times at (4512, 9981)",
        issued_at=datetime.now(UTC) - timedelta(hours=number + 1),
    )
