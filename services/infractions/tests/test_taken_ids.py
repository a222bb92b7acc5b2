"""Two things under one id, as a game server can bring about that reports incidents with ids of its choice."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import asyncpg
import pytest
from services.infractions.tests.appeal_commands import appeal
from services.infractions.tests.scenes import IDS, OTHER, PLAYER, START, about, by_policy, issue, lift, register
from services.infractions.tests.test_long_streams import deciding

from banstream_contracts.commands.credentials import CreateCredential
from banstream_contracts.commands.infractions import (
    IssueInfraction,
    OpenRequest,
)
from banstream_contracts.commands.requests import ApproveRequest, RejectRequest
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Lifetime, Scope
from banstream_contracts.players import Player
from banstream_contracts.policies import AutomaticBan
from banstream_contracts.results import CommandResult
from banstream_decider.ports import Received
from banstream_event_log import log
from banstream_infractions.operations import SCHEMA
from banstream_infractions.postgres import PostgresStore
from banstream_privacy.transit import seal, sealing_public_key
from banstream_runtime.identifiers import new_id
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MASTER_KEY

EVER = datetime.max.replace(tzinfo=UTC)
LATER = START + timedelta(hours=2)
SUGGESTED = AutomaticBan(infraction_id=IDS[0], scope=Scope.GLOBAL, reason="10 incidents")
SEALED = seal(sealing_public_key(MASTER_KEY), "it was not me")

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[Connection]:
    async with connected(database.service_url, SCHEMA) as connection:
        yield connection


def automatic(player: Player) -> IssueInfraction:
    return issue(player=player, lifetime=Lifetime.TIMED, duration_seconds=3600, policy_id="aimbot")


def request(request_id: str, player: Player, **changes: Any) -> OpenRequest:
    values = about(request_id=request_id, player=player, reason="look", suggested=SUGGESTED)
    return OpenRequest(**{**values, **changes})


def approve(infraction_id: str) -> ApproveRequest:
    return ApproveRequest(**about(request_id=IDS[1], infraction_id=infraction_id, is_permanent=True))


def credential(credential_id: str = IDS[0], kind: str = "server", digit: str = "a") -> CreateCredential:
    values = about(credential_id=credential_id, kind=kind, name="EU 1", scopes=("check",), key_hash=digit * 64)
    return CreateCredential(**values)


async def do(connection: Connection, commands: Sequence[AnyCommand]) -> list[tuple[str, str | None]]:
    """By a leader to whom every stream is a long one."""
    service = deciding(PostgresStore(connection, longest=1), START)
    return [_said(each) for each in await service.execute([Received(command) for command in commands])]


def _said(result: CommandResult) -> tuple[str, str | None]:
    return result.status, result.refusal.code if result.refusal else None


TAKEN: dict[str, tuple[list[AnyCommand], AnyCommand]] = {
    "two bans of policies": ([automatic(PLAYER)], automatic(OTHER)),
    "two bans": ([issue()], issue(player=OTHER)),
    "a ban of a policy": ([issue()], automatic(OTHER)),
    "a ban by tiers": ([register(), issue()], by_policy(IDS[0], player=OTHER)),
    "a suggested ban": ([automatic(PLAYER)], request(IDS[1], OTHER)),
    "a ban that is approved": ([request(IDS[1], PLAYER, suggested=None), issue(player=OTHER)], approve(IDS[0])),
    "a ban under a request's id": ([request(IDS[1], PLAYER)], issue(IDS[1], player=OTHER)),
    "a ban under a server's id": ([credential()], issue()),
    "a request of another player": ([request(IDS[1], PLAYER)], request(IDS[1], OTHER, suggested=None)),
    "a request under a ban's id": ([issue()], request(IDS[0], OTHER, suggested=None)),
    "a server under a ban's id": ([issue()], credential()),
    "a token under a server's id": ([credential()], credential(kind="token")),
    "a server with another secret": ([credential()], credential(digit="b")),
    "an appeal under a ban's id": ([issue(), issue(IDS[1], player=OTHER)], appeal(IDS[1], sealed_text=SEALED)),
    "an appeal against another ban": (
        [issue(), issue(IDS[1]), appeal(sealed_text=SEALED)],
        appeal(infraction_id=IDS[1], sealed_text=SEALED),
    ),
}


@pytest.mark.parametrize("at_once", [True, False], ids=["one batch", "two batches"])
@pytest.mark.parametrize("name", TAKEN)
async def test_an_id_that_is_somebody_elses_is_refused_and_nothing_is_changed(
    connection: Connection, name: str, *, at_once: bool
) -> None:
    first, second = TAKEN[name]
    parts: list[list[AnyCommand]] = [[*first, second]] if at_once else [first, [second]]
    done = [each for part in parts for each in await do(connection, part)]
    assert done == [*[("applied", None)] * len(first), ("refused", "invalid-change")]
    assert await log.head(connection) == len(first)


async def test_a_suggested_ban_is_not_approved_under_an_id_that_became_somebody_elses(connection: Connection) -> None:
    for command in (request(IDS[1], PLAYER), automatic(OTHER)):
        assert await do(connection, [command]) == [("applied", None)]
    assert await do(connection, [approve(IDS[2]), lift()]) == [("refused", "invalid-change"), ("applied", None)]


async def test_of_two_requests_that_suggest_one_id_the_second_bans_nobody_and_ends_no_ban_of_the_first(
    connection: Connection,
) -> None:
    """A server can make two of its own incidents alike. Its staff rejects the second, and bans by hand."""
    assert await do(connection, [request(IDS[1], PLAYER)]) == [("applied", None)]
    assert await do(connection, [request(IDS[2], OTHER)]) == [("applied", None)]
    for once in ([approve("4" * 24)], [approve("5" * 24).model_copy(update={"request_id": IDS[2]})]):
        done = await do(connection, once)
    assert done == [("refused", "invalid-change")]
    reject = RejectRequest(**about(reason="the id is taken", request_id=IDS[2]))
    assert await do(connection, [reject]) == [("applied", None)]
    assert await do(connection, [issue("6" * 24, player=OTHER), lift()]) == [("applied", None), ("applied", None)]


async def test_what_is_brought_again_for_the_same_player_is_there_already(connection: Connection) -> None:
    assert await do(connection, [automatic(PLAYER), request(IDS[1], PLAYER), automatic(PLAYER)]) == [
        ("applied", None),
        ("applied", None),
        ("unchanged", None),
    ]


@pytest.mark.parametrize(
    "again",
    [
        [issue()],
        [request(IDS[1], PLAYER)],
        [credential()],
        [issue(), appeal(sealed_text=SEALED)],
    ],
    ids=["ban", "request", "credential", "appeal"],
)
async def test_the_same_thing_under_its_own_id_is_there_already(
    connection: Connection, again: list[AnyCommand]
) -> None:
    await do(connection, again)
    repeated = [each.model_copy(update={"command_id": new_id()}) for each in again]
    assert await do(connection, repeated) == [("unchanged", None)] * len(again)


async def test_ends_are_noticed_after_an_id_was_brought_twice(connection: Connection) -> None:
    await do(connection, [automatic(PLAYER), issue(IDS[1]), issue(IDS[2])])
    await do(connection, [automatic(OTHER)])
    assert await deciding(PostgresStore(connection, longest=1), LATER).do_due(EVER) == 1
