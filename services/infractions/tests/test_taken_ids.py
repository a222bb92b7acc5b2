"""Two infractions under one id, as a game server can bring about that reports incidents with ids of its choice."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import asyncpg
import pytest
from services.infractions.tests.scenes import IDS, OTHER, PLAYER, START, about, issue
from services.infractions.tests.test_long_streams import deciding

from banstream_contracts.commands import IssueInfraction, OpenRequest
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Lifetime, Scope
from banstream_contracts.players import Player
from banstream_contracts.policies import AutomaticBan
from banstream_contracts.results import CommandResult
from banstream_decider.ports import Received
from banstream_infractions.operations import SCHEMA
from banstream_infractions.postgres import PostgresStore
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database

EVER = datetime.max.replace(tzinfo=UTC)
LATER = START + timedelta(hours=2)
SUGGESTED = AutomaticBan(infraction_id=IDS[0], scope=Scope.GLOBAL, reason="10 incidents")

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[Connection]:
    async with connected(database.service_url, SCHEMA) as connection:
        yield connection


def automatic(player: Player) -> IssueInfraction:
    return issue(player=player, lifetime=Lifetime.TIMED, duration_seconds=3600, policy_id="aimbot")


def request(request_id: str, player: Player) -> OpenRequest:
    return OpenRequest(**about(request_id=request_id, player=player, reason="look", suggested=SUGGESTED))


async def do(connection: Connection, commands: Sequence[AnyCommand]) -> list[tuple[str, str | None]]:
    """By a leader to whom every stream is a long one."""
    service = deciding(PostgresStore(connection, longest=1), START)
    return [_said(each) for each in await service.execute([Received(command) for command in commands])]


def _said(result: CommandResult) -> tuple[str, str | None]:
    return result.status, result.refusal.code if result.refusal else None


@pytest.mark.parametrize("at_once", [True, False], ids=["one batch", "two batches"])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        (automatic(PLAYER), automatic(OTHER)),
        (issue(), automatic(OTHER)),
        (automatic(PLAYER), request(IDS[1], OTHER)),
    ],
    ids=["two bans", "somebody's ban", "suggested"],
)
async def test_an_id_that_is_somebody_elses_is_refused(
    connection: Connection, first: AnyCommand, second: AnyCommand, *, at_once: bool
) -> None:
    parts: list[list[AnyCommand]] = [[first, second]] if at_once else [[first], [second]]
    done = [each for part in parts for each in await do(connection, part)]
    assert done == [("applied", None), ("refused", "invalid-change")]


async def test_what_is_brought_again_for_the_same_player_is_there_already(connection: Connection) -> None:
    assert await do(connection, [automatic(PLAYER), request(IDS[1], PLAYER), automatic(PLAYER)]) == [
        ("applied", None),
        ("applied", None),
        ("unchanged", None),
    ]


async def test_ends_are_noticed_after_an_id_was_brought_twice(connection: Connection) -> None:
    await do(connection, [automatic(PLAYER), issue(IDS[1]), issue(IDS[2])])
    await do(connection, [automatic(OTHER)])
    assert await deciding(PostgresStore(connection, longest=1), LATER).do_due(EVER) == 1
