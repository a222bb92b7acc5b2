import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cli.tests.importing.samples import found_in, row_in

from banstream_cli.importing.formats.rewind import FORMAT
from banstream_cli.importing.rows import Rejected, Row, Unreadable
from banstream_contracts.infractions import Punishment

OF_THE_CODE: dict[str, Any] = {
    "playerName": "Ann",
    "isBanned": True,
    "totalViolations": 14,
    "sessionViolations": 2,
    "lastSeen": 1_800_000_000,
    "history": {
        "teleport": {
            "reason": "teleport",
            "count": 3,
            "firstOccurrence": 1_700_000_000,
            "lastOccurrence": 1_700_000_100,
        },
        "speed_hack": {"reason": "speed_hack", "count": 11, "lastOccurrence": 1_700_000_060.5, "metadata": {"x": 1}},
    },
}
OF_THE_DOCUMENTS: dict[str, Any] = {
    "userId": 2,
    "isBanned": True,
    "banExpiry": 1_700_604_800,
    "banReason": "fly hack",
    "totalIncidents": 2,
    "records": [{"reason": "fly_hack", "timestamp": 1_700_000_000, "sessionId": "s"}, {"reason": "fly_hack"}],
    "lastIncident": 1_700_000_000,
}


def read(path: Path, **entries: object) -> list[Row | Rejected]:
    return found_in(FORMAT, path / "file", json.dumps(entries))


def test_a_bare_flag_is_a_ban_for_good_whose_reason_is_what_was_seen_most(tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", json.dumps({"player_1": OF_THE_CODE}))

    assert row == Row(
        key="player_1",
        player=row.player,
        name="Ann",
        punishments=(Punishment.BAN,),
        reason="speed_hack",
        evidence="teleport ×3 at 2023-11-14T22:15:00+00:00\nspeed_hack ×11 at 2023-11-14T22:14:20+00:00",  # noqa: RUF001
        category="speed_hack",
    )
    assert str(row.player) == "roblox:1"


def test_the_documented_form_has_a_reason_and_an_end(tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", json.dumps({"player_2": OF_THE_DOCUMENTS}))

    assert (row.reason, row.category) == ("fly hack", "fly_hack")
    assert row.expires_at == datetime(2023, 11, 21, 22, 13, 20, tzinfo=UTC)
    assert row.lifted is None


def test_a_ban_that_nobody_explains_is_still_one(tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", '{"player_3": {"isBanned": true, "history": []}}')

    assert (row.reason, row.evidence, row.issued_at, row.category) == (None, None, None, None)


def test_a_later_incident_makes_no_other_ban(tmp_path: Path) -> None:
    """It is known by its key and by when it was issued."""
    later = {**OF_THE_DOCUMENTS, "lastIncident": OF_THE_DOCUMENTS["lastIncident"] + 60}

    first, second = read(tmp_path, player_2=OF_THE_DOCUMENTS) + read(tmp_path, player_2=later)

    assert first == second


def test_who_is_not_banned_is_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, player_1={**OF_THE_CODE, "isBanned": False}, player_2={}) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("Ann", OF_THE_CODE, id="key-of-no-player"),
        pytest.param("player_0", OF_THE_CODE, id="nobody"),
        pytest.param("player_-1", OF_THE_CODE, id="guest"),
        pytest.param("player_9", [], id="no-object"),
        pytest.param("player_9", {"isBanned": "yes"}, id="no-flag"),
        pytest.param("player_9", {"isBanned": True, "banExpiry": 1e300}, id="end-of-all-time"),
        pytest.param("player_9", {"isBanned": True, "banExpiry": "soon"}, id="end-no-number"),
        pytest.param("player_9", {"isBanned": True, "history": [{"reason": "x", "count": "many"}]}, id="count"),
    ],
)
def test_a_broken_entry_does_not_hold_up_the_others(key: str, value: object, tmp_path: Path) -> None:
    wrong, right = read(tmp_path, **{key: value, "player_7": OF_THE_CODE})

    assert isinstance(wrong, Rejected)
    assert wrong.place == f"['{key}']"
    assert isinstance(right, Row)


@pytest.mark.parametrize("content", ["", "[]", "bans", "[" * 100_000], ids=["empty", "list", "text", "deep"])
def test_other_files_are_refused(content: str, tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        found_in(FORMAT, tmp_path / "file", content)
