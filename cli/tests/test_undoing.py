"""`banstream undo` against a gateway on a real socket."""

import asyncio
import re
import signal
import subprocess
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from cli.tests.conftest import Run, Start
from cli.tests.test_looking import on_terminal
from cli.tests.undoing_stand_in import NOW, UNDO, Undoing, deed, player

from banstream_testing.loopback import on_loopback
from banstream_testing.waiting import eventually

COMMAND = ("undo", "--by", "person:ada", "--since", "2026-01-01T00:00:00Z", "--reason", "stolen account")
TAKES_IT_BACK = f'banstream undo --by {UNDO["by"]} --since 2026-01-02T03:04:01Z --reason "the undo was wrong"'
HOW_FAR = (
    "infractions are dealt with, and those on their way may be; the same command with --since 2026-01-01T00:00:00Z"
    f" goes on, `{TAKES_IT_BACK}` takes that back"
)
_STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_UNWRAPPED = "banstream:"


@pytest.fixture
async def undoing(environment: dict[str, str | None]) -> AsyncIterator[Undoing]:
    """A gateway where 250 bans were issued, each of another player."""
    stand_in = Undoing()
    stand_in.deeds = [deed(number) for number in range(250)]
    async with on_loopback(stand_in.application()) as url:
        environment |= {"BANSTREAM_URL": url, "BANSTREAM_TOKEN": "any"}
        yield stand_in


async def test_taking_back_goes_through_all_pages_of_one_time(undoing: Undoing, run: Run) -> None:
    outcome = await run(*COMMAND, "--yes")
    assert outcome.code == 0
    assert "lifted\t250\t" in outcome.out
    asked = {"by": "person:ada", "since": "2026-01-01T00:00:00+00:00", "reason": "stolen account", "dry_run": False}
    assert undoing.requests == [
        {**asked, "until": None},
        {**asked, "until": NOW, "before": 150},
        {**asked, "until": NOW, "before": 50},
    ]


async def test_a_page_without_anything_is_not_the_end(undoing: Undoing, run: Run) -> None:
    undoing.empty = 2
    assert (await run(*COMMAND, "--yes", "--json")).json["outcomes"]["lifted"] == 250
    assert [each.get("before") for each in undoing.requests] == [None, 250, 250, 150, 50]


async def test_a_dry_run_says_who_becomes_free_and_does_nothing(undoing: Undoing, run: Run) -> None:
    undoing.deeds = [
        *(deed(number, player_name=f"Player {number}") for number in range(7)),
        deed(10, also=["a" * 24]),
        deed(20, player=deed(10)["player"], also=[f"{10:024}", "a" * 24]),
        deed(11, also=[f"{21:024}"]),
        deed(21, player=deed(11)["player"], also=[f"{11:024}"]),
        deed(12, punishments=[]),
        deed(13, "reinstated"),
        deed(14, "reinstated", punishments=[]),
        deed(15, "amended", changes={"reason": "aimbot"}),
        deed(16, "amended", punishments=[], changes={"punishments": ["ban"]}),
        deed(17),
        deed(27, "reinstated", player=deed(17)["player"]),
        deed(18),
        deed(28, "amended", player=deed(18)["player"], changes={"scope": "server"}),
        deed(30, "left", detail="somebody else decided"),
        deed(31, "unchanged"),
    ]
    shown = await run(*COMMAND, "--dry-run")
    assert (shown.code, shown.err) == (0, "")
    first = ", ".join(f"{player(number)} (Player {number})" for number in range(5))
    assert shown.out.splitlines() == [
        "By\tperson:ada",
        "Since\t2026-01-01 00:00:00Z",
        "Until\t2026-01-02 03:04:05Z",
        "OUTCOME\tINFRACTIONS\tWHICH ARE",
        "would be lifted\t14\tissued or put back by them: in force no more",
        "would be reinstated\t3\tlifted by them, or ended early: in force again",
        "would be amended\t3\tchanged by them: as they were before",
        "left\t1\tdecided on by somebody else since: stay as they are",
        "unchanged\t1\tover, or as they were before: nothing to do",
        f"Free\t8: {first}, 3 more",
        f"Still restricted\t2 by something else: {player(10)}, {player(18)}",
        f"Restricted again\t3: {player(13)}, {player(16)}, {player(17)}",
        "LEFT\tPLAYER\tWHY",
        f"{30:024}\t{player(30)}\tsomebody else decided",
    ]
    told = (await run(*COMMAND, "--dry-run", "--json")).json
    assert told["free"] == [*map(player, range(7)), player(11)]
    assert told["still_restricted"] == [player(10), player(18)]
    assert told["restricted_again"] == [player(13), player(16), player(17)]
    assert (told["dry_run"], told["undo"], told["outcomes"]["lifted"]) == (True, None, 14)
    assert [each["infraction_id"] for each in told["items"]][-1] == f"{30:024}"
    assert {each["dry_run"] for each in undoing.requests} == {True}


