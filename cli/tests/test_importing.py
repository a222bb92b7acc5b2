"""`banstream import bans` against a gateway on a real socket."""

import asyncio
import json
import os
import signal
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from cli.tests.conftest import Outcome, Run, Start
from cli.tests.imports_stand_in import AT_A_TIME, Imports, bans, lines, put

from banstream_cli.importing.formats.table import FORMATS
from banstream_testing.waiting import eventually

RUN = "01948b00000000000000ca11"
SERVER = "01948a00000000000000beef"


def is_for_its_owner_only(file: Path) -> bool:
    return file.stat().st_mode & 0o077 == 0


def got(file: Path) -> str:
    return file.read_text()


async def take(run: Run, file: Path | str, *more: str) -> Outcome:
    return await run("import", "bans", str(file), "--format", "rows", "--source", "old", *more)


def outcomes(outcome: Outcome) -> dict[str, int]:
    return {name: count for name, count in outcome.json["outcomes"].items() if count}


async def test_a_file_is_imported_once_and_a_second_run_changes_nothing(imports: Imports, run: Run, file: Path) -> None:
    put(file, bans(3))
    first = await take(run, file)
    assert (first.code, "new\t3\tnot here before\n" in first.out) == (0, True)
    run_id = next(iter(imports.rows.values()))[0]
    assert first.out.startswith(f"Import\t{run_id}\nSource\told\n")
    assert first.complaint == f"banstream: `banstream import undo {run_id} --reason …` takes it back"
    again = await take(run, file)
    assert (again.code, "same\t3\t" in again.out, again.err) == (0, True, "")
    assert [each["dry_run"] for each in imports.requests] == [False, False]
    assert "Idempotency-Key" not in imports.headers[0]


async def test_a_dry_run_shows_what_would_be_and_writes_nothing(imports: Imports, run: Run, file: Path) -> None:
    put(file, bans(25))
    await take(run, file)
    changed = {"key": "ban:1", "player": "steam:76561198000000001", "reason": "other", "lifted": {}}
    address = {"key": "ip:1", "address": "192.0.2.7", "name": "Eve", "expires_at": "2031-01-02T03:04:05+00:00"}
    put(file, lines(changed, address) + bans(24, 2) + bans(22, 26))
    before = dict(imports.rows)
    outcome = await take(run, file, "--dry-run")
    assert (outcome.code, imports.rows) == (0, before)
    for line in (
        "would be new\t23\tnot here before",
        "would be changed\t1\tchanged there, or taken back here before",
        "would be same\t24\there already, nothing to do",
        "Would be new (the first 20 of 23)",
        "ip:1\t192.0.2.7\tban\t2031-01-02 03:04:05Z\tNo reason was given.",
        "ban:26\tsteam:76561198000000026\tban\tpermanent\treason 26",
        "ban:1\tsteam:76561198000000001\tban\tlifted\tother",
        '1\twithout a reason: "No reason was given."',
    ):
        assert f"{line}\n" in outcome.out
    assert "ban:45\t" not in outcome.out
    assert outcome.complaint == "banstream: this was a dry run: nothing was written"


async def test_rows_that_were_not_taken_are_named_and_written(imports: Imports, run: Run, file: Path) -> None:
    imports.outcomes = {"ban:2": {"outcome": "left"}, "ban:3": {"outcome": "refused", "detail": "unknown server"}}
    imports.wrong = {"ban:4": "issued_at"}
    put(file, bans(5) + "? nothing\n" + lines({"key": "x", "reason": "of nobody"}))
    kept = file.parent / "rejected.jsonl"
    outcome = await take(run, file, "--rejected", str(kept))
    assert outcome.code == 1
    for line in ("new\t2\t", "left\t1\t", "refused\t1\t", "rejected\t3\t", "row ban:3\tunknown server\n"):
        assert line in outcome.out
    assert outcome.err.endswith(f"banstream: 5 of 7 rows were not taken; 4 of them are in {kept}\n")
    written = [json.loads(line) for line in got(kept).splitlines()]
    assert {each["place"]: each["why"] for each in written} == {
        "line 6": "it is no row",
        "row x": "it names neither a player nor an address",
        "row ban:4": "issued_at: is wrong",
        "row ban:3": "unknown server",
    }
    assert written[0]["raw"] == "? nothing"
    assert is_for_its_owner_only(kept)
    assert len(imports.requests) == 2  # again, without the row that was wrong


