from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cli.tests.importing.samples import batch, found_in, row_in, rows_in

from banstream_cli.importing.formats.libertybans import FORMAT
from banstream_cli.importing.rows import Lifted, Rejected, Row, Unreadable
from banstream_contracts.infractions import Punishment, Scope

FUTURE = 4_000_000_000
BAN: dict[str, Any] = {
    "id": 12,
    "type": 0,
    "victim_type": 0,
    "victim_name": "Trillian",
    "victim_address": "C0000207",
    "operator_name": "Bob",
    "reason": "x-ray",
    "scope_type": 0,
    "scope": "",
    "start": 1_700_000_000,
    "end": 0,
    "active": 1,
}


def test_a_ban_of_an_account_is_not_of_its_address(tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", batch(BAN))

    assert row == Row(
        key="12",
        player=row.player,
        name="Trillian",
        punishments=(Punishment.BAN,),
        reason="x-ray",
        issued_at=datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
        issued_by="Bob",
    )
    assert str(row.player) == "minecraft:trillian"


@pytest.mark.parametrize(
    ("changes", "player", "address"),
    [
        pytest.param({"victim_type": 1}, "None", "192.0.2.7", id="address"),
        pytest.param({"victim_type": "ADDRESS", "victim_name": None}, "None", "192.0.2.7", id="address-by-word"),
        pytest.param({"victim_type": 2}, "minecraft:trillian", "192.0.2.7", id="both"),
        pytest.param({"victim_type": 1, "victim_address": r"\xc0000207"}, "None", "192.0.2.7", id="bytea"),
        pytest.param(
            {"victim_type": 1, "victim_address": "20010DB8000000000000000000000007"}, "None", "2001:db8::7", id="v6"
        ),
        pytest.param({"victim_type": 1, "victim_address": "192.0.2.7"}, "None", "192.0.2.7", id="as-text"),
    ],
)
def test_whom_it_is_about(changes: dict[str, Any], player: str, address: str | None, tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", batch({**BAN, **changes}))

    assert (str(row.player), row.address) == (player, address)


@pytest.mark.parametrize(
    ("type_", "punishments"),
    [(0, (Punishment.BAN,)), (1, (Punishment.CHAT_BLOCK,)), (2, ()), ("MUTE", ("chat_block",))],
)
def test_types(type_: object, punishments: tuple[str, ...], tmp_path: Path) -> None:
    assert row_in(FORMAT, tmp_path / "file", batch({**BAN, "type": type_})).punishments == punishments


def test_kicks_are_no_punishments(tmp_path: Path) -> None:
    assert rows_in(FORMAT, tmp_path / "file", batch({**BAN, "type": 3, "victim_name": None})) == []


@pytest.mark.parametrize(
    ("changes", "lifted"),
    [
        pytest.param({"active": 0}, Lifted(), id="lifted"),
        pytest.param({"active": "f", "end": FUTURE}, Lifted(), id="lifted-before-its-end"),
        pytest.param({"active": 0, "end": 1_700_000_001}, None, id="ran-out"),
        pytest.param({"active": 1, "end": 1_700_000_001}, None, id="ran-out-and-not-cleared-away"),
        pytest.param({"active": "t"}, None, id="in-force"),
    ],
)
def test_what_is_no_longer_among_the_active_has_ended(
    changes: dict[str, Any], lifted: Lifted | None, tmp_path: Path
) -> None:
    assert row_in(FORMAT, tmp_path / "file", batch({**BAN, **changes})).lifted == lifted


@pytest.mark.parametrize(
    ("scope_type", "scope", "expected"),
    [
        (0, "", None),
        (None, "", None),
        (1, "survival", Scope.SERVER),
        (2, "kitpvp", Scope.SERVER),
        (None, "x", Scope.SERVER),
    ],
)
def test_scopes(scope_type: int | None, scope: str, expected: Scope | None, tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", batch({**BAN, "scope_type": scope_type, "scope": scope}))

    assert row.scope is expected


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"victim_name": None}, "no name", id="no-name"),
        pytest.param({"victim_type": 1, "victim_address": None}, "IP address", id="no-address"),
        pytest.param({"victim_type": 1, "victim_address": "C00002"}, "IP address", id="half-an-address"),
        pytest.param({"victim_type": 7}, "victim_type", id="victim"),
        pytest.param({"type": 9}, "type is '9'", id="type"),
        pytest.param({"end": None}, "no end", id="no-end"),
        pytest.param({"id": None}, "no id", id="no-id"),
        pytest.param({"start": 10**25}, "in no year", id="beginning-of-all-time"),
    ],
)
def test_a_broken_row_does_not_hold_up_the_others(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    wrong, right = found_in(FORMAT, tmp_path / "file", batch({**BAN, **changes}, {**BAN, "id": 13}))

    assert isinstance(wrong, Rejected)
    assert said in wrong.why
    assert isinstance(right, Row)


def test_the_bare_view_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="no column victim_name, active "):
        found_in(
            FORMAT,
            tmp_path / "file",
            batch({name: cell for name, cell in BAN.items() if name not in {"victim_name", "active"}}),
        )
