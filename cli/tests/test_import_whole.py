"""`banstream import bans --whole` against a gateway on a real socket: what is in the files no more is lifted."""

import asyncio
import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from cli.tests.conftest import Outcome, Run, Start
from cli.tests.imports_stand_in import Imports, bans, lines, put
from cli.tests.test_looking import on_terminal

from banstream_testing.waiting import eventually

RUN = "01948b00000000000000ca11"
WHO = {"player": "steam:76561198000000001", "reason": "x"}
FIRST = 76561198000000000
COMMAND = ("import", "bans", "--format", "ids", "--service", "steam", "--source", "old")
_STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


async def take(run: Run, file: Path, text: str, *more: str, source: str = "old") -> Outcome:
    put(file, text)
    return await run("import", "bans", str(file), "--format", "rows", "--source", source, *more)


async def whole(run: Run, file: Path, text: str, *more: str) -> Outcome:
    return await take(run, file, text, "--whole", "--json", *more)


def ids(count: int) -> str:
    return "".join(f"{FIRST + number}\n" for number in range(count))


def outcomes(outcome: Outcome) -> dict[str, int]:
    return {name: count for name, count in outcome.json["outcomes"].items() if count}


def refused(outcome: Outcome) -> str:
    return str(outcome.json["whole"]["refused"])


async def test_what_is_in_the_files_no_more_is_lifted_and_comes_back_with_its_row(
    imports: Imports, run: Run, file: Path
) -> None:
    await take(run, file, bans(3))
    await take(run, file, bans(6))
    gone = await whole(run, file, bans(2, 2) + bans(2, 5))
    assert (gone.code, outcomes(gone)) == (0, {"same": 4, "lifted": 2})
    assert imports.lifted == dict.fromkeys(["ban:1", "ban:4"], "It is no longer in old.")
    told = gone.json["whole"]
    assert (told["in_force"], told["missing"], told["refused"]) == (6, 2, None)
    assert {each["row"]: each["player"]["id"] for each in told["examples"]} == {
        "ban:1": "76561198000000001",
        "ban:4": "76561198000000004",
    }
    again = await whole(run, file, bans(2, 2) + bans(2, 5))
    assert (again.code, outcomes(again), again.json["whole"]["in_force"]) == (0, {"same": 4}, 4)
    back = await whole(run, file, bans(3) + bans(2, 5))
    assert (outcomes(back), list(imports.lifted)) == ({"same": 4, "changed": 1}, ["ban:4"])


async def test_without_it_nothing_is_lifted_nor_looked_for(imports: Imports, run: Run, file: Path) -> None:
    await take(run, file, bans(6))
    outcome = await take(run, file, bans(5), "--json")
    assert (outcomes(outcome), outcome.json["whole"], imports.undos) == ({"same": 5}, None, [])


async def test_people_read_who_was_lifted(run: Run, file: Path, imports: Imports) -> None:
    await take(run, file, bans(50))
    outcome = await take(run, file, bans(28), "--whole")
    assert (outcome.code, len(imports.lifted)) == (0, 22)
    assert "same\t28\t" in outcome.out
    assert "lifted\t22\tin the files no more\n" in outcome.out
    assert "In the files no more (the first 20 of 22)\nROW\tPLAYER\nban:29\tsteam:76561198000000029\n" in outcome.out


async def test_a_dry_run_says_who_would_be_lifted(imports: Imports, run: Run, file: Path) -> None:
    await take(run, file, bans(6))
    outcome = await take(run, file, bans(4) + bans(2, 8), "--whole", "--dry-run")
    assert (outcome.code, imports.lifted, len(imports.rows)) == (0, {}, 6)
    assert {each["dry_run"] for each in imports.undos} == {True}
    assert "would be lifted\t2\tin the files no more\n" in outcome.out
    assert "In the files no more\nROW\tPLAYER\nban:5\tsteam:76561198000000005\n" in outcome.out
    assert outcome.complaint == "banstream: this was a dry run: nothing was written"


