"""`banstream export bans`, and evidence from files."""

import asyncio
import csv
import io
import json
import resource
from pathlib import Path

import pytest
from cli.tests.conftest import Run, Start
from cli.tests.gateway_stand_in import StandIn

from banstream_cli.shown.ban_rows import COLUMNS


async def some_bans(run: Run) -> None:
    for number, reason in enumerate(("=cmd|' /C calc'!A0", "aimbot", "fly hack")):
        await run("ban", f"roblox:{number + 1}", "--reason", reason, "--category", "aimbot", "--severity", "critical")
    await run("ban", "roblox:9", "--reason", "language", "--punishment", "chat_block")


def contents(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir()}


async def test_bans_are_a_table_with_ids_and_no_formula(run: Run, gateway: StandIn) -> None:
    await some_bans(run)
    outcome = await run("export", "bans")
    header, *rows = csv.reader(io.StringIO(outcome.out))
    assert (outcome.code, outcome.err, tuple(header)) == (0, "", COLUMNS)
    assert sorted(row[1] for row in rows) == ["roblox:1", "roblox:2", "roblox:3"]
    assert sorted(row[COLUMNS.index("reason")] for row in rows) == ["'=cmd|' /C calc'!A0", "aimbot", "fly hack"]
    assert {row[0] for row in rows} < {each["id"] for each in gateway.infractions}


async def test_bans_are_json_a_line_and_a_file_is_whole(run: Run, gateway: StandIn, tmp_path: Path) -> None:
    await some_bans(run)
    assert len((await run("export", "bans", "--json", "--all")).lines) == 3
    file = tmp_path / "bans.json"
    outcome = await run("export", "bans", "--format", "json", "--output", str(file))
    assert (outcome.code, outcome.out, outcome.complaint) == (0, "", f"banstream: 3 bans in {file}")
    assert {json.loads(line)["id"] for line in file.read_text().splitlines()} <= {
        each["id"] for each in gateway.infractions
    }


async def test_bans_that_ended_are_asked_for_where_all_are_wanted(run: Run, gateway: StandIn) -> None:
    for options in ([], ["--in-force"], ["--all"]):
        await run("export", "bans", *options)
    asked = [path for _, path, *_ in gateway.requests]
    assert ["active=true" in path for path in asked] == [True, True, False]


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize("bans", [1, 30], ids=["at-its-end", "in-the-midst"])
async def test_a_file_that_cannot_be_written_is_named_and_not_left_behind(
    run: Run, start: Start, tmp_path: Path, bans: int
) -> None:
    for number in range(bans):
        await run("ban", f"roblox:{number}", "--reason", "x" * 500)
    folder = tmp_path / "exports"
    folder.mkdir()
    file = folder / "bans.csv"
    export = start(
        *("export", "bans", "-o", str(file)),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)),
    )
    _, err = await asyncio.to_thread(export.communicate, timeout=60)
    assert (export.returncode, err.decode()) == (2, f"banstream: {file} cannot be written: File too large\n")
    assert contents(folder) == {}


async def test_every_page_is_exported(run: Run, gateway: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("banstream_cli.gateway.paging.LARGEST_PAGE", 2)
    await some_bans(run)
    gateway.requests.clear()
    assert len((await run("export", "bans", "--format", "json")).lines) == 3


async def test_no_ban_at_all_is_a_header(run: Run, gateway: StandIn) -> None:
    assert gateway.url
    assert (await run("export", "bans")).out == ",".join(COLUMNS) + "\n"


async def test_a_failed_export_leaves_the_old_file(run: Run, gateway: StandIn, tmp_path: Path) -> None:
    file = tmp_path / "bans.csv"
    file.write_text("old")
    outcome = await run("export", "bans", "-o", str(file), BANSTREAM_URL="http://127.0.0.1:1")
    assert (outcome.code, contents(tmp_path)) == (2, {"bans.csv": "old"})
    assert gateway.requests == []


async def test_a_pipe_gets_nothing_where_no_gateway_answers(run: Run, gateway: StandIn, nowhere: str) -> None:
    outcome = await run("export", "bans", BANSTREAM_URL=f"http://{nowhere}")
    assert (outcome.code, outcome.out, gateway.requests) == (2, "", [])
    assert f"http://{nowhere} cannot be reached" in outcome.complaint


async def test_evidence_is_the_lines_of_a_file(run: Run, gateway: StandIn, tmp_path: Path) -> None:
    file = tmp_path / "evidence.log"
    file.write_bytes("\ufeffHeadshot rate: 95%\r\n\r\n[20:15:32]\tPlaced WatchTower\n".encode())
    await run("ban", "xbox:1234", "--reason", "aimbot", "--evidence-file", str(file))
    assert gateway.requests[0][3]["evidence"] == "Headshot rate: 95% ⏎ [20:15:32] Placed WatchTower"


async def test_evidence_comes_through_a_pipe(start: Start, gateway: StandIn) -> None:
    import subprocess  # noqa: PLC0415 - as above

    command = ("ban", "xbox:1234", "--reason", "aimbot", "--evidence-file", "-")
    started = start(*command, stdin=subprocess.PIPE)
    _, complaints = await asyncio.to_thread(started.communicate, b"line one\nline two\n")
    assert (started.returncode, complaints) == (0, b"")
    assert gateway.requests[0][3]["evidence"] == "line one ⏎ line two"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"\xff\xfe", "is not UTF-8 (at byte 0)"),
        (b"ok\nbad \x1b[2J", "line 2 of"),
        (b"\n \n", "is empty"),
        (b"x" * 10_001, "at most 10000 characters"),
        (b"x" * 50_000, "at most 10000 characters"),
    ],
)
async def test_evidence_that_cannot_be_kept_whole_is_refused(
    run: Run, gateway: StandIn, tmp_path: Path, content: bytes, complaint: str
) -> None:
    file = tmp_path / "evidence.log"
    file.write_bytes(content)
    outcome = await run("ban", "xbox:1234", "--reason", "aimbot", "--evidence-file", str(file))
    assert (outcome.code, outcome.out, gateway.requests) == (2, "", [])
    assert complaint in outcome.complaint


async def test_evidence_is_text_or_a_file_that_is_there(run: Run, gateway: StandIn, tmp_path: Path) -> None:
    both = ("--evidence", "x", "--evidence-file", str(tmp_path / "none"))
    assert (await run("ban", "xbox:1234", "--reason", "aimbot", *both)).code == 2
    missing = await run("ban", "xbox:1234", "--reason", "aimbot", "--evidence-file", str(tmp_path / "none"))
    assert (missing.code, gateway.requests) == (2, [])
    assert "cannot be read" in missing.complaint


async def test_evidence_from_an_empty_stdin_says_so(start: Start, gateway: StandIn) -> None:
    import subprocess  # noqa: PLC0415 - as above

    started = start("ban", "xbox:1234", "--reason", "aimbot", "--evidence-file", "-", stdin=subprocess.PIPE)
    _, complaints = await asyncio.to_thread(started.communicate, b"")
    assert (started.returncode, gateway.requests) == (2, [])
    assert b"stdin is empty" in complaints
