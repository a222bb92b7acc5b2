"""Streams with a long history: decided on as if they were read whole, and not read whole."""

import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest
from services.infractions.tests.account_commands import ask, invite, join
from services.infractions.tests.any_commands import ADDRESSES, AnyCommands
from services.infractions.tests.scenes import (
    ADMIN,
    CALLED,
    IDS,
    OTHER,
    OURS,
    PLAYER,
    START,
    about,
    amend,
    by,
    issue,
    lift,
    lift_all,
    make_admin,
    register,
    serve,
)

from banstream_contracts.accounts import Role
from banstream_contracts.admins import Right
from banstream_contracts.appeals import AppealReason
from banstream_contracts.commands.accounts import RevokeSessions
from banstream_contracts.commands.appeals import AssignAppeal, OpenAppeal
from banstream_contracts.commands.calls import CallAdmin
from banstream_contracts.commands.credentials import CreateCredential, RotateCredential
from banstream_contracts.commands.infractions import (
    IssueInfraction,
    OpenRequest,
)
from banstream_contracts.commands.networks import MarkNetworks
from banstream_contracts.commands.playing import RequestKick
from banstream_contracts.commands.requests import ApproveRequest, AssignRequest
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Lifetime
from banstream_contracts.networks import NetworkKind, NetworkMark
from banstream_contracts.players import Player
from banstream_contracts.results import CommandResult
from banstream_decider.ports import Received
from banstream_event_log import log
from banstream_event_log.events import LoggedEvent
from banstream_infractions.operations import SCHEMA
from banstream_infractions.ports import Store
from banstream_infractions.postgres import PostgresStore
from banstream_infractions.privacy import Privacy
from banstream_infractions.service import Infractions
from banstream_runtime.identifiers import new_id
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MASTER_KEY

WHOLE = 1_000_000
FEW = 10
READ = "select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint from pg_stat_xact_user_tables"


def deciding(store: Store, now: datetime) -> Infractions:
    return Infractions(store, Privacy(MASTER_KEY), lambda: now, new_id)


async def decide(store: Store, commands: Sequence[AnyCommand], now: datetime = START) -> list[CommandResult]:
    """And what is due then."""
    decider = deciding(store, now)
    results = await decider.execute([Received(command) for command in commands])
    await decider.do_due(now)
    return results


@asynccontextmanager
async def second(database: Database) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """To a copy of a database."""
    base, name = database.service_url.rsplit("/", 1)
    async with connected(database.admin_url.rsplit("/", 1)[0] + "/postgres", "public") as admin:
        await admin.execute(f"create database {name}_second template {name}")
        try:
            async with connected(f"{base}/{name}_second", SCHEMA) as connection:
                yield connection
        finally:
            await admin.execute(f"drop database {name}_second with (force)")


async def said(connection: "asyncpg.Connection[asyncpg.Record]", after: int) -> list[Any]:
    """The events behind a position, but for their ids and what is sealed with new keys, and every infraction."""
    rows = await connection.fetch("select id, document from infractions order by id")
    return [[told(event) for event in await log.read_opened(connection, after, 1000)], [tuple(row) for row in rows]]


def told(event: LoggedEvent) -> tuple[object, ...]:
    data = {name: value for name, value in event.data.items() if not name.startswith("sealed_")}
    return event.stream, event.version, event.type, data, event.ordinal, event.position


@pytest.mark.parametrize("seed", range(4))
async def test_whoever_reads_less_decides_the_same(database: Database, seed: int) -> None:
    commands = AnyCommands(random.Random(seed))  # noqa: S311 - the same each time
    async with second(database) as one, connected(database.service_url, SCHEMA) as other:
        stores = (PostgresStore(one, longest=WHOLE), PostgresStore(other, longest=1))
        batch = commands.first()
        for _ in range(100):
            head = await log.head(one)
            whole, short = [await decide(store, batch, commands.now) for store in stores]
            assert short == whole
            assert await said(other, head) == await said(one, head)
            batch = [commands.next() for _ in range(commands.chance.randrange(1, 5))]


async def test_a_warning_in_force_is_seen_where_it_is_asked_for(database: Database) -> None:
    warnings = [issue(one(number), punishments=(), reason=f"reason {number}") for number in range(1, 5)]
    again = issue(one(5), punishments=(), reason="reason 1", unless_in_force=True)
    async with connected(database.service_url, SCHEMA) as connection:
        store = PostgresStore(connection, longest=1)
        await decide(store, warnings)
        (result,) = await decide(store, [again])
        assert (result.status, [each.id for each in result.infractions]) == ("unchanged", [one(1)])


async def test_a_request_that_changed_hands_often_is_approved_as_it_was_opened(database: Database) -> None:
    assigned = [AssignRequest(**about(request_id=REQUEST, assignee=name)) for name in ("Alice", "Bob", "Eve")]
    approved = ApproveRequest(**about(request_id=REQUEST, infraction_id=one(1), duration_seconds=3600))
    async with connected(database.service_url, SCHEMA) as connection:
        store = PostgresStore(connection, longest=1)
        await decide(store, [OPEN, *assigned])
        (result,) = await decide(store, [approved])
        assert (result.refusal, [(each.id, each.player_name) for each in result.infractions]) == (
            None,
            [(one(1), "Trillian")],
        )