async def test_what_staff_have_changed_stays_and_is_named(imports: Imports, run: Run, file: Path) -> None:
    await take(run, file, bans(6))
    imports.changed_here = {"ban:1", "ban:2"}
    outcome = await whole(run, file, bans(3, 2) + bans(1, 6))
    assert (outcome.code, outcomes(outcome), list(imports.lifted)) == (
        1,
        {"same": 4, "lifted": 1, "left": 1},
        ["ban:5"],
    )
    [left] = outcome.json["not_taken"]
    assert (left["row"], left["outcome"]) == ("ban:1", "left")
    assert left["why"] == "in the files no more, and changed here since it was imported: stays as it is here"
    assert outcome.complaint == "banstream: 1 of 5 rows were not taken"


async def test_what_is_over_or_immune_or_not_decided_yet_is_said(imports: Imports, run: Run, file: Path) -> None:
    await take(run, file, bans(8))
    imports.undoing = {
        "ban:1": {"outcome": "ended"},
        "ban:2": {"outcome": "refused", "detail": "immune"},
        "ban:3": {"outcome": "accepted"},
    }
    outcome = await whole(run, file, bans(5, 4))
    assert (outcome.code, outcomes(outcome)) == (1, {"same": 5, "accepted": 1, "refused": 1})
    assert [(each["place"], each["why"]) for each in outcome.json["not_taken"]] == [("row ban:2", "immune")]
    del imports.undoing["ban:2"]
    waiting = await whole(run, file, bans(6, 3) + bans(1))
    assert (waiting.code, outcomes(waiting)) == (0, {"same": 7, "lifted": 1})
    assert (await whole(run, file, bans(5, 4))).code == 3


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the files hold no row"),
        (bans(6) + "? nothing\n?\n", "2 rejected rows have no id that can be read, as line 7"),
        (
            bans(4),
            "5 of 9 that are in force of old are in the files no more, and --whole lifts at most 100, and",
        ),
        (bans(900, 50), "9 of 9 that are in force of old are in the files no more"),
    ],
    ids=["empty", "rejected", "half", "other"],
)
@pytest.mark.parametrize("mode", [(), ("--dry-run",)], ids=["done", "tried"])
async def test_half_a_file_frees_nobody(
    imports: Imports, run: Run, file: Path, text: str, why: str, mode: tuple[str, ...]
) -> None:
    await take(run, file, bans(9))
    outcome = await whole(run, file, text, *mode)
    assert (outcome.code, imports.lifted, outcome.json["outcomes"]["lifted"]) == (1, {}, 0)
    assert why in refused(outcome)
    done = "imported or lifted" if "in force" in why else "lifted"
    assert f"nothing {'would be' if mode else 'was'} {done}: {refused(outcome)}" in outcome.complaint
    assert len(imports.rows) == 9


@pytest.mark.parametrize("text", [bans(60, 900), bans(20) + bans(40, 900)], ids=["other", "half"])
async def test_what_was_refused_is_refused_the_next_night_too(
    imports: Imports, run: Run, file: Path, text: str
) -> None:
    """Else what the first night brings would make a half of the second: a cron line needs nobody to say it again."""
    await take(run, file, bans(50))
    nights = [await whole(run, file, text) for _ in range(3)]
    assert len({refused(each) for each in nights}) == 1
    assert {each.code for each in nights} == {1}
    assert [outcomes(each) for each in nights] == [{}, {}, {}]
    assert (imports.lifted, len(imports.rows)) == ({}, 50)
    shown = await take(run, file, text, "--whole")
    assert shown.complaint == f"banstream: nothing was imported or lifted: {refused(nights[0])}"
    assert "In the files no more (the first 20 of" in shown.out


async def test_what_another_run_brings_in_the_meantime_is_not_missing(imports: Imports, run: Run, file: Path) -> None:
    """Two runs at once, this one of an older file."""
    await take(run, file, bans(6))
    imports.on_sent = lambda: imports.rows.update({"ban:7": (RUN, {"row": "ban:7", "punishments": ["ban"], **WHO})})
    outcome = await whole(run, file, bans(5))
    assert ("ban:7" in imports.rows, list(imports.lifted)) == (True, ["ban:6"])
    assert outcomes(outcome) == {"same": 5, "lifted": 1}


