import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cli.tests.importing.samples import found_in, rejected_in, row_in, rows_in

from banstream_cli.importing.formats.vanilla import FORMAT
from banstream_cli.importing.rows import Options, Rejected, Row, Unreadable
from banstream_cli.importing.text_lists import key_of_address
from banstream_contracts.infractions import Punishment
from banstream_contracts.players import Player

PLAYER: dict[str, Any] = {
    "uuid": "11111111-2222-4333-8444-555555555555",
    "name": "Trillian",
    "created": "2023-11-14 23:13:20 +0100",
    "source": "Server",
    "expires": "forever",
    "reason": "Banned by an operator.",
}
ADDRESS = {"ip": "192.0.2.7", **{name: PLAYER[name] for name in ("created", "source", "expires", "reason")}}
MOMENT = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def test_a_player_is_known_by_name_and_the_entry_by_uuid(tmp_path: Path) -> None:
    assert row_in(FORMAT, tmp_path / "file", json.dumps([PLAYER], indent=2)) == Row(
        key="player:11111111-2222-4333-8444-555555555555",
        player=Player(service="minecraft", id="trillian"),
        name="Trillian",
        punishments=(Punishment.BAN,),
        reason="Banned by an operator.",
        note="Minecraft UUID 11111111-2222-4333-8444-555555555555",
        issued_at=MOMENT,
        issued_by="Server",
    )


def test_an_address_is_banned_by_itself_and_its_key_does_not_tell_it(tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", json.dumps([ADDRESS]))
    assert (row.player, row.address, row.key) == (None, "192.0.2.7", key_of_address("192.0.2.7"))
    assert (row.issued_at, row.reason) == (MOMENT, "Banned by an operator.")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"expires": "2023-11-15 22:13:20 +0000"}, MOMENT + timedelta(days=1)),
        ({"expires": "2023-11-15T22:13:20Z"}, MOMENT + timedelta(days=1)),
        ({"expires": "2023-11-15 23:13:20"}, MOMENT + timedelta(days=1)),
        ({"expires": None}, None),
        ({"expires": "FOREVER"}, None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_end_is_written_in_many_ways(changes: dict[str, Any], expected: datetime | None, tmp_path: Path) -> None:
    zone = timezone(timedelta(hours=1))
    row = row_in(FORMAT, tmp_path / "file", json.dumps([PLAYER | changes]), Options(zone=zone))
    assert (row.expires_at, row.lifted) == (expected, None)


def test_an_end_that_is_no_time_is_rejected_rather_than_for_ever(tmp_path: Path) -> None:
    for end in ("not a date", 5, "99999-01-01 00:00:00 +0000"):
        wrong = rejected_in(FORMAT, tmp_path / "file", json.dumps([PLAYER | {"expires": end}]))
        assert wrong.place == "[0]"
        assert "its end is" in wrong.why


def test_a_beginning_that_is_no_time_is_noted(tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", json.dumps([ADDRESS | {"created": "not a date"}]))
    assert (row.issued_at, row.note) == (None, "When it was issued is not known: the file says 'not a date'.")
    row = row_in(FORMAT, tmp_path / "file", json.dumps([ADDRESS | {"created": "(Unknown)", "source": "(Unknown)"}]))
    assert (row.issued_at, row.issued_by, row.note) == (None, None, None)


def test_without_uuid_the_name_is_the_key_and_its_case_does_not_count(tmp_path: Path) -> None:
    written = json.dumps([PLAYER | {"uuid": None}, PLAYER | {"uuid": "?", "name": "TRILLIAN"}])
    row, twice = found_in(FORMAT, tmp_path / "file", written)
    assert isinstance(row, Row)
    assert (row.key, row.note) == ("player:trillian", None)
    assert isinstance(twice, Rejected)
    assert "player:trillian stands in [0] already" in twice.why


@pytest.mark.parametrize("name", [None, "", 5.5j, ["x"], "a\nb"], ids=repr)
def test_a_row_without_a_name_is_rejected_and_the_next_one_taken(name: object, tmp_path: Path) -> None:
    written = json.dumps([PLAYER | {"name": name if not isinstance(name, complex) else {}}, ADDRESS, "x", None])
    wrong, row, *rest = found_in(FORMAT, tmp_path / "file", written)
    assert isinstance(wrong, Rejected)
    assert "name" in wrong.why or "control character" in wrong.why
    assert isinstance(row, Row)
    assert [type(each) for each in rest] == [Rejected, Rejected]


def test_ranges_and_nobodys_addresses_are_rejected(tmp_path: Path) -> None:
    written = json.dumps([ADDRESS | {"ip": ip} for ip in ("192.0.2.*", "255.255.255.255", "x", 5, None)])
    assert [type(each) for each in found_in(FORMAT, tmp_path / "file", written)] == [Rejected] * 5


def test_what_banstream_wrote_itself_is_left(tmp_path: Path) -> None:
    assert rows_in(FORMAT, tmp_path / "file", json.dumps([PLAYER | {"source": "banstream"}])) == []


def test_an_empty_list_is_no_ban_and_an_empty_file_no_list(tmp_path: Path) -> None:
    assert rows_in(FORMAT, tmp_path / "file", "\ufeff[]\r\n") == []
    with pytest.raises(Unreadable, match=r"banned-players\.json"):
        rows_in(FORMAT, tmp_path / "file", "")
