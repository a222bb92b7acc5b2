from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cli.tests.importing.samples import batch, found_in, row_in, rows_in

from banstream_cli.importing.formats.advancedban import FORMAT
from banstream_cli.importing.rows import Lifted, Options, Rejected, Row, Unreadable
from banstream_cli.importing.text_lists import key_of_address
from banstream_contracts.infractions import Punishment

UUID = "11111111222243338444555555555555"
FUTURE = 4_000_000_000_000
BAN: dict[str, Any] = {
    "id": 4,
    "name": "Trillian",
    "uuid": UUID,
    "reason": "x-ray",
    "operator": "CONSOLE",
    "punishmentType": "BAN",
    "start": 1_700_000_000_000,
    "end": -1,
    "calculation": None,
    "active": 1,
}


def test_a_ban(tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", batch(BAN))

    assert row == Row(
        key=f"ban:{UUID}:1700000000000",
        player=row.player,
        name="Trillian",
        punishments=(Punishment.BAN,),
        reason="x-ray",
        note=f"Minecraft UUID {UUID}",
        issued_at=datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
        issued_by="CONSOLE",
    )
    assert str(row.player) == "minecraft:trillian"


@pytest.mark.parametrize(
    ("type_", "punishments"),
    [
        ("TEMP_BAN", (Punishment.BAN,)),
        ("mute", (Punishment.CHAT_BLOCK,)),
        ("TEMP_MUTE", (Punishment.CHAT_BLOCK,)),
        ("WARNING", ()),
        ("TEMP_WARNING", ()),
    ],
)
def test_types(type_: str, punishments: tuple[Punishment, ...], tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", batch({**BAN, "punishmentType": type_, "end": FUTURE}))

    assert row.punishments == punishments
    assert row.expires_at == datetime(2096, 10, 2, 7, 6, 40, tzinfo=UTC)


@pytest.mark.parametrize("type_", ["KICK", "NOTE"])
def test_kicks_and_notes_are_no_punishments(type_: str, tmp_path: Path) -> None:
    assert rows_in(FORMAT, tmp_path / "file", batch({**BAN, "punishmentType": type_})) == []


@pytest.mark.parametrize(
    ("changes", "player", "address"),
    [
        pytest.param({"uuid": "trillian"}, "minecraft:trillian", None, id="name-as-uuid"),
        pytest.param({"uuid": "bob", "name": None}, "minecraft:bob", None, id="name-as-uuid-alone"),
        pytest.param({"punishmentType": "IP_BAN", "uuid": "192.0.2.7"}, "None", "192.0.2.7", id="address"),
        pytest.param(
            {"punishmentType": "IP_BAN", "uuid": None, "name": "192.0.2.7"}, "None", "192.0.2.7", id="as-name"
        ),
    ],
)
def test_whom_it_is_about(changes: dict[str, Any], player: str, address: str | None, tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", batch({**BAN, **changes}))

    assert (str(row.player), row.address) == (player, address)
    assert (key_of_address("192.0.2.7") in row.key) is (address is not None)


def test_one_event_of_both_tables_is_one_row_whatever_its_ids(tmp_path: Path) -> None:
    history = batch(BAN, {**BAN, "id": 9}, {**BAN, "id": 10, "start": 1_700_000_000_001})

    rows = rows_in(FORMAT, tmp_path / "file", history + batch({**BAN, "id": 1}))

    assert [row.key[-1] for row in rows] == ["0", "1"]


def test_two_that_differ_under_one_key_are_told(tmp_path: Path) -> None:
    first, second = found_in(FORMAT, tmp_path / "file", batch(BAN, {**BAN, "reason": "other"}))

    assert isinstance(first, Row)
    assert isinstance(second, Rejected)


@pytest.mark.parametrize(
    ("changes", "lifted"),
    [
        pytest.param({"active": 0}, Lifted(), id="lifted"),
        pytest.param({"active": 0, "punishmentType": "TEMP_BAN", "end": FUTURE}, Lifted(), id="lifted-before-its-end"),
        pytest.param({"active": 0, "punishmentType": "TEMP_BAN", "end": 1_700_000_000_001}, None, id="ran-out"),
        pytest.param({}, None, id="in-force"),
    ],
)
def test_what_is_no_longer_among_the_active_has_ended(
    changes: dict[str, Any], lifted: Lifted | None, tmp_path: Path
) -> None:
    assert row_in(FORMAT, tmp_path / "file", batch({**BAN, **changes})).lifted == lifted


def test_the_hours_that_times_are_moved_by_are_taken_off(tmp_path: Path) -> None:
    options = Options(zone=timezone(timedelta(hours=2)))

    row = row_in(FORMAT, tmp_path / "file", batch({**BAN, "end": FUTURE}), options)

    assert row.issued_at == datetime(2023, 11, 14, 20, 13, 20, tzinfo=UTC)
    assert row.expires_at == datetime(2096, 10, 2, 5, 6, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"punishmentType": "TEMP_BAN", "end": None}, "without an end", id="temporary-for-ever"),
        pytest.param({"punishmentType": None}, "no type", id="no-type"),
        pytest.param({"punishmentType": "JAIL"}, "no type", id="type"),
        pytest.param({"name": None}, "names no player", id="uuid-alone"),
        pytest.param({"name": None, "uuid": None}, "names no player", id="nobody"),
        pytest.param({"punishmentType": "IP_BAN"}, "IP address", id="address-that-is-none"),
        pytest.param({"start": "now"}, "start", id="start"),
        pytest.param({"start": 10**20}, "in no year", id="start-of-all-time"),
    ],
)
def test_a_broken_row_does_not_hold_up_the_others(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    wrong, right = found_in(FORMAT, tmp_path / "file", batch({**BAN, **changes}, {**BAN, "uuid": "bob", "name": "Bob"}))

    assert isinstance(wrong, Rejected)
    assert said in wrong.why
    assert isinstance(right, Row)


def test_nothing_known_but_the_name_is_enough(tmp_path: Path) -> None:
    nothing = dict.fromkeys(("uuid", "reason", "operator", "start", "end"))

    row = row_in(FORMAT, tmp_path / "file", batch({**BAN, **nothing}))

    assert (row.key, row.reason, row.issued_at, row.issued_by, row.expires_at) == (
        "ban:trillian:",
        None,
        None,
        None,
        None,
    )


def test_a_table_that_does_not_say_what_is_active_is_refused(tmp_path: Path) -> None:
    plain = {name: value for name, value in BAN.items() if name != "active"}

    with pytest.raises(Unreadable, match="no column active "):
        found_in(FORMAT, tmp_path / "file", batch(plain))