async def test_an_address_becomes_free_too(undoing: Undoing, run: Run) -> None:
    undoing.deeds = [{name: value for name, value in deed(1).items() if name != "player"}]
    assert f"Free\t1: address of {1:024}\n" in (await run(*COMMAND, "--dry-run")).out


async def test_it_asks_before_and_no_is_no(undoing: Undoing, start: Start) -> None:
    for answer, code, done in ((b"n\n", 1, 0), (b"y\n", 0, 3)):
        undoing.requests.clear()
        process = start(*COMMAND, stdin=subprocess.PIPE)
        told, err = await asyncio.to_thread(process.communicate, answer)
        assert b"This lifts 250 infractions; 250 players or addresses are free then." in err
        assert b"would be lifted\t250" in told
        assert process.returncode == code
        assert [each["dry_run"] for each in undoing.requests].count(False) == done


async def test_what_is_done_is_of_the_time_that_was_shown(undoing: Undoing, start: Start) -> None:
    process = start(*COMMAND, stdin=subprocess.PIPE)
    await asyncio.to_thread(process.communicate, b"y\n")
    assert [each["until"] for each in undoing.requests if not each["dry_run"]] == [NOW] * 3


@pytest.mark.usefixtures("undoing")
async def test_at_the_end_it_says_what_takes_this_back(run: Run) -> None:
    outcome = await run(*COMMAND, "--yes")
    assert outcome.complaint == f"banstream: `{TAKES_IT_BACK}` takes this back"
    again = await run(*COMMAND, "--yes")
    assert (again.code, again.err, "unchanged\t250\t" in again.out) == (0, "", True)


async def test_what_was_done_by_a_try_whose_answer_was_lost_is_taken_back_too(undoing: Undoing, run: Run) -> None:
    undoing.lost, undoing.deeds = 2, [deed(1)]
    undo = (await run(*COMMAND, "--yes", "--json")).json["undo"]
    tried_again_after = datetime.fromisoformat("2026-01-02T03:04:03.250Z") - datetime.fromisoformat(undo["since"])
    assert (undo["by"], tried_again_after >= timedelta(seconds=2)) == (UNDO["by"], True)


async def test_json_does_not_ask(undoing: Undoing, run: Run) -> None:
    outcome = await run(*COMMAND, "--json")
    assert (outcome.code, undoing.requests) == (2, [])
    told = (await run(*COMMAND, "--json", "--yes")).json
    assert (told["by"], told["until"], told["undo"]) == ("person:ada", NOW, UNDO)
    assert (told["outcomes"]["lifted"], len(told["free"]), len(told["items"])) == (250, 250, 250)


@pytest.mark.parametrize("outcome", ["left", "refused", "a word of a newer gateway"])
async def test_what_stays_is_named_and_is_a_no(undoing: Undoing, run: Run, outcome: str) -> None:
    undoing.becoming = {f"{1:024}": {"outcome": outcome, "detail": "it is not to be"}}
    shown = await run(*COMMAND, "--yes")
    assert shown.code == 1
    assert f"{1:024}\t{player(1)}\tit is not to be\n" in shown.out
    assert shown.err.splitlines()[-1] == "banstream: 1 of 250 infractions stay as they are"


