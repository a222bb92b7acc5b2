"""The key of one person in the log is damaged: nobody else notices, and what there is of that person goes on."""

import pytest
from services.infractions.tests.scenes import about

from banstream_contracts.commands.infractions import LiftInfraction
from banstream_contracts.infractions import Lifetime
from banstream_contracts.players import Player
from banstream_contracts.queries.infractions import GetHistory, HistoryPage
from banstream_contracts.subjects import QUERY_HISTORY
from banstream_event_log.verification import verify
from banstream_infractions.operations import rebuild
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus, issue, service
from banstream_testing.servers import NatsServer

DAMAGE = {
    "cut short": "update erasable_keys set key = substr(key, 1, 31) where person = $1",
    "empty": "update erasable_keys set key = '' where person = $1",
    "another": "update erasable_keys set key = sha256(key) where person = $1",
    "lost": "delete from erasable_keys where person = $1",
}


async def damage(database: Database, person: str, how: str) -> None:
    async with connected(database.admin_url) as connection:
        await connection.execute(DAMAGE[how], person)


async def names(database: Database) -> dict[str, list[str | None]]:
    """Of each player, in the order of what was issued."""
    found: dict[str, list[str | None]] = {}
    async with connected(database.admin_url) as connection:
        for row in await connection.fetch("select stream, document ->> 'player_name' from infractions order by id"):
            found.setdefault(row[0], []).append(row[1])
    return found


@pytest.mark.parametrize("how", DAMAGE)
async def test_all_goes_on_but_for_what_it_locked(nats: NatsServer, database: Database, how: str) -> None:
    theirs, others = issue("1", player_name="Trillian", note="hers"), issue("2", player_name="Ford")
    due = issue("1", player_name="Trillian", lifetime=Lifetime.TIMED, duration_seconds=2)
    async with bus(nats) as to, service(nats, database):
        await to.send_all([theirs, others, due])
        await to.events(3)
        await damage(database, "player:roblox:1", how)
        lifts = [LiftInfraction(**about(infraction_id=each.infraction_id), reason="x") for each in (theirs, others)]
        results = await to.send_all([*lifts, issue("1", player_name="Tricia", note="later")])
        assert [each.status for each in results] == ["applied"] * 3
        await to.events(7)
    async with bus(nats) as to, service(nats, database):
        await to.events(7)
        history = GetHistory(player=Player(service="roblox", id="1")).model_dump_json().encode()
        answer = await to.client.request(QUERY_HISTORY, history, timeout=30)
        assert len(HistoryPage.model_validate_json(answer.data).items) == 5
    await rebuild(database.admin_url, lambda _position, _head: None)
    assert await names(database) == {
        "player:roblox:1": [None, None, "Tricia"],
        "player:roblox:2": ["Ford"],
    }
    async with connected(database.admin_url) as connection:
        verified = await verify(connection)
    assert (verified.broken_at, verified.not_opened) == (None, {"player:roblox:1": 1})