async def test_json_is_one_document(imports: Imports, run: Run, file: Path) -> None:
    imports.outcomes = {"ban:2": {"outcome": "left"}}
    put(file, bans(2) + "?\n")
    outcome = await take(run, file, "--json", "--import-id", RUN)
    assert (outcome.code, outcomes(outcome)) == (1, {"new": 1, "left": 1, "rejected": 1})
    told = outcome.json
    assert (told["import_id"], told["source"], told["dry_run"]) == (RUN, "old", False)
    assert [(each["place"], each["outcome"]) for each in told["not_taken"]] == [
        ("line 3", "rejected"),
        ("row ban:2", "left"),
    ]
    assert outcome.complaint == "banstream: 2 of 3 rows were not taken; --rejected FILE writes them into a file"


async def test_memory_stays_flat_however_many_rows_are_wrong(imports: Imports, run: Run, file: Path) -> None:
    imports.outcomes = {"ban:1": {"outcome": "left"}}
    put(file, "?\n" * 1200 + bans(1))
    outcome = await take(run, file, "--json")
    kept = [each["outcome"] for each in outcome.json["not_taken"]]
    assert (outcomes(outcome)["rejected"], kept.count("rejected"), kept.count("left")) == (1200, 1000, 1)
    assert "Left\nWHERE\tWHY\nrow ban:1\t" in (await take(run, file)).out


async def test_rows_go_a_hundred_at_a_time_and_fewer_where_they_are_long(
    imports: Imports, run: Run, file: Path
) -> None:
    put(file, bans(250))
    assert outcomes(await take(run, file, "--json")) == {"new": 250}
    assert sorted(len(each["infractions"]) for each in imports.requests) == [50, 100, 100]
    imports.requests.clear()
    long = [{"key": f"n:{n}", "player": "steam:76561198000000001", "evidence": "☃" * 10_000} for n in range(30)]
    put(file, lines(*long))
    assert outcomes(await take(run, file, "--json")) == {"new": 30}
    assert sorted(len(each["infractions"]) for each in imports.requests) == [6, 8, 8, 8]


async def test_what_is_accepted_only_is_not_confirmed(imports: Imports, run: Run, file: Path) -> None:
    imports.outcomes = {"ban:1": {"outcome": "accepted"}}
    put(file, bans(2))
    outcome = await take(run, file, "--json", "--import-id", RUN)
    assert (outcome.code, outcomes(outcome)) == (3, {"new": 1, "accepted": 1})
    assert f"--import-id {RUN}" in outcome.complaint


async def test_an_outcome_of_a_later_release_is_no_success(imports: Imports, run: Run, file: Path) -> None:
    imports.outcomes = {"ban:1": {"outcome": "postponed"}}
    put(file, bans(1))
    outcome = await take(run, file, "--json")
    assert (outcome.code, outcomes(outcome)) == (1, {"refused": 1})
    assert "postponed" in outcome.json["not_taken"][0]["why"]


@pytest.mark.usefixtures("imports")
async def test_files_overlap_and_differ(run: Run, file: Path) -> None:
    other = file.parent / "other.rows"
    put(file, bans(2))
    put(other, bans(2, 2) + lines({"key": "ban:1", "player": "steam:76561198000000009"}) + "?\n")
    outcome = await take(run, file, str(other), "--json")
    assert (outcome.code, outcomes(outcome)) == (1, {"new": 3, "rejected": 2})
    assert outcome.json["skipped"]["twice"] == 1
    places = [each["place"] for each in outcome.json["not_taken"]]
    assert places == [f"{other}: row ban:1", f"{other}: line 4"]
    assert "under two names" in outcome.json["not_taken"][0]["why"]