async def test_what_is_accepted_only_is_not_confirmed(undoing: Undoing, run: Run) -> None:
    undoing.becoming = {f"{1:024}": {"outcome": "accepted"}}
    assert (await run(*COMMAND, "--yes")).code == 3


async def test_somebody_who_did_nothing_is_said(undoing: Undoing, run: Run) -> None:
    undoing.deeds = []
    outcome = await run(*COMMAND)
    nothing = "banstream: person:ada did nothing to infractions in that time"
    assert (outcome.code, outcome.err.splitlines()) == (
        1,
        [nothing, "banstream: nothing of what person:ada did can be taken back"],
    )


async def test_a_lost_gateway_is_told_with_how_far_it_came(undoing: Undoing, run: Run) -> None:
    undoing.cut_after = 2
    outcome = await run(*COMMAND, "--yes")
    assert outcome.code == 2
    assert outcome.complaint.endswith(f"; 200 {HOW_FAR}")


async def test_a_gateway_that_cannot_answer_for_a_while_does_not_end_what_has_begun(undoing: Undoing, run: Run) -> None:
    undoing.lost, undoing.lost_from = 5, 2
    outcome = await run(*COMMAND, "--yes", "--json")
    assert (outcome.code, outcome.json["outcomes"]["lifted"], len(undoing.requests)) == (0, 150, 3 + 5)


async def test_a_gateway_that_cannot_answer_at_first_is_soon_told(undoing: Undoing, run: Run) -> None:
    undoing.lost = 5
    outcome = await run(*COMMAND, "--yes")
    assert (outcome.code, len(undoing.requests)) == (2, 4)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)], ids=["ctrl-c", "term"]
)
async def test_an_interrupted_run_says_how_to_go_on(undoing: Undoing, start: Start, number: int, code: int) -> None:
    undoing.hold = asyncio.Event()
    process = start(*COMMAND, "--yes")
    await eventually(lambda: _has_come(undoing, 2), 30)
    process.send_signal(number)
    out, err = await asyncio.to_thread(process.communicate, timeout=30)
    assert (process.returncode, out) == (code, b"")
    assert err.decode() == f"banstream: interrupted: 100 {HOW_FAR}\n"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (("--by", "ada"), "by: is none of person:LOGIN, token:ID"),
        (("--since", "yesterday"), "'yesterday' is no time"),
        (("--since", "3026-01-01"), "--since is before --until, and that before now"),
        (("--until", "2025-01-01"), "--since is before --until, and that before now"),
        (("--reason", "a\nb"), "holds the control character"),
    ],
    ids=["by", "since", "since-in-the-future", "until", "reason"],
)
async def test_wrong_use_is_said_and_nothing_is_done(
    undoing: Undoing, run: Run, changed: tuple[str, str], said: str
) -> None:
    outcome = await run(*COMMAND, *changed, "--yes")
    assert (outcome.code, outcome.out, said in outcome.complaint) == (2, "", True)
    assert "dealt with" not in outcome.complaint
    assert {each["outcome"] for each in undoing.deeds} == {"lifted"}


@pytest.mark.parametrize("width", [40, 80, 120])
async def test_what_is_shown_fits_the_terminal(
    undoing: Undoing, start: Start, environment: dict[str, str | None], width: int
) -> None:
    environment |= {"COLUMNS": str(width), "TERM": "xterm-256color"}
    undoing.deeds += [deed(300, "left", detail="somebody else has decided on it since"), deed(301, "reinstated")]
    shown = await on_terminal(start, *COMMAND, "--dry-run", width=width)
    told = [_STYLE.sub("", line) for line in shown.splitlines()]
    assert [each for each in told if len(each) > width and not each.startswith(_UNWRAPPED) and "━" not in each] == []


async def _has_come(undoing: Undoing, number: int) -> bool:
    return len(undoing.requests) >= number
