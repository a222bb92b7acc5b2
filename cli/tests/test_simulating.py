"""`banstream policy simulate` on a log that the abuse tracker itself has written."""

import csv
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cli.tests.conftest import Run, Start
from cli.tests.test_looking import on_terminal

from banstream_abuse_tracker.postgres import PostgresStore
from banstream_abuse_tracker.service import deciding
from banstream_contracts.abuse import Incident
from banstream_contracts.commands.abuse import (
    AnyAbuseCommand,
    DismissIncidents,
    ProtectPlayer,
    RestoreIncidents,
    SetPolicy,
)
from banstream_contracts.players import Player
from banstream_contracts.policies import Policy, Thresholds
from banstream_contracts.results import CommandResult
from banstream_decider.ports import Received
from banstream_event_log.postgres import connect
from banstream_runtime.identifiers import new_id
from banstream_testing.abuse import asked, incident, report
from banstream_testing.fixtures import Database

NOW = datetime.now(UTC)
OTHER_SERVER = "01948a00000000000000cafe"
STRICT = {"thresholds": {"warn": 1, "kick": 2, "ban": 3}, "banDuration": 3600}


async def carry_out(
    database: Database, commands: Sequence[AnyAbuseCommand], recorded_at: datetime = NOW
) -> list[CommandResult]:
    """As the service does it."""
    connection = await connect(database.abuse_url)
    try:
        tracker = deciding(PostgresStore(connection), lambda: recorded_at, new_id)
        return await tracker.execute([Received(command, None) for command in commands])
    finally:
        await connection.close()


def reported(player: str, count: int, hours_ago: float = 10, reason: str = "speed_hack") -> list[Incident]:
    """One a minute."""
    begin = NOW - timedelta(hours=hours_ago)
    who = Player(service="roblox", id=player)
    return [incident(reason, who, occurred_at=begin + timedelta(minutes=minute)) for minute in range(count)]


@pytest.fixture
async def log(admin: Database) -> Database:
    """Player 1 has 4 incidents, player 2 has 12 and player 3 a single one; all under the policy that nobody set."""
    await carry_out(admin, [report(*reported("1", 4), *reported("2", 12), *reported("3", 1))])
    return admin


def draft(folder: Path, **changes: Any) -> str:
    file = folder / "draft.json"
    file.write_text(json.dumps({**STRICT, **changes}))
    return str(file)


async def simulated(run: Run, *arguments: str) -> Any:
    outcome = await run("policy", "simulate", *arguments, "--json")
    assert (outcome.code, outcome.err) == (0, ""), outcome
    return outcome.json


def times(side: Any) -> dict[str, int]:
    return {outcome: found["times"] for outcome, found in side["outcomes"].items() if found["times"]}


@pytest.mark.usefixtures("log")
async def test_a_draft_is_compared_with_what_is_in_force(run: Run, tmp_path: Path) -> None:
    found = await simulated(run, draft(tmp_path))
    assert found["in_force"]["policies"] == [{"policy_id": "default", "version": 0}]
    assert (found["draft"]["incidents"], found["draft"]["ignored"]) == (17, 10)
    assert times(found["in_force"]) == {"warning": 2, "kick": 1, "ban": 1}
    assert times(found["draft"]) == {"warning": 3, "kick": 2, "ban": 2}
    assert found["changes"]["ban"] == {"new": ["roblox:1"], "gone": []}
    assert found["changes"]["warning"] == {"new": ["roblox:3"], "gone": []}
    assert found["players"][0] == {
        "player": "roblox:2",
        "in_force": {"ban": 1, "kick": 1, "warning": 1},
        "draft": {"ban": 1, "kick": 1, "warning": 1},
    }
    assert len((await simulated(run, draft(tmp_path), "--top", "1"))["players"]) == 1


@pytest.mark.usefixtures("log")
async def test_nothing_is_written(run: Run, tmp_path: Path) -> None:
    before = await run("log", "verify", "--json")
    await simulated(run, draft(tmp_path))
    assert (await run("log", "verify", "--json")).json == before.json


@pytest.mark.usefixtures("log")
async def test_people_get_totals_players_and_what_changes(run: Run, tmp_path: Path) -> None:
    outcome = await run("policy", "simulate", draft(tmp_path))
    lines = [line.split("\t") for line in outcome.out.splitlines()]
    assert (outcome.code, outcome.err) == (0, "")
    assert lines[1:] == [
        ["In force", "default: warn 3, kick 5, ban 10 for 7d"],
        ["Draft", "warn 1, kick 2, ban 3 for 1h"],
        ["OUTCOME", "IN FORCE", "PLAYERS", "DRAFT", "PLAYERS", "NEWLY", "NO MORE"],
        ["bans", "1", "1", "2", "2", "1", "0"],
        ["kicks", "1", "1", "2", "2", "1", "0"],
        ["warnings", "2", "2", "3", "3", "1", "0"],
        ["PLAYER", "IN FORCE", "DRAFT", "CHANGE"],
        ["roblox:2", "1 ban, 1 kick, 1 warning", "1 ban, 1 kick, 1 warning", ""],
        ["roblox:1", "1 warning", "1 ban, 1 kick, 1 warning", "newly banned, newly kicked"],
        ["roblox:3", "-", "1 warning", "newly warned"],
    ]
    few = await run("policy", "simulate", draft(tmp_path), "--top", "1")
    assert few.complaint == "banstream: 2 more players; --top, --json or --csv shows them"


