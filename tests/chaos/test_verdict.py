"""What the verdict makes of the log, event by event, and of the ban file: it accuses what nobody asked for."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.chaos.model import Model
from tests.chaos.verdict import Judging

BANNED, LIFTED = "infraction.issued", "infraction.lifted"
A, B = "A" * 40, "B" * 40


def judged(tmp_path: Path, *events: tuple[str, str, str], lines: tuple[str, ...] = ()) -> Judging:
    file = tmp_path / "ban.txt"
    file.write_text("".join(f"{line} // ban\n" for line in lines))
    world: Any = SimpleNamespace(ban_file=file)
    load: Any = SimpleNamespace(numbers={A: 1, B: 2})
    judging = Judging(world, load, Model())
    for kind, player, reason in events:
        judging.note(kind, player, reason)
    judging.ban_file_agrees()
    return judging


def test_what_was_asked_for_in_its_order_is_right(tmp_path: Path) -> None:
    events = ((BANNED, A, "ban 1"), (BANNED, B, "ban 2"), (LIFTED, A, "lift 1"))
    judging = judged(tmp_path, *events, lines=(B,))
    assert (judging.verdict.wrong, judging.in_force) == ([], {B})


@pytest.mark.parametrize(
    ("events", "lines"),
    [
        ([(BANNED, A, "ban 1"), (BANNED, A, "ban 1")], ()),
        ([(LIFTED, A, "lift 1")], (A,)),
        ([(BANNED, A, "ban 2")], (A,)),
        ([(BANNED, "C" * 40, "ban 3")], ("C" * 40,)),
        ([(BANNED, A, "ban 1")], ()),
        ([(BANNED, A, "ban 1")], (A, A)),
        ([(BANNED, A, "ban 1")], (A, B)),
        ([(BANNED, A, "ban 1"), (LIFTED, A, "lift 1")], (A,)),
    ],
    ids=[
        "twice",
        "lifted first",
        "of another",
        "nobody asked",
        "line lacks",
        "line twice",
        "line too many",
        "line stays",
    ],
)
def test_what_is_not_is_told(tmp_path: Path, events: list[tuple[str, str, str]], lines: tuple[str, ...]) -> None:
    assert len(judged(tmp_path, *events, lines=lines).verdict.wrong) == 1
