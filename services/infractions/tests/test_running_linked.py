"""Who else is known at an address is asked of a running service, on a real NATS server and a real Postgres."""

from typing import Any

from services.infractions.tests.ban_list_commands import ADDRESS, sealed
from services.infractions.tests.scenes import about
from services.infractions.tests.test_rebuilding import ignored
from services.infractions.tests.test_running_imports import ask

from banstream_contracts import subjects
from banstream_contracts.commands.exempting import ExemptPlayer
from banstream_contracts.erasure import ErasePlayer
from banstream_contracts.players import Player
from banstream_contracts.queries.linked import LinkedFound
from banstream_decider import rebuilding
from banstream_infractions.operations import ROLE, SCHEMA
from banstream_infractions.read_models import rebuild
from banstream_testing.fixtures import Database
from banstream_testing.infractions import Bus, bus, issue, service
from banstream_testing.servers import NatsServer

HERE = sealed(ADDRESS)
PLAYERS = [Player(service="roblox", id=str(number)) for number in range(1, 5)]


async def seen(to: Bus) -> list[Any]:
    """By each player, without the time of the answer."""
    found = [await ask(to, subjects.QUERY_LINKED, player=each.model_dump()) for each in PLAYERS]
    return [{**each, "at": None} for each in found]


async def test_it_is_the_same_after_a_rebuild(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        bans = [issue(each.id, address=HERE) for each in PLAYERS[:3]]
        await to.send_all(bans)
        let_in = about(infraction_id=bans[0].infraction_id, player=PLAYERS[3], is_exempt=True)
        assert (await to.send(ExemptPlayer(**let_in))).status == "applied"
        erase = ErasePlayer(**about(player=PLAYERS[2], reason="asked", lift=True))
        assert (await to.send(erase)).status == "applied"
        before = await seen(to)
        first = LinkedFound.model_validate({**before[0], "at": bans[0].issued_at})
        assert {each.player.id: each.strength for each in first.items} == {"2": "weak", "4": "none"}
        assert [each["total"] for each in before] == [2, 2, 0, 2]
        parts = (rebuild.TABLES, rebuild.apply, ignored, 5000, rebuild.FILLING, 1)
        await rebuilding.rebuild(database.admin_url, SCHEMA, ROLE, *parts)
        assert await seen(to) == before
