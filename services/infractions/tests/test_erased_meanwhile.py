"""Read models made anew while one player after the other is erased: they come to an end, and hold nothing of them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import asyncpg
import pytest
from services.infractions.tests.ban_list_commands import ADDRESS, sealed
from services.infractions.tests.scenes import about
from services.infractions.tests.test_rebuilding import Told, held, ignored

from banstream_contracts.commands.infractions import AmendInfraction, InfractionChanges, IssueInfraction, OpenRequest
from banstream_contracts.commands.requests import CommentRequest
from banstream_contracts.erasure import ErasePlayer
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.players import Player
from banstream_decider import rebuilding
from banstream_event_log.events import OpenedEvent
from banstream_event_log.postgres import connect
from banstream_infractions.operations import ROLE, SCHEMA
from banstream_infractions.read_models import rebuild, wall_filling
from banstream_runtime.identifiers import new_short_id
from banstream_testing.fixtures import Database
from banstream_testing.infractions import Bus, bus, issue, service
from banstream_testing.servers import NatsServer

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

NAMES = ("Slartibartfast", "Wowbagger", "Agrajag", "Hotblack")


def said(place: int, name: str) -> list[AnyCommand]:
    """All that tells of a player by name."""
    first = issue(str(place), player_name=name, note=f"note on {name}")
    request = OpenRequest(**about(request_id=new_short_id(), player=first.player, reason="flies", player_name=name))
    return [
        first,
        issue(str(place), player_name=name, punishments=(), address=sealed(f"{ADDRESS}{place}")),
        issue(player=None, note=name, address=sealed(f"{ADDRESS}{place}")),
        AmendInfraction(**about(infraction_id=first.infraction_id, changes=InfractionChanges(evidence=name))),
        request,
        CommentRequest(**about(request_id=request.request_id, note=f"{name} again")),
    ]


def back(place: int) -> IssueInfraction:
    return issue(str(place), player_name="Trillian", punishments=())


async def erase(to: Bus, place: int) -> None:
    """A player who comes back under another name."""
    whom = Player(service="roblox", id=str(place))
    results = await to.send_all([ErasePlayer(**about(player=whom, reason="asked for", lift=True)), back(place)])
    assert [each.status for each in results] == ["applied", "applied"]


def erasing_after(apply: rebuilding.Apply, to: Bus, places: Iterator[int]) -> rebuilding.Apply:
    """Each page, and then the next player's erasure."""

    async def applied(connection: Connection, page: Sequence[OpenedEvent]) -> None:
        await apply(connection, page)
        if place := next(places, 0):
            await erase(to, place)

    return applied


@pytest.mark.parametrize("fills", [True, False], ids=["filled first", "page by page"])
async def test_a_rebuild_ends_however_many_are_erased(nats: NatsServer, database: Database, *, fills: bool) -> None:
    connection = await connect(database.admin_url, search_path=SCHEMA)
    async with bus(nats) as to, service(nats, database):
        await to.send_all([each for place, name in enumerate(NAMES, 1) for each in said(place, name)])
        places = iter(range(1, len(NAMES) + 1))
        apply = erasing_after(rebuild.apply, to, places)
        filling = replace(rebuild.FILLING, apply=erasing_after(rebuild.FILLING.apply, to, places)) if fills else None
        told, arguments = Told(), (database.admin_url, SCHEMA, ROLE, rebuild.TABLES)
        reached = await rebuilding.rebuild(*arguments, apply, told.hear, 3, filling, 1)
        assert told.positions == sorted({*told.positions})
        assert (next(places, 0), told.positions[-1]) == (0, reached)
        after = await held(connection)
        await rebuilding.rebuild(*arguments, rebuild.apply, ignored)
        assert await held(connection) == after
    await connection.close()
    text = str(after)
    assert [name for name in NAMES if name in text or name.casefold() in text] == []
    assert "Trillian" in text


@pytest.mark.parametrize("filling", [wall_filling._WALL, wall_filling._SEARCH], ids=["wall", "search"])  # noqa: SLF001
async def test_what_is_filled_while_somebody_is_erased_is_whole_and_without_them(
    nats: NatsServer, database: Database, filling: Any
) -> None:
    connection = await connect(database.admin_url, search_path=SCHEMA)
    async with bus(nats) as to, service(nats, database):
        await to.send_all([each for place, name in enumerate(NAMES, 1) for each in said(place, name)])
        for table in filling.tables:
            await connection.execute(f"delete from {table}")

        async def count(connection: Connection) -> None:
            await erase(to, 1)
            await filling.count(connection)

        meanwhile = replace(filling, count=count)
        assert await wall_filling._fill_if_due(connection, meanwhile, ROLE)  # noqa: SLF001 - it is erased in the middle
        after = await held(connection)
        await rebuilding.rebuild(database.admin_url, SCHEMA, ROLE, rebuild.TABLES, rebuild.apply, ignored)
        assert await held(connection) == after
    await connection.close()
    assert NAMES[0].casefold() not in str(after).casefold()
    assert NAMES[1] in str(after)
