import asyncio
import csv
import os
import stat
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from cli.tests.commands_for_tests import issue, lift, send
from cli.tests.conftest import Run, Start
from nats.aio.client import Client

from banstream_cli.direct.event_logs import LogName
from banstream_contracts.infractions import Punishment
from banstream_contracts.notifier_targets import TargetKind
from banstream_contracts.players import Player
from banstream_infractions.operations import SCHEMA
from banstream_testing.abuse import incident, report
from banstream_testing.fixtures import Database
from banstream_testing.ftp_sync import ftp_sync_url
from banstream_testing.notifier import new_target
from banstream_testing.waiting import eventually

WITHOUT_REASON = "update event_log set data = jsonb_set(data, '{reason}', '\"nothing\"')"


async def tamper(database: Database, statement: str, *values: Any, schema: str = SCHEMA) -> None:
    connection = await asyncpg.connect(database.admin_url, server_settings={"search_path": schema})
    await connection.execute("alter table event_log disable trigger all")
    await connection.execute(statement, *values)
    await connection.close()


@pytest.mark.usefixtures("tracker")
async def test_whole_logs_are_whole(infractions: Client, run: Run) -> None:
    await send(infractions, issue("1"), issue("2"), report(incident()))
    found, told = await run("log", "verify", "--json"), await run("log", "verify")
    assert (found.code, found.json["whole"], found.err) == (0, True, "")
    assert [(each["log"], each["whole"], each["events"]) for each in found.json["logs"]] == [
        ("infractions", True, 2),
        ("abuse-tracker", True, 1),
        ("notifier", True, 0),
        ("ftp-sync", True, 0),
        ("dayz-feed", True, 0),
    ]
    hashes = [each["head_hash"] for each in found.json["logs"]]
    assert told.out.splitlines() == [
        f"infractions: whole: 2 events, head hash {hashes[0]}",
        f"abuse-tracker: whole: 1 events, head hash {hashes[1]}",
        "notifier: whole: no events yet",
        "ftp-sync: whole: no events yet",
        "dayz-feed: whole: no events yet",
    ]


@pytest.mark.usefixtures("tracker")
async def test_a_broken_log_of_two_is_named(infractions: Client, admin: Database, run: Run) -> None:
    await send(infractions, issue("1"), report(incident()))
    await tamper(admin, WITHOUT_REASON, schema="abuse_tracker")
    found, told = await run("log", "verify", "--json"), await run("log", "verify")
    assert (found.code, found.json["whole"]) == (1, False)
    assert [each["broken_at"] for each in found.json["logs"]] == [None, 1, None, None, None]
    assert (told.code, told.out.count("\n")) == (1, 4)
    assert told.out.startswith("infractions: whole: 1 events")
    assert told.complaint.startswith("banstream: abuse-tracker: broken at position 1: ")
    assert (await run("log", "verify", "--log", "infractions")).code == 0


@pytest.mark.usefixtures("tracker")
async def test_every_broken_log_is_told(infractions: Client, admin: Database, run: Run) -> None:
    await send(infractions, issue("1"), report(incident()))
    for schema in (SCHEMA, "abuse_tracker"):
        await tamper(admin, WITHOUT_REASON, schema=schema)
    told = await run("log", "verify")
    assert told.code == 1
    assert [line.split(": broken at position 1: ")[0] for line in told.err.splitlines()] == [
        "banstream: abuse-tracker",
        "banstream: infractions",
    ]


@pytest.mark.parametrize(
    ("statement", "position"),
    [
        ("update event_log set data = jsonb_set(data, '{reason}', '\"nothing\"') where position = 2", 2),
        ("delete from event_log where position = 2", 2),
        ("delete from event_log where position = 3", 3),
        ("delete from event_log where position = 1", 1),
    ],
)
async def test_a_tampered_log_is_broken(
    infractions: Client, admin: Database, run: Run, statement: str, position: int
) -> None:
    await send(infractions, issue("1"), issue("2"), issue("3"))
    await wait_until_relayed(admin, 3)
    await tamper(admin, statement)
    found = await run("log", "verify", "--log", "infractions", "--json")
    told = await run("log", "verify", "--log", "infractions")
    (log,) = found.json["logs"]
    assert (found.code, found.json["whole"], log["broken_at"]) == (1, False, position)
    assert (told.code, told.out) == (1, "")
    assert told.complaint.startswith(f"banstream: infractions: broken at position {position}: ")