async def test_a_row_of_another_time_that_is_not_taken_leaves_the_one_before(
    imports: Imports, run: Run, file: Path
) -> None:
    """What was tried may turn out differently when it is sent."""
    before, after = ({"key": "a", "issued_at": f"{year}-05-01T12:00:00+00:00", **WHO} for year in (2020, 2021))
    await take(run, file, lines(before) + bans(3))
    imports.when_sent = {"a": {"outcome": "accepted"}}
    outcome = await whole(run, file, lines(after) + bans(3))
    assert (outcomes(outcome), imports.lifted) == ({"same": 3, "accepted": 1}, {})


async def test_more_are_lifted_when_their_number_is_said(imports: Imports, run: Run, file: Path) -> None:
    await take(run, file, bans(400))
    many = await whole(run, file, bans(250))
    assert refused(many).startswith("150 of 400 that are in force of old are in the files no more, and --whole lifts")
    assert "say --whole-most 150" in refused(many)
    assert len(many.json["whole"]["examples"]) == 20
    fewer = await whole(run, file, bans(250), "--whole-most", "149")
    assert "--whole lifts at most 149:" in refused(fewer)
    assert imports.lifted == {}
    imports.undos.clear()
    done = await whole(run, file, bans(250), "--whole-most", "150")
    assert (done.code, outcomes(done), len(imports.lifted)) == (0, {"same": 250, "lifted": 150}, 150)
    assert [(len(each["only"]), each["dry_run"]) for each in imports.undos] == [
        *((100, True), (50, True)),
        *((100, False), (50, False)),
    ]


async def test_a_number_is_said_for_the_whole_only(imports: Imports, run: Run, file: Path) -> None:
    outcome = await take(run, file, bans(1), "--whole-most", "7")
    assert (outcome.code, imports.requests) == (2, [])
    assert "--whole-most goes with --whole" in outcome.complaint


async def test_a_row_that_is_not_taken_is_there_all_the_same(imports: Imports, run: Run, file: Path) -> None:
    """Rejected by this command, by the gateway, as a second one; refused; stored and not decided yet; twice."""
    await take(run, file, bans(9))
    imports.wrong = {"ban:2": "reason"}
    imports.outcomes = {"ban:3": {"outcome": "refused"}, "ban:4": {"outcome": "accepted"}}
    second = {"key": "ban:5", "player": "steam:76561198000000009"}
    text = lines({"key": "ban:1", "reason": "of nobody"}) + bans(7, 2) + lines(second) + bans(1, 6)
    outcome = await whole(run, file, text)
    assert outcomes(outcome) == {"same": 4, "lifted": 1, "accepted": 1, "refused": 1, "rejected": 3}
    assert list(imports.lifted) == ["ban:9"]


async def test_what_is_left_out_by_kind_is_there_and_no_other_kind_is_lifted(
    imports: Imports, run: Run, file: Path
) -> None:
    def row(key: str, *punishments: str) -> dict[str, Any]:
        return {"key": key, "punishments": list(punishments), **WHO}

    first = [row("a", "ban"), row("b", "chat_block"), row("c"), row("d", "ban"), row("e", "ban"), row("f", "ban")]
    await take(run, file, lines(*first))
    text = lines(row("a", "chat_block"), row("d", "ban"), row("e", "ban"))
    outcome = await whole(run, file, text, "--only", "bans")
    assert (outcomes(outcome), list(imports.lifted)) == ({"same": 2, "lifted": 1}, ["f"])
    assert (outcome.json["whole"]["in_force"], outcome.json["skipped"]["other_kind"]) == (4, 1)


async def test_a_row_of_another_time_takes_the_place_of_the_one_before(imports: Imports, run: Run, file: Path) -> None:
    def row(key: str, year: int) -> dict[str, Any]:
        return {"key": key, "issued_at": f"{year}-05-01T12:00:00+00:00", **WHO}

    await take(run, file, lines(row("a", 2020), row("b", 2020)))
    outcome = await whole(run, file, lines(row("a", 2021), row("b", 2020)))
    assert outcomes(outcome) == {"new": 1, "same": 1, "lifted": 1}
    assert list(imports.lifted) == ["a 2020-05-01T12:00:00Z"]


