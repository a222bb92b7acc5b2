"""What the other side answers, and what follows from it: no event is told twice or lost because of an answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from banstream_contracts.commands import notifier as commands
from banstream_contracts.events.infractions import RequestOpened
from banstream_contracts.notifier_targets import TargetFilters, TargetKind
from banstream_contracts.players import Player
from banstream_testing.abuse import STAFF, asked
from banstream_testing.discord import discord_stand_in, reason_of
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus
from banstream_testing.notifier import happen, issued, lifted, new_target, notifier
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually


@dataclass(slots=True)
class Sloppy:
    """A receiver that writes `answer` as it is, and leaves the connection open only where it `lingers`."""

    answer: bytes
    lingers: bool = False
    url: str = ""
    requests: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request a connection."""
        self.writers.append(writer)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        self.requests += 1
        writer.write(self.answer)
        await writer.drain()
        if not self.lingers:
            writer.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Sloppy"]:
        """Until the end."""
        async with await asyncio.start_server(self.receive, "127.0.0.1", 0) as server:
            host, port = server.sockets[0].getsockname()[:2]
            self.url = f"http://{host}:{port}/hooks/of-a-test"
            yield self
            for each in self.writers:
                each.close()


def request(number: int) -> RequestOpened:
    common = {"player": Player(service="roblox", id="2"), "actor": STAFF, "occurred_at": datetime.now(UTC)}
    return RequestOpened(request_id=f"{number:024x}", reason=f"reason {number}", **common)


async def until_delivered(database: Database, count: int) -> None:
    async def delivered() -> bool:
        async with connected(database.notifier_url, "notifier") as connection:
            return bool(await connection.fetchval("select sum(delivered) from progress") == count)

    await eventually(delivered)


async def statuses(database: Database) -> list[str]:
    async with connected(database.notifier_url, "notifier") as connection:
        return [row["status"] for row in await connection.fetch("select status from deliveries")]


async def until_settled(database: Database, count: int) -> None:
    async def settled() -> bool:
        found = await statuses(database)
        return len(found) == count and "begun" not in found

    await eventually(settled)


@pytest.mark.parametrize(
    "receiver",
    [
        Sloppy(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok"),
        Sloppy(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Encoding: gzip\r\n\r\nok"),
        Sloppy(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", lingers=True),
    ],
    ids=["cut", "not-what-it-says", "never-ending"],
)
@pytest.mark.parametrize("kind", list(TargetKind))
async def test_whoever_answers_2xx_is_told_once_whatever_the_body_is(
    nats: NatsServer, database: Database, receiver: Sloppy, kind: TargetKind
) -> None:
    async with bus(nats) as to, notifier(nats, database, notifier_timeout_seconds=3.0), receiver.listening():
        before = receiver.requests
        await to.send(new_target(receiver.url, kind))
        await happen(to, issued(1))
        await until_delivered(database, 1)
        await happen(to, issued(2))
        await until_delivered(database, 2)
        assert receiver.requests - before == 2


async def test_a_message_that_is_full_can_still_be_changed(nats: NatsServer, database: Database) -> None:
    """Its embeds have to fit together whatever is added to one of them."""
    async with discord_stand_in() as discord, bus(nats) as to, notifier(nats, database):
        target = new_target(discord.webhook())
        await to.send(target)
        await to.send(commands.PauseTarget(**asked(target_id=target.target_id)))
        await happen(to, *(issued(number, reason=f"{number} {'x' * 680}") for number in range(12)))
        await to.send(commands.ResumeTarget(**asked(target_id=target.target_id)))
        await until_delivered(database, 12)
        assert len(discord.posted) < 12, "several embeds go in one message"
        await happen(to, *(lifted(number, reason=f"lifted {'y' * 500}") for number in range(12)))
        await until_settled(database, 24)
        titles = [embed["title"] for embeds in discord.messages.values() for embed in embeds]
        assert titles == ["✅ Ban lifted"] * 12
        assert "dead" not in await statuses(database)


async def test_an_event_that_is_asked_for_twice_at_once_is_told_twice(nats: NatsServer, database: Database) -> None:
    async with discord_stand_in() as discord, bus(nats) as to, notifier(nats, database):
        target = new_target(discord.webhook(), filters=TargetFilters(events=("request.*",)))
        await to.send(target)
        (event_id,) = await happen(to, request(1))
        await until_delivered(database, 1)
        await to.send(commands.PauseTarget(**asked(target_id=target.target_id)))
        again = [commands.RedeliverDelivery(**asked(target_id=target.target_id, event_id=event_id)) for _ in range(3)]
        await to.send_all(again)
        await happen(to, request(2))
        await to.send(commands.ResumeTarget(**asked(target_id=target.target_id)))
        await until_delivered(database, 5)
        assert sorted(discord.texts()) == ["reason 1"] * 4 + ["reason 2"]
        assert all(len(set(map(reason_of, each.body["embeds"]))) == len(each.body["embeds"]) for each in discord.posted)
