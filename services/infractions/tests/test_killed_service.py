"""Two processes of the service, killed again and again under load."""

import asyncio
import json
import random
from contextlib import ExitStack

from banstream_contracts import streams, subjects
from banstream_event_log.log import walk
from banstream_event_log.verification import verify
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import RESTRICTIONS, Bus, bus, issue, service_process
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

LEADERS = "select count(*) from pg_locks join pg_stat_activity using (pid) where locktype = 'advisory' and granted"
KILLS = 8
COMMANDS = 800
PLAYERS = 300


async def head(database: Database) -> int:
    async with connected(database.service_url) as connection:
        return int(await connection.fetchval("select coalesce(max(position), 0) from event_log"))


async def stored_on_stream(to: Bus) -> int:
    return (await to.client.jetstream().stream_info(streams.EVENTS)).state.messages


async def test_a_kill_loses_doubles_and_reorders_nothing(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to:
        commands = [issue(str(1 + n % PLAYERS)) for n in range(COMMANDS)]

        async def load() -> None:
            for command in commands:
                await to.publish(command)
                if random.random() < 0.05:  # noqa: S311 - a client that repeats itself
                    await to.publish(command)
                await asyncio.sleep(0.002)

        with ExitStack() as standby:
            standby.enter_context(service_process(nats, database.service_url))
            loading = asyncio.create_task(load())
            for kill in range(KILLS):
                with service_process(nats, database.service_url) as other:
                    reached = (kill + 1) * COMMANDS // (KILLS * 2)

                    async def has_moved(goal: int = reached) -> bool:
                        return await head(database) >= goal

                    await eventually(has_moved)
                    other.kill()
                if kill % 2:
                    standby.close()
                    standby.enter_context(service_process(nats, database.service_url))
            await loading

            async def is_published() -> bool:
                return await head(database) == COMMANDS == await stored_on_stream(to)

            await eventually(is_published)
        messages = await to.events(COMMANDS)
        async with connected(database.service_url) as connection:
            logged = [event async for event in walk(connection)]
            assert (await verify(connection)).broken_at is None
        assert [str(event.event_id) for event in logged] == [(each.headers or {})["ce-id"] for each in messages]
        issued = [json.loads(each.data)["infraction_id"] for each in messages]
        assert issued == [command.infraction_id for command in commands]
        for player in range(1, PLAYERS + 1):
            held = await to.entry(RESTRICTIONS, f"roblox={player}") or {"restrictions": []}
            bans = [command.infraction_id for command in commands if str(command.player) == f"roblox:{player}"]
            assert sorted(each["infraction_id"] for each in held["restrictions"]) == sorted(bans)
        assert await to.entry(RESTRICTIONS, streams.POSITION_KEY) == COMMANDS


async def test_one_of_two_processes_leads_and_the_other_takes_over(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, connected(database.admin_url) as connection:

        async def leaders() -> bool:
            return int(await connection.fetchval(LEADERS)) == 1

        async def answers() -> bool:
            reply = await to.client.request(subjects.QUERY_STATUS, b"{}", timeout=30)
            return bool(json.loads(reply.data))

        with service_process(nats, database.service_url) as first:
            assert (await to.send(issue())).position == 1
            with service_process(nats, database.service_url):
                await eventually(leaders)
                first.kill()
                assert (await to.send(issue())).position == 2
                await eventually(leaders)
                assert await answers()


async def test_a_lost_database_connection_is_taken_up_again(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, connected(database.admin_url) as connection:
        with service_process(nats, database.service_url):
            await to.send(issue())
            for position in range(2, 5):
                await connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'banstream_infractions'"
                    " and datname = current_database()"
                )
                assert (await to.send(issue())).position == position


async def test_a_restarted_nats_server_is_taken_up_again(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to:
        with service_process(nats, database.service_url):
            await to.send(issue())
            nats.kill()
            nats.start()

            async def has_reconnected() -> bool:
                return to.client.stats["reconnects"] > 0 and to.client.is_connected

            await eventually(has_reconnected)
            assert (await to.send(issue())).position == 2
            await to.events(2)