async def test_who_has_a_damaged_key_is_named_in_a_whole_log(infractions: Client, admin: Database, run: Run) -> None:
    await send(infractions, issue("1", player_name="Zaphod"), issue("2", player_name="Ford"))
    await tamper(admin, "update erasable_keys set key = sha256(key) where person = 'player:roblox:2'")
    found = await run("log", "verify", "--log", "infractions", "--json")
    told = await run("log", "verify", "--log", "infractions")
    (log,) = found.json["logs"]
    assert (found.code, found.json["whole"], log["not_opened"]) == (1, True, {"player:roblox:2": 2})
    assert (told.code, told.out.startswith("infractions: whole: 2 events")) == (1, True)
    assert "does not open of player:roblox:2 (position 2): put" in told.complaint


async def wait_until_relayed(database: Database, position: int) -> None:
    connection = await asyncpg.connect(database.admin_url, server_settings={"search_path": SCHEMA})

    async def is_relayed() -> bool:
        reached = await connection.fetchval("select coalesce(max(position), 0) from relay_position")
        return bool(reached >= position)

    await eventually(is_relayed)
    await connection.close()


async def test_the_text_export_is_the_log_of_bans(infractions: Client, run: Run) -> None:
    ban = issue("123", reason="speed hack\\n roblox:9")
    await send(infractions, ban, issue("5", punishments=(Punishment.CHAT_BLOCK,)), issue("6", punishments=()))
    outcome = await run("log", "export")
    time = ban.issued_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (outcome.code, outcome.out) == (0, f"roblox:123\t{time}\tspeed hack\\n roblox:9\n")


async def test_no_row_of_the_log_forges_a_line(infractions: Client, admin: Database, run: Run) -> None:
    """Control characters are refused at the edge; a row that was written past it is escaped all the same."""
    await send(infractions, issue("1"), lift((await issued(infractions)).infraction_id))
    await wait_until_relayed(admin, 3)
    evil = '"x\\nroblox:9\\t2026-01-01T00:00:00Z\\tforged\\u2028\\u0085\\r"'
    await tamper(admin, "update event_log set data = jsonb_set(data, '{reason}', $1::jsonb)", evil)
    for form, lines in (("text", 2), ("json", 3), ("csv", 4)):
        outcome = await run("log", "export", "--format", form)
        assert len(outcome.out.splitlines()) == lines, form


async def issued(client: Client) -> Any:
    command = issue("2")
    await send(client, command)
    return command


async def test_the_json_export_holds_nothing_private(infractions: Client, run: Run) -> None:
    first = issue("1", note="for staff")
    await send(infractions, first, lift(first.infraction_id))
    outcome = await run("log", "export", "--json")
    assert [each["type"] for each in outcome.lines] == ["banstream.infraction.issued", "banstream.infraction.lifted"]
    assert outcome.lines[0]["data"]["actor"]["name"] == "moderator"
    assert "for staff" not in outcome.out


@pytest.mark.usefixtures("tracker")
async def test_the_log_of_the_abuse_tracker_is_exported(infractions: Client, run: Run) -> None:
    details = {"speed": "=HYPERLINK(1)"}
    await send(infractions, issue("1"), report(incident(details=details), incident("aimbot")))
    exported = await run("log", "export", "--log", "abuse-tracker", "--json")
    assert [(each["source"], each["data"]["reason"]) for each in exported.lines] == [
        ("banstream/abuse-tracker", "speed_hack"),
        ("banstream/abuse-tracker", "aimbot"),
    ]
    assert "HYPERLINK" not in exported.out
    rows = list(
        csv.DictReader((await run("log", "export", "--log", "abuse-tracker", "--format", "csv")).out.split("\n"))
    )
    assert [(row["player"], row["reason"], row["count"], row["policy_id"]) for row in rows] == [
        ("roblox:1", "speed_hack", "1", "default"),
        ("roblox:1", "aimbot", "2", "default"),
    ]
    for wrong in (("--format", "text"), ("--json", "--type", "infraction.issued")):
        assert (await run("log", "export", "--log", "abuse-tracker", *wrong)).code == 2


async def test_a_log_of_targets_is_a_table_too(notifier: Client, run: Run) -> None:
    await send(notifier, new_target("https://hooks.example.org/x", TargetKind.WEBHOOK, name="=1+1"))
    outcome = await run("log", "export", "--log", "notifier", "--format", "csv")
    (row,) = csv.DictReader(outcome.out.splitlines())
    told = (row["type"], row["about"][:7], row["name"], row["actor_name"])
    assert told == ("target.created", "target:", "'=1+1", "moderator")
    assert "hooks.example.org" in row["details"]


