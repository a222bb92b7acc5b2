"""A copy of the database that is older than what was told of it: positions would be given again."""

from collections.abc import AsyncIterator
from dataclasses import fields

import asyncpg
import pytest
from nats.errors import TimeoutError as NoAnswer

from banstream_contracts import headers, streams, subjects
from banstream_contracts.players import Player
from banstream_contracts.queries.query import GetStatus, ServiceStatus
from banstream_runtime.streams import rebuild_streams
from banstream_testing.fixtures import Database
from banstream_testing.infractions import RESTRICTIONS, Bus, bus, issue, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.integration


@pytest.fixture
async def older(nats: NatsServer, to: Bus, database: Database) -> AsyncIterator[Database]:
    """The database as it was after the first of three bans, all of which have been told."""
    name = database.admin_url.rsplit("/", 1)[1]
    async with service(nats, database):
        await to.send(issue("1"))
        await to.events(1)
    admin = await asyncpg.connect(database.admin_url.replace(name, "postgres"))
    await admin.execute(f"create database {name}_older template {name}")
    async with service(nats, database):
        await to.send_all([issue("2"), issue("3")])
        await to.events(3)
    yield Database(
        **{each.name: getattr(database, each.name).replace(name, f"{name}_older") for each in fields(Database)}
    )
    await admin.execute(f"drop database {name}_older with (force)")
    await admin.close()


@pytest.fixture
async def to(nats: NatsServer) -> AsyncIterator[Bus]:
    async with bus(nats) as made:
        yield made


async def status(to: Bus) -> ServiceStatus | None:
    try:
        answer = await to.client.request(subjects.QUERY_STATUS, GetStatus().model_dump_json().encode(), timeout=5)
    except NoAnswer:
        return None
    return ServiceStatus.model_validate_json(answer.data)


async def test_nothing_is_decided_on_an_older_log_until_what_was_told_is_taken_back(
    nats: NatsServer, to: Bus, older: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []
    async with service(nats, older):

        async def is_told() -> bool:
            said.append(capsys.readouterr().out)
            return "log_is_older" in "".join(said)

        await to.publish(issue("4"))
        await eventually(is_told)
        found = await status(to)
        assert found is not None
        assert (found.head, found.leading) == (1, False)
        await rebuild_streams(to.client)
        told = await to.events(2)
        assert [(each.headers or {})[headers.EVENT_POSITION] for each in told] == ["1", "2"]

        async def is_in_force() -> bool:
            return await to.entry(RESTRICTIONS, Player(service="roblox", id="4").token) is not None

        await eventually(is_in_force)
        assert (await to.client.jetstream().stream_info(streams.COMMANDS)).state.messages == 0
    assert "".join(said).count("log_is_older") == 1
