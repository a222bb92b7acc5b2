"""Gateways whose clocks are ahead of the one of NATS, and a service whose clock was set back."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import asyncpg
import pytest
from services.infractions.tests.account_commands import ask, invite, join
from services.infractions.tests.scenes import CALLED, IDS, PLAYER, START, about, amend, call, issue

from banstream_contracts.accounts import Role, account_id
from banstream_contracts.commands.accounts import RevokeSessions
from banstream_contracts.erasure import ErasePlayer
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Lifetime
from banstream_contracts.results import CommandResult
from banstream_decider.ports import Received
from banstream_infractions.operations import SCHEMA
from banstream_infractions.postgres import PostgresStore
from banstream_infractions.privacy import Privacy
from banstream_infractions.service import Infractions
from banstream_runtime.identifiers import new_id
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MASTER_KEY

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
AHEAD = START + HOUR

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[Connection]:
    async with connected(database.service_url, SCHEMA) as connection:
        yield connection


async def do(connection: Connection, *commands: AnyCommand, stored_at: datetime, now: datetime) -> list[CommandResult]:
    service = Infractions(PostgresStore(connection), Privacy(MASTER_KEY), lambda: now, new_id)
    return await service.execute([Received(command, stored_at=stored_at) for command in commands])


def erase(at: datetime, **values: Any) -> ErasePlayer:
    return ErasePlayer(**about(at, player=PLAYER, reason="asked for", lift=True, **values))


async def test_a_ban_of_a_gateway_that_is_ahead_begins_when_it_was_stored(connection: Connection) -> None:
    ban = issue(at=AHEAD, lifetime=Lifetime.TIMED, duration_seconds=60)
    (result,) = await do(connection, ban, stored_at=START, now=START)
    (infraction,) = result.infractions
    assert (infraction.issued_at, infraction.expires_at) == (START, START + 60 * SECOND)
    longer = amend(at=AHEAD, duration_seconds=120)
    (result,) = await do(connection, longer, stored_at=START + SECOND, now=START + SECOND)
    assert result.infractions[0].expires_at == START + 120 * SECOND
    assert await connection.fetchval("select max(occurred_at) from event_log") == START + SECOND


async def test_what_was_issued_before_it_was_stored_keeps_its_time(connection: Connection) -> None:
    ban = issue(at=START, lifetime=Lifetime.TIMED, duration_seconds=60)
    (result,) = await do(connection, ban, stored_at=START + SECOND, now=START + SECOND)
    assert result.infractions[0].expires_at == START + 60 * SECOND


async def test_who_was_erased_by_a_gateway_that_is_ahead_can_be_erased_again(connection: Connection) -> None:
    await do(connection, issue(punishments=()), erase(AHEAD), stored_at=START, now=START)
    (result,) = await do(
        connection, erase(START + 2 * SECOND, seen_at=START + SECOND), stored_at=START + 2 * SECOND, now=AHEAD
    )
    assert result.status == "applied"


async def test_what_was_locked_since_is_erased_whatever_the_clock_of_the_service(connection: Connection) -> None:
    await do(connection, issue(punishments=()), erase(START), stored_at=START, now=START)
    results = await do(
        connection, call(IDS[1], content=CALLED), erase(START), stored_at=START - SECOND, now=START - HOUR
    )
    assert [each.status for each in results] == ["applied", "applied"]


async def test_sessions_end_by_the_clock_of_the_console_that_began_them(connection: Connection) -> None:
    revoked = ask(RevokeSessions, "olga", "olga", AHEAD)
    await do(connection, invite("olga", Role.OWNER), join("olga"), revoked, stored_at=START, now=START)
    since = await connection.fetchval(
        "select document ->> 'sessions_since' from accounts where id = $1", account_id("olga")
    )
    assert datetime.fromisoformat(since) == AHEAD
