from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cli.tests.importing.samples import found_in, row_in, rows_in

from banstream_cli.importing.formats.flask import FORMAT
from banstream_cli.importing.rows import Options, Rejected, Row, Unreadable
from banstream_contracts.infractions import Punishment


def logged(user: object, reason: object = "Speed hack", at: str = "2024-11-30 21:04:05.123456") -> str:
    return f"-- Ban Logs --\nUser Banned: {user}\nHours When He Got Banned: {at}\nReason: {reason}\n\n"


def test_a_ban_is_for_good(tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", logged(123456789), Options(zone=ZoneInfo("Europe/Paris")))

    assert row == Row(
        key="123456789",
        player=row.player,
        punishments=(Punishment.BAN,),
        reason="Speed hack",
        issued_at=datetime(2024, 11, 30, 20, 4, 5, 123456, tzinfo=UTC),
    )
    assert str(row.player) == "roblox:123456789"


def test_a_user_who_is_banned_again_is_banned_since_the_first_time_for_the_last_reason(tmp_path: Path) -> None:
    content = logged(77, "first", "2024-11-30 21:00:00") + logged(5) + logged("77.0", "last", "2024-12-01 21:00:00")

    rows = rows_in(FORMAT, tmp_path / "file", content.replace("\n", "\r\n"))

    assert [(row.key, row.reason) for row in rows] == [("77", "last"), ("5", "Speed hack")]
    assert rows[0].issued_at == datetime(2024, 11, 30, 21, tzinfo=UTC)


@pytest.mark.parametrize("reason", ["No reason provided", "None", ""])
def test_no_reason_is_none(reason: str, tmp_path: Path) -> None:
    assert row_in(FORMAT, tmp_path / "file", logged(5, reason)).reason is None


def test_a_reason_of_several_lines_is_whole(tmp_path: Path) -> None:
    assert row_in(FORMAT, tmp_path / "file", logged(5, "a\nb\n\nc")).reason == "a\nb\nc"


def test_what_is_no_id_of_roblox_is_a_player_of_the_api_itself(tmp_path: Path) -> None:
    assert str(row_in(FORMAT, tmp_path / "file", logged("Builderman")).player) == "flask:Builderman"


def test_an_id_with_a_line_break_is_no_player(tmp_path: Path) -> None:
    (wrong,) = found_in(FORMAT, tmp_path / "file", logged("1\n2"))

    assert isinstance(wrong, Rejected)
    assert "control character" in wrong.why


def test_a_ban_within_an_id_leaves_a_broken_one_that_is_told(tmp_path: Path) -> None:
    wrong, forged = found_in(FORMAT, tmp_path / "file", logged("1\n" + logged(999).rstrip("\n")))

    assert isinstance(wrong, Rejected)
    assert wrong.place == "line 1"
    assert "says nothing of Hours When He Got Banned, Reason" in wrong.why
    assert isinstance(forged, Row)


def test_a_file_that_breaks_off_says_so(tmp_path: Path) -> None:
    found = found_in(FORMAT, tmp_path / "file", logged(5) + "-- Ban Logs --\nUser Banned: 6\n" + logged(7, at="now"))

    assert [isinstance(each, Rejected) for each in found] == [True, False, True]


@pytest.mark.parametrize("content", ["", "\n\n", "User Banned: 5\n", '{"a": 1}'], ids=repr)
def test_other_files_are_refused(content: str, tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        found_in(FORMAT, tmp_path / "file", content)