@pytest.mark.usefixtures("log")
async def test_it_fits_a_terminal_of_80_columns(
    start: Start, environment: dict[str, str | None], tmp_path: Path
) -> None:
    environment |= {"COLUMNS": "80", "TERM": "dumb"}
    seen = await on_terminal(start, "policy", "simulate", draft(tmp_path, resetAfter=604_800), width=80)
    assert all(len(line) <= 80 for line in seen.replace("\r", "").splitlines()), seen
    assert all(word in seen for word in ("roblox:1", "newly banned,", "No more", "reset after 7d"))


async def test_a_spreadsheet_gets_a_row_a_player_and_no_formula(admin: Database, run: Run, tmp_path: Path) -> None:
    evil = Player(service="other", id="=HYPERLINK(1)")
    at = NOW - timedelta(hours=1)
    await carry_out(admin, [report(*(incident(player=evil, occurred_at=at) for _ in range(3)))])
    outcome = await run("policy", "simulate", draft(tmp_path), "--csv")
    assert (outcome.code, outcome.err) == (0, "")
    (row,) = csv.DictReader(outcome.out.splitlines())
    assert row == {
        "player": "other:=HYPERLINK(1)",
        **{f"in_force_{each}": "0" for each in ("bans", "reviews", "kicks", "withheld")},
        "in_force_warnings": "1",
        **{f"draft_{each}": "1" for each in ("bans", "kicks", "warnings")},
        **{f"draft_{each}": "0" for each in ("reviews", "withheld")},
        "change": "newly banned, newly kicked",
    }
    assert (await run("policy", "simulate", draft(tmp_path), "--csv", "--json")).code == 2


async def test_dismissed_incidents_are_left_out_and_restored_ones_are_not(
    log: Database, run: Run, tmp_path: Path
) -> None:
    wrong = reported("4", 3)
    await carry_out(log, [report(*wrong)])
    ids = tuple(each.incident_id for each in wrong)
    named = asked(player=wrong[0].player, incident_ids=ids, reason="lag")
    await carry_out(log, [DismissIncidents(**named)])
    assert (await simulated(run, draft(tmp_path)))["draft"]["incidents"] == 17
    await carry_out(log, [RestoreIncidents(**{**named, "command_id": new_id(), "incident_ids": ids[:1]})])
    assert (await simulated(run, draft(tmp_path)))["draft"]["incidents"] == 18


async def test_protected_players_are_left_alone_on_both_sides(log: Database, run: Run, tmp_path: Path) -> None:
    await carry_out(log, [ProtectPlayer(**asked(player=Player(service="roblox", id="2"), reason="staff"))])
    found = await simulated(run, draft(tmp_path))
    assert (times(found["in_force"])["withheld"], times(found["draft"])["withheld"]) == (2, 2)
    assert found["players"][-1]["player"] != "roblox:1"


async def test_incidents_of_a_server_are_compared_with_its_policy(log: Database, run: Run, tmp_path: Path) -> None:
    mild = Policy(servers=(OTHER_SERVER,), thresholds=Thresholds(warn=None, kick=None, ban=100))
    await carry_out(log, [SetPolicy(**asked(policy_id="mild", policy=mild))])
    await carry_out(log, [report(*reported("5", 12), server_id=OTHER_SERVER)])
    named = await simulated(run, draft(tmp_path), "--server", OTHER_SERVER)
    of_draft = await simulated(run, draft(tmp_path, servers=[OTHER_SERVER]))
    for found in (named, of_draft):
        assert found["in_force"]["policies"] == [{"policy_id": "mild", "version": 1}]
        assert (found["servers"], found["draft"]["incidents"]) == ([OTHER_SERVER], 12)
        assert (times(found["in_force"]), times(found["draft"])) == ({}, {"warning": 1, "kick": 1, "ban": 1})
    against = await simulated(run, draft(tmp_path), "--server", OTHER_SERVER, "--against", "default")
    assert times(against["in_force"]) == {"warning": 1, "kick": 1, "ban": 1}
    whole = await simulated(run, draft(tmp_path))
    assert [each["policy_id"] for each in whole["in_force"]["policies"]] == ["default", "mild"]
    assert (whole["draft"]["incidents"], times(whole["in_force"])["ban"]) == (29, 1)
    unknown = await run("policy", "simulate", draft(tmp_path), "--against", "nobody")
    assert (unknown.code, unknown.out) == (1, "")
    assert "banstream policy list" in unknown.complaint