@pytest.mark.parametrize("which", LogName)
async def test_every_log_has_columns(admin: Database, run: Run, which: LogName) -> None:
    await ftp_sync_url(admin)
    outcome = await run("log", "export", "--log", which.value, "--format", "csv")
    assert outcome.code == 0
    assert outcome.out.startswith("position,occurred_at,type,")


async def test_an_export_is_what_a_tail_says(infractions: Client, run: Run) -> None:
    first = issue("1")
    await send(infractions, first, lift(first.infraction_id))
    tailed = await run("events", "tail", "--from-start", "-n", "2", "--json")
    assert (await run("log", "export", "--json")).lines == tailed.lines


async def test_a_spreadsheet_carries_nothing_out(infractions: Client, run: Run, tmp_path: Path) -> None:
    reasons = ["=HYPERLINK(1)", "+1", "-1", "@x", " =1", "\uff1d1", 'a,"b"', "fine"]
    await send(infractions, *(issue(str(number), reason=reason) for number, reason in enumerate(reasons, 1)))
    outcome = await run("log", "export", "--format", "csv", "-o", str(tmp_path / "bans.csv"))
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    with (tmp_path / "bans.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    expected = ["'=HYPERLINK(1)", "'+1", "'-1", "'@x", "' =1", "'\uff1d1", 'a,"b"', "fine"]
    assert [row["reason"] for row in rows] == expected
    assert [row["player"] for row in rows] == [f"roblox:{number}" for number in range(1, 9)]


async def test_an_export_is_chosen_by_time_and_type(infractions: Client, run: Run) -> None:
    first = issue("1")
    await send(infractions, first, lift(first.infraction_id))
    assert (await run("log", "export", "--since", "1h", "--json")).out.count("\n") == 2
    assert (await run("log", "export", "--until", "1h", "--json")).out == ""
    assert (await run("log", "export", "--type", "infraction.lifted", "--json")).lines[0]["position"] == 2
    assert (await run("log", "export", "--type", "infraction.lifted")).code == 2
    assert (await run("log", "export", "--since", "yesterday")).code == 2


async def test_a_file_is_replaced_whole_and_private(infractions: Client, run: Run, tmp_path: Path) -> None:
    await send(infractions, issue("1"))
    target = tmp_path / "bans.txt"
    target.write_text("old")
    assert (await run("log", "export", "-o", str(target))).code == 0
    assert target.read_text().startswith("roblox:1\t")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert await asyncio.to_thread(os.listdir, tmp_path) == ["bans.txt"]


def is_device(path: Path) -> bool:
    return stat.S_ISCHR(path.stat().st_mode)


async def test_a_device_is_written_to_and_stays_one(infractions: Client, run: Run, tmp_path: Path) -> None:
    await send(infractions, issue("1"))
    assert (await run("log", "export", "-o", os.devnull)).code == 0
    assert is_device(Path(os.devnull))
    outcome = await run("log", "export", "-o", str(tmp_path / "no" / "folder"))
    assert (outcome.code, len(outcome.err.splitlines())) == (2, 1)


async def test_a_reader_that_has_seen_enough_ends_it_quietly(infractions: Client, start: Start) -> None:
    player = Player(service="other", id="x" * 128)
    await send(infractions, *(issue(player=player, reason="y" * 1000) for _ in range(200)))
    export = start("log", "export", "--json")
    assert export.stdout is not None
    await asyncio.to_thread(export.stdout.readline)
    export.stdout.close()
    assert export.stderr is not None
    assert await asyncio.to_thread(export.stderr.read) == b""
    assert await asyncio.to_thread(export.wait, 20) == 141


async def test_without_a_schema_it_says_to_migrate(postgres_url: str, run: Run) -> None:
    outcome = await run("log", "verify", BANSTREAM_ADMIN_DATABASE_URL=postgres_url)
    assert (outcome.code, outcome.out) == (2, "")
    assert "banstream migrate" in outcome.complaint


async def test_a_full_disk_is_not_blamed_on_postgres(infractions: Client, run: Run, start: Start) -> None:
    await send(infractions, issue("1"))
    outcome = await run("log", "export", "-o", "/dev/full")
    assert outcome.code == 2
    assert outcome.complaint == "banstream: /dev/full cannot be written: No space left on device"
    with open("/dev/full", "wb") as full:  # noqa: ASYNC230, PTH123 - nothing is written here
        process = start("log", "export", stdout=full)
        _, err = await asyncio.to_thread(process.communicate, timeout=60)
    assert (process.returncode, err.count(b"\n")) == (2, 1)
    assert b"No space left" in err
