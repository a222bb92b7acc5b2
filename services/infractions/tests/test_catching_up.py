"""What a leader of an older release has left out of newer read models is put in by the next leader that knows them."""

import asyncpg

from banstream_infractions.read_models import catching_up
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus, issue, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

MODELS = ("wall_bans", "infraction_search")


async def held(database: Database) -> dict[str, int]:
    connection = await asyncpg.connect(database.admin_url)
    found = {table: await connection.fetchval(f"select count(*) from infractions.{table}") for table in MODELS}
    await connection.close()
    return found


async def as_an_older_leader_leaves_it(database: Database, position: int) -> None:
    """It has written the log and the old read models, and nothing else."""
    connection = await asyncpg.connect(database.admin_url)
    for table in (*MODELS, "wall_totals", "wall_quarters"):
        await connection.execute(f"delete from infractions.{table}")
    await connection.execute("update infractions.models_reached set position = $1", position)
    await connection.close()


async def test_the_next_leader_makes_them_whole_before_anybody_asks(database: Database, nats: NatsServer) -> None:
    async with bus(nats) as gateway:
        async with service(nats, database):
            for player in "123":
                await gateway.send(issue(player))
        await as_an_older_leader_leaves_it(database, position=1)
        assert await held(database) == dict.fromkeys(MODELS, 0)
        async with service(nats, database):

            async def is_whole() -> bool:
                return await held(database) == dict.fromkeys(MODELS, 2)

            await eventually(is_whole)


async def test_rows_of_a_leader_that_knows_no_keys_get_theirs(database: Database, nats: NatsServer) -> None:
    async with bus(nats) as gateway:
        async with service(nats, database):
            for player in "123":
                await gateway.send(issue(player))
        connection = await asyncpg.connect(database.admin_url, server_settings={"search_path": "infractions"})
        every = "select id, marks, keys from infraction_search order by id"
        right = await connection.fetch(every)
        await connection.execute("update infraction_search set keys = null, marks = marks || '{abc}'")
        await connection.execute("delete from models_reached")
        await connection.execute("insert into models_reached values (3, 3), (4, 0)")
        async with service(nats, database):

            async def is_whole() -> bool:
                return bool(await connection.fetch(every) == right)

            await eventually(is_whole)
        await connection.close()


async def test_every_write_keeps_how_far_the_models_are_whole(database: Database, nats: NatsServer) -> None:
    async with bus(nats) as gateway, service(nats, database):
        for player in "12":
            await gateway.send(issue(player))
    connection = await asyncpg.connect(database.admin_url)
    head = await connection.fetchval("select max(position) from infractions.event_log")
    reached = await connection.fetch("select models, position from infractions.models_reached")
    assert [tuple(row) for row in reached] == [(catching_up.MODELS, head)]
    await connection.close()


async def test_nothing_is_done_again_where_nobody_else_has_written(database: Database, nats: NatsServer) -> None:
    async with bus(nats) as gateway:
        async with service(nats, database):
            await gateway.send(issue("1"))
        await as_an_older_leader_leaves_it(database, position=1_000_000)
        async with service(nats, database):
            await gateway.send(issue("2"))
    assert await held(database) == dict.fromkeys(MODELS, 1)