async def test_only_what_is_wanted_is_sent(imports: Imports, run: Run, file: Path) -> None:
    who = {"player": "steam:76561198000000001", "reason": "x"}
    kinds: list[list[str]] = [["ban"], ["chat_block"], ["ban", "voice_block"], [], ["item_block"]]
    put(file, lines(*({"key": str(n), "punishments": kind, **who} for n, kind in enumerate(kinds))))
    for options, wanted in {
        ("--only", "bans"): {"0", "2"},
        ("--only", "mutes", "--only", "warnings"): {"1", "2", "3"},
        (): {"0", "1", "2", "3", "4"},
    }.items():
        outcome = await take(run, file, "--json", "--dry-run", *options)
        assert {each["row"] for each in imports.requests[-1]["infractions"]} == wanted
        assert outcome.json["skipped"]["other_kind"] == 5 - len(wanted)


async def test_where_they_hold_may_be_said(imports: Imports, run: Run, file: Path) -> None:
    put(file, bans(1))
    for options, holds in {
        (): (None, None),
        ("--scope", "community"): ("community", None),
        ("--server", SERVER): ("server", SERVER),
        ("--server", SERVER, "--scope", "server"): ("server", SERVER),
    }.items():
        await take(run, file, "--dry-run", *options)
        sent = imports.requests[-1]["infractions"][0]
        assert (sent.get("scope"), sent.get("server_id")) == holds


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--source", "Old System"], "is no name of a source"),
        (["--format", "csw"], "'csw' is no format; there are"),
        (["--zone", "Europe/Nowhere"], "is no time zone; write Europe/Berlin or +02:00"),
        (["--zone", "+25:00"], "is no time zone"),
        (["--scope", "server"], "--scope server needs --server ID"),
        (["--scope", "global", "--server", SERVER], "--server goes with --scope server"),
        (["--server", "7"], "is no id of a server"),
        (["--import-id", "7"], "is no id of an import"),
        (["-", "-"], "stdin can be read once"),
    ],
    ids=["source", "format", "zone", "offset", "no-server", "scope", "server", "import", "stdin"],
)
async def test_wrong_use_is_said_in_one_line(
    imports: Imports, run: Run, file: Path, options: list[str], complaint: str
) -> None:
    put(file, bans(1))
    outcome = await take(run, file, *options)
    assert (outcome.code, outcome.out, imports.requests) == (2, "", [])
    assert complaint in outcome.complaint


@pytest.mark.parametrize("zone", ["Europe/Berlin", "+02:00", "-09:30", "UTC"], ids=["name", "ahead", "behind", "utc"])
async def test_a_zone_is_a_name_or_an_offset(imports: Imports, run: Run, file: Path, zone: str) -> None:
    put(file, bans(1))
    assert (await take(run, file, "--zone", zone)).code == 0
    assert len(imports.requests) == 1


async def test_a_file_that_is_not_of_the_format_is_known_before_anything_is_sent(
    imports: Imports, run: Run, file: Path
) -> None:
    put(file, bans(300))
    other = file.parent / "other.rows"
    put(other, bans(1) + "<html>\n")
    outcome = await take(run, file, str(other))
    assert (outcome.code, outcome.out, imports.requests) == (2, "", [])
    assert outcome.complaint == f"banstream: {other}: this is no file of rows: export it anew"
    for missing in (file.parent / "none", file.parent):
        outcome = await take(run, missing)
        assert (outcome.code, f"{missing} cannot be read" in outcome.complaint) == (2, True)


async def test_no_file_is_replaced_that_is_to_be_read(imports: Imports, run: Run, file: Path) -> None:
    put(file, bans(1))
    outcome = await take(run, file, "--rejected", f"{file.parent}/./{file.name}")
    assert (outcome.code, imports.requests, got(file)) == (2, [], bans(1))


