from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cli.tests.importing.samples import batch, found_in, row_in, rows_in

from banstream_cli.importing.formats.sourcebans_table import FORMAT
from banstream_cli.importing.rows import Lifted, Rejected, Row, Unreadable
from banstream_contracts.infractions import Punishment

BAN: dict[str, Any] = {
    "bid": 1871,
    "ip": "192.0.2.7",
    "authid": "STEAM_0:1:12345",
    "name": 'Ann\t"x"',
    "created": 1_700_000_000,
    "ends": 1_700_003_600,
    "length": 3600,
    "reason": "aim\nbot",
    "aid": 3,
    "adminIp": "192.0.2.1",
    "sid": 0,
    "country": "DE",
    "RemovedBy": None,
    "RemoveType": None,
    "RemovedOn": None,
    "type": 0,
    "ureason": None,
}
COMM = {name: value for name, value in BAN.items() if name not in {"ip", "country"}}


def test_a_ban_of_a_steam_id_is_not_of_the_address_beside_it(tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", batch({**BAN, "admin": "Bob"}))

    assert row == Row(
        key="ban:1871",
        player=row.player,
        name='Ann\t"x"',
        punishments=(Punishment.BAN,),
        reason="aim\nbot",
        issued_at=datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
        issued_by="Bob",
        expires_at=datetime(2023, 11, 14, 23, 13, 20, tzinfo=UTC),
    )
    assert str(row.player) == "steam:76561197960290419"


@pytest.mark.parametrize("authid", ["", "STEAM_1:1:12345"])
def test_a_ban_of_an_address_is_of_nobody_else(authid: str, tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", batch({**BAN, "type": 1, "authid": authid}))

    assert (row.player, row.address) == (None, "192.0.2.7")
    assert (row.note is not None) is bool(authid)


def test_bans_and_comms_follow_one_another_in_one_file(tmp_path: Path) -> None:
    comms = [{**COMM, "bid": kind, "type": kind} for kind in (1, 2, 3)]

    rows = rows_in(FORMAT, tmp_path / "file", batch(BAN) + batch(*comms))

    assert [(row.key, row.punishments) for row in rows] == [
        ("ban:1871", (Punishment.BAN,)),
        ("comm:1", (Punishment.VOICE_BLOCK,)),
        ("comm:2", (Punishment.CHAT_BLOCK,)),
        ("comm:3", (Punishment.VOICE_BLOCK, Punishment.CHAT_BLOCK)),
    ]


def test_a_csv_of_a_panel_is_read_too(tmp_path: Path) -> None:
    cells = ["NULL" if cell is None else f'"{cell}"' for cell in {**BAN, "name": "Ann"}.values()]

    assert row_in(FORMAT, tmp_path / "file", f"{';'.join(BAN)}\n{';'.join(cells)}\n").key == "ban:1871"


@pytest.mark.parametrize(
    ("changes", "lifted"),
    [
        pytest.param(
            {"RemoveType": "U", "RemovedOn": 1_700_000_060, "RemovedBy": 3, "ureason": "sorry", "remover": "Cid"},
            Lifted(datetime(2023, 11, 14, 22, 14, 20, tzinfo=UTC), "Cid", "sorry"),
            id="unbanned",
        ),
        pytest.param(
            {"RemoveType": "D", "RemovedOn": 1_700_000_060, "RemovedBy": 99, "remover": None},
            Lifted(datetime(2023, 11, 14, 22, 14, 20, tzinfo=UTC), "admin 99"),
            id="deleted-by-an-admin-who-is-gone",
        ),
        pytest.param({"RemoveType": "E", "RemovedOn": 1_700_003_601, "RemovedBy": 0}, None, id="expired"),
        pytest.param({"RemovedOn": 1_700_000_060, "RemovedBy": 3}, None, id="not-removed"),
        pytest.param({"RemoveType": "U", "RemovedOn": 0, "RemovedBy": 0}, Lifted(), id="nobody-knows"),
    ],
)
def test_what_was_removed_is_lifted_and_what_ran_out_is_not(
    changes: dict[str, Any], lifted: Lifted | None, tmp_path: Path
) -> None:
    assert row_in(FORMAT, tmp_path / "file", batch({**BAN, **changes})).lifted == lifted


def test_a_length_of_nothing_is_for_ever_whatever_the_end_says(tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", batch({**BAN, "length": 0, "ends": BAN["created"]}))

    assert (row.expires_at, row.issued_by, row.note) == (None, "admin 3", None)


def test_a_length_without_an_end_is_counted_from_the_beginning(tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", batch({**BAN, "ends": None}))

    assert row.expires_at == datetime(2023, 11, 14, 23, 13, 20, tzinfo=UTC)


def test_an_end_that_its_length_does_not_lead_to_is_kept_and_told(tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", batch({**BAN, "ends": 1_700_000_100, "aid": 0}))

    assert row.expires_at == datetime(2023, 11, 14, 22, 15, tzinfo=UTC)
    assert "3600 seconds" in (row.note or "")
    assert row.issued_by == "CONSOLE"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"authid": ""}, "steam id", id="no-steam-id"),
        pytest.param({"authid": "STEAM_ID_PENDING"}, "Steam id", id="pending"),
        pytest.param({"type": 1, "ip": None}, "IP address", id="no-address"),
        pytest.param({"type": 1, "ip": "192.0.2.*"}, "range", id="range"),
        pytest.param({"type": 2}, "type is '2'", id="type"),
        pytest.param({"bid": None}, "no bid", id="no-id"),
        pytest.param({"created": 0, "ends": 0}, "neither since when", id="no-time-at-all"),
        pytest.param({"length": "a day"}, "length", id="length"),
        pytest.param({"ends": 10**17}, "in no year", id="end-of-all-time"),
        pytest.param({"created": 10**29}, "in no year", id="beginning-of-all-time"),
    ],
)
def test_a_broken_row_does_not_hold_up_the_others(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    wrong, right = found_in(FORMAT, tmp_path / "file", batch({**BAN, **changes}, {**BAN, "bid": 2}))

    assert isinstance(wrong, Rejected)
    assert said in wrong.why
    assert wrong.place == "line 2"
    assert isinstance(right, Row)


def test_a_comm_of_an_unknown_type_is_rejected(tmp_path: Path) -> None:
    (wrong,) = found_in(FORMAT, tmp_path / "file", batch({**COMM, "type": 9}))

    assert isinstance(wrong, Rejected)
    assert "3 (silence)" in wrong.why


def test_bytes_that_are_no_text_are_told_in_the_note(tmp_path: Path) -> None:
    content = batch({**BAN, "name": "J@rg"}).encode().replace(b"@", b"\xf6")

    row = row_in(FORMAT, tmp_path / "file", content)

    assert row.name == "J\ufffdrg"
    assert "UTF-8" in (row.note or "")


@pytest.mark.parametrize("name", ["Jörg", "Борис", "玩家", "naïve €", "Ã", "plain"])
def test_names_that_an_old_table_encoded_twice_are_read_as_they_were_meant(name: str, tmp_path: Path) -> None:
    odd = {ord(byte): byte for byte in "\x81\x8d\x8f\x90\x9d"}
    twice = "".join(odd.get(byte) or bytes([byte]).decode("cp1252") for byte in name.encode())

    rows = rows_in(FORMAT, tmp_path / "file", batch({**BAN, "name": twice}, {**BAN, "bid": 2, "name": name}))

    assert [row.name for row in rows] == [name, name]


def test_another_table_is_refused_with_the_command(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="mysql --batch"):
        found_in(FORMAT, tmp_path / "file", "aid\tuser\n1\tBob\n")
