"""Real logs, pseudonymised, where they are there: understood, and free of absurd findings."""

import os
from collections import Counter
from pathlib import Path

import pytest

from banstream_dayz_feed.lines.clock import start_of
from banstream_dayz_feed.replay import Replay
from banstream_dayz_feed.rules.findings import Finding
from banstream_dayz_feed.rules.rule_settings import all_rules

_NEAR = Path(__file__).resolve().parents[4] / "shared"
SAMPLES = Path(os.environ.get("BANSTREAM_SHARED", _NEAR)) / "samples" / "dayz"
LOGS = sorted(SAMPLES.glob("*.ADM"))

pytestmark = pytest.mark.skipif(
    not LOGS, reason=f"real DayZ logs are not here: no *.ADM in {SAMPLES} (set BANSTREAM_SHARED to their parent)"
)


def replayed(path: Path) -> tuple[Replay, list[Finding]]:
    replay = Replay(all_rules(), "sample")
    replay.begin(path.name, start_of(path.name))
    return replay, [*replay.feed(path.read_bytes()), *replay.end(), *replay.conclude()]


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.name)
def test_nearly_every_line_is_understood(path: Path) -> None:
    tally = replayed(path)[0].tally
    assert tally.unknown_lines <= tally.lines * 0.005, tally.unknown.most_common(5)


def test_real_players_are_not_accused_of_much() -> None:
    found = [finding for path in LOGS for finding in replayed(path)[1]]
    rules = Counter(finding.rule for finding in found)
    assert rules.keys() <= {"combat_log"}
    assert rules.total() <= 2


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.name)
def test_the_same_log_gives_the_same_findings(path: Path) -> None:
    assert [each.key for each in replayed(path)[1]] == [each.key for each in replayed(path)[1]]