async def test_other_sources_are_left_alone(imports: Imports, run: Run, file: Path) -> None:
    await take(run, file, bans(4))
    await take(run, file, bans(4, 11), source="other")
    await take(run, file, bans(1, 5), "--import-id", RUN)
    await take(run, file, bans(4, 21), "--import-id", RUN, source="other")  # as nobody should
    outcome = await whole(run, file, bans(3) + bans(1, 5))
    assert (outcomes(outcome), list(imports.lifted)) == ({"same": 4, "lifted": 1}, ["ban:4"])


async def test_it_goes_on_under_the_same_id(imports: Imports, run: Run, file: Path) -> None:
    await take(run, file, bans(6), "--import-id", RUN)
    outcome = await whole(run, file, bans(5), "--import-id", RUN)
    assert (outcomes(outcome), list(imports.lifted)) == ({"same": 5, "lifted": 1}, ["ban:6"])


async def test_a_token_that_sees_no_sources_lifts_nothing(imports: Imports, run: Run, file: Path) -> None:
    await take(run, file, bans(6))
    imports.is_staff = False
    outcome = await whole(run, file, bans(5))
    assert (outcome.code, outcome.out, imports.undos) == (2, "", [])
    assert "it needs the scope punish too" in outcome.complaint


async def test_a_lost_gateway_is_told_with_how_far_it_came(imports: Imports, run: Run, file: Path) -> None:
    await take(run, file, bans(400))
    imports.requests.clear()
    imports.cut_after = 3  # two that try, and one that lifts; the answer to the other is lost
    lost = await whole(run, file, bans(250), "--whole-most", "150")
    assert (lost.code, lost.out) == (2, "")
    assert "all rows were imported, and 100 of 150 lifted; the same command again goes on" in lost.complaint
    imports.cut_after = None
    imports.lifted.popitem()
    again = await whole(run, file, bans(250))
    assert (again.code, outcomes(again), len(imports.lifted)) == (0, {"same": 250, "lifted": 1}, 150)


async def test_an_interrupted_run_says_how_to_go_on(imports: Imports, start: Start, file: Path) -> None:
    put(file, ids(16))
    for number in range(30):
        row = {"row": f"steam:{FIRST + number}", "punishments": ["ban"], "reason": "x"}
        imports.rows[str(row["row"])] = (RUN, row)
    imports.hold = asyncio.Event()
    process = start(*COMMAND, str(file), "--whole")
    await eventually(lambda: _is_lifting(imports), 30)
    process.send_signal(signal.SIGINT)
    out, err = await asyncio.to_thread(process.communicate, timeout=30)
    assert (process.returncode, out) == (130, b"")
    assert b"interrupted: all rows were imported, and 0 of 14 lifted; the same command again goes on" in err
    assert b"Traceback" not in err
    imports.hold.set()


async def _is_lifting(imports: Imports) -> bool:
    return any(not each["dry_run"] for each in imports.undos)


@pytest.mark.usefixtures("imports")
@pytest.mark.parametrize("width", [40, 80, 120])
async def test_what_is_shown_fits_the_terminal(
    start: Start, environment: dict[str, str | None], file: Path, width: int
) -> None:
    environment |= {"COLUMNS": str(width), "TERM": "xterm-256color"}
    for count, more in ((30, ()), (16, ("--whole", "--dry-run"))):
        put(file, ids(count))
        shown = _STYLE.sub("", await on_terminal(start, *COMMAND, str(file), *more, width=width))
    assert "In the files no more" in shown
    assert [
        each for each in shown.splitlines() if len(each) > width and "banstream:" not in each and "━" not in each
    ] == []


async def test_the_report_of_a_refusal_is_one_document(imports: Imports, run: Run, file: Path) -> None:
    await take(run, file, bans(4))
    outcome = await whole(run, file, bans(1) + "?\n")
    assert json.loads(outcome.out)["whole"] == {
        "in_force": 0,
        "missing": 0,
        "examples": [],
        "refused": refused(outcome),
    }
    assert "; 1 of 2 rows were not taken; --rejected FILE writes them into a file" in outcome.complaint
    assert imports.undos == []
