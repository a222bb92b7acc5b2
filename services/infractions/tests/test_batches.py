"""Commands of one batch: decided as if each had come alone, behind those before it."""

import random
from datetime import datetime

import pytest
from services.infractions.tests.any_commands import ADDRESSES, AnyCommands
from services.infractions.tests.scenes import IDS, OTHER, OURS, PLAYER, START, about, lift
from services.infractions.tests.test_long_streams import said, second

from banstream_contracts.commands.infractions import LiftRestrictions, OpenRequest
from banstream_contracts.commands.requests import ApproveRequest
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Scope
from banstream_contracts.policies import AutomaticBan
from banstream_contracts.results import CommandResult
from banstream_decider.ports import Received
from banstream_event_log import log
from banstream_infractions.operations import SCHEMA
from banstream_infractions.ports import Store
from banstream_infractions.postgres import PostgresStore
from banstream_infractions.privacy import Privacy
from banstream_infractions.service import Infractions
from banstream_runtime.identifiers import new_id
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MASTER_KEY

REQUEST = "c" * 24
SUGGESTED = AutomaticBan(infraction_id=IDS[0], scope=Scope.GLOBAL, reason="10 incidents")
OPEN = OpenRequest(
    **about(request_id=REQUEST, player=PLAYER, reason="look", server_id=OURS, suggested=SUGGESTED, address=ADDRESSES[0])
)
APPROVE = ApproveRequest(**about(request_id=REQUEST, infraction_id=IDS[1]))
AMNESTY = LiftRestrictions(**about(address_hash=ADDRESSES[0].hash, reason="amnesty"))


async def decided(store: Store, batches: list[list[AnyCommand]], now: datetime = START) -> list[CommandResult]:
    """Without standings: they are as of the end of the batch."""
    decider = Infractions(store, Privacy(MASTER_KEY), lambda: now, new_id)
    results = [result for batch in batches for result in await decider.execute([Received(each) for each in batch])]
    await decider.do_due(now)
    return [each.model_copy(update={"standings": {}}) for each in results]


@pytest.mark.parametrize("seed", range(4))
async def test_a_batch_is_decided_as_its_commands_one_by_one(database: Database, seed: int) -> None:
    commands = AnyCommands(random.Random(seed))  # noqa: S311 - the same each time
    async with second(database) as one, connected(database.service_url, SCHEMA) as other:
        batch = commands.first()
        for _ in range(30):
            head = await log.head(one)
            together = await decided(PostgresStore(one), [batch], commands.now)
            apart = await decided(PostgresStore(other), [[each] for each in batch], commands.now)
            assert together == apart
            assert await said(one, head) == await said(other, head)
            batch = [commands.next() for _ in range(commands.chance.randrange(1, 25))]


@pytest.mark.parametrize("asked_before", [True, False], ids=["of an earlier batch", "of the same batch"])
@pytest.mark.parametrize("then", [lift(IDS[0]), AMNESTY], ids=["by its id", "by its address"])
async def test_a_ban_that_is_approved_is_lifted_by_what_follows_in_the_batch(
    database: Database, asked_before: bool, then: AnyCommand
) -> None:
    batches: list[list[AnyCommand]] = [[OPEN], [APPROVE, then]] if asked_before else [[OPEN, APPROVE, then]]
    async with connected(database.service_url, SCHEMA) as connection:
        *_, result = await decided(PostgresStore(connection), batches)
    assert (result.status, [each.id for each in result.infractions]) == ("applied", [IDS[0]])


async def test_a_ban_that_was_asked_for_and_not_suggested_is_known_to_what_follows(database: Database) -> None:
    asked = OPEN.model_copy(update={"suggested": None, "player": OTHER})
    approved = APPROVE.model_copy(update={"duration_seconds": 3600})
    async with connected(database.service_url, SCHEMA) as connection:
        *_, result = await decided(PostgresStore(connection), [[asked], [approved, lift(IDS[1])]])
    assert (result.status, [each.id for each in result.infractions]) == ("applied", [IDS[1]])
