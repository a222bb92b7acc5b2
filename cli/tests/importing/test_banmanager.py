from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cli.tests.importing.samples import batch, found_in, row_in

from banstream_cli.importing.formats.banmanager import FORMAT
from banstream_cli.importing.rows import Lifted, Rejected, Row, Unreadable
from banstream_cli.importing.text_lists import key_of_address
from banstream_contracts.infractions import Punishment

UUID = "11111111222243338444555555555555"
FUTURE = 4_000_000_000
BAN: dict[str, Any] = {
    "kind": "ban",
    "id": 3,
    "player_id": UUID,
    "name": "Trillian",
    "ip": None,
    "reason": "x-ray",
    "actor": "Bob",
    "created": 1_700_000_000,
    "expires": 0,
    "lifted_at": None,
    "lifted_by": None,
    "lifted_reason": None,
    "online_only": 0,
}
LIFTED = {"id": 99, "lifted_at": 1_700_000_060, "lifted_by": "Cid", "lifted_reason": "sorry"}


def test_a_ban(tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", batch(BAN))

    assert row == Row(
        key=f"ban:{UUID.lower()}:1700000000",
        player=row.player,
        name="Trillian",
        punishments=(Punishment.BAN,),
        reason="x-ray",
        note=f"Minecraft UUID {UUID.lower()}",
        issued_at=datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
        issued_by="Bob",
    )
    assert str(row.player) == "minecraft:trillian"


def test_a_ban_that_became_a_record_is_the_same_row(tmp_path: Path) -> None:
    before = row_in(FORMAT, tmp_path / "file", batch(BAN))
    after = row_in(FORMAT, tmp_path / "file", batch({**BAN, **LIFTED}))

    assert after.key == before.key
    assert after.issued_at == before.issued_at
    assert after.lifted == Lifted(datetime(2023, 11, 14, 22, 14, 20, tzinfo=UTC), "Cid", "sorry")


@pytest.mark.parametrize(
    ("changes", "is_lifted"),
    [
        pytest.param({**LIFTED, "expires": 1_700_000_060}, False, id="ran-out"),
        pytest.param({**LIFTED, "expires": 1_700_000_059}, False, id="ran-out-a-moment-before"),
        pytest.param({**LIFTED, "expires": 1_700_000_061}, True, id="lifted-a-moment-before"),
        pytest.param({"lifted_at": 0}, False, id="in-force"),
    ],
)
def test_a_record_of_what_ran_out_is_not_lifted(changes: dict[str, Any], *, is_lifted: bool, tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", batch({**BAN, **changes}))

    assert (row.lifted is not None) is is_lifted


@pytest.mark.parametrize(
    ("changes", "key", "punishments", "player", "address"),
    [
        pytest.param(
            {"kind": "mute"}, f"mute:{UUID.lower()}:1700000000", ("chat_block",), "minecraft:trillian", None, id="mute"
        ),
        pytest.param({"kind": "warning"}, "warning:3", (), "minecraft:trillian", None, id="warning"),
        pytest.param(
            {"kind": "name_ban", "player_id": None},
            "name_ban:trillian:1700000000",
            ("ban",),
            "minecraft:trillian",
            None,
            id="name",
        ),
        pytest.param(
            {"kind": "ip_ban", "player_id": None, "name": None, "ip": "C0000207"},
            f"ip_ban:{key_of_address('192.0.2.7')}:1700000000",
            ("ban",),
            "None",
            "192.0.2.7",
            id="address",
        ),
        pytest.param(
            {"kind": "ip_mute", "player_id": None, "name": None, "ip": "192.0.2.7"},
            f"ip_mute:{key_of_address('192.0.2.7')}:1700000000",
            ("chat_block",),
            "None",
            "192.0.2.7",
            id="mute-of-an-address",
        ),
    ],
)
def test_kinds(
    changes: dict[str, Any], key: str, punishments: tuple[str, ...], player: str, address: str | None, tmp_path: Path
) -> None:
    row = row_in(FORMAT, tmp_path / "file", batch({**BAN, **changes}))

    assert (row.key, row.punishments, str(row.player), row.address) == (key, punishments, player, address)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"kind": "ip_range_ban"}, "range", id="range"),
        pytest.param({"kind": "jail"}, "kind is 'jail'", id="kind"),
        pytest.param({"kind": "mute", "online_only": 1}, "time in the game", id="online-only"),
        pytest.param({"name": None}, "no name", id="no-name"),
        pytest.param({"expires": None}, "no end", id="no-end"),
        pytest.param({"created": None}, "no beginning", id="no-beginning"),
        pytest.param({"kind": "ip_ban", "ip": None}, "IP address", id="no-address"),
        pytest.param({"expires": FUTURE * 10**9}, "in no year", id="end-of-all-time"),
    ],
)
def test_a_broken_row_does_not_hold_up_the_others(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    right_one = {**BAN, "player_id": "0" * 32, "expires": FUTURE}

    wrong, right = found_in(FORMAT, tmp_path / "file", batch({**BAN, **changes}, right_one))

    assert isinstance(wrong, Rejected)
    assert said in wrong.why
    assert isinstance(right, Row)
    assert right.expires_at == datetime(2096, 10, 2, 7, 6, 40, tzinfo=UTC)


def test_a_mute_by_time_in_the_game_that_was_lifted_is_history(tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", batch({**BAN, **LIFTED, "kind": "mute", "online_only": 1}))

    assert row.lifted is not None


def test_a_bare_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="names no column kind, name"):
        found_in(FORMAT, tmp_path / "file", batch({"id": 1, "player_id": "x", "pastCreated": 1, "created": 2}))
