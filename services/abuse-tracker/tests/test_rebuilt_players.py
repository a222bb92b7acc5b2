"""What a rebuild makes of the log is what the running service had made of it, whatever happened in whatever order."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias

import msgspec
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from banstream_abuse_tracker.domain.batch import Known
from banstream_abuse_tracker.domain.policies import Policies
from banstream_abuse_tracker.domain.record import PlayerState, evolve
from banstream_abuse_tracker.operations import SCHEMA, rebuild
from banstream_abuse_tracker.postgres import PostgresStore
from banstream_abuse_tracker.service import deciding
from banstream_contracts.abuse import Incident, Mode
from banstream_contracts.commands.abuse import (
    AnyAbuseCommand,
    DismissIncidents,
    ForgetPlayer,
    ProtectPlayer,
    RemovePolicy,
    RestoreIncidents,
    SetPolicy,
    UnprotectPlayer,
)
from banstream_contracts.events.abuse import ABUSE_EVENT, PlayerEvent
from banstream_contracts.infractions import Scope, Severity
from banstream_contracts.players import Player
from banstream_contracts.policies import Policy, Thresholds
from banstream_decider.events import event_of
from banstream_decider.ports import Received
from banstream_event_log.verification import verify
from banstream_runtime.identifiers import new_id
from banstream_testing.abuse import SERVER_ID, asked, incident, report
from banstream_testing.abuse_in_memory import NOW, OTHER_SERVER, LogInMemory, at, ended
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database

PAGE = 7
"""Events of a rebuild between two times it reads rows back."""

Step: TypeAlias = tuple[str, dict[str, Any]]

SERVERS = st.sampled_from([None, SERVER_ID, OTHER_SERVER])
NUMBERS = st.integers(0, 40)
SECONDS = st.integers(0, 60)
TOLD = st.fixed_dictionaries(
    {
        "count": st.integers(1, 4),
        "reason": st.sampled_from(["clip", "aimbot"]),
        "seconds": SECONDS,
        "late_by": st.sampled_from([0, 0, 3, 12, 60]),
        "review": st.booleans(),
        "server_id": SERVERS,
        "severity": st.sampled_from([None, None, *Severity]),
        "mode": st.sampled_from([None, *Mode]),
    }
)
VALUES = st.fixed_dictionaries(
    {
        "thresholds": st.builds(Thresholds, warn=st.integers(1, 3), kick=st.integers(2, 5), ban=st.integers(2, 8)),
        "reset_after_seconds": st.none() | st.integers(1, 20),
        "coalesce_seconds": st.sampled_from([0.0, 0.0, 4.0]),
        "weights": st.sampled_from([{}, {"aimbot": 3}, {"clip": 0}]),
        "shadow": st.sampled_from([False, False, True]),
        "auto_ban": st.booleans(),
        "ban_scope": st.sampled_from(Scope),
    }
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("report"), TOLD),
        st.tuples(st.just("report"), TOLD),
        st.tuples(st.just("report"), TOLD),
        st.tuples(st.just("dismiss"), st.fixed_dictionaries({"which": st.lists(NUMBERS, max_size=3)})),
        st.tuples(st.just("restore"), st.fixed_dictionaries({"which": st.lists(NUMBERS, min_size=1, max_size=3)})),
        st.tuples(st.just("end"), st.fixed_dictionaries({"seconds": SECONDS, "server_id": SERVERS})),
        st.tuples(st.sampled_from(["protect", "unprotect", "forget"]), st.just({})),
        st.tuples(st.sampled_from(["policy", "other policy"]), VALUES),
        st.tuples(st.just("remove policy"), st.just({})),
    ),
    max_size=30,
)


def commands_of(steps: Sequence[Step], players: Sequence[Player]) -> list[AnyAbuseCommand]:
    """A command for each step that can be asked for, the players in turn."""
    reported: dict[Player, list[Incident]] = {player: [] for player in players}
    commands: list[AnyAbuseCommand] = []
    for number, (what, values) in enumerate(steps):
        player = players[number % 3 % len(players)]
        if what == "report":
            made, command = told(player, values)
            reported[player] += made
            commands.append(command)
        elif other := other_than_a_report(what, values, player, reported[player]):
            commands.append(other)
    return commands


def told(player: Player, values: dict[str, Any]) -> tuple[list[Incident], AnyAbuseCommand]:
    happened_at = at(values["seconds"])
    same = {"occurred_at": happened_at, "severity": values["severity"], "mode": values["mode"]}
    made = [incident(values["reason"], player, **same) for _ in range(values["count"])]
    told_at = at(values["seconds"] + values["late_by"])
    return made, report(*made, issued_at=told_at, review=values["review"], server_id=values["server_id"])


def other_than_a_report(
    what: str, values: dict[str, Any], player: Player, known: Sequence[Incident]
) -> AnyAbuseCommand | None:
    """None of an incident to choose where there is none."""
    chosen = tuple({known[which % len(known)].incident_id for which in values.get("which", ()) if known})
    match what:
        case "dismiss":
            return DismissIncidents(**asked(player=player, incident_ids=chosen, reason="lag", issued_at=at(60)))
        case "restore":
            return RestoreIncidents(**asked(player=player, incident_ids=chosen, reason="no lag")) if chosen else None
        case "end":
            server_id = values["server_id"]
            scope = Scope.SERVER if server_id else Scope.GLOBAL
            return ended(values["seconds"], player=player, scope=scope, server_id=server_id)
        case "protect":
            return ProtectPlayer(**asked(player=player, reason="streamer"))
        case "unprotect":
            return UnprotectPlayer(**asked(player=player, reason="left"))
        case "forget":
            return ForgetPlayer(**asked(player=player))
        case "policy":
            return SetPolicy(**asked(policy_id="default", policy=Policy(**values)))
        case "other policy":
            return SetPolicy(**asked(policy_id="strict", policy=Policy(servers=(OTHER_SERVER,), **values)))
        case _:
            return RemovePolicy(**asked(policy_id="strict"))


def rebuilt(tracker: LogInMemory) -> tuple[dict[str, Known], Policies]:
    """As a rebuild does it: in pages, and the players between them kept in rows."""
    rows: dict[str, tuple[int, bytes]] = {}
    policies = Policies()
    for begin in range(0, len(tracker.log), PAGE):
        players = {stream: as_kept(row) for stream, row in rows.items()}
        for logged in tracker.log[begin : begin + PAGE]:
            kept = msgspec.structs.replace(logged, data=json.loads(json.dumps(logged.data)))
            event = event_of(kept, ABUSE_EVENT)
            if not isinstance(event, PlayerEvent):
                policies = policies.after(event)
                continue
            known = players.get(logged.stream) or Known(0, PlayerState())
            players[logged.stream] = Known(logged.version, evolve(known.player, event, policies))
        rows = {stream: (known.version, msgspec.json.encode(known.player)) for stream, known in players.items()}
    return {stream: as_kept(row) for stream, row in rows.items()}, policies


def as_kept(row: tuple[int, bytes]) -> Known:
    version, document = row
    return Known(version, msgspec.convert(msgspec.json.decode(document), PlayerState))


@settings(max_examples=150, deadline=None)
@given(STEPS, st.integers(1, 5))
def test_the_log_makes_the_players_and_policies_that_it_was_written_for(steps: list[Step], at_once: int) -> None:
    tracker = LogInMemory()
    commands = commands_of(steps, [Player(service="roblox", id=str(number)) for number in (1, 2)])
    for begin in range(0, len(commands), at_once):
        tracker.do(*commands[begin : begin + at_once])
    players, policies = rebuilt(tracker)
    assert players == tracker.players
    assert policies.versions == tracker.policies.versions


@settings(
    max_examples=8,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(STEPS, st.integers(1, 5))
async def test_a_rebuild_makes_the_tables_that_the_service_had_made(
    database: Database, steps: list[Step], at_once: int
) -> None:
    """One log for all examples, each with players of its own; policies go on from one to the next."""
    players = [Player(service="roblox", id=str(new_id().int % 10**15)) for _ in range(2)]
    commands = [Received(each) for each in commands_of(steps, players)]
    async with connected(database.abuse_url, SCHEMA) as connection:
        decider = deciding(PostgresStore(connection), now, new_id)
        for begin in range(0, len(commands), at_once):
            await decider.execute(commands[begin : begin + at_once])
    before = await tables(database)
    await rebuild(database.admin_url, lambda _position, _head: None)
    assert await tables(database) == before


def now() -> datetime:
    return NOW


async def tables(database: Database) -> list[list[tuple[Any, ...]]]:
    async with connected(database.admin_url, SCHEMA) as connection:
        assert (await verify(connection)).broken_at is None
        return [
            [tuple(row) for row in await connection.fetch(f"select * from {table} order by 1, 2")]
            for table in ("players", "policies", "protected_players")
        ]
