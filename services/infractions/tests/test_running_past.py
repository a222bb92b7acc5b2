"""What was in force at a moment is asked of a running service, on a real NATS server and a real Postgres."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from services.infractions.tests.scenes import about
from services.infractions.tests.test_rebuilding import ignored
from services.infractions.tests.test_running_imports import ask

from banstream_contracts import headers, subjects
from banstream_contracts.commands.infractions import LiftInfraction
from banstream_contracts.players import Player
from banstream_contracts.queries.past import ListPast, PastFound
from banstream_contracts.queries.query import TOO_LONG
from banstream_decider import rebuilding
from banstream_infractions.operations import ROLE, SCHEMA
from banstream_infractions.read_models import rebuild
from banstream_testing.fixtures import Database
from banstream_testing.infractions import Bus, bus, issue, service
from banstream_testing.servers import NatsServer

PLAYER = Player(service="roblox", id="156")


async def seen(to: Bus, at: datetime) -> tuple[Any, Any]:
    """The player, and everybody."""
    one = await ask(to, subjects.QUERY_PAST, player=PLAYER.model_dump(), at=at.isoformat())
    return one, await ask(to, subjects.QUERY_PAST_IN_FORCE, at=at.isoformat())


async def test_it_is_the_same_after_a_rebuild(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        banned, other = issue("156"), issue("7")
        await to.send_all([banned, other])
        then = datetime.now(UTC)
        await to.send(LiftInfraction(**about(then, infraction_id=banned.infraction_id, reason="appeal")))
        moments = (then, datetime.now(UTC), then - timedelta(days=1))
        before = [await seen(to, at) for at in moments]
        found = PastFound.model_validate(before[0][0])
        assert [each.infraction_id for each in found.standings[0].restrictions] == [banned.infraction_id]
        assert [len(everybody["items"]) for _, everybody in before] == [2, 1, 0]
        parts = (rebuild.TABLES, rebuild.apply, ignored, 5000, rebuild.FILLING, 1)
        await rebuilding.rebuild(database.admin_url, SCHEMA, ROLE, *parts)
        assert [await seen(to, at) for at in moments] == before


async def test_a_page_that_is_too_long_is_asked_for_by_halves(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        issued = [issue(str(number), evidence="é" * 10_000, note="é" * 4_096) for number in range(1, 61)]
        await to.send_all(issued)
        question = ListPast(at=datetime.now(UTC), limit=200)
        reply = await to.client.request(subjects.QUERY_PAST_IN_FORCE, question.model_dump_json().encode(), timeout=30)
        assert (reply.headers or {})[headers.QUERY_ERROR] == TOO_LONG
        shorter = json.loads(question.model_copy(update={"limit": 25}).model_dump_json(exclude_none=True))
        page = await ask(to, subjects.QUERY_PAST_IN_FORCE, **shorter)
        assert (len(page["items"]), page["next"]) == (25, page["items"][-1]["id"])
