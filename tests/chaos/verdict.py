"""What has to hold once everything works again: log, stream, read models, gateways, ban file and promises agree."""

import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from nats.aio.client import Client
from tests.chaos.load import Load
from tests.chaos.model import Model, Phase
from tests.chaos.world import World

from banstream_cli.direct.event_logs import ABUSE_TRACKER, EVENT_LOGS, INFRACTIONS, EventLog, LogName
from banstream_contracts import headers, streams, subjects
from banstream_runtime.connection import NatsSettings, connect
from banstream_testing.steps import banstream
from banstream_testing.waiting import eventually

_REST_SECONDS = 90.0
_LOGS = tuple(EVENT_LOGS.values())
_READ_MODELS = {
    LogName.INFRACTIONS: (
        *("infractions", "credentials", "wall_bans", "wall_totals", "wall_quarters"),
        *("issued_quarters", "issued_days"),
    ),
    LogName.ABUSE_TRACKER: ("players",),
    LogName.NOTIFIER: ("targets",),
    LogName.FTP_SYNC: ("ban_files",),
    LogName.DAYZ_FEED: ("log_sources",),
}
_ISSUED, _LIFTED, _DETECTED = "infraction.issued", "infraction.lifted", "abuse.detected"

Database = asyncpg.Connection


@dataclass(slots=True)
class Verdict:
    """What is wrong, in words, and figures of what was found."""

    wrong: list[str] = field(default_factory=list)
    figures: dict[str, object] = field(default_factory=dict)


async def judge(world: World, load: Load) -> Verdict:
    """Wait until everything has come to rest, then compare all with all."""
    judging = Judging(world, load, load.model)
    async with _database(world) as connection, _bus(world) as client:
        await judging.until_at_rest(connection, client)
        await judging.log_holds_what_was_accepted(connection)
        await judging.stream_equals_logs(connection, client)
        await judging.gateways_agree()
        judging.ban_file_agrees()
        await judging.read_models_equal_a_rebuild(connection)
        await judging.nothing_was_put_aside(client)
        judging.discord_was_told()
    await judging.chains_are_whole()
    return judging.verdict


