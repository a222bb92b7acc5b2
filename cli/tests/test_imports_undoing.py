"""`banstream import list|show|undo` against a gateway on a real socket."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator

import pytest
from cli.tests.conftest import Run, Start
from cli.tests.imports_stand_in import Imports
from cli.tests.test_looking import on_terminal

from banstream_testing.loopback import on_loopback

RUN, OTHER = "01948b00000000000000ca11", "01948b00000000000000ca12"
_STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_UNWRAPPED = "banstream:"
UNDO = ("import", "undo", RUN, "--reason", "wrong file")


@pytest.fixture
async def imports(environment: dict[str, str | None]) -> AsyncIterator[Imports]:
    """A gateway with two imports, of 250 rows and of one."""
    stand_in = Imports()
    for number in range(250):
        player = {"service": "steam", "id": str(76561198000000001 + number // 2)}
        row = {"row": f"ban:{number:03}", "player": player, "punishments": ["ban"], "reason": "aimbot"}
        stand_in.rows[str(row["row"])] = (RUN, row)
    stand_in.rows["ip:1"] = (OTHER, {"row": "ip:1", "ip": "192.0.2.7", "punishments": [], "reason": "language"})
    async with on_loopback(stand_in.application()) as url:
        environment |= {"BANSTREAM_URL": url, "BANSTREAM_TOKEN": "any"}
        yield stand_in


@pytest.mark.usefixtures("imports")
async def test_imports_are_listed_page_by_page(run: Run) -> None:
    listed = await run("import", "list")
    assert listed.out.splitlines() == [
        "IMPORT\tSOURCE\tIMPORTED\tBY\tINFRACTIONS",
        f"{OTHER}\told\t2026-01-02 03:04:05Z\tAlice (token)\t1",
        f"{RUN}\told\t2026-01-02 03:04:05Z\tAlice (token)\t250",
    ]
    short = await run("import", "list", "--limit", "1")
    assert "--limit or --all shows more" in short.complaint
    assert len((await run("import", "list", "--all", "--json")).json["items"]) == 2


async def test_an_import_is_shown_with_its_infractions(imports: Imports, run: Run) -> None:
    imports.undoing = {"ban:000": {}}
    shown = await run("import", "show", RUN, "--limit", "2")
    assert shown.code == 0
    assert "Infractions\t250\nIn force\t1\n" in shown.out
    assert "ban:000\tsteam:76561198000000001\tban\tlifted (undone)\taimbot\n" in shown.out
    assert "ban:001\tsteam:76561198000000001\tban\tactive permanent\taimbot\n" in shown.out
    assert shown.complaint == "banstream: these are the first 2; --limit or --all shows more"
    told = (await run("import", "show", RUN, "--all", "--json")).json
    assert (told["import"]["import_id"], len(told["items"]), told["next"]) == (RUN, 250, None)


@pytest.mark.usefixtures("imports")
@pytest.mark.parametrize("command", ["show", "undo"])
async def test_an_import_that_there_is_not_is_said(run: Run, command: str) -> None:
    reason = ["--reason", "x", "--yes"] if command == "undo" else []
    unknown = await run("import", command, "0" * 24, *reason)
    assert (unknown.code, unknown.out, unknown.complaint) == (1, "", "banstream: There is no such import")
    wrong = await run("import", command, "ban:1", *reason)
    assert (wrong.code, "is no id of an import" in wrong.complaint) == (2, True)


async def test_taking_back_goes_through_all_pages(imports: Imports, run: Run) -> None:
    outcome = await run(*UNDO, "--yes")
    assert (outcome.code, outcome.err) == (0, "")
    assert "undone\t250\tin force no more\n" in outcome.out
    assert imports.undos == [
        {"reason": "wrong file", "dry_run": False},
        {"reason": "wrong file", "dry_run": False, "cursor": "100"},
        {"reason": "wrong file", "dry_run": False, "cursor": "200"},
    ]


async def test_a_dry_run_asks_nothing_and_does_nothing(imports: Imports, run: Run) -> None:
    imports.undoing = {"ban:000": {"outcome": "ended"}, "ban:001": {"outcome": "left"}}
    outcome = await run(*UNDO, "--dry-run")
    assert (outcome.code, "would be undone\t248\t" in outcome.out, "\nended\t1\t" in outcome.out) == (
        0,
        True,
        True,
    )
    assert {each["dry_run"] for each in imports.undos} == {True}
    told = (await run(*UNDO, "--dry-run", "--json")).json
    assert (told["dry_run"], told["outcomes"]["undone"], told["players"]) == (True, 248, 124)


async def test_it_asks_before_and_no_is_no(imports: Imports, start: Start) -> None:
    for answer, code, undone in ((b"n\n", 1, 0), (b"y\n", 0, 3)):
        imports.undos.clear()
        process = start(*UNDO, stdin=subprocess.PIPE)
        told, err = await asyncio.to_thread(process.communicate, answer)
        assert b"This lifts 250 infractions of 125 players" in err
        assert b"would be undone\t250" in told
        assert process.returncode == code
        assert [each["dry_run"] for each in imports.undos].count(False) == undone


async def test_json_does_not_ask(imports: Imports, run: Run) -> None:
    outcome = await run(*UNDO, "--json")
    assert (outcome.code, imports.undos) == (2, [])
    told = (await run(*UNDO, "--json", "--yes")).json
    assert (told["import_id"], told["outcomes"]["undone"]) == (RUN, 250)


async def test_what_stays_is_named_and_is_a_no(imports: Imports, run: Run) -> None:
    imports.undoing = {"ban:001": {"outcome": "left"}, "ban:002": {"outcome": "refused", "detail": "immune"}}
    outcome = await run(*UNDO, "--yes")
    assert outcome.code == 1
    assert "ban:001\tchanged here since: stay as they are\n" in outcome.out
    assert "ban:002\timmune\n" in outcome.out
    assert outcome.complaint == "banstream: 2 of 250 infractions stay as they are"


async def test_what_is_accepted_only_is_not_confirmed(imports: Imports, run: Run) -> None:
    imports.undoing = {"ban:001": {"outcome": "accepted"}}
    assert (await run(*UNDO, "--yes")).code == 3


async def test_a_lost_gateway_is_told_with_how_far_it_came(imports: Imports, run: Run) -> None:
    imports.cut_after = 2
    outcome = await run(*UNDO, "--yes")
    assert outcome.code == 2
    assert "200 of 250 infractions are dealt with; the same command again goes on" in outcome.complaint


@pytest.mark.usefixtures("imports")
@pytest.mark.parametrize("width", [40, 80, 120])
async def test_what_is_shown_fits_the_terminal(start: Start, environment: dict[str, str | None], width: int) -> None:
    environment |= {"COLUMNS": str(width), "TERM": "xterm-256color"}
    for arguments in (("list",), ("show", RUN, "--limit", "3"), ("undo", RUN, "--reason", "x", "--dry-run")):
        shown = await on_terminal(start, "import", *arguments, width=width)
        told = [_STYLE.sub("", line) for line in shown.splitlines()]
        assert [
            each for each in told if len(each) > width and not each.startswith(_UNWRAPPED) and "━" not in each
        ] == []


async def test_a_reason_is_checked_before_anything_is_asked(imports: Imports, run: Run) -> None:
    outcome = await run("import", "undo", RUN, "--reason", "a\nb", "--yes")
    assert (outcome.code, outcome.out, imports.undos) == (2, "", [])