async def test_counts_are_brought_up_to_the_begin_by_the_reset_time_of_the_draft(
    admin: Database, run: Run, tmp_path: Path
) -> None:
    """Old incidents come early in the log, new ones late: where to begin is found by halves."""
    for days_ago in (40, 20, 6.5, 5.9):
        at = NOW - timedelta(days=days_ago)
        command = report(*reported("1", 2, hours_ago=24 * days_ago), issued_at=at + timedelta(hours=1))
        await carry_out(admin, [command], recorded_at=at + timedelta(hours=1))
    without = await simulated(run, draft(tmp_path), "--since", "6d")
    assert (without["draft"]["incidents"], times(without["draft"])) == (2, {"warning": 1, "kick": 1})
    assert without["counting_since"] == without["since"]
    warmed = await simulated(run, draft(tmp_path, resetAfter=86_400), "--since", "6d")
    assert (warmed["draft"]["incidents"], times(warmed["draft"])) == (2, {"ban": 1})
    early = await simulated(run, draft(tmp_path), "--since", "30d", "--until", "10d")
    assert early["draft"]["incidents"] == 2
    ages = await simulated(run, draft(tmp_path, resetAfter=100 * 365 * 86_400), "--since", "1970-01-02T00:00:00Z")
    assert ages["draft"]["incidents"] == 8


async def test_counts_of_what_is_in_force_are_brought_up_to_the_begin_by_its_own_reset_time(
    admin: Database, run: Run, tmp_path: Path
) -> None:
    """The live tracker warned by one from before the begin and one from after it."""
    holding = Policy(thresholds=Thresholds(warn=2, kick=None, ban=None), reset_after_seconds=86_400)
    command = SetPolicy(**asked(policy_id="default", policy=holding, issued_at=NOW - timedelta(days=10)))
    at = NOW - timedelta(days=6, hours=12)
    early = report(*reported("1", 1, hours_ago=24 * 6 + 12), issued_at=at + timedelta(hours=1))
    await carry_out(admin, [command, early], recorded_at=at + timedelta(hours=1))
    await carry_out(admin, [report(*reported("1", 1, hours_ago=24 * 5.9)), report(*reported("2", 1))])
    found = await simulated(run, draft(tmp_path, resetAfter=60), "--since", "6d")
    assert times(found["in_force"]) == {"warning": 1}
    assert found["draft"]["incidents"] == 2
    assert found["counting_since"] == (datetime.fromisoformat(found["since"]) - timedelta(days=1)).isoformat()


async def test_reasons_that_the_draft_refuses_are_told(admin: Database, run: Run, tmp_path: Path) -> None:
    await carry_out(admin, [SetPolicy(**asked(policy_id="default", policy=Policy(reasons=("any",))))])
    await carry_out(admin, [report(*reported("1", 2, reason="odd"), *reported("1", 1))])
    found = await simulated(run, draft(tmp_path))
    assert (found["draft"]["refused"], found["in_force"]["refused"]) == ({"odd": 2}, {})
    told = (await run("policy", "simulate", draft(tmp_path))).out.splitlines()
    assert "Refused by the draft\t2: odd 2" in told
    assert found["in_force"]["policies"] == [{"policy_id": "default", "version": 1}]


async def test_nothing_to_simulate_is_said(admin: Database, run: Run, tmp_path: Path) -> None:
    empty = await run("policy", "simulate", draft(tmp_path))
    assert (empty.code, empty.out) == (0, "")
    assert "nothing to simulate" in empty.complaint
    assert (await simulated(run, draft(tmp_path)))["players"] == []
    await carry_out(admin, [report(*reported("1", 1))])
    calm = await run("policy", "simulate", draft(tmp_path, thresholds={"warn": 2}))
    assert (calm.code, len(calm.out.splitlines())) == (0, 3)
    assert "no player reaches a threshold" in calm.complaint


async def test_wrong_use_is_2(run: Run, tmp_path: Path) -> None:
    for arguments, said in (
        (("--since", "1d", "--until", "2d"), "--since is before --until"),
        (("--since", "yesterday"), "is no time"),
        ((), "BANSTREAM_ADMIN_DATABASE_URL"),
    ):
        outcome = await run("policy", "simulate", draft(tmp_path), *arguments)
        assert (outcome.code, outcome.out) == (2, ""), arguments
        assert said in outcome.complaint
    outcome = await run("policy", "simulate", draft(tmp_path, treshold=1))
    assert (outcome.code, "treshold is not known; did you mean thresholds?" in outcome.complaint) == (2, True)


async def test_without_a_schema_it_says_to_migrate(postgres_url: str, run: Run, tmp_path: Path) -> None:
    outcome = await run("policy", "simulate", draft(tmp_path), BANSTREAM_ADMIN_DATABASE_URL=postgres_url)
    assert (outcome.code, outcome.out) == (2, "")
    assert "banstream migrate" in outcome.complaint