async def test_an_empty_file_is_nothing_to_import(imports: Imports, run: Run, file: Path) -> None:
    put(file, "")
    outcome = await take(run, file)
    assert (outcome.code, outcome.complaint) == (0, "banstream: the files hold nothing to import")
    assert imports.requests == []


async def test_a_busy_gateway_is_asked_again(imports: Imports, run: Run, file: Path) -> None:
    imports.failures = [503, 502]
    put(file, bans(150))
    outcome = await take(run, file, "--json")
    assert (outcome.code, outcomes(outcome)) == (0, {"new": 150})


async def test_a_lost_gateway_is_told_with_how_far_it_came(imports: Imports, run: Run, file: Path) -> None:
    imports.cut_after = 2
    put(file, bans(300))
    outcome = await take(run, file, "--import-id", RUN)
    assert (outcome.code, outcome.out) == (2, "")
    assert "cannot be reached" in outcome.complaint
    assert "200 of 300 rows were imported" in outcome.complaint
    assert f"the same command with --import-id {RUN} goes on" in outcome.complaint
    assert "--key" not in outcome.complaint
    imports.cut_after = None
    again = await take(run, file, "--import-id", RUN, "--json")
    assert (again.code, outcomes(again)) == (0, {"same": 300})  # the last were stored, and only the answer was lost


async def test_a_pipe_is_read_whole(imports: Imports, run: Run) -> None:
    """As the shell gives `<(mysql …)`."""
    ours, theirs = os.pipe()

    def write() -> None:
        with os.fdopen(theirs, "w") as pipe:
            pipe.write(bans(2000))

    writer = threading.Thread(target=write)
    writer.start()
    assert outcomes(await take(run, f"/dev/fd/{ours}", "--json")) == {"new": 2000}
    await asyncio.to_thread(writer.join)
    os.close(ours)
    assert len(imports.requests) == 20


def in_process(file: Path | str, *more: str) -> list[str]:
    """As a process of its own, which knows the formats that there are."""
    return ["import", "bans", str(file), "--format", "ids", "--service", "steam", "--source", "old", *more]


def ids(count: int) -> str:
    return "".join(f"{76561198000000000 + n} reason {n}\n" for n in range(1, count + 1))


async def test_stdin_is_read(imports: Imports, start: Start) -> None:
    process = start(*in_process("-", "--json"), stdin=subprocess.PIPE)
    out, err = await asyncio.to_thread(process.communicate, ids(120).encode())
    assert (process.returncode, err) == (0, b"")
    assert json.loads(out)["outcomes"]["new"] == 120
    assert len(imports.requests) == 2


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)], ids=["ctrl-c", "term"]
)
async def test_an_interrupted_run_says_how_to_go_on(
    imports: Imports, start: Start, file: Path, number: int, code: int
) -> None:
    imports.hold = asyncio.Event()
    put(file, ids(100 * (AT_A_TIME + 1)))
    process = start(*in_process(file, "--import-id", RUN))
    await eventually(lambda: _has_come(imports, AT_A_TIME + 1), 30)
    process.send_signal(number)
    out, err = await asyncio.to_thread(process.communicate, timeout=30)
    assert (process.returncode, out) == (code, b"")
    assert b"interrupted: 400 of 500 rows were imported, and those on their way may be" in err
    assert f"the same command with --import-id {RUN} goes on".encode() in err
    assert b"Traceback" not in err
    imports.hold.set()


async def _has_come(imports: Imports, count: int) -> bool:
    return len(imports.requests) >= count


async def test_the_help_names_every_format(run: Run) -> None:
    outcome = await run("import", "bans", "--help")
    assert outcome.code == 0
    assert [name for name in FORMATS if f"{name}: " not in outcome.out] == []


def test_every_format_has_a_summary_of_one_line() -> None:
    told: dict[str, Any] = {name: form.summary for name, form in FORMATS.items()}
    assert [name for name, summary in told.items() if not summary or "\n" in summary or len(summary) > 100] == []