async def test_documents_that_are_behind_are_noticed(database: Database) -> None:
    earlier = [issue(one(number)) for number in range(1, 4)]
    admins = [make_admin(player=ADMIN, name="Alyx"), make_admin(Right.ISSUE, name="Alyx"), make_admin(*Right)]
    async with connected(database.service_url, SCHEMA) as connection:
        store = PostgresStore(connection, longest=1)
        await decide(store, [*earlier, *admins])
        await connection.execute("delete from infractions")
        await connection.execute('update admins set document = document || \'{"rights": [], "position": 4}\'')
        lifted, by_admin = await decide(store, [lift_all(), by(issue(one(4)), ADMIN)])
        assert lifted.counts
        assert lifted.counts.lifted == len(earlier)
        assert by_admin.status == "applied"


TOKEN, REQUEST, APPEAL = "5" * 24, "c" * 24, "d" * 24
NETWORK = NetworkMark(network="AS64496", kind=NetworkKind.VPN)
CREATE = CreateCredential(**about(credential_id=TOKEN, kind="token", name="bot", scopes=("punish",), key_hash="0" * 64))
OPEN = OpenRequest(**about(request_id=REQUEST, player=PLAYER, reason="look", player_name="Trillian"))
OPEN_APPEAL = OpenAppeal(
    **about(appeal_id=APPEAL, infraction_id=IDS[0], reason=AppealReason.NOT_ME, sealed_text=ADDRESSES[0].sealed)
)


def one(number: int) -> str:
    return f"{number:024x}"


def called(number: int) -> CallAdmin:
    at = START + timedelta(minutes=number)
    return CallAdmin(**about(at, call_id=one(number), server_id=OURS, content=CALLED, cooldown_seconds=1))


def warned(number: int, whom: Player = OTHER) -> IssueInfraction:
    return issue(one(number + 5_000), player=whom, punishments=())


def banned(number: int, **whom: Any) -> list[AnyCommand]:
    """For a moment."""
    return [issue(one(number), **whom), lift(one(number))]


def rotated(number: int) -> RotateCredential:
    return RotateCredential(**about(credential_id=TOKEN, key_hash=one(number).zfill(64)))


def marked(number: int) -> MarkNetworks:
    return MarkNetworks(**about(marks=(NETWORK.model_copy(update={"owner": f"Example {number}"}),)))


def revoked(number: int) -> RevokeSessions:
    return ask(RevokeSessions, "ada", "ada", START + timedelta(minutes=number))


FIRST = (
    issue(),
    issue(IDS[1], player=OTHER, lifetime=Lifetime.ONLINE, duration_seconds=1_000_000),
    OPEN_APPEAL,
    OPEN,
    CREATE,
    invite("ada", Role.OWNER),
    join("ada"),
)
FURTHER: dict[str, Callable[[int], Sequence[AnyCommand]]] = {
    "of an address": lambda number: banned(number + 20_000, player=None, address=ADDRESSES[0]),
    "banned": lambda number: banned(number + 10_000),
    "amended": lambda number: [amend(reason=f"reason {number}")],
    "kicked": lambda _: [RequestKick(**about(player=PLAYER, reason="afk"))],
    "served": lambda _: [serve(IDS[1], seconds=30)],
    "warned": lambda number: [warned(number)],
    "called": lambda number: [called(number)],
    "admin": lambda number: [make_admin(Right.ISSUE, name=f"Alyx {number}")],
    "tiering policy": lambda number: [register(name=f"Spam {number}")],
    "credential": lambda number: [rotated(number)],
    "network": lambda number: [marked(number)],
    "account": lambda number: [revoked(number)],
    "request": lambda number: [AssignRequest(**about(request_id=REQUEST, assignee=f"Alice {number}"))],
    "appeal": lambda number: [AssignAppeal(**about(appeal_id=APPEAL, assignee=f"Alice {number}"))],
}


class CountingStore(PostgresStore):
    """Counts the rows that the last transaction has read, as Postgres does."""

    read = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[int]:
        async with super().transaction() as head:
            before = await (await self._written()).fetchval(READ)
            yield head
            self.read = await (await self._written()).fetchval(READ) - before


async def test_a_command_reads_no_more_rows_of_a_longer_stream(database: Database) -> None:
    async with connected(database.service_url, SCHEMA) as connection:
        await connection.execute("set enable_seqscan = off")  # tables this small are read whole
        store, found = CountingStore(connection), dict[str, list[int]]()
        await decide(store, FIRST)
        for numbers in (range(1, 60), range(60, 300)):
            for kind, further in FURTHER.items():
                await decide(store, [command for number in numbers for command in further(number)])
                received = [Received(command) for command in further(1000 + numbers[-1])]
                results = await deciding(store, START).execute(received)
                assert {result.status for result in results} == {"applied"}
                found.setdefault(kind, []).append(store.read)
        assert {kind: read for kind, read in found.items() if abs(read[1] - read[0]) >= FEW} == {}