@dataclass(slots=True)
class Judging:
    """Compares what a run has left; what is wrong goes into `verdict`."""

    world: World
    load: Load
    model: Model
    verdict: Verdict = field(default_factory=Verdict)
    in_force: set[str] = field(default_factory=set)
    """Whom the log says to be banned."""

    async def until_at_rest(self, connection: Database, client: Client) -> None:
        """Until nothing waits any more; what is missing then is told by the comparisons that follow."""
        must, maybe = self.model.of(is_banned=True), self.model.of(is_banned=None)

        async def is_at_rest() -> bool:
            if not must <= self._lines() <= must | maybe:
                return False
            if (await client.jetstream().stream_info(streams.COMMANDS)).state.messages:
                return False
            logged = sum([len(await _ids(connection, log)) for log in _LOGS])
            return (await client.jetstream().stream_info(streams.EVENTS)).state.messages == logged

        began = time.monotonic()
        try:
            await eventually(is_at_rest, _REST_SECONDS)
        except AssertionError:
            self._wrong(f"not at rest {_REST_SECONDS:.0f} s after the last fault")
        self.verdict.figures["seconds until at rest"] = round(time.monotonic() - began, 1)

    async def log_holds_what_was_accepted(self, connection: Database) -> None:
        """Once what was accepted, at most once what was not."""
        rows = await connection.fetch(
            "select type, stream, data->>'reason' as reason"
            f" from {INFRACTIONS.schema}.event_log where type = any($1) order by position",
            [_ISSUED, _LIFTED],
        )
        times = Counter((row["type"], row["reason"]) for row in rows)
        for row in rows:
            self.note(row["type"], row["stream"].rpartition(":")[2], row["reason"])
        for player, number in self.load.numbers.items():
            phase = self.model.players[player].phase
            banned, lifted = times[_ISSUED, f"ban {number}"], times[_LIFTED, f"lift {number}"]
            self._count(f"ban {number}", banned, is_accepted=phase >= Phase.BAN_ACCEPTED, is_asked=True)
            is_lift_accepted, is_lift_asked = phase >= Phase.LIFT_ACCEPTED, phase >= Phase.LIFT_ASKED
            self._count(f"lift {number}", lifted, is_accepted=is_lift_accepted, is_asked=is_lift_asked)
        rows = await connection.fetch(
            f"select data->>'reported_id' as id from {ABUSE_TRACKER.schema}.event_log where type = $1", _DETECTED
        )
        counted = Counter(row["id"] for row in rows)
        for unknown in counted.keys() - self.model.incidents.keys():
            self._wrong(f"the incident {unknown} is in the log and nobody reported it")
        for incident, is_accepted in self.model.incidents.items():
            self._count(incident, counted[incident], is_accepted=is_accepted, is_asked=True)

    async def stream_equals_logs(self, connection: Database, client: Client) -> None:
        published = await _published(client)
        for log in _LOGS:
            logged = await _ids(connection, log)
            self.verdict.figures[f"events of {log.name}"] = len(logged)
            if published.get(log.source, []) != logged:
                self._wrong(f"EVENTS is not the log of {log.name}: {len(published.get(log.source, []))}/{len(logged)}")

    async def gateways_agree(self) -> None:
        """With the log, on every player, each that is up again; the model itself accuses a check that is wrong."""
        for number in range(len(self.world.system.gateways)):
            await self.world.system.wait_ready(number)
        for player in self.model.players:
            must = player in self.in_force
            for number in range(len(self.world.system.gateways)):
                said = await self.load.check(player, number)
                if said is not must:
                    self._wrong(f"at rest gateway-{number + 1} says {said} of {player}, the log {must}")

    def ban_file_agrees(self) -> None:
        written = self._written()
        lines, twice = set(written), {player for player, times in Counter(written).items() if times > 1}
        for name, found in (
            ("lacks", self.in_force - lines),
            ("has without reason", lines - self.in_force),
            ("has more than once", twice),
        ):
            if found:
                self._wrong(f"the ban file {name} {len(found)} players, such as {min(found)}")
        self.verdict.figures["lines of the ban file"] = len(written)

    async def read_models_equal_a_rebuild(self, connection: Database) -> None:
        before = await _rows(connection)
        ran = await banstream(self.world.system, "rebuild")
        if ran.code:
            self._wrong(f"banstream rebuild ended with {ran.code}: {ran.err}")
        after = await _rows(connection)
        self.verdict.figures["rows of read models compared"] = sum(map(len, after.values()))
        for table, rows in after.items():
            if rows != before[table]:
                self._wrong(f"{table} is not what the log says")

    async def nothing_was_put_aside(self, client: Client) -> None:
        dead = (await client.jetstream().stream_info(streams.DEAD)).state.messages
        if dead:
            self._wrong(f"{dead} messages are dead letters")
        for line in self.world.system.nats.violations()[:3]:
            self._wrong(f"a service needs more than its permissions give it: {line}")

    def discord_was_told(self) -> None:
        told = Counter(self.world.discord.texts())
        bans = {f"ban {self.load.numbers[player]}" for player in self.in_force}
        self.verdict.figures["bans in force not told to Discord yet"] = len(bans - told.keys())
        self.verdict.figures["told to Discord more than once"] = sum(count > 1 for count in told.values())

    async def chains_are_whole(self) -> None:
        ran = await banstream(self.world.system, "log", "verify", "--json")
        if ran.code or not json.loads(ran.out)["whole"]:
            self._wrong(f"the chain is broken: {ran.err}")

    def _count(self, what: str, times: int, *, is_accepted: bool, is_asked: bool) -> None:
        if times > 1 or (times and not is_asked) or (is_accepted and not times):
            self._wrong(f"{what} is in the log {times} times (asked: {is_asked}, accepted: {is_accepted})")

    def note(self, kind: str, player: str, reason: str) -> None:
        """One ban or lift of the log, in its order: asked for by somebody, and of the player that they meant."""
        word = "ban" if kind == _ISSUED else "lift"
        if player not in self.load.numbers or reason != f"{word} {self.load.numbers[player]}":
            self._wrong(f"{kind} of {player} ({reason}) is in the log and nobody asked for it")
        elif (kind == _LIFTED) is not (player in self.in_force):
            self._wrong(f"{kind} of {player} is in the log out of order")
        self.in_force ^= {player}

    def _lines(self) -> set[str]:
        return set(self._written())

    def _written(self) -> list[str]:
        """The players in the ban file, as often as they stand there."""
        file = self.world.ban_file
        return [line.split()[0] for line in file.read_text().splitlines() if line] if file.exists() else []

    def _wrong(self, what: str) -> None:
        self.verdict.wrong.append(what)


async def _published(client: Client) -> dict[str, list[str]]:
    """The ids of the events of each source, in the order of EVENTS."""
    found: dict[str, list[str]] = {}
    last = (await client.jetstream().stream_info(streams.EVENTS)).state.last_seq
    subscription = await client.jetstream().subscribe(subjects.EVENTS, ordered_consumer=True)
    try:
        for _ in range(last):
            message = await subscription.next_msg(10)
            told = message.headers or {}
            found.setdefault(told[headers.EVENT_SOURCE], []).append(told[headers.EVENT_ID])
            if message.metadata.sequence.stream >= last:
                break
    finally:
        await subscription.unsubscribe()
    return found


async def _ids(connection: Database, log: EventLog) -> list[str]:
    rows = await connection.fetch(f"select event_id from {log.schema}.event_log order by position")
    return [str(row["event_id"]) for row in rows]


async def _rows(connection: Database) -> dict[str, list[str]]:
    """Those of the read models, as text."""
    tables = [f"{log.schema}.{name}" for log in _LOGS for name in _READ_MODELS[log.name]]
    return {
        table: sorted(row["row"] for row in await connection.fetch(f"select t::text as row from {table} t"))
        for table in tables
    }


@asynccontextmanager
async def _database(world: World) -> AsyncIterator[Any]:
    async def connected() -> Any:
        try:
            return await asyncpg.connect(world.system.admin_database_url, timeout=5)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return None

    connection = await eventually(connected)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def _bus(world: World) -> AsyncIterator[Client]:
    client = await connect(NatsSettings(nats_url=world.system.nats.url), "chaos", timeout_seconds=30)
    try:
        yield client
    finally:
        await client.close()
